"""Calibration from a standing trial: the offsets of markers and feet that walking trials are calculated with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics.cgm.legs import LegMarkers, leg_markers
from ltme_clinic.kinematics.cgm.marker_diameter import marker_diameter
from ltme_clinic.kinematics.cgm.pelvis import Pelvis, hip_centres, pelvis_of
from ltme_clinic.kinematics.cgm.settings import USUAL_MARKER_M, ModelSettings
from ltme_clinic.kinematics.cgm.static_leg import (
    FLEXION,
    SHANK,
    THIGH,
    TORSION,
    TURN,
    StandingLeg,
    foot_offsets_rad,
    mean_angle_rad,
    measured_widths_m,
    spread_deg,
    standing_leg,
)
from ltme_clinic.types import BodyMeasures, LegMeasures

OFFSETS: Mapping[str, str] = {
    THIGH: "thigh rotation",
    SHANK: "shank rotation",
    TORSION: "tibial torsion",
    FLEXION: "plantar flexion offset",
    TURN: "foot rotation offset",
}
"""Field of `LegMeasures` -> what it is called."""
_WANDERS_DEG = 2.0
"""Standard deviation over the frames from which an offset is not a constant of the body."""
_REPRODUCED_DEG = 1.0
_MEDIAL_KNEE_DEG = 5.0
_FLAT_MATTERS_DEG = 2.0


@dataclass(frozen=True)
class StaticCalibration:
    """What a standing trial says of a body."""

    measures: BodyMeasures
    """Those that were given, with what the trial shows in their place; `sources` says which those are."""
    spread_deg: Mapping[str, float] = field(default_factory=dict)
    """Field ("left_leg.tibial_torsion_rad") -> standard deviation over the frames, degrees."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Which marker diameter was calibrated with, and whether the feet were taken as flat."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _SideFound:
    """What the trial shows of one leg."""

    offsets_rad: Mapping[str, np.ndarray]  # field -> (frame,)
    widths_m: Mapping[str, float]
    flat: bool
    flat_effect_deg: float
    """How much less plantar flexion a flat foot would mean; NaN without a heel marker."""


def calibrate_static(
    static_positions_m: np.ndarray,
    rate_hz: float,
    measures: BodyMeasures,
    settings: ModelSettings | None = None,
) -> StaticCalibration:
    """Offsets from a standing trial, averaged over its frames.

    Tibial torsion and shank rotation come from the medial malleolus's marker, the foot's offsets from heel and toe, the
    thigh rotation, where none is given, from the medial epicondyle's; without these markers what was given stays, and
    what was not stays unknown. What somebody entered (`sources` says "entered") is never replaced. A knee or ankle
    width that nobody gave is measured between a joint's two markers.

    Parameters
    ----------
    static_positions_m
        (frame, slot, 3) laboratory with z up, the person standing still; unfiltered, unfilled.
    rate_hz
        Frames a second; nothing depends on it.
    measures
        Lengths and widths, and the offsets that the file stores where there are any: whether the feet stood flat and
        with which marker diameter the laboratory calibrated is written nowhere, so both are tried against them.
    settings
        The model's choices. `flat_foot` and `marker_diameter_m` that are set are not tried.

    Notes
    -----
    After Davis 1991 and Kadaba 1990 as Plug-in Gait calibrates. Not handled: knee alignment device, sole thickness.
    """
    del rate_hz
    settings = settings or ModelSettings()
    told_m, source = marker_diameter(static_positions_m, measures, settings.marker_diameter_m)
    with np.errstate(invalid="ignore", divide="ignore"):
        pelvis = pelvis_of(static_positions_m)
        tried = {
            diameter_m: _sides(static_positions_m, pelvis, measures, settings, diameter_m)
            for diameter_m in _diameters_m(told_m, measures, settings)
        }
    off_deg = {diameter_m: _off_deg(sides, measures) for diameter_m, sides in tried.items()}
    chosen_m = min(tried, key=lambda d: off_deg[d])
    if off_deg[chosen_m] > _REPRODUCED_DEG:
        chosen_m = told_m
    sides = tried[chosen_m]
    return StaticCalibration(
        _filled_in(measures, sides),
        {
            f"{side}_leg.{name}": spread_deg(angles_rad)
            for side, found in sides.items()
            for name, angles_rad in found.offsets_rad.items()
        },
        {
            "marker diameter": f"{1000 * chosen_m:g} mm ({source if chosen_m == told_m else 'the stored offsets'})",
            **{f"{side} foot": "flat" if found.flat else "as its markers stand" for side, found in sides.items()},
        },
        tuple(_warnings(sides, measures, settings, told_m, chosen_m)),
    )


def _diameters_m(told_m: float, measures: BodyMeasures, settings: ModelSettings) -> tuple[float, ...]:
    """What to try, the likeliest first: stored offsets may have been calculated with another diameter than the walk."""
    if settings.marker_diameter_m is not None or not _stored(measures):
        return (told_m,)
    return tuple(dict.fromkeys((told_m, USUAL_MARKER_M, measures.marker_diameter_m or told_m)))


def _sides(
    positions_m: np.ndarray, pelvis: Pelvis, measures: BodyMeasures, settings: ModelSettings, diameter_m: float
) -> dict[str, _SideFound]:
    hips = hip_centres(pelvis, measures, diameter_m / 2, settings.hip_centres)
    nowhere_m = np.full((len(positions_m), 3), np.nan)
    return {
        side: _side_found(
            leg_markers(positions_m, side),
            hips.centres_m.get(side, nowhere_m),
            measures.leg(side),
            diameter_m,
            settings.flat_foot,
        )
        for side in SIDES
    }


def _side_found(
    markers: LegMarkers, hip_m: np.ndarray, given: LegMeasures, diameter_m: float, flat: bool | None
) -> _SideFound:
    measured_m = measured_widths_m(markers, diameter_m)
    widths_m = {name: width_m for name, width_m in measured_m.items() if getattr(given, name) is None}
    standing: StandingLeg = standing_leg(markers, hip_m, replace(given, **widths_m), diameter_m)
    feet = {option: foot_offsets_rad(markers, standing.leg, flat=option) for option in (False, True)}
    if not feet[False]:
        return _SideFound(standing.offsets_rad, widths_m, bool(flat), float("nan"))
    flexion_rad = {option: mean_angle_rad(foot[FLEXION]) for option, foot in feet.items()}
    if flat is None:
        stored_rad = given.plantar_flexion_rad
        flat = stored_rad is not None and abs(flexion_rad[True] - stored_rad) < abs(flexion_rad[False] - stored_rad)
    effect_deg = float(np.degrees(flexion_rad[False] - flexion_rad[True]))
    return _SideFound(standing.offsets_rad | feet[flat], widths_m, flat, effect_deg)


def _stored(measures: BodyMeasures) -> bool:
    """Whether offsets of an earlier calibration are among the measures."""
    return any(measures.leg(side).plantar_flexion_rad is not None for side in SIDES)


def _off_deg(sides: Mapping[str, _SideFound], measures: BodyMeasures) -> float:
    """The largest difference between the offsets shown and those stored; infinite where none are stored."""
    apart = [
        abs(mean_angle_rad(angles_rad) - stored_rad)
        for side, found in sides.items()
        for name, angles_rad in found.offsets_rad.items()
        if name != THIGH and (stored_rad := getattr(measures.leg(side), name)) is not None
    ]
    known = [value for value in apart if np.isfinite(value)]
    return float(np.degrees(max(known))) if known else float("inf")


def _filled_in(measures: BodyMeasures, sides: Mapping[str, _SideFound]) -> BodyMeasures:
    """The measures with what the trial shows, and where each is from."""
    legs, sources = {}, dict(measures.sources)
    for side, found in sides.items():
        given = measures.leg(side)
        shown = dict(found.widths_m)
        for name, angles_rad in found.offsets_rad.items():
            is_kept = sources.get(f"{side}_leg.{name}") == "entered" or name == THIGH
            if not (is_kept and getattr(given, name) is not None):
                shown[name] = mean_angle_rad(angles_rad)
        shown = {name: value for name, value in shown.items() if np.isfinite(value)}
        legs[side] = replace(given, **shown)
        sources |= {f"{side}_leg.{name}": "static" if name in OFFSETS else "medial marker" for name in shown}
    return replace(measures, left_leg=legs["left"], right_leg=legs["right"], sources=sources)


def _warnings(
    sides: Mapping[str, _SideFound], measures: BodyMeasures, settings: ModelSettings, told_m: float, chosen_m: float
) -> list[str]:
    lines = []
    if chosen_m != told_m:
        lines.append(
            f"the stored offsets were calculated with {1000 * chosen_m:g} mm markers, and so were these; "
            f"{1000 * told_m:g} mm would change them by up to half a degree"
        )
    for side, found in sides.items():
        given = measures.leg(side)
        for name, angles_rad in found.offsets_rad.items():
            if (wanders_deg := spread_deg(angles_rad)) > _WANDERS_DEG:
                lines.append(
                    f"the {side} {OFFSETS[name]} wanders by {wanders_deg:.1f} deg: did the person stand still?"
                )
        if TORSION not in found.offsets_rad:
            what = "are as given" if given.tibial_torsion_rad is not None else "stay unknown"
            lines.append(f"no medial {side} ankle marker is worn: tibial torsion and shank rotation {what}")
        if THIGH in found.offsets_rad and given.thigh_rotation_rad is not None:
            shown_deg = np.degrees(mean_angle_rad(found.offsets_rad[THIGH]))
            given_deg = np.degrees(given.thigh_rotation_rad)
            if abs(shown_deg - given_deg) > _MEDIAL_KNEE_DEG:
                lines.append(
                    f"the {side} thigh rotation of {given_deg:.0f} deg was kept; the medial knee marker shows "
                    f"{shown_deg:.0f} deg"
                )
        if given.sole_delta_m:
            lines.append(f"the {side} sole's thickness difference of {1000 * given.sole_delta_m:.0f} mm is not used")
        if settings.flat_foot is None and given.plantar_flexion_rad is None:
            lines += _flat_warning(side, found)
    return lines


def _flat_warning(side: str, found: _SideFound) -> list[str]:
    if not abs(found.flat_effect_deg) > _FLAT_MATTERS_DEG:
        return []
    more = "more" if found.flat_effect_deg < 0 else "less"
    return [
        f"the {side} foot was taken as its heel and toe markers stand; if it stood flat on the floor, dorsiflexion is "
        f"{abs(found.flat_effect_deg):.1f} deg {more}"
    ]
