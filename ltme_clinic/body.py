"""The body's vocabulary: named slots, bones, sides, joint angles and gait phases, and left-right mirroring."""

from __future__ import annotations

import numpy as np

SIDES = ("left", "right")

_MIDLINE = ("c7", "t10", "clavicle", "sternum", "sacrum")
_HEAD = ("head_front", "head_back")
_ARM = ("shoulder", "elbow", "wrist_thumb", "wrist_little", "finger")
_LEG = (
    "asis",
    "psis",
    "thigh",
    "knee",
    "shank",
    "ankle",
    "heel",
    "toe",
    "knee_medial",
    "ankle_medial",
    "metatarsal_1",
    "metatarsal_5",
    "hip_centre",
    "knee_centre",
    "ankle_centre",
)

SLOTS: tuple[str, ...] = _MIDLINE + tuple(f"{side}_{name}" for side in SIDES for name in _HEAD + _ARM + _LEG)
"""Canonical landmarks, in tensor order. Left and right are the patient's; `toe` is the second metatarsal head."""

SLOT_INDEX: dict[str, int] = {name: index for index, name in enumerate(SLOTS)}


def mirrored(slot: str) -> str:
    """The same landmark on the other side of the body; midline landmarks are their own mirror."""
    for side, other in (("left_", "right_"), ("right_", "left_")):
        if slot.startswith(side):
            return other + slot.removeprefix(side)
    return slot


MIRROR_ORDER: np.ndarray = np.array([SLOT_INDEX[mirrored(slot)] for slot in SLOTS])


def mirror_positions(positions_m: np.ndarray) -> np.ndarray:
    """Positions (..., slot, 3) of the mirror-image walker in the heading frame (y to the left changes sign)."""
    return positions_m[..., MIRROR_ORDER, :] * np.array([1.0, -1.0, 1.0], dtype=positions_m.dtype)


def _bones() -> tuple[tuple[str, str], ...]:
    trunk = [("c7", "t10"), ("c7", "clavicle"), ("clavicle", "sternum"), ("t10", "sternum"), ("t10", "sacrum")]
    trunk += [(f"left_{name}", f"right_{name}") for name in ("asis", "head_front", "head_back")]
    side = [
        ("head_front", "head_back"),
        ("shoulder", "elbow"),
        ("elbow", "wrist_thumb"),
        ("elbow", "wrist_little"),
        ("wrist_thumb", "wrist_little"),
        ("wrist_little", "finger"),
        ("asis", "psis"),
        ("asis", "knee"),
        ("knee", "ankle"),
        ("ankle", "heel"),
        ("ankle", "toe"),
        ("heel", "toe"),
    ]
    middle = [("c7", "shoulder"), ("clavicle", "shoulder"), ("sacrum", "psis"), ("sacrum", "asis")]
    for name in SIDES:
        trunk += [(f"{name}_{a}", f"{name}_{b}") for a, b in side]
        trunk += [(a, f"{name}_{b}") for a, b in middle]
    return tuple(trunk)


BONES: tuple[tuple[str, str], ...] = _bones()
"""Pairs of slots to join with a line when drawing a body; skip a bone whose ends are not both valid."""

ANGLES: tuple[str, ...] = (
    "pelvic_tilt",
    "pelvic_obliquity",
    "pelvic_rotation",
    "hip_flexion",
    "hip_adduction",
    "hip_rotation",
    "knee_flexion",
    "ankle_dorsiflexion",
    "foot_progression",
)
"""The nine variables of the Gait Deviation Index, in its order.

Positive: anterior tilt, that side up, that side forward; flexion, adduction, internal rotation; flexion; dorsiflexion;
internal (toe in).
"""

CYCLE_POINTS = 51
"""Points on a 0-100 % gait cycle (every 2 %)."""

GAIT_PHASES: dict[str, tuple[float, float]] = {
    "initial contact": (0.0, 2.0),
    "loading response": (2.0, 12.0),
    "mid-stance": (12.0, 31.0),
    "terminal stance": (31.0, 50.0),
    "pre-swing": (50.0, 62.0),
    "initial swing": (62.0, 75.0),
    "mid-swing": (75.0, 87.0),
    "terminal swing": (87.0, 100.0),
}
"""Rancho Los Amigos phases as half-open intervals of % of the cycle (terminal swing closes at 100)."""
