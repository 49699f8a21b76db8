"""One trial in the virtual laboratory: a patient walks, cameras see it, and the truth is known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.types import Anthropometry, LtmeError, Recording, WalkTruth
from ltme_clinic.virtual_lab.gait import walk
from ltme_clinic.virtual_lab.markers import CameraSystem, add_noise, measured_positions, occlude
from ltme_clinic.virtual_lab.patient import TRIAL, VirtualPatient
from ltme_clinic.virtual_lab.plan import plan_walk
from ltme_clinic.virtual_lab.truth import walk_truth

MANUFACTURER = "SYNTHETIC"
"""MANUFACTURER:COMPANY of every file the virtual laboratory writes, so that it can never pass for a patient's."""

_PADDING_STRIDES = 0.75
"""Walked before and after what is kept, so that the first and last footprints are whole."""


@dataclass(frozen=True, eq=False)
class VirtualWalk:
    """A recording and what really happened."""

    recording: Recording
    truth: WalkTruth


def simulate_slots(
    patient: VirtualPatient,
    *,
    visit: int = 0,
    trial: int = 0,
    duration_s: float = 8.0,
    rate_hz: float = 50.0,
    speed_m_s: float | None = None,
    curvature_per_m: float = 0.0,
    cameras: CameraSystem | None = None,
) -> tuple[np.ndarray, WalkTruth]:
    """Walk a trial and return every slot's measured position: the fast way, for training.

    Everything follows from (patient.seed, visit, trial); the impairment changes no random number.

    Parameters
    ----------
    duration_s
        1 to 600 s.
    speed_m_s
        The patient's own self-selected speed if left out.
    curvature_per_m
        Turn of the path, radians a metre, left positive; 0 walks straight.
    cameras
        Placement error, skin motion, noise; `CameraSystem()` if left out. Gaps are not applied here.

    Returns
    -------
    tuple
        (frame, 49, 3) metres in the laboratory frame (z up), `body.SLOTS` order; the truth.

    Raises
    ------
    LtmeError
        For a duration, rate or speed that can't be walked.
    """
    if not (1.0 <= duration_s <= 600.0 and 20.0 <= rate_hz <= 1000.0):
        raise LtmeError(patient.name, f"{duration_s:g} s at {rate_hz:g} Hz", "Give 1-600 s at 20-1000 Hz")
    cameras = cameras or CameraSystem()
    plan = plan_walk(patient, visit, trial, speed_m_s_wanted=speed_m_s, curvature_per_m=curvature_per_m)
    frames = round(duration_s * rate_hz)
    padding = int(np.ceil(_PADDING_STRIDES * 120.0 / plan.cadence_spm * rate_hz))
    time_s = np.arange(-padding, frames + padding) / rate_hz
    rng = patient.rng(TRIAL, visit, trial, 1)
    body = walk(plan, time_s, rng)
    kept = slice(padding, padding + frames)
    positions_m = measured_positions(patient, visit, body.motion, body.rhythm.phase, cameras)[kept]
    positions_m = add_noise(patient.rng(TRIAL, visit, trial, 2), positions_m, cameras.noise_sd_m)
    return positions_m, walk_truth(plan, body, kept, rate_hz)


def simulate_walk(
    patient: VirtualPatient,
    *,
    visit: int = 0,
    trial: int = 0,
    duration_s: float = 6.0,
    rate_hz: float = 100.0,
    speed_m_s: float | None = None,
    curvature_per_m: float = 0.0,
    marker_set: str = "plug-in-gait-full-body",
    cameras: CameraSystem | None = None,
) -> VirtualWalk:
    """Walk a trial as a laboratory would record it: the markers of a known marker set, with events and anthropometry.

    See `simulate_slots` for the other parameters.

    Raises
    ------
    LtmeError
        For an unknown marker set as well.
    """
    sets = marker_sets()
    if marker_set not in sets:
        raise LtmeError("marker set", f"'{marker_set}' is not known", f"Use one of {', '.join(sets)}")
    cameras = cameras or CameraSystem()
    slots_m, truth = simulate_slots(
        patient,
        visit=visit,
        trial=trial,
        duration_s=duration_s,
        rate_hz=rate_hz,
        speed_m_s=speed_m_s,
        curvature_per_m=curvature_per_m,
        cameras=cameras,
    )
    slots = sets[marker_set].slots
    labels = tuple(names[0] for names in slots.values())
    positions_m = np.ascontiguousarray(slots_m[:, [SLOT_INDEX[slot] for slot in slots]])
    positions_m = occlude(patient.rng(TRIAL, visit, trial, 3), positions_m, rate_hz, cameras.gaps)
    recording = Recording(
        recording_id=hashlib.sha256(positions_m.tobytes() + patient.name.encode()).hexdigest(),
        origin="virtual",
        source_name=f"{patient.name}_visit_{visit:02d}_trial_{trial + 1:02d}.c3d",
        subject=patient.name,
        rate_hz=rate_hz,
        first_file_frame=1,
        marker_labels=labels,
        positions_m=positions_m,
        events=truth.events,
        anthropometry=Anthropometry(
            height_m=round(patient.height_m, 3),
            mass_kg=round(patient.mass_kg, 1),
            leg_length_left_m=round(patient.leg_length_m, 3),
            leg_length_right_m=round(patient.leg_length_m, 3),
        ),
        manufacturer=MANUFACTURER,
    )
    return VirtualWalk(recording, truth)
