"""One joint bent in a walk that was walked already: nothing else changes, and the feet no longer stand.

A walk that is solved anew can't change in one joint alone; this can't be walked, but it is known exactly what differs.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics import BodyMotion, forward_kinematics
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.training.reference import MARKER_SET, TRIAL_S
from ltme_clinic.types import LtmeError, Recording
from ltme_clinic.virtual_lab import CameraSystem, VirtualPatient, sample_patient, simulate_walk
from ltme_clinic.virtual_lab.markers import measured_positions
from ltme_clinic.virtual_lab.simulate import VirtualWalk
from studies.localisation.change import Change

SAME_M = 1e-6
"""A posed body is the walked one to less than this."""


@lru_cache(maxsize=512)
def walked(seed: int, trial: int) -> tuple[VirtualPatient, VirtualWalk]:
    """A healthy person's walk, kept: calibration asks for it again and again."""
    patient = sample_patient(seed)
    return patient, simulate_walk(patient, trial=trial, duration_s=TRIAL_S, marker_set=MARKER_SET)


def bent_recording(seed: int, trial: int, change: Change | None) -> Recording:
    """The walk's recording with the markers where they would be, had one joint been bent; without events."""
    patient, walk = walked(seed, trial)
    recording = replace(walk.recording, events=())
    if change is None:
        return recording
    straight, angles_deg = walk.motion.joint_centres_m, walk.motion.angles_deg
    root_m, heading_rad = straight["pelvis"], _heading_rad(patient, walk)
    before = forward_kinematics(patient.skeleton, angles_deg, root_m, heading_rad)
    if max(np.abs(before.joint_centres[name] - straight[name]).max() for name in straight) > SAME_M:
        raise LtmeError(patient.name, "its walk can't be posed from its angles")
    name, sign = _bent_angle(change)
    bent_deg = angles_deg | {name: angles_deg[name] + sign * _course_deg(walk, change)}
    after = forward_kinematics(patient.skeleton, bent_deg, root_m, heading_rad)

    def seen(motion: BodyMotion, angles: dict[str, np.ndarray]) -> np.ndarray:
        positions_m = measured_positions(patient, 0, motion, angles, CameraSystem())
        return positions_m[:, [SLOT_INDEX[slot] for slot in marker_sets()[MARKER_SET].slots]]

    moved_m = seen(after, bent_deg) - seen(before, angles_deg)
    positions_m = recording.positions_m.copy()
    positions_m[:, : moved_m.shape[1]] += moved_m  # then come the few of trunk and arms that stand for no slot
    return replace(recording, positions_m=positions_m)


def _bent_angle(change: Change) -> tuple[str, float]:
    """The skeleton's angle that is the changed variable, and its sign; the foot turns in its ankle."""
    if change.variable.startswith("pelvic"):
        mirrored = change.side == "right" and change.variable != "pelvic_tilt"
        return change.variable, -1.0 if mirrored else 1.0
    variable = "ankle_rotation" if change.variable == "foot_progression" else change.variable
    return f"{change.side}_{variable}", 1.0


def _course_deg(walk: VirtualWalk, change: Change) -> np.ndarray:
    """(frame,) what is added, by the phase of the changed side's cycle."""
    contacts_s = [e.time_s for e in walk.truth.events if (e.side, e.kind) == (change.side, "initial_contact")]
    if len(contacts_s) < 2:
        raise LtmeError(walk.truth.patient, "fewer than two contacts")
    time_s = np.arange(walk.recording.frames) / walk.recording.rate_hz
    stride_s = np.diff(contacts_s)
    # before the first contact and after the last, as long strides as those beside them
    known_s = [contacts_s[0] - stride_s[0], *contacts_s, contacts_s[-1] + stride_s[-1]]
    phase_pct = 100.0 * np.interp(time_s, known_s, np.arange(len(known_s)))
    return change.course_deg(phase_pct % 100.0)


def _heading_rad(patient: VirtualPatient, walk: VirtualWalk) -> float:
    """Which way it goes: what turns the hips as posed at heading 0 onto those that walked."""
    posed = forward_kinematics(patient.skeleton, walk.motion.angles_deg).joint_centres
    across = [c["left_hip"] - c["right_hip"] for c in (posed, walk.motion.joint_centres_m)]
    angles = [np.arctan2(axis[:, 1], axis[:, 0]) for axis in across]
    return float(np.angle(np.exp(1j * (angles[1] - angles[0])).mean()))
