"""Is what was measured wrong refused, and is nobody refused for how they move?"""
