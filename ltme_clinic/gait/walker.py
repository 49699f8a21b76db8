"""One recording made ready for a gait analysis: landmarks on their slots, heading, path, belt and leg length."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.gait.checks.frame_faults import lost_frames, without_repeated_frames
from ltme_clinic.gait.checks.loose_markers import leave_out_loose
from ltme_clinic.gait.checks.marker_labels import (
    check_legs_labels,
    check_pelvis,
    check_sides,
    check_upright,
    exchanged_upper_body,
    stretched_axes,
)
from ltme_clinic.gait.checks.measure_limits import LEG_LENGTH_RATIO, LENGTHS_M
from ltme_clinic.kinematics.body_size import check_size
from ltme_clinic.kinematics.bridging import MAX_LIMB_GAP_S, bridge_gaps
from ltme_clinic.kinematics.heading import smoothed_heading, turned
from ltme_clinic.kinematics.pelvis import (
    PELVIS_SLOTS,
    PelvisMarkers,
    complete_pelvis,
    faces_backwards,
    facing_rad,
    pelvis_centre,
    pelvis_markers,
)
from ltme_clinic.kinematics.slot_positions import fill_midpoints, slot_positions
from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.kinematics.treadmill import belt_velocity
from ltme_clinic.types import LtmeError, Recording

MAX_PELVIS_GAP_S = 0.5
USUAL_LEG_RATIO = (0.92, 1.06)
"""Leg length by the markers against the typed one: .95 to 1.01 in 13 people of six laboratories."""
CENTRES, LEG_OVER_CENTRES = ("hip_centre", "knee_centre", "ankle_centre"), 1.10
"""Leg length from the iliac spine over thigh and shank between joint centres: 1.10 to 1.11 (SD .006 between people)
from 5 to 90 years, the hip below the spine by Harrington's regression (2007) in bodies of published proportions."""
MIN_RATE_HZ = 25.0


@dataclass(frozen=True)
class Walker:
    """A recording's landmarks and where they go. Laboratory frame: metres, z up; the patient's left and right."""

    recording: Recording
    measured_m: np.ndarray  # (frame, slot, 3) as measured, nothing filled or filtered; NaN where missing or mislabelled
    positions_m: np.ndarray  # (frame, slot, 3) with the pelvis completed and gaps of up to 0.1 s (pelvis 0.5 s) bridged
    pelvis: PelvisMarkers
    pelvis_m: np.ndarray  # (frame, 3) pelvis centre, NaN where not seen
    heading_rad: np.ndarray  # (frame,) where the pelvis faces, smoothed over a stride, from the laboratory's x; NaN
    velocity_m_s: np.ndarray  # (frame, 2) of the pelvis, forward and leftward in the heading frame, over belt or ground
    belt_m_s: np.ndarray | None
    """(2,) the walker's velocity over a treadmill's belt in the laboratory; None overground."""
    leg_length_m: float | None
    leg_length_source: str
    """ "file" (mean of both legs, as the laboratory typed them), "markers" (estimated), or "" where unknown."""
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name, for messages."""
        return self.recording.source_name

    @property
    def rate_hz(self) -> float:
        return self.recording.rate_hz

    @property
    def frames(self) -> int:
        return len(self.positions_m)

    @property
    def setting(self) -> str:
        """ "treadmill" or "overground"."""
        return "overground" if self.belt_m_s is None else "treadmill"

    def slot(self, name: str) -> np.ndarray:
        """One landmark, short gaps bridged: (frame, 3) metres, NaN where missing."""
        return self.positions_m[:, SLOT_INDEX[name]]

    def has(self, name: str) -> bool:
        """Whether a landmark is ever seen."""
        return bool(np.isfinite(self.slot(name)[:, 0]).any())

    def in_heading(self, positions_m: np.ndarray) -> np.ndarray:
        """Laboratory positions (frame, ..., 3) about the pelvis in the heading frame: x forward, y left, z up."""
        local = np.array(positions_m, dtype=float)
        centre = self.pelvis_m[:, :2].reshape(-1, *(1,) * (local.ndim - 2), 2)
        local[..., :2] = turned(local[..., :2] - centre, -self.heading_rad)
        return local

    def over_ground(self, positions_m: np.ndarray) -> np.ndarray:
        """Laboratory positions (frame, ..., 3) with a treadmill's belt added, as if walked over the ground."""
        if self.belt_m_s is None:
            return positions_m
        path = np.arange(self.frames)[:, None] / self.rate_hz * self.belt_m_s
        moved = np.array(positions_m, dtype=float)
        moved[..., :2] += path.reshape(-1, *(1,) * (moved.ndim - 2), 2)
        return moved


def walker_of(recording: Recording) -> Walker:
    """Prepare a recording.

    Raises
    ------
    LtmeError
        No known marker set, no pelvis, no legs, a body of impossible size or upside down, labels exchanged, a leg
        length that the markers contradict, or too slow a camera; one line with fact and cure.
    """
    name = recording.source_name
    measured_m, notes = _measured(recording)
    positions_m = _bridged(measured_m, recording.rate_hz)
    pelvis = pelvis_markers(positions_m)
    if pelvis is None:
        fact = "the pelvis can't be placed: its markers are missing or never seen together"
        raise LtmeError(name, fact, "Label both ASIS and the sacrum (or both PSIS), or export the hip joint centres")
    _check_front(positions_m, pelvis, name)
    label_notes = check_sides(positions_m, pelvis, name)
    label_notes += _leave_out_upper_body(measured_m, positions_m, pelvis)
    pelvis_m = pelvis_centre(positions_m, pelvis)
    heading_rad = _heading(positions_m, pelvis, recording.rate_hz)
    belt_m_s = _belt(positions_m, pelvis, recording.rate_hz)
    velocity = np.gradient(pelvis_m[:, :2], 1.0 / recording.rate_hz, axis=0) if len(pelvis_m) > 1 else np.zeros((1, 2))
    if belt_m_s is not None:
        velocity = velocity + belt_m_s
    leg_length_m, source, leg_notes = _leg_length(recording, positions_m)
    return Walker(
        recording,
        measured_m,
        positions_m,
        pelvis,
        pelvis_m,
        heading_rad,
        turned(velocity, -heading_rad),
        belt_m_s,
        leg_length_m,
        source,
        (*notes, *label_notes, *leg_notes),
    )


def _measured(recording: Recording) -> tuple[np.ndarray, tuple[str, ...]]:
    """Landmarks as measured, those that are wrongly labelled or were not recorded left out, and warnings."""
    name = recording.source_name
    if recording.rate_hz < MIN_RATE_HZ:
        fact = f"{recording.rate_hz:g} Hz is too slow to follow a foot"
        raise LtmeError(name, fact, f"Record at {MIN_RATE_HZ:g} Hz or more")
    slots = slot_positions(recording)
    measured_m = slots.positions_m
    _check_legs(measured_m, name)
    check_size(measured_m, name)
    check_upright(measured_m, name)
    check_legs_labels(measured_m, name)
    check_pelvis(measured_m, name)
    notes = (
        *slots.warnings,
        *without_repeated_frames(measured_m, recording.rate_hz),
        *lost_frames(measured_m, recording.rate_hz),
        *leave_out_loose(measured_m, recording.rate_hz, name),
        *stretched_axes(measured_m),
    )
    fill_midpoints(measured_m)
    return measured_m, notes


def _leave_out_upper_body(measured_m: np.ndarray, positions_m: np.ndarray, pelvis: PelvisMarkers) -> tuple[str, ...]:
    """Make markers of trunk and head NaN, in place, whose labels are exchanged; a warning where there are any."""
    wrong = exchanged_upper_body(positions_m, pelvis)
    if not wrong:
        return ()
    for tracks_m in (measured_m, positions_m):
        tracks_m[:, [SLOT_INDEX[slot] for slot in wrong]] = np.nan
    words = ", ".join(slot.replace("_", " ") for slot in wrong)
    return (f"left out: {words}: not where they sit on a body, their labels are exchanged. Correct the labels",)


def _bridged(measured_m: np.ndarray, rate_hz: float) -> np.ndarray:
    positions_m = measured_m.copy()
    complete_pelvis(positions_m)
    missing = np.isnan(positions_m[..., 0])
    for place in np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)).tolist():
        limit_s = MAX_PELVIS_GAP_S if SLOTS[place] in PELVIS_SLOTS else MAX_LIMB_GAP_S
        bridge_gaps(positions_m[:, place], int(limit_s * rate_hz + 1e-6))
    return positions_m


def _heading(positions_m: np.ndarray, pelvis: PelvisMarkers, rate_hz: float) -> np.ndarray:
    """The smoothed facing of each unbroken stretch with a pelvis: (frame,), NaN where there is none."""
    heading = np.full(len(positions_m), np.nan)
    seen = np.isfinite(positions_m[:, pelvis.places(), 0]).all(axis=1)
    for start, stop in runs(seen):
        heading[start:stop] = smoothed_heading(facing_rad(positions_m[start:stop], pelvis), rate_hz)
    return heading


def _belt(positions_m: np.ndarray, pelvis: PelvisMarkers, rate_hz: float) -> np.ndarray | None:
    seen = np.isfinite(positions_m[:, pelvis.places(), 0]).all(axis=1)
    start, stop = max(runs(seen), key=lambda run: run[1] - run[0], default=(0, 0))
    if stop - start < 2:
        return None
    return belt_velocity(positions_m[start:stop], pelvis, rate_hz)


def _leg_length(recording: Recording, positions_m: np.ndarray) -> tuple[float | None, str, tuple[str, ...]]:
    """Leg length, where it is from (typed in, or the way from the ASIS by the knee to the ankle), and warnings.

    Raises
    ------
    LtmeError
        The typed length is no human's, or not this body's.
    """
    body = recording.anthropometry
    typed = [length for length in (body.leg_length_left_m, body.leg_length_right_m) if length]
    shown_m = leg_length_shown(positions_m)
    for length_m in typed:
        fact = f"a leg length of {length_m:.3g} m is typed in"
        if not LENGTHS_M["leg_length_m"][0] <= length_m <= LENGTHS_M["leg_length_m"][1]:
            raise LtmeError(recording.source_name, f"{fact}: no human's", "Correct it, or give --measures")
        if shown_m is not None and not LEG_LENGTH_RATIO[0] <= shown_m / length_m <= LEG_LENGTH_RATIO[1]:
            cure = "Check the markers' length unit, and whose measures these are"
            raise LtmeError(recording.source_name, f"{fact}, and the markers show {shown_m:.2f} m", cure)
    if not typed:
        return shown_m, "" if shown_m is None else "markers", ()
    typed_m = float(np.mean(typed))
    if shown_m is None or USUAL_LEG_RATIO[0] <= shown_m / typed_m <= USUAL_LEG_RATIO[1]:
        return typed_m, "file", ()
    doubt = f"the markers show legs of {shown_m:.2f} m, and {typed_m:.2f} m is typed in"
    return typed_m, "file", (f"{doubt}: a wrong measure, or cameras calibrated with a wrong length",)


def leg_length_shown(positions_m: np.ndarray) -> float | None:
    """Mean of both legs by their markers; None where no leg is whole.

    Joint centres show no iliac spine, from which the clinic measures a leg: `LEG_OVER_CENTRES` adds what is above.
    """
    found = []
    for side in SIDES:
        for chain, share in ((("asis", "knee", "ankle"), 1.0), (CENTRES, LEG_OVER_CENTRES)):
            places = [positions_m[:, SLOT_INDEX[f"{side}_{part}"]] for part in chain]
            apart_m = sum(np.linalg.norm(a - b, axis=1) for a, b in pairwise(places))
            if np.isfinite(apart_m).any():
                found.append(share * float(np.nanmedian(apart_m)))
                break
    return float(np.mean(found)) if found else None


def _check_legs(positions_m: np.ndarray, name: str) -> None:
    for joint in ("knee", "ankle"):
        places = [SLOT_INDEX[f"{side}_{part}"] for side in SIDES for part in (joint, f"{joint}_centre")]
        if np.isnan(positions_m[:, places, 0]).all():
            raise LtmeError(name, f"no {joint} marker on either side", f"Label the {joint} markers")


def _check_front(positions_m: np.ndarray, pelvis: PelvisMarkers, name: str) -> None:
    """Refuse left and right exchanged at the pelvis, or a mirrored laboratory."""
    if faces_backwards(positions_m, pelvis):
        fact = "the pelvis faces backwards: left and right are swapped, front and back are, or an axis is mirrored"
        raise LtmeError(name, fact, "Correct the labels or the axes and export again")
