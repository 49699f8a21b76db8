"""One joint bent around one phase in a walk that was walked already.

A walk that is solved anew can't change in one joint alone; this can't be walked, but it is known exactly what differs.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from ltme_clinic.training.reference import MARKER_SET, TRIAL_S
from ltme_clinic.types import LtmeError, Recording
from ltme_clinic.virtual_lab import VirtualPatient, sample_patient, simulate_walk
from ltme_clinic.virtual_lab.simulate import VirtualWalk
from studies import bent_walks
from studies.localisation.change import Change


@lru_cache(maxsize=512)
def walked(seed: int, trial: int) -> tuple[VirtualPatient, VirtualWalk]:
    """A healthy person's walk, kept: calibration asks for it again and again."""
    patient = sample_patient(seed)
    return patient, simulate_walk(patient, trial=trial, duration_s=TRIAL_S, marker_set=MARKER_SET)


def bent_recording(seed: int, trial: int, change: Change | None) -> Recording:
    """The walk's recording, with a change or as it was walked; without events."""
    patient, walk = walked(seed, trial)
    if change is None:
        return replace(walk.recording, events=())
    name, sign = _bent_angle(change)
    return bent_walks.bent_recording(patient, walk, MARKER_SET, {name: sign * _course_deg(walk, change)})


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
