"""Is the floor level, and what does the height of the whole body cost the code? Two measures of a clip.

The clip keeps heights above the floor in every slot, where the path over the floor is a channel of its own: a body that
climbs or jumps moves all slots together, which no training walk does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.types import MotionClip

STANDING_M_S = 0.25
"""A toe slower than this over the floor stands on something."""
FEWEST_FRAMES = 10
_HIPS = [SLOT_INDEX[f"{side}_hip_centre"] for side in SIDES]
_TOES = [SLOT_INDEX[f"{side}_toe"] for side in SIDES]


def standing_spread_m(clip: MotionClip) -> float:
    """How far apart in height toes stand (5th to 95th percentile): near 0 on a level floor; NaN where none stands."""
    heights: list[float] = []
    for toe in _TOES:
        places_m = clip.positions_m[:, toe].astype(float)
        velocity_m_s = np.gradient(places_m, axis=0) * clip.rate_hz
        velocity_m_s[:, :2] += clip.velocity_m_s  # in the heading frame the floor moves backwards
        heights += places_m[np.linalg.norm(velocity_m_s, axis=1) < STANDING_M_S, 2].tolist()
    return float(np.subtract(*np.percentile(heights, (95, 5)))) if len(heights) >= FEWEST_FRAMES else float("nan")


def shows_hip_centres(clip: MotionClip) -> bool:
    """Whether both are seen in every frame, as in fitted skeletons."""
    return bool(clip.valid[:, _HIPS].all())


def with_hips_level(clip: MotionClip) -> MotionClip:
    """The clip with all slots of a frame shifted up or down so that the hips stay at their mean height."""
    height_m = clip.positions_m[:, _HIPS, 2].mean(axis=1)
    positions_m = clip.positions_m.copy()
    positions_m[..., 2] -= (height_m - height_m.mean())[:, None]
    return replace(clip, positions_m=positions_m)
