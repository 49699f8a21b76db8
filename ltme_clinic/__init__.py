"""LTME Clinic: long-term motion embeddings for clinical gait analysis.

Research and education; not a medical device, not for diagnosis or treatment decisions.
"""

__version__ = "0.1.0"

INTENDED_USE = "For research and education. Not a medical device; not for diagnosis or treatment decisions."
