"""The Conventional Gait Model's thorax: its axes and origin, and the trunk's and the spine's angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics.cgm.pelvis import SIDE_SIGN
from ltme_clinic.kinematics.cgm.vectors import axes_by_up_and_left, cross, relative
from ltme_clinic.kinematics.rotations import angles_yxz

THORAX_SLOTS = ("c7", "t10", "clavicle", "sternum")
TRUNK_ANGLES = ("trunk_tilt", "trunk_obliquity", "trunk_rotation")
SPINE_ANGLES = ("spine_flexion", "spine_lateral_flexion", "spine_rotation")


@dataclass(frozen=True)
class Thorax:
    """The thorax over time, laboratory frame; NaN where one of its four markers is missing."""

    origin_m: np.ndarray  # (frame, 3) behind the clavicular notch's marker by half its diameter
    axes: np.ndarray  # (frame, 3, 3) columns forward, left, up


def thorax_of(positions_m: np.ndarray, marker_radius_m: float) -> Thorax:
    """Z from between sternum and T10 to between clavicular notch and C7, x as near as that allows to the front.

    Parameters
    ----------
    positions_m : (frame, slot, 3)
    marker_radius_m : how far the skin lies behind the marker's middle

    Notes
    -----
    As the Plug-in Gait reference guide describes it (Vicon 2018, Upper body kinematics).
    """
    c7_m, t10_m, clavicle_m, sternum_m = (positions_m[:, SLOT_INDEX[slot]] for slot in THORAX_SLOTS)
    up = clavicle_m + c7_m - sternum_m - t10_m
    forward = clavicle_m + sternum_m - c7_m - t10_m
    axes = axes_by_up_and_left(up, cross(up, forward))
    return Thorax(clavicle_m - marker_radius_m * axes[:, :, 0], axes)


def trunk_angles_deg(progression: np.ndarray, thorax: Thorax, side: str) -> dict[str, np.ndarray]:
    """The thorax against the direction of progression (frame, 3, 3), in degrees.

    Positive: forward tilt, that side up, that side forward, as the pelvis; what Nexus stores as LThoraxAngles.
    """
    sign = SIDE_SIGN[side]
    tilt, obliquity, rotation = angles_yxz(relative(progression, thorax.axes))
    return dict(zip(TRUNK_ANGLES, np.degrees((tilt, sign * obliquity, -sign * rotation)), strict=True))


def spine_angles_deg(pelvis_axes: np.ndarray, thorax: Thorax, side: str) -> dict[str, np.ndarray]:
    """The thorax against the pelvis, in degrees; what Nexus stores as LSpineAngles."""
    return dict(zip(SPINE_ANGLES, column_angles_deg(pelvis_axes, thorax.axes, side), strict=True))


def column_angles_deg(lower: np.ndarray, upper: np.ndarray, side: str) -> np.ndarray:
    """A segment of the spinal column against the one below it: (3, frame) degrees.

    Positive: the upper one bent forward, bent to that side, turned to that side. The model takes the lower segment as
    the upper one sees it and changes the signs, so the angles are about the *upper* segment's axes.
    """
    sign = SIDE_SIGN[side]
    bend, lean, turn = angles_yxz(relative(upper, lower))
    return np.degrees((-bend, sign * lean, -sign * turn))
