"""Recording -> MotionClip: canonical slots with masks at 50 Hz in the walker's heading frame, and the way back."""

from ltme_clinic.clips.heading import source_time_s, to_laboratory
from ltme_clinic.clips.making import clip_from_positions, make_clip
from ltme_clinic.clips.rhythm import ClipQuality, cadence_spm, clip_quality, is_walking, leg_length_m

__all__ = [
    "ClipQuality",
    "cadence_spm",
    "clip_from_positions",
    "clip_quality",
    "is_walking",
    "leg_length_m",
    "make_clip",
    "source_time_s",
    "to_laboratory",
]
