"""Whether a standing trial belongs to a walk: the same body, the same marker placement, the same calibration."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics.cgm.static import OFFSETS, calibrate_static
from ltme_clinic.kinematics.cgm.vectors import length
from ltme_clinic.types import BodyMeasures

_LENGTHS = {
    "leg_length_m": ("leg length", 0.01),
    "knee_width_m": ("knee width", 0.005),
    "ankle_width_m": ("ankle width", 0.005),
}
"""What is typed differs by more than a reading only if it is another body's or another day's."""
_OFFSET_DEG = 3.0
"""One calibration repeated with other marker diameters moves by half a degree; stale and foreign ones by 5 to 22."""
_MARKER_PAIRS = (
    ("asis", "sacrum"),
    ("thigh", "knee"),
    ("knee", "ankle"),
    ("shank", "ankle"),
    ("shank", "knee"),
    ("ankle", "toe"),
)
"""Markers that walking is calculated from; a heel marker that moved meanwhile does no harm."""
_APART_M = 0.012
_APART_SHARE = 0.04
"""Skin moves markers of one segment by up to 8 mm between standing and walking; other people's differ in a quarter or
more of these distances by over 10 mm."""


_BENDS = ("ankle", "toe")
"""The ankle lies between these two: their distance changes as it bends."""
_BENDING_PCT = (5.0, 95.0)
"""Percentiles of that distance over the walk between which standing is expected."""


def static_disagreements(
    static: BodyMeasures,
    walk: BodyMeasures,
    static_positions_m: np.ndarray | None = None,
    walk_positions_m: np.ndarray | None = None,
) -> tuple[str, ...]:
    """What speaks against calibrating a walk by this standing trial, a line each; empty where nothing does.

    Parameters
    ----------
    static : the calibrated trial's measures
    walk : what the walk's own file holds: typed lengths, and the offsets that its laboratory used
    static_positions_m, walk_positions_m
        (frame, slot, 3) laboratory, to compare the distances between markers of one segment; and to see whether the
        walk's foot offsets are those of feet taken as flat, which is written nowhere.
    """
    offsets = static
    if static_positions_m is not None:
        offsets = _calibrated_as_the_walk_was(static, walk, static_positions_m)
    lines = [*_lengths(static, walk), *_offsets(offsets, walk)]
    if static_positions_m is not None and walk_positions_m is not None:
        lines += _segments(static_positions_m, walk_positions_m)
    return tuple(lines)


def _lengths(static: BodyMeasures, walk: BodyMeasures) -> list[str]:
    lines = []
    for side in SIDES:
        for name, (called, limit_m) in _LENGTHS.items():
            first_m, second_m = (getattr(measures.leg(side), name) for measures in (static, walk))
            if first_m is not None and second_m is not None and abs(first_m - second_m) > limit_m:
                standing, walking = f"{1000 * first_m:.0f} mm", f"{1000 * second_m:.0f} mm"
                lines.append(f"{side} {called}: {standing} in the static trial, {walking} in the walk")
    return lines


def _offsets(static: BodyMeasures, walk: BodyMeasures) -> list[str]:
    lines = []
    for side in SIDES:
        for name, called in OFFSETS.items():
            first_rad, second_rad = (getattr(measures.leg(side), name) for measures in (static, walk))
            if first_rad is None or second_rad is None:
                continue
            first_deg, second_deg = np.degrees(first_rad), np.degrees(second_rad)
            if abs(first_deg - second_deg) > _OFFSET_DEG:
                lines.append(
                    f"{side} {called}: {first_deg:.1f} deg by the static trial, {second_deg:.1f} deg stored in the walk"
                )
    return lines


def _calibrated_as_the_walk_was(
    static: BodyMeasures, walk: BodyMeasures, static_positions_m: np.ndarray
) -> BodyMeasures:
    """The trial's offsets with the marker diameter and the feet, flat or not, that come nearest to the walk's."""
    wanted = {
        side: {name: value for name in OFFSETS if (value := getattr(walk.leg(side), name)) is not None}
        for side in SIDES
    }
    if not any(wanted.values()):
        return static
    legs = {side: replace(static.leg(side), **values) for side, values in wanted.items()}
    against = replace(static, left_leg=legs["left"], right_leg=legs["right"], sources={})
    again = calibrate_static(static_positions_m, 1.0, against).measures
    # A thigh rotation is typed, not calibrated: the trial's own counts.
    kept = {side: replace(again.leg(side), thigh_rotation_rad=static.leg(side).thigh_rotation_rad) for side in SIDES}
    return replace(again, left_leg=kept["left"], right_leg=kept["right"])


def _segments(static_m: np.ndarray, walk_m: np.ndarray) -> list[str]:
    pairs = chain(
        [("left_asis", "right_asis")],
        (tuple(_slot(part, side) for part in pair) for pair in _MARKER_PAIRS for side in SIDES),
    )
    lines = []
    for first, second in pairs:
        standing_m, walking_m = (_apart_m(positions_m, first, second) for positions_m in (static_m, walk_m))
        if not standing_m.size or not walking_m.size:
            continue
        standing = float(np.median(standing_m))
        bends = first.endswith(_BENDS[0]) and second.endswith(_BENDS[1])
        least, most = np.percentile(walking_m, _BENDING_PCT if bends else (50.0, 50.0))
        if max(least - standing, standing - most) > max(_APART_M, _APART_SHARE * standing):
            lines.append(
                f"{first.replace('_', ' ')} to {second.replace('_', ' ')} marker: {1000 * standing:.0f} mm in the "
                f"static trial, {_millimetres(least, most)} in the walk"
            )
    return lines


def _millimetres(least_m: float, most_m: float) -> str:
    least, most = f"{1000 * least_m:.0f}", f"{1000 * most_m:.0f}"
    return f"{least} mm" if least == most else f"{least} to {most} mm"


def _slot(part: str, side: str) -> str:
    return part if part in SLOT_INDEX else f"{side}_{part}"


def _apart_m(positions_m: np.ndarray, first: str, second: str) -> np.ndarray:
    """Distances of two markers in the frames that show both."""
    apart_m = length(positions_m[:, SLOT_INDEX[first]] - positions_m[:, SLOT_INDEX[second]])
    return apart_m[np.isfinite(apart_m)]
