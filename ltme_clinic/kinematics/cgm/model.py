"""The Conventional Gait Model: markers and measures to joint centres, segments and angles."""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics.cgm.angles import foot_angles_deg, joint_angles_deg, pelvis_angles_deg
from ltme_clinic.kinematics.cgm.found import Found
from ltme_clinic.kinematics.cgm.legs import Leg, leg_markers, leg_of
from ltme_clinic.kinematics.cgm.marker_diameter import marker_diameter, unconfirmed_diameter
from ltme_clinic.kinematics.cgm.pelvis import Hips, Pelvis, hip_centres, pelvis_of
from ltme_clinic.kinematics.cgm.progression import facing_heading_rad, laboratory_direction_rad, progression_axes
from ltme_clinic.kinematics.cgm.refusals import axis_refusals, leg_refusals, offset_warnings
from ltme_clinic.kinematics.cgm.settings import ModelSettings
from ltme_clinic.kinematics.cgm.upper_body import UpperBody, upper_body
from ltme_clinic.types import BodyMeasures, JointAngles, LegMeasures
from ltme_clinic.types.recording import Side

_SIDES: tuple[Side, ...] = ("left", "right")
MODEL = "conventional gait model"
LABORATORY = "_laboratory"
"""Ends the name of an angle against the laboratory's axis: "pelvic_tilt_laboratory"."""


def model_angles(
    positions_m: np.ndarray,
    rate_hz: float,
    measures: BodyMeasures,
    settings: ModelSettings | None = None,
    *,
    heading_rad: np.ndarray | None = None,
) -> JointAngles:
    """Joint angles, joint centres and segment axes of the whole body, frame by frame.

    Parameters
    ----------
    positions_m
        (frame, slot, 3) markers on the body's slots, laboratory, NaN where missing. Nothing is filled and nothing
        filtered here: what a missing marker carries is NaN in that frame, and the rest is not.
    rate_hz
        Frames a second; it matters to the heading alone.
    measures
        Lengths, widths and the standing trial's offsets.
    settings
        The model's choices.
    heading_rad
        (frame,) where the walker heads, from the laboratory's x; taken from the pelvis where it is not given.

    Returns
    -------
    JointAngles
        `values_deg` holds `angles.JOINT_ANGLES` of each leg, and `PELVIS_ANGLES` and `FOOT_ANGLES` against the
        direction that the settings name; with "_laboratory" behind the name, against the laboratory's nearest axis.
        `missing` names, by "left_hip_rotation" and the like, what the measures can't carry, and why.
        `segments` holds pelvis, thighs, shanks (untorsioned), torsioned shanks and feet, and what `upper_body` gives.

    Notes
    -----
    Davis 1991 (Hum Mov Sci 10: 575) and Kadaba 1990 (J Orthop Res 8: 383), as the commercial pipeline Plug-in Gait
    calculates them. Not handled: the knee alignment device, sole thickness, ankle ab/adduction and X-ray offsets.
    """
    settings = settings or ModelSettings()
    diameter_m, diameter_source = marker_diameter(positions_m, measures, settings.marker_diameter_m)
    with np.errstate(invalid="ignore", divide="ignore"):
        pelvis = pelvis_of(positions_m)
        hips = hip_centres(pelvis, measures, diameter_m / 2, settings.hip_centres)
        warnings = [*unconfirmed_diameter(diameter_m, diameter_source, measures), *hips.estimated]
        found = Found(warnings=warnings, segments={"pelvis": pelvis.axes})
        directions = _directions(pelvis, rate_hz, settings, heading_rad)
        for side in _SIDES:
            _add_pelvis(found, directions, pelvis, side)
            _add_leg(found, directions, positions_m, pelvis, hips, measures.leg(side), diameter_m, side)
        _add_upper_body(found, upper_body(positions_m, measures, pelvis.axes, diameter_m, directions))
    return JointAngles(
        model=MODEL,
        rate_hz=rate_hz,
        values_deg=found.values_deg,
        joint_centres_m=found.joint_centres_m,
        segments=found.segments,
        missing=found.missing,
        settings=_described(settings, diameter_m, diameter_source, measures),
        warnings=tuple(found.warnings),
    )


def _directions(
    pelvis: Pelvis, rate_hz: float, settings: ModelSettings, heading_rad: np.ndarray | None
) -> dict[str, np.ndarray]:
    """Ending of an angle's name -> the axes (frame, 3, 3) that it is measured against."""
    frames = len(pelvis.axes)
    laboratory = progression_axes(laboratory_direction_rad(pelvis), frames)
    if settings.progression == "laboratory":
        return {"": laboratory, LABORATORY: laboratory}
    heading = facing_heading_rad(pelvis, rate_hz) if heading_rad is None else heading_rad
    return {"": progression_axes(heading, frames), LABORATORY: laboratory}


def _add_pelvis(found: Found, directions: dict[str, np.ndarray], pelvis: Pelvis, side: Side) -> None:
    for ending, axes in directions.items():
        for name, angle_deg in pelvis_angles_deg(axes, pelvis.axes, side).items():
            found.values_deg[name + ending, side] = angle_deg


def _add_leg(
    found: Found,
    directions: dict[str, np.ndarray],
    positions_m: np.ndarray,
    pelvis: Pelvis,
    hips: Hips,
    measures: LegMeasures,
    diameter_m: float,
    side: Side,
) -> None:
    """Everything of one leg, but what its markers and measures can't carry: that is named instead."""
    nowhere_m = np.full((len(positions_m), 3), np.nan)
    leg = leg_of(leg_markers(positions_m, side), hips.centres_m.get(side, nowhere_m), measures, diameter_m)
    _keep_places(found, leg)
    angles_deg = joint_angles_deg(pelvis.axes, leg)
    for ending, axes in directions.items():
        angles_deg |= {name + ending: angle_deg for name, angle_deg in foot_angles_deg(axes, leg).items()}
    refused = axis_refusals(pelvis.axes, leg)
    refused |= leg_refusals(side, positions_m, measures, hips.missing.get(side, ""))
    found.missing |= {f"{side}_{name}": reason for name, reason in refused.items()}
    for name, angle_deg in angles_deg.items():
        if name.removesuffix(LABORATORY) not in refused:
            found.values_deg[name, side] = angle_deg
    found.warnings += offset_warnings(side, measures)


def _add_upper_body(found: Found, upper: UpperBody) -> None:
    found.values_deg |= upper.values_deg
    found.joint_centres_m |= upper.joint_centres_m
    found.segments |= upper.segments
    found.missing |= upper.missing
    found.warnings += upper.warnings


def _keep_places(found: Found, leg: Leg) -> None:
    side = leg.side
    found.joint_centres_m |= {f"{side}_hip": leg.hip_m, f"{side}_knee": leg.knee_m, f"{side}_ankle": leg.ankle_m}
    found.segments |= {
        f"{side}_thigh": leg.thigh,
        f"{side}_shank": leg.shank,
        f"{side}_shank_torsioned": leg.shank_torsioned,
        f"{side}_foot": leg.foot,
    }


def _described(
    settings: ModelSettings, diameter_m: float, diameter_source: str, measures: BodyMeasures
) -> dict[str, str]:
    """The settings as a reader of the angles needs them."""
    direction = "the walker's heading" if settings.progression == "heading" else "the laboratory's nearest axis"
    offsets = {source for name, source in measures.sources.items() if name.endswith("_rad")}
    return {
        "hip centres": settings.hip_centres,
        "marker diameter": f"{1000 * diameter_m:g} mm ({diameter_source})",
        "pelvis and foot against": direction,
        "offsets from": ", ".join(sorted(offsets)) or "nowhere",
        "filling": "none",
        "filter": "none",
    }
