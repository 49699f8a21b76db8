"""Is a gradual change seen earlier than by the indices and speed of a clinic, at the same rate of false alarms?"""
