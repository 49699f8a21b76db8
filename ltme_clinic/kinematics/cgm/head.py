"""The Conventional Gait Model's head: its axes, and the head's and the neck's angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics.cgm.pelvis import SIDE_SIGN
from ltme_clinic.kinematics.cgm.trunk import Thorax, column_angles_deg
from ltme_clinic.kinematics.cgm.vectors import axes_by_forward_and_left, relative
from ltme_clinic.kinematics.rotations import angles_yxz, rotation_yxz

HEAD_SLOTS = ("left_head_front", "right_head_front", "left_head_back", "right_head_back")
HEAD_ANGLES = ("head_tilt", "head_obliquity", "head_rotation")
NECK_ANGLES = ("neck_flexion", "neck_lateral_flexion", "neck_rotation")


@dataclass(frozen=True)
class Head:
    """The head over time, laboratory frame; NaN where one of its four markers is missing."""

    origin_m: np.ndarray  # (frame, 3) between the front markers
    axes: np.ndarray  # (frame, 3, 3) columns forward, left, up


def head_of(positions_m: np.ndarray, offset_rad: float) -> Head:
    """X from the back markers to the front ones, y to the left; turned about y by the standing trial's head offset.

    Parameters
    ----------
    positions_m : (frame, slot, 3)
    offset_rad : the pitch that levels the head of the standing trial (PROCESSING:HeadOffset)

    Notes
    -----
    The origin is the reference guide's. The point HEDO that Nexus stores is a drawn skull's, below and behind it. Every
    file at hand has an offset of 0: its sign is the guide's text, not a comparison.
    """
    front_left, front_right, back_left, back_right = (positions_m[:, SLOT_INDEX[slot]] for slot in HEAD_SLOTS)
    forward = front_left + front_right - back_left - back_right
    left = front_left + back_left - front_right - back_right
    nothing = np.zeros(1)
    levelled = axes_by_forward_and_left(forward, left) @ rotation_yxz(np.full(1, offset_rad), nothing, nothing)
    return Head((front_left + front_right) / 2, levelled)


def head_angles_deg(progression: np.ndarray, head: Head, side: str) -> dict[str, np.ndarray]:
    """The head against the direction of progression (frame, 3, 3), in degrees; what Nexus stores as LHeadAngles.

    Positive: *backward* tilt (unlike trunk and pelvis), that side up, that side forward.
    """
    sign = SIDE_SIGN[side]
    tilt, obliquity, rotation = angles_yxz(relative(progression, head.axes))
    return dict(zip(HEAD_ANGLES, np.degrees((-tilt, sign * obliquity, -sign * rotation)), strict=True))


def neck_angles_deg(thorax: Thorax, head: Head, side: str) -> dict[str, np.ndarray]:
    """The head against the thorax, in degrees: forward, to that side and turned to that side positive."""
    return dict(zip(NECK_ANGLES, column_angles_deg(thorax.axes, head.axes, side), strict=True))
