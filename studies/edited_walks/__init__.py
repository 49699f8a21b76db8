"""Real walks whose markers are moved by known degrees: from which on does a detector see it?"""
