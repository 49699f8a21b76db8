"""Labels to slots: where each landmark of the body comes from in one recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.marker_sets import UNKNOWN, MarkerSetMatch, detect_marker_set, marker_sets, normalised_label
from ltme_clinic.types import LtmeError, Recording

_MIDPOINTS: tuple[tuple[str, str, str], ...] = (
    ("sacrum", "left_psis", "right_psis"),
    *((f"{side}_knee_centre", f"{side}_knee", f"{side}_knee_medial") for side in SIDES),
    *((f"{side}_ankle_centre", f"{side}_ankle", f"{side}_ankle_medial") for side in SIDES),
)
"""Slots that are the midpoint of two others when a recording never shows them itself.

The reverse is never done: two posterior iliac spines can't be told from one sacral marker.
"""


THIGH_RANGE_M = (0.12, 0.65)
"""Hip centre to knee centre, from a toddler to a very tall adult."""


@dataclass(frozen=True)
class SlotPositions:
    """A recording's landmarks on the slots, at the recording's own rate, in the laboratory frame."""

    positions_m: np.ndarray  # (frame, slot, axis) float64, NaN where missing
    match: MarkerSetMatch
    warnings: tuple[str, ...] = ()


def slot_positions(recording: Recording) -> SlotPositions:
    """Put a recording's markers, and the joint centres its laboratory stored, on the slots.

    Raises
    ------
    LtmeError
        When the labels follow no known marker set.
    """
    match = detect_marker_set(recording.marker_labels)
    centres = _stored_centres(recording, match)
    if match.name == UNKNOWN and not centres:
        # Without the prefix, which may be the patient's name.
        shown = ", ".join(label.split(":")[-1] for label in recording.marker_labels[:4])
        raise LtmeError(
            recording.source_name,
            f"its {len(recording.marker_labels)} labels ({shown} ...) follow no known marker set",
            "Rename the markers or describe the set in data_schemas/marker_sets",
        )
    positions_m = np.full((recording.frames, len(SLOTS), 3), np.nan)
    for slot, label in match.slots.items():
        positions_m[:, SLOT_INDEX[slot]] = recording.positions_m[:, recording.marker_labels.index(label)]
    for slot, values_m in centres.items():
        positions_m[:, SLOT_INDEX[slot]] = values_m
    # A reading that is infinite is a broken export, not a place.
    positions_m[~np.isfinite(positions_m).all(axis=2)] = np.nan
    return SlotPositions(positions_m, match, tuple(_drop_impossible_hips(positions_m)))


def fill_midpoints(positions_m: np.ndarray) -> None:
    """Fill, in place, slots that are never seen but are the midpoint of two that are: (frame, slot, 3)."""
    for target, first, second in _MIDPOINTS:
        place = SLOT_INDEX[target]
        if np.isnan(positions_m[:, place, 0]).all():
            positions_m[:, place] = (positions_m[:, SLOT_INDEX[first]] + positions_m[:, SLOT_INDEX[second]]) / 2


def _drop_impossible_hips(positions_m: np.ndarray) -> list[str]:
    """Mask, in place, hip centres that a thigh can't reach.

    Plug-in Gait stores the femur's axis from the knee (FEO) to FEP; most files put FEP at the hip, but some make every
    axis a hand's breadth long, and FEP then lies just above the knee.
    """
    warnings = []
    for side in SIDES:
        hip, knee = SLOT_INDEX[f"{side}_hip_centre"], SLOT_INDEX[f"{side}_knee_centre"]
        thigh_m = np.linalg.norm(positions_m[:, hip] - positions_m[:, knee], axis=1)
        thigh_m = thigh_m[~np.isnan(thigh_m)]
        if len(thigh_m) and not THIGH_RANGE_M[0] <= np.median(thigh_m) <= THIGH_RANGE_M[1]:
            positions_m[:, hip] = np.nan
            warnings.append(f"the {side} hip centre was left out: {np.median(thigh_m):.2f} m from the knee")
    return warnings


def _stored_centres(recording: Recording, match: MarkerSetMatch) -> dict[str, np.ndarray]:
    """Joint centres among the laboratory's own outputs, for slots that no marker fills: slot -> (frame, 3) metres."""
    points = {normalised_label(o.name): o for o in recording.model_outputs if o.kind == "point"}
    if not points:
        return {}
    if match.name == UNKNOWN:
        accepted = marker_sets()["plug-in-gait-joint-centres"].slots
    else:
        accepted = marker_sets()[match.name].optional
    found = {}
    for slot, labels in accepted.items():
        output = next((points[n] for n in map(normalised_label, labels) if n in points), None)
        if slot in match.slots or output is None or output.values.shape != (recording.frames, 3):
            continue
        found[slot] = _in_metres(output.values, output.unit)
    return found


def _in_metres(values: np.ndarray, unit: str) -> np.ndarray:
    scale = {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "": 1.0}.get(unit.strip().lower(), np.nan)
    metres = values.astype(np.float64) * scale
    # Software writes the origin for a joint centre it could not calculate.
    metres[(values == 0).all(axis=1)] = np.nan
    return metres
