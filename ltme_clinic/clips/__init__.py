"""Recording -> MotionClip: canonical slots with masks at 50 Hz in the walker's heading frame, and the way back."""

from ltme_clinic.clips.heading import to_laboratory
from ltme_clinic.clips.making import clip_from_positions, make_clip

__all__ = ["clip_from_positions", "make_clip", "to_laboratory"]
