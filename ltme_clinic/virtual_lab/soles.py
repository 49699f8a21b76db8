"""How high a sole is above the floor."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import Skeleton
from ltme_clinic.types import GaitEvent
from ltme_clinic.virtual_lab.footfalls import TOE_ROCKER_DEG, TOE_ROCKER_SHARE
from ltme_clinic.virtual_lab.gait import WalkedBody
from ltme_clinic.virtual_lab.walk_plan import WalkPlan

TOUCH_SHARE, LEAVE_SHARE = 1 / 6, 1 / 3
"""Of a swing's clearance: a sole nearer to the floor than the first touches it, one further from it than the second
has left it. That is 2 and 4 mm for everybody but a shuffler, who lifts the feet a quarter as high.

With these, and firm landings, heel and toe markers move about a virtual event as they do about one on a force plate, to
1 ms over all signals and some 10 ms over single ones (32 contacts and 36 foot offs in 22 recordings; study gait_truth).
Heels give before a plate feels them, and toes bend and hold on longer than a rigid sole. A sole that leaves may dip as
far below the floor, for the planned swing keeps only heel and ball above it, not the rolled toes.
"""
SEARCH_S = 0.15
"""How far from the planned moment the real one is looked for."""


def lowest_sole_m(skeleton: Skeleton, body: WalkedBody, side: str) -> np.ndarray:
    """(frame,) height of a sole's lowest point: heel, ball, or the toes' rocker once the heel is well up."""
    centres_m, foot = body.motion.joint_centres, body.motion.rotations[f"{side}_foot"]
    start_rad = np.radians(-TOE_ROCKER_DEG)
    radius_m = TOE_ROCKER_SHARE * skeleton.height_m
    rocker_m = skeleton.ball_m + radius_m * np.array([np.sin(start_rad), 0.0, np.cos(start_rad)])
    on_toes = np.arcsin(foot[:, 2, 0]) < start_rad
    rolling_m = centres_m[f"{side}_ankle"][:, 2] + foot[:, 2] @ rocker_m - radius_m
    standing_m = np.minimum(centres_m[f"{side}_heel"][:, 2], centres_m[f"{side}_toe"][:, 2])
    return np.where(on_toes, np.minimum(rolling_m, standing_m), standing_m)
