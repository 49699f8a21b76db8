"""Where on the body: is the joint and phase that was changed among those that an explanation names?"""
