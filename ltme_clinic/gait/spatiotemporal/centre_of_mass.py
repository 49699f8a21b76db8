"""The whole body's centre of mass from the landmarks that a recording has."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.walker import Walker

SEGMENTS_NOTE = "centre of mass of trunk, head, arms and legs (de Leva 1996)"
PELVIS_NOTE = "centre of mass taken at the pelvis's, for want of shoulders, knees or ankles: a leaning trunk shifts it"

TRUNK_MASS, TRUNK_CENTRE = 0.4346, 0.4486
"""Share of the body's mass; centre on the way from the shoulders' level to the hips (de Leva 1996, J Biomech 29:1223,
table 4, men)."""
HEAD_MASS, HEAD_ABOVE_SHOULDERS = 0.0694, 0.38
"""Head and neck, whose centre stands above the shoulders by this share of the trunk's length."""
LIMBS = (
    ("hip", "knee", 0.1416, 0.4095),
    ("knee", "ankle", 0.0433, 0.4459),
    ("ankle", "toe", 0.0137, 0.5),
    ("shoulder", "elbow", 0.0271, 0.5772),
    ("elbow", "wrist", 0.0223, 0.6),
)
"""From, to, share of mass, centre on the way; the hand goes with the forearm, the foot's centre lies at mid-foot."""
ARM_LENGTH = 0.55
"""Upper arm and forearm alike, as a share of the trunk's length: where they hang if they are not seen."""
HIP_APART, HIP_BELOW_M = 0.36, 0.08
"""Hip centres beside the pelvis's centre by this share of the distance between the iliac spines, and below it
(Harrington 2007, at usual proportions). A hip 2 cm off moves the whole body's centre by 2 mm."""


def centre_of_mass(walker: Walker) -> tuple[np.ndarray, str]:
    """The centre of mass (frame, 3) in the laboratory, NaN where a landmark hides, and a note on what it rests on.

    With shoulders, knees and ankles on both sides it is that of the segments, arms hanging where elbows or wrists are
    missing; otherwise the pelvis's centre. Skin markers stand for joint centres: what lies outside on the left lies
    outside on the right as well. In virtual walkers (healthy, hemiplegic, Trendelenburg, crouch) it is 5 mm off along
    the walk and 2-3 mm across; the pelvis's centre is 22-54 and 6-11 mm off.
    """
    joints: dict[str, np.ndarray] = {}
    for side in SIDES:
        for name in ("shoulder", "knee", "ankle"):
            track_m = _joint(walker, side, name)
            if track_m is None:
                return walker.pelvis_m, PELVIS_NOTE
            joints[f"{side}_{name}"] = track_m
    joints |= _hips(walker)
    shoulders_m = (joints["left_shoulder"] + joints["right_shoulder"]) / 2.0
    trunk_m = (joints["left_hip"] + joints["right_hip"]) / 2.0 - shoulders_m
    joints |= _ends(walker, joints, trunk_m)
    parts = [
        (TRUNK_MASS, shoulders_m + TRUNK_CENTRE * trunk_m),
        (HEAD_MASS, shoulders_m - HEAD_ABOVE_SHOULDERS * trunk_m),
    ]
    for side in SIDES:
        for start, end, mass, centre in LIMBS:
            near_m, far_m = joints[f"{side}_{start}"], joints[f"{side}_{end}"]
            parts.append((mass, near_m + centre * (far_m - near_m)))
    total_m = sum((mass * part_m for mass, part_m in parts), np.zeros(3))
    return total_m / sum(mass for mass, _ in parts), SEGMENTS_NOTE


def _hips(walker: Walker) -> dict[str, np.ndarray]:
    """Hip centres: the laboratory's where it stored them, else by the iliac spines."""
    stored = {f"{side}_hip": _joint(walker, side, "hip") for side in SIDES}
    found = {name: track_m for name, track_m in stored.items() if track_m is not None}
    if len(found) == len(SIDES):
        return found
    apart_m = HIP_APART * (walker.slot("left_asis") - walker.slot("right_asis"))
    below_m = np.array([0.0, 0.0, HIP_BELOW_M])
    return {
        f"{side}_hip": walker.pelvis_m + sign * apart_m - below_m for side, sign in zip(SIDES, (1, -1), strict=True)
    }


def _ends(walker: Walker, joints: dict[str, np.ndarray], trunk_m: np.ndarray) -> dict[str, np.ndarray]:
    """Elbows, wrists and toes; an arm that is not seen hangs straight down, a foot without a toe is at its ankle."""
    hanging_m = ARM_LENGTH * trunk_m * [0.0, 0.0, 1.0]
    found: dict[str, np.ndarray] = {}
    for side in SIDES:
        elbow_m, wrist_m, toe_m = (_joint(walker, side, name) for name in ("elbow", "wrist", "toe"))
        elbow_m = joints[f"{side}_shoulder"] + hanging_m if elbow_m is None else elbow_m
        found[f"{side}_elbow"] = elbow_m
        found[f"{side}_wrist"] = elbow_m + hanging_m if wrist_m is None else wrist_m
        found[f"{side}_toe"] = joints[f"{side}_ankle"] if toe_m is None else toe_m
    return found


def _joint(walker: Walker, side: str, name: str) -> np.ndarray | None:
    """A joint's centre where it is known, else its marker, else None: (frame, 3)."""
    names = {
        "hip": ("hip_centre",),
        "knee": ("knee_centre", "knee"),
        "ankle": ("ankle_centre", "ankle"),
        "wrist": ("wrist_thumb", "wrist_little"),
    }.get(name, (name,))
    seen = next((slot for slot in names if walker.has(f"{side}_{slot}")), None)
    return None if seen is None else walker.slot(f"{side}_{seen}")
