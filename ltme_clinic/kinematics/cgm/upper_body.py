"""The Conventional Gait Model, upper body: markers and measures to joint centres, segments and angles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics.cgm.arms import (
    Arm,
    arm_of,
    elbow_angles_deg,
    shoulder_angles_deg,
    wrist_angles_deg,
)
from ltme_clinic.kinematics.cgm.found import Found
from ltme_clinic.kinematics.cgm.head import HEAD_SLOTS, head_angles_deg, head_of, neck_angles_deg
from ltme_clinic.kinematics.cgm.trunk import THORAX_SLOTS, Thorax, spine_angles_deg, thorax_of, trunk_angles_deg
from ltme_clinic.types import ArmMeasures, BodyMeasures
from ltme_clinic.types.recording import Side

_SIDES: tuple[Side, ...] = ("left", "right")
_EXCHANGED_DEG = -45.0
"""A hand turned out this far past palm-forward, on average, is no posture but two exchanged labels."""
_FOREARM_MARKERS = ("shoulder", "elbow", "wrist_thumb", "wrist_little")
_ARM_MEASURES = {
    "shoulder_offset_m": "shoulder offset",
    "elbow_width_m": "elbow width",
    "wrist_width_m": "wrist width",
}


@dataclass(frozen=True)
class UpperBody:
    """Trunk, head and arms over time, with the Conventional Gait Model's signs, NaN where not measured."""

    values_deg: Mapping[tuple[str, Side], np.ndarray]  # (frame,); a group that can't be given has no values
    joint_centres_m: Mapping[str, np.ndarray]
    """ "left_shoulder", "left_elbow", "left_wrist", "left_hand" ...: (frame, 3) laboratory."""
    segments: Mapping[str, np.ndarray]
    """ "thorax", "head", "left_clavicle", "left_upper_arm", "left_forearm", "left_hand" ...: (frame, 3, 3), columns
    forward, left, up."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Group of angles ("trunk", "spine", "head", "neck", "left_shoulder", "left_elbow", "left_wrist") -> why not."""
    warnings: tuple[str, ...] = ()


def upper_body(
    positions_m: np.ndarray,
    measures: BodyMeasures,
    pelvis: np.ndarray | None,
    marker_diameter_m: float,
    progression: np.ndarray | Mapping[str, np.ndarray],
) -> UpperBody:
    """Joint centres, segment axes and angles of trunk, head and arms, frame by frame.

    Parameters
    ----------
    positions_m
        (frame, slot, 3) markers on the body's slots, laboratory, NaN where missing. Nothing is filled or filtered.
    measures
        Shoulder offsets, elbow and wrist widths, hand thicknesses and the head offset.
    pelvis
        (frame, 3, 3) axes forward, left, up; None leaves out the spine's angles.
    marker_diameter_m
        0.014 unless something tells better: files are known to say 10 mm where 14 mm markers were worn.
    progression
        (frame, 3, 3) upright axes that trunk and head are measured against. Of several, by what ends the angles' names:
        {"": heading axes, "_laboratory": the laboratory's nearest axis}.

    Returns
    -------
    UpperBody
        `trunk.TRUNK_ANGLES` and `SPINE_ANGLES`, `head.HEAD_ANGLES` and `NECK_ANGLES`, `arms.SHOULDER_ANGLES`,
        `ELBOW_ANGLES` and `WRIST_ANGLES`, each for both sides.

    Notes
    -----
    The Plug-in Gait reference guide (Vicon 2018) as Nexus 1.8 to 2.10 calculates it: trunk and head are measured
    against the *pelvis's* direction of progression, where the guide speaks of one of their own. There is no scapula, so
    the shoulder's angles hold whatever the shoulder girdle does. Measures left empty are 0 to Nexus, which then puts
    the joint centres into the markers; here they are refused.
    """
    directions = progression if isinstance(progression, Mapping) else {"": progression}
    radius_m = marker_diameter_m / 2
    found = Found()
    with np.errstate(invalid="ignore", divide="ignore"):
        thorax = _add_trunk(found, positions_m, radius_m, pelvis, directions)
        _add_head(found, positions_m, measures.head_offset_rad, thorax, directions)
        for side in _SIDES:
            _add_arm(found, positions_m, measures.arm(side), radius_m, thorax, side)
    return UpperBody(found.values_deg, found.joint_centres_m, found.segments, found.missing, tuple(found.warnings))


def _add_trunk(
    found: Found,
    positions_m: np.ndarray,
    radius_m: float,
    pelvis: np.ndarray | None,
    directions: Mapping[str, np.ndarray],
) -> Thorax | None:
    lacking = _unseen(positions_m, THORAX_SLOTS)
    if lacking:
        found.missing |= dict.fromkeys(("trunk", "spine"), lacking)
        return None
    thorax = thorax_of(positions_m, radius_m)
    found.segments["thorax"] = thorax.axes
    if pelvis is None or np.isnan(pelvis[:, 0, 0]).all():
        found.missing["spine"] = "the pelvis's axes are not known"
    for side in _SIDES:
        for ending, axes in directions.items():
            found.add(side, trunk_angles_deg(axes, thorax, side), ending)
        if pelvis is not None and "spine" not in found.missing:
            found.add(side, spine_angles_deg(pelvis, thorax, side))
    return thorax


def _add_head(
    found: Found,
    positions_m: np.ndarray,
    offset_rad: float | None,
    thorax: Thorax | None,
    directions: Mapping[str, np.ndarray],
) -> None:
    lacking = _unseen(positions_m, HEAD_SLOTS)
    if lacking:
        found.missing |= dict.fromkeys(("head", "neck"), lacking)
        return
    if offset_rad is None:
        found.warnings.append("no head offset is known: head and neck are levelled by the head's markers")
    head = head_of(positions_m, offset_rad or 0.0)
    found.segments["head"] = head.axes
    if thorax is None:
        found.missing["neck"] = found.missing["trunk"]
    for side in _SIDES:
        for ending, axes in directions.items():
            found.add(side, head_angles_deg(axes, head, side), ending)
        if thorax is not None:
            found.add(side, neck_angles_deg(thorax, head, side))


def _add_arm(
    found: Found, positions_m: np.ndarray, measures: ArmMeasures, radius_m: float, thorax: Thorax | None, side: Side
) -> None:
    """One arm; shoulder and elbow need everything down to the wrist, for its centre fixes the arm's plane."""
    groups = (f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
    lacking = found.missing["trunk"] if thorax is None else _arm_lacks(positions_m, measures, side)
    if thorax is None or lacking:
        found.missing |= dict.fromkeys(groups, lacking)
        return
    arm = arm_of(positions_m, thorax, measures, radius_m, side)
    _keep_places(found, arm, side)
    if np.isnan(arm.upper_arm[:, 0, 0]).all():
        reason = "its joint centres can't be placed: check the arm's measures and that its markers are seen together"
        found.missing |= dict.fromkeys(groups, reason)
        return
    found.add(side, shoulder_angles_deg(thorax, arm))
    found.add(side, elbow_angles_deg(arm))
    lacking = _unseen(positions_m, (f"{side}_finger",)) or _unknown(measures, {"hand_thickness_m": "hand thickness"})
    if lacking:
        found.missing[f"{side}_wrist"] = lacking
        return
    wrist_deg = wrist_angles_deg(arm)
    found.add(side, wrist_deg)
    turned_in_deg = wrist_deg["wrist_rotation"]
    if np.isfinite(turned_in_deg).any() and np.nanmedian(turned_in_deg) < _EXCHANGED_DEG:
        found.warnings.append(
            f"the {side} wrist's two markers look exchanged (the palm would face {-np.nanmedian(turned_in_deg):.0f} "
            "deg outwards): shoulder rotation is then wrong by some 15 to 35 deg and elbow flexion by up to 15"
        )


def _keep_places(found: Found, arm: Arm, side: Side) -> None:
    """The joint centres and segments that are there in some frame."""
    centres_m = {"shoulder": arm.shoulder_m, "elbow": arm.elbow_m, "wrist": arm.wrist_m, "hand": arm.hand_m}
    axes = {"clavicle": arm.clavicle, "upper_arm": arm.upper_arm, "forearm": arm.forearm, "hand": arm.hand}
    for kept, places in ((found.joint_centres_m, centres_m), (found.segments, axes)):
        kept |= {f"{side}_{name}": place for name, place in places.items() if np.isfinite(place).any()}


def _arm_lacks(positions_m: np.ndarray, measures: ArmMeasures, side: str) -> str:
    """What the joint centres down to the wrist lack; empty if nothing."""
    return _unseen(positions_m, tuple(f"{side}_{part}" for part in _FOREARM_MARKERS)) or _unknown(
        measures, _ARM_MEASURES
    )


def _unseen(positions_m: np.ndarray, slots: tuple[str, ...]) -> str:
    """Which of these markers are never seen, or that they are never seen together; empty if neither."""
    seen = np.isfinite(positions_m[:, [SLOT_INDEX[slot] for slot in slots], 0])
    absent = [slot.replace("_", " ") for slot, some in zip(slots, seen.any(axis=0), strict=True) if not some]
    if absent:
        return f"no marker for {' and '.join(absent)}"
    return "" if seen.all(axis=1).any() else f"never seen together: {', '.join(s.replace('_', ' ') for s in slots)}"


def _unknown(measures: ArmMeasures, wanted: Mapping[str, str]) -> str:
    unknown = [called for name, called in wanted.items() if getattr(measures, name) is None]
    return f"{' and '.join(unknown)} not known: enter {'it' if len(unknown) == 1 else 'them'}" if unknown else ""
