"""Recording -> MotionClip, step by step, and the fast path for positions that are already on the slots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.clips.heading import clip_about_pelvis
from ltme_clinic.clips.resampling import low_pass, resample
from ltme_clinic.kinematics.body_size import check_size
from ltme_clinic.kinematics.bridging import MAX_LIMB_GAP_S, bridge_gaps
from ltme_clinic.kinematics.pelvis import (
    PELVIS_SLOTS,
    PelvisMarkers,
    complete_pelvis,
    faces_backwards,
    longest_run,
    pelvis_markers,
    present_together,
)
from ltme_clinic.kinematics.slot_positions import fill_midpoints, slot_positions
from ltme_clinic.kinematics.treadmill import belt_velocity
from ltme_clinic.types import CLIP_RATE_HZ, WINDOW_S, LtmeError, MotionClip, Origin, Recording

MIN_DURATION_S = 2 * WINDOW_S
MIN_SLOTS = 8
"""Pelvis and two legs as joint centres: the poorest body that a walk can be read from."""
MIN_RATE_HZ = 25.0
FLOOR_RANGE_M = (-0.10, 0.20)
"""Where the lowest foot marker lies on a floor at zero; outside, the floor itself is elsewhere."""
FOOT_MARKER_HEIGHT_M = 0.04

_HIDING_WORTH_A_WARNING = 0.02


def make_clip(recording: Recording, *, max_gap_s: float = 0.5) -> MotionClip:
    """Put a recording on the canonical slots, at 50 Hz, in the walker's own heading frame.

    Steps: labels to slots; midpoints (sacrum between posterior spines, joint centres between lateral and medial
    markers); the pelvis completed as a rigid body where one of its markers hides; short gaps bridged; the longest
    stretch with a pelvis kept; a zero-lag 12 Hz low-pass; 50 Hz; the heading frame; a treadmill's belt speed added.

    Parameters
    ----------
    max_gap_s : longest gap bridged in a pelvis marker, seconds; other markers are bridged up to the smaller of this
        and 0.1 s, and are masked beyond it

    Raises
    ------
    LtmeError
        When there is no pelvis, no leg, too short a stretch, or a body of impossible size; names what is missing.
    """
    name = recording.source_name
    slots = slot_positions(recording)
    fill_midpoints(slots.positions_m)
    _check_landmarks(slots.positions_m, name)
    source = _Source(recording.recording_id, recording.origin, name, recording.rate_hz, max_gap_s, slots.warnings)
    return _clip_from_slots(slots.positions_m, source)


def clip_from_positions(
    positions_m: np.ndarray, rate_hz: float, recording_id: str, origin: Origin, *, max_gap_s: float = 0.5
) -> MotionClip:
    """Make a clip from slot positions that were never in a file, such as a virtual walker's.

    The same steps as `make_clip` after its labels, without the checks that a file needs.

    Parameters
    ----------
    positions_m : (frame, slot, 3) laboratory frame, metres, z up; NaN where a slot is missing
    rate_hz : frames a second, 25 or more

    Raises
    ------
    LtmeError
        When there is no pelvis or the stretch with one is too short.
    """
    positions_m = np.array(positions_m, dtype=np.float64)
    if positions_m.ndim != 3 or positions_m.shape[1:] != (len(SLOTS), 3):
        raise LtmeError("positions", f"shape {positions_m.shape} is not (frame, {len(SLOTS)}, 3)")
    fill_midpoints(positions_m)
    name = recording_id[:12] or "positions"
    return _clip_from_slots(positions_m, _Source(recording_id, origin, name, rate_hz, max_gap_s))


@dataclass(frozen=True)
class _Source:
    """Where slot positions come from, and how they are to be mended."""

    recording_id: str
    origin: Origin
    name: str
    rate_hz: float
    max_gap_s: float
    warnings: tuple[str, ...] = ()


def _clip_from_slots(positions_m: np.ndarray, source: _Source) -> MotionClip:
    rate_hz, name = source.rate_hz, source.name
    if not rate_hz >= MIN_RATE_HZ:
        cure = f"Record at {MIN_RATE_HZ:g} Hz or more"
        raise LtmeError(name, f"{rate_hz:g} Hz is too slow to follow a foot", cure)
    warnings = list(source.warnings)
    if np.isnan(positions_m).any():
        warnings += _repair(positions_m, rate_hz, source.max_gap_s)
    pelvis = _pelvis_or_refuse(positions_m, name)
    start, end = _span_or_refuse(positions_m, pelvis, rate_hz, name)
    if end - start < 0.9 * len(positions_m):
        used_s, whole_s = (end - start) / rate_hz, len(positions_m) / rate_hz
        warnings.append(f"{used_s:.1f} of {whole_s:.1f} s used: the longest stretch with a pelvis")
    positions_m = resample(low_pass(positions_m[start:end], rate_hz), rate_hz)
    if faces_backwards(positions_m, pelvis):
        fact = "the pelvis faces backwards: left and right are swapped, front and back are, or an axis is mirrored"
        raise LtmeError(name, fact, "Correct the labels or the axes and export again")
    warnings += _lay_on_floor(positions_m)
    belt_m_s = belt_velocity(positions_m, pelvis, CLIP_RATE_HZ)
    if belt_m_s is not None:
        speed = float(np.linalg.norm(belt_m_s))
        warnings.append(f"treadmill: a belt speed of {speed:.2f} m/s, found from the stance feet, was added")
    return clip_about_pelvis(
        positions_m,
        pelvis,
        recording_id=source.recording_id,
        origin=source.origin,
        source_start_s=start / rate_hz,
        belt_m_s=belt_m_s,
        warnings=tuple(warnings),
    )


def _repair(positions_m: np.ndarray, rate_hz: float, max_gap_s: float) -> list[str]:
    """Complete the pelvis and bridge short gaps, in place; says so where it was more than a trifle."""
    rebuilt = complete_pelvis(positions_m)
    bridged = 0
    missing = np.isnan(positions_m[..., 0])
    for place in np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)).tolist():
        is_pelvis = SLOTS[place] in PELVIS_SLOTS
        limit_s = max_gap_s if is_pelvis else min(max_gap_s, MAX_LIMB_GAP_S)
        frames = bridge_gaps(positions_m[:, place], int(limit_s * rate_hz + 1e-6))
        bridged += frames if is_pelvis else 0
    share = (rebuilt + bridged) / (positions_m.shape[0] * len(PELVIS_SLOTS))
    if share < _HIDING_WORTH_A_WARNING:
        return []
    return [f"pelvis markers hidden: {rebuilt} marker frames rebuilt from the other pelvis markers, {bridged} bridged"]


def _lay_on_floor(positions_m: np.ndarray) -> list[str]:
    """Count heights from the floor, in place, where the laboratory's zero is clearly not on it."""
    feet = [SLOT_INDEX[f"{side}_{n}"] for side in SIDES for n in ("heel", "toe", "ankle", "ankle_centre")]
    heights_m = positions_m[:, feet, 2]
    if np.isnan(heights_m).all():
        return []
    lowest_m = float(np.nanpercentile(heights_m, 2))
    if FLOOR_RANGE_M[0] <= lowest_m <= FLOOR_RANGE_M[1]:
        return []
    offset_m = lowest_m - FOOT_MARKER_HEIGHT_M
    positions_m[..., 2] -= offset_m
    return [f"the floor lies {offset_m:+.2f} m from the laboratory's zero: heights are counted from the floor"]


def _pelvis_or_refuse(positions_m: np.ndarray, name: str) -> PelvisMarkers:
    pelvis = pelvis_markers(positions_m)
    if pelvis is not None:
        return pelvis
    absent = [s for s in ("left_asis", "right_asis", "sacrum") if np.isnan(positions_m[:, SLOT_INDEX[s], 0]).all()]
    words = {"left_asis": "left ASIS", "right_asis": "right ASIS", "sacrum": "sacrum (or both PSIS)"}
    if absent:
        fact = f"the pelvis can't be placed: no {', no '.join(words[s] for s in absent)}"
    else:
        fact = "the pelvis can't be placed: its markers are never seen together"
    raise LtmeError(name, fact, "Label the pelvis markers or export the hip joint centres")


def _span_or_refuse(positions_m: np.ndarray, pelvis: PelvisMarkers, rate_hz: float, name: str) -> tuple[int, int]:
    start, end = longest_run(present_together(positions_m, pelvis.places()))
    duration_s = (end - start) / rate_hz
    if duration_s < MIN_DURATION_S - 0.5 / CLIP_RATE_HZ:
        seen = f"{duration_s:.2f} of {len(positions_m) / rate_hz:.2f} s"
        fact = f"the pelvis is seen without a break for {seen} (at least {MIN_DURATION_S:.2f} s)"
        raise LtmeError(name, fact, "Record a longer pass or fill the gaps of the pelvis markers")
    return start, end


def _check_landmarks(positions_m: np.ndarray, name: str) -> None:
    """Refuse a recording without legs, with hardly any landmark, or with a body of impossible size."""
    seen = ~np.isnan(positions_m[..., 0]).all(axis=0)
    for joint in ("knee", "ankle"):
        places = [SLOT_INDEX[f"{side}_{n}"] for side in SIDES for n in (joint, f"{joint}_centre")]
        if not seen[places].any():
            raise LtmeError(name, f"no {joint} marker on either side", f"Label the {joint} markers")
    _pelvis_or_refuse(positions_m, name)
    if seen.sum() < MIN_SLOTS:
        fact = f"only {int(seen.sum())} landmarks are ever seen (at least {MIN_SLOTS})"
        raise LtmeError(name, fact, "Label the remaining markers")
    check_size(positions_m, name)
