"""Sagittal joint angles from joint centres, where the Conventional Gait Model has not what it needs.

For markerless trackers, skeletons (BVH, AMC, body models) and marker sets without widths or wands. Joint centres are
points: they show which way a segment points, not how it is turned about its own length. So the angles are those of
lines in the upright plane that looks along the walker's heading, and nothing else is given.

What differs from the Conventional Gait Model, measured on ten straight walks (eight children and an adult overground,
one adult stepping up; both sides, n = 20) whose model angles Vicon Nexus stored. Offset: mean difference to the model,
+/- SD between legs; after it: RMS of what is left once each leg's own offset is taken out. Degrees.

| angle | points | offset | after it |
|---|---|---|---|
| pelvic tilt | iliac spines and sacrum | +0.2 +/- 0.2 | 0.3 |
| hip | joint centres and the pelvis's tilt | 0.0 +/- 0.1 | 0.4 |
| hip | joint centres, thigh against the vertical | -13.4 +/- 7.5 | 1.3 |
| hip | markers (Harrington's hip, lateral knee) | +2.4 +/- 2.9 | 1.1 |
| knee | joint centres | +0.6 +/- 2.0 | 1.4 |
| knee | markers | +4.4 +/- 5.2 | 2.2 |
| ankle | joint centres, heel and toe | +4.0 +/- 4.1 | 1.1 |
| ankle | markers | +5.6 +/- 4.4 | 1.1 |
| trunk | thorax markers | 0.0 +/- 0.2 | 0.1 |
| trunk | between the hips to between the shoulders | -1.0 +/- 5.6 | 0.8 |
| shoulder | joint centres | -1.3 +/- 5.6 | 1.4 |
| shoulder | markers of acromion and epicondyle | +9.1 +/- 2.1 | 2.2 |
| elbow | joint centres | 0.0 +/- 0.0 | 0.0 |
| elbow | markers | -11.0 +/- 4.3 | 3.3 |

A side's offset stays what it is through a recording, so ranges and timing carry over better than levels do. The adult
who steps up makes most of the knee's: without him joint centres give 0.0 +/- 0.1 and 0.3, markers +2.9 +/- 2.4 and 1.7.
Where the walker turns, the legs' planes leave the heading's, and what is left after the offset doubles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics.cgm.vectors import axes_by_left_and_forward, dot, length, out_of_axes
from ltme_clinic.types.gait import JointAngles
from ltme_clinic.types.recording import Side

MODEL = "joint centres, sagittal"
SAGITTAL_ANGLES = (
    "pelvic_tilt",
    "hip_flexion",
    "knee_flexion",
    "ankle_dorsiflexion",
    "trunk_tilt",
    "shoulder_flexion",
    "elbow_flexion",
)
NOT_SAGITTAL = (
    "pelvic_obliquity",
    "pelvic_rotation",
    "hip_adduction",
    "hip_rotation",
    "knee_adduction",
    "knee_rotation",
    "ankle_inversion",
    "ankle_rotation",
    "foot_progression",
    "trunk_obliquity",
    "trunk_rotation",
    "shoulder_abduction",
    "shoulder_rotation",
)
_SIDES: tuple[Side, ...] = ("left", "right")
_NO_PLANE = "joint centres carry sagittal angles only: record the Conventional Gait Model's markers and measures"
_NO_TILT = "only the hips are seen of the pelvis: mark both ASIS and the sacrum (or both PSIS)"


@dataclass
class _Found:
    """What has been calculated so far."""

    values_deg: dict[tuple[str, Side], np.ndarray] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=lambda: dict.fromkeys(NOT_SAGITTAL, _NO_PLANE))
    settings: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def give(self, name: str, side: Side, angle_deg: np.ndarray | None, reason: str) -> None:
        """Keep an angle that has a value in some frame; else say why there is none."""
        if angle_deg is None or not np.isfinite(angle_deg).any():
            self.missing[f"{side}_{name}"] = reason
        else:
            self.values_deg[name, side] = angle_deg


@dataclass(frozen=True)
class _Points:
    """A recording's landmarks and the plane that its angles are measured in."""

    positions_m: np.ndarray  # (frame, slot, 3) laboratory
    heading_rad: np.ndarray  # (frame,)

    def at(self, slot: str) -> np.ndarray:
        """One landmark: (frame, 3), NaN where missing."""
        return self.positions_m[:, SLOT_INDEX[slot]]

    def has(self, slot: str) -> bool:
        return bool(np.isfinite(self.at(slot)[:, 0]).any())

    def first(self, *slots: str) -> tuple[np.ndarray, str] | None:
        """The first of these landmarks that is ever seen, with its slot: one recording never mixes two."""
        return next(((self.at(slot), slot) for slot in slots if self.has(slot)), None)

    def forward(self, vector: np.ndarray) -> np.ndarray:
        return vector[:, 0] * np.cos(self.heading_rad) + vector[:, 1] * np.sin(self.heading_rad)

    def lean_deg(self, upward: np.ndarray) -> np.ndarray:
        """How far a line that points upwards leans forward: (frame,)."""
        return np.degrees(np.arctan2(self.forward(upward), upward[:, 2]))

    def pitch_deg(self, forwards: np.ndarray) -> np.ndarray:
        """How far a line that points forwards rises: (frame,)."""
        return np.degrees(np.arctan2(forwards[:, 2], self.forward(forwards)))


def sagittal_angles(positions_m: np.ndarray, rate_hz: float, heading_rad: np.ndarray) -> JointAngles:
    """Angles of hip, knee, ankle, pelvis, trunk, shoulder and elbow in the plane of the walker's heading.

    Parameters
    ----------
    positions_m
        (frame, slot, 3) landmarks, laboratory, z up, NaN where missing. Hip, knee and ankle centres where a recording
        has them; else the hips by the pelvis's size (Harrington 2007), and the lateral knee and ankle markers, whose
        distance from the joint lies across the plane.
    rate_hz
        Frames a second.
    heading_rad
        (frame,) where the walker heads, from the laboratory's x; NaN leaves NaN.

    Returns
    -------
    JointAngles
        `SAGITTAL_ANGLES` of each side, as far as the recording's landmarks carry them; what it can't give, among it
        every frontal and transverse angle, is in `missing` and has no values. `settings` says which points were taken.

    Notes
    -----
    Positive as in the Conventional Gait Model: flexion, dorsiflexion, anterior or forward tilt.

    - Hip: the thigh's line against the pelvis's tilt; where the tilt is not seen, against the vertical, with a warning,
      for it then reads lower than the model's by that tilt.
    - Knee: the shank's line against the thigh's. Ankle: the foot's line against the shank's. The foot is rigid: the
      line from ankle to toe gives its movement, as in the model, and the line from heel to toe only where that stands
      on average. A foot without a heel has no such level, and then there is no ankle angle.
    - Trunk: from between sternum and T10 to between clavicular notch and C7 where all four are seen, as the model's
      thorax; else from between the hips to between the shoulders. Shoulder: the upper arm's line against the trunk's.
    - Elbow: the angle between its two lines in space, for an arm does not swing in the sagittal plane. It needs the
      wrist.
    """
    points = _Points(positions_m, heading_rad)
    found = _Found()
    with np.errstate(invalid="ignore", divide="ignore"):
        tilt_deg = _pelvic_tilt_deg(points)
        hips = {side: _hip(points, side, found) for side in _SIDES}
        trunk_deg = _trunk_deg(points, hips, found)
        for side in _SIDES:
            found.give("pelvic_tilt", side, tilt_deg, _NO_TILT)
            found.give("trunk_tilt", side, trunk_deg, "it needs the thorax's four markers, or both shoulders and hips")
            _add_leg(points, hips[side], tilt_deg, side, found)
            _add_arm(points, trunk_deg, side, found)
    if tilt_deg is None and any(name == "hip_flexion" for name, _ in found.values_deg):
        found.settings["hip_flexion"] = "thigh against the vertical"
        found.warnings.append(
            "the pelvis's tilt is not seen: hip flexion is the thigh against the vertical, which reads lower than a "
            "gait model's by the anterior tilt (13 deg on average, 3 to 25): compare its range, not its level"
        )
    return JointAngles(
        model=MODEL,
        rate_hz=rate_hz,
        values_deg=found.values_deg,
        joint_centres_m=_centres(points),
        missing=found.missing,
        settings=found.settings,
        warnings=tuple(found.warnings),
    )


def _pelvic_tilt_deg(points: _Points) -> np.ndarray | None:
    """From the sacrum to between the anterior iliac spines, downwards positive; None where they are never seen."""
    front_m = (points.at("left_asis") + points.at("right_asis")) / 2
    tilt_deg = -points.pitch_deg(front_m - points.at("sacrum"))
    return tilt_deg if np.isfinite(tilt_deg).any() else None


def _hip(points: _Points, side: Side, found: _Found) -> np.ndarray:
    """The hip centre that the recording holds, or Harrington's (J Biomech 2007; 40: 595) from width and depth alone."""
    if points.has(f"{side}_hip_centre"):
        return points.at(f"{side}_hip_centre")
    left_m, right_m, back_m = (points.at(slot) for slot in ("left_asis", "right_asis", "sacrum"))
    front_m = (left_m + right_m) / 2
    axes = axes_by_left_and_forward(left_m - right_m, front_m - back_m)
    width_m, depth_m = _median(length(left_m - right_m)), _median(dot(front_m - back_m, axes[:, :, 0]))
    across_m = 0.33 * width_m + 0.0073
    place_m = np.array([-0.24 * depth_m - 0.0099, across_m if side == "left" else -across_m, -0.30 * width_m - 0.0109])
    if np.isfinite(place_m).all():
        found.settings["hip centres"] = "from the pelvis's width and depth (Harrington 2007)"
    return front_m + out_of_axes(axes, place_m)


def _add_leg(points: _Points, hip_m: np.ndarray, tilt_deg: np.ndarray | None, side: Side, found: _Found) -> None:
    knee = points.first(f"{side}_knee_centre", f"{side}_knee")
    ankle = points.first(f"{side}_ankle_centre", f"{side}_ankle")
    for joint, place in (("knee", knee), ("ankle", ankle)):
        if place is not None and not place[1].endswith("_centre"):
            found.settings[f"{joint} centres"] = f"the lateral {joint} markers"
    thigh_deg = points.lean_deg(hip_m - knee[0]) if knee else None
    shank_deg = points.lean_deg(knee[0] - ankle[0]) if knee and ankle else None
    hip_deg = None if thigh_deg is None else (0.0 if tilt_deg is None else tilt_deg) - thigh_deg
    found.give("hip_flexion", side, hip_deg, "it needs the hip and the knee")
    knee_deg = None if thigh_deg is None or shank_deg is None else shank_deg - thigh_deg
    found.give("knee_flexion", side, knee_deg, "it needs the hip, the knee and the ankle")
    foot_deg = _foot_deg(points, ankle[0], side) if ankle else None
    ankle_deg = None if shank_deg is None or foot_deg is None else shank_deg + foot_deg
    reason = "it needs the knee, the ankle, the toe and the heel, without which the foot's level is not known"
    found.give("ankle_dorsiflexion", side, ankle_deg, reason)


def _foot_deg(points: _Points, ankle_m: np.ndarray, side: Side) -> np.ndarray | None:
    """How far the foot's line from heel to toe rises, toes up positive; None without heel or toe."""
    toe_m, heel_m = _toe(points, side), points.at(f"{side}_heel")
    if toe_m is None:
        return None
    moving_deg, sole_deg = points.pitch_deg(toe_m - ankle_m), points.pitch_deg(toe_m - heel_m)
    return moving_deg + _median(_within_half_turn(sole_deg - moving_deg))


def _toe(points: _Points, side: Side) -> np.ndarray | None:
    """The second metatarsal head, or between the first and the fifth, or the fifth."""
    if points.has(f"{side}_toe"):
        return points.at(f"{side}_toe")
    inner_m, outer_m = points.at(f"{side}_metatarsal_1"), points.at(f"{side}_metatarsal_5")
    if points.has(f"{side}_metatarsal_1") and points.has(f"{side}_metatarsal_5"):
        return (inner_m + outer_m) / 2
    return outer_m if points.has(f"{side}_metatarsal_5") else None


def _trunk_deg(points: _Points, hips: Mapping[Side, np.ndarray], found: _Found) -> np.ndarray | None:
    upper_m = (points.at("c7") + points.at("clavicle")) / 2
    thorax_deg = points.lean_deg(upper_m - (points.at("t10") + points.at("sternum")) / 2)
    if np.isfinite(thorax_deg).any():
        found.settings["trunk"] = "thorax markers"
        return thorax_deg
    shoulders_m = (points.at("left_shoulder") + points.at("right_shoulder")) / 2
    line_deg = points.lean_deg(shoulders_m - (hips["left"] + hips["right"]) / 2)
    if np.isfinite(line_deg).any():
        found.settings["trunk"] = "from between the hips to between the shoulders"
        return line_deg
    return None


def _add_arm(points: _Points, trunk_deg: np.ndarray | None, side: Side, found: _Found) -> None:
    shoulder_m, elbow_m = points.at(f"{side}_shoulder"), points.at(f"{side}_elbow")
    arm_deg = points.lean_deg(shoulder_m - elbow_m)
    flexion_deg = None if trunk_deg is None else _within_half_turn(trunk_deg - arm_deg)
    found.give("shoulder_flexion", side, flexion_deg, "it needs the shoulder, the elbow and the trunk's line")
    wrist_m = _wrist(points, side)
    elbow_deg = None if wrist_m is None else _bend_deg(shoulder_m - elbow_m, wrist_m - elbow_m)
    found.give("elbow_flexion", side, elbow_deg, "it needs the shoulder, the elbow and the wrist")


def _wrist(points: _Points, side: Side) -> np.ndarray | None:
    thumb, little = f"{side}_wrist_thumb", f"{side}_wrist_little"
    if points.has(thumb) and points.has(little):
        return (points.at(thumb) + points.at(little)) / 2
    either = points.first(thumb, little)
    return either[0] if either else None


def _bend_deg(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How far two lines from one joint are from being straight: (frame,), 0 to 180."""
    return 180.0 - np.degrees(np.arccos(np.clip(dot(first, second) / (length(first) * length(second)), -1.0, 1.0)))


def _centres(points: _Points) -> dict[str, np.ndarray]:
    """The joint centres that the recording itself holds: estimates are good enough for an angle, not for a lever."""
    return {
        f"{side}_{joint}": points.at(f"{side}_{joint}_centre")
        for side in _SIDES
        for joint in ("hip", "knee", "ankle")
        if points.has(f"{side}_{joint}_centre")
    }


def _within_half_turn(angle_deg: np.ndarray) -> np.ndarray:
    return (angle_deg + 180.0) % 360.0 - 180.0


def _median(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else float("nan")
