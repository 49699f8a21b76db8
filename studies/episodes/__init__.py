"""Are freezing, a stumble and fatigue located in seconds?"""
