"""Which model a recording's joint angles come from, with which measures and offsets, and what that leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.gait.checks.measure_limits import within_limits
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.gait.travel import direction_of_travel
from ltme_clinic.gait.walker import Walker, leg_length_shown
from ltme_clinic.kinematics.cgm import calibrate_static, model_angles, static_disagreements
from ltme_clinic.kinematics.cgm.comparison import compare_angles
from ltme_clinic.kinematics.joint_centre_angles import sagittal_angles
from ltme_clinic.types import BodyMeasures, JointAngles

SAME_DEG = 0.001
"""Same markers and same measures give the same angles to less than this, root mean square."""
UNLIKE_STORED_DEG = 1.0
"""Filtering first moves angles by up to 0.7 degrees; other measures or offsets by one and more."""
SHOWN_DISAGREEMENTS = 4
_CGM_LEG = ("asis", "thigh", "knee", "shank", "ankle", "toe")


@dataclass(frozen=True)
class MeasuresFound:
    """The measures that the model is given, and what was odd about them."""

    measures: BodyMeasures
    warnings: tuple[str, ...] = ()


def joint_angles(
    walker: Walker, static: Walker | None, settings: GaitSettings, progression_rad: np.ndarray | None = None
) -> JointAngles:
    """Joint angles of a recording from its unfiltered, unfilled markers.

    The Conventional Gait Model where a leg has its markers and the widths are known; else the sagittal angles of the
    joint centres, with what they can't give said in `missing`.

    Parameters
    ----------
    walker : the recording
    static : a standing trial of the same session, to calibrate from; None takes the offsets that the file holds
    settings : measures entered by somebody, and the model's own choices
    progression_rad : (frame,) what pelvis, trunk and foot are measured against; None: `direction_of_travel`
    """
    if progression_rad is None:
        progression_rad = direction_of_travel(walker)
    found = measures_for(walker, static, settings)
    lacking = what_the_model_lacks(walker, found.measures)
    if not lacking:
        angles = model_angles(
            walker.measured_m, walker.rate_hz, found.measures, settings.model, heading_rad=progression_rad
        )
        if settings.model.progression == "heading":
            angles = replace(angles, settings={**angles.settings, "pelvis and foot against": "the direction of travel"})
        return _beside_stored(replace(angles, warnings=(*found.warnings, *angles.warnings)), walker)
    angles = sagittal_angles(walker.positions_m, walker.rate_hz, progression_rad)
    return replace(angles, warnings=(*found.warnings, f"no Conventional Gait Model: {lacking}", *angles.warnings))


def measures_for(walker: Walker, static: Walker | None, settings: GaitSettings) -> MeasuresFound:
    """Entered measures over the file's, over the static's file; offsets from the static trial where one is given.

    A static that contradicts the walk (another person's, another session's) gives no offsets if the walk's file stores
    its own, and the contradiction is said. The stored offsets tell the calibration whether the feet stood flat and
    which marker diameter the laboratory calibrated with. What no body has is left out, and said.
    """
    shown_m = leg_length_shown(walker.positions_m)
    stored, strange = within_limits(walker.recording.body_measures, shown_m)
    entered, strange_too = within_limits(settings.measures, shown_m)
    settings = replace(settings, measures=entered)
    found = _with_static(walker, static, settings, stored)
    return replace(found, warnings=(*strange, *strange_too, *found.warnings))


def _with_static(walker: Walker, static: Walker | None, settings: GaitSettings, stored: BodyMeasures) -> MeasuresFound:
    if static is None:
        return MeasuresFound(merged(settings.measures, stored))
    own, _ = within_limits(static.recording.body_measures, leg_length_shown(static.positions_m))
    given = merged(settings.measures, stored, own)
    calibrated = calibrate_static(static.measured_m, static.rate_hz, given, settings.model)
    alone = calibrate_static(static.measured_m, static.rate_hz, own, settings.model).measures
    disagreements = static_disagreements(alone, stored, static.measured_m, walker.measured_m)
    if disagreements and has_offsets(stored):
        why = "the static trial does not fit this walk, its offsets were not used"
        return MeasuresFound(merged(settings.measures, stored), (why, *_some(disagreements)))
    if disagreements:
        why = "the static trial does not fit this walk, and was used because the file stores no offsets"
        return MeasuresFound(calibrated.measures, (why, *_some(disagreements), *calibrated.warnings))
    return MeasuresFound(calibrated.measures, calibrated.warnings)


def _some(lines: Sequence[str]) -> tuple[str, ...]:
    """The first few of many lines, and how many more there are."""
    more = len(lines) - SHOWN_DISAGREEMENTS
    return (*lines[:SHOWN_DISAGREEMENTS], *([f"and {more} more such differences"] if more > 0 else []))


def what_the_model_lacks(walker: Walker, measures: BodyMeasures) -> str:
    """Why the Conventional Gait Model can't be calculated for either leg; empty if it can for one at least."""
    if not _seen(walker, "left_asis") or not _seen(walker, "right_asis") or not _seen(walker, "sacrum"):
        return "it needs both ASIS and the sacrum (or both PSIS)"
    reasons = [_leg_lacks(walker, measures, side) for side in SIDES]
    return "" if "" in reasons else reasons[0]


def _leg_lacks(walker: Walker, measures: BodyMeasures, side: str) -> str:
    absent = [part for part in _CGM_LEG if not _seen(walker, f"{side}_{part}")]
    if absent:
        return f"the {side} leg has no {' and no '.join(absent)} marker"
    leg = measures.leg(side)
    wanted = {"leg length": leg.leg_length_m, "knee width": leg.knee_width_m, "ankle width": leg.ankle_width_m}
    unknown = [name for name, value in wanted.items() if value is None]
    return f"the {side} {' and '.join(unknown)} not known; give --measures" if unknown else ""


def merged(first: BodyMeasures, *others: BodyMeasures) -> BodyMeasures:
    """Measures with what one does not know taken from the next."""
    for other in others:
        first = _overlaid(first, other, "")
        first = replace(first, sources={**other.sources, **first.sources})
    return first


def has_offsets(measures: BodyMeasures) -> bool:
    """Whether a static trial's results are among the measures."""
    return any(measures.leg(side).plantar_flexion_rad is not None for side in SIDES)


def _overlaid(first: Any, second: Any, path: str) -> Any:
    values: dict[str, Any] = {}
    for field in fields(first):
        own, other = getattr(first, field.name), getattr(second, field.name)
        if isinstance(own, Mapping):
            continue
        if hasattr(own, "__dataclass_fields__"):
            values[field.name] = _overlaid(own, other, f"{path}{field.name}.")
        elif own is None and other is not None:
            values[field.name] = other
    return replace(first, **values)


def _beside_stored(angles: JointAngles, walker: Walker) -> JointAngles:
    """The angles with what the laboratory's own software stored in the file held against them, where it did."""
    compared = [
        row for row in compare_angles(angles, walker.recording.model_outputs) if row.frames and not row.excluded
    ]
    if not compared:
        return angles
    worst = max(compared, key=lambda row: row.rmse_deg)
    if worst.rmse_deg < SAME_DEG:
        return replace(
            angles, settings={**angles.settings, "angles stored in the file": f"ours within {SAME_DEG:g} deg"}
        )
    said = f"differ from ours by up to {worst.rmse_deg:.2g} deg RMS ({worst.side} {worst.angle})"
    settings = {**angles.settings, "angles stored in the file": said}
    if worst.rmse_deg <= UNLIKE_STORED_DEG:
        return replace(angles, settings=settings)
    warning = f"the angles stored in the file {said}: other measures, offsets or markers were used for one of them"
    return replace(angles, settings=settings, warnings=(*angles.warnings, warning))


def _seen(walker: Walker, slot: str) -> bool:
    return bool(np.isfinite(walker.measured_m[:, SLOT_INDEX[slot], 0]).any())
