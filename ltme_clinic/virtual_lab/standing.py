"""A standing trial: the patient stands upright on flat feet, swaying a little, with medial markers for calibration."""

from __future__ import annotations

import hashlib

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.marker_sets import MarkerSet, marker_sets
from ltme_clinic.types import LtmeError, Recording, TrialFacts
from ltme_clinic.virtual_lab.body_measures import anthropometry, body_measures
from ltme_clinic.virtual_lab.markers import CameraSystem, add_noise, marked_positions, occlude
from ltme_clinic.virtual_lab.patient import VISIT, VirtualPatient
from ltme_clinic.virtual_lab.posture import stand

MANUFACTURER = "SYNTHETIC"
DURATION_LIMITS_S = (1.0, 30.0)
_MEDIAL = tuple(f"{side}_{joint}_medial" for side in SIDES for joint in ("knee", "ankle"))
_MEDIAL_LABELS = {"knee_medial": "KNM", "ankle_medial": "MED"}
_NOISE, _GAPS = 4, 5
"""Streams of a visit's random numbers, beside those of its walks and of its posture."""


def simulate_static(
    patient: VirtualPatient,
    *,
    visit: int = 0,
    duration_s: float = 2.0,
    rate_hz: float = 100.0,
    marker_set: str = "plug-in-gait-full-body",
    cameras: CameraSystem | None = None,
    heading_rad: float | None = None,
) -> Recording:
    """Stand for a static trial of a visit: its walks' markers as they were placed, and medial ones at knees and ankles.

    Everybody stands as asked: upright, knees all but straight, both feet flat and turned out a little, whatever the
    impairment. Offsets for a gait model don't depend on that, except the foot's, for which the feet must be flat.

    Parameters
    ----------
    heading_rad
        Where the patient faces; drawn for the visit if left out.

    Raises
    ------
    LtmeError
        For an unknown marker set, or a duration or rate that is no static trial's.
    """
    sets = marker_sets()
    if marker_set not in sets:
        raise LtmeError("marker set", f"'{marker_set}' is not known", f"Use one of {', '.join(sets)}")
    shortest_s, longest_s = DURATION_LIMITS_S
    if not (shortest_s <= duration_s <= longest_s and 20.0 <= rate_hz <= 1000.0):
        cure = f"Give {shortest_s:g}-{longest_s:g} s at 20-1000 Hz"
        raise LtmeError(patient.name, f"a static trial of {duration_s:g} s at {rate_hz:g} Hz", cure)
    cameras = cameras or CameraSystem()
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    slots_m = marked_positions(patient, visit, stand(patient, visit, time_s, heading_rad), cameras)
    slots_m = add_noise(patient.rng(VISIT, visit, _NOISE), slots_m, cameras.noise_sd_m)
    labels = worn_labels(sets[marker_set])
    positions_m = np.ascontiguousarray(slots_m[:, [SLOT_INDEX[slot] for slot in labels]])
    positions_m = occlude(patient.rng(VISIT, visit, _GAPS), positions_m, rate_hz, cameras.gaps)
    return Recording(
        recording_id=hashlib.sha256(positions_m.tobytes() + patient.name.encode()).hexdigest(),
        origin="virtual",
        source_name=f"{patient.name}_visit_{visit:02d}_static.c3d",
        subject=patient.name,
        rate_hz=rate_hz,
        first_file_frame=1,
        marker_labels=tuple(labels.values()),
        positions_m=positions_m,
        anthropometry=anthropometry(patient),
        body_measures=body_measures(patient, visit, cameras),
        is_static=True,
        trial=TrialFacts(kind="static", sources={"kind": "parameters"}),
        manufacturer=MANUFACTURER,
    )


def worn_labels(marker_set: MarkerSet) -> dict[str, str]:
    """Slot -> label of a set's markers and of medial knee and ankle markers, which a set may not know by itself."""
    labels = {slot: names[0] for slot, names in marker_set.slots.items()}
    for slot in _MEDIAL:
        side, _, joint = slot.partition("_")
        usual = (f"{side[0].upper()}{_MEDIAL_LABELS[joint]}",)
        labels.setdefault(slot, marker_set.optional.get(slot, usual)[0])
    return labels
