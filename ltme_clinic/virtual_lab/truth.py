"""What really happened in a virtual walk: the joints' own curves, contacts, steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, SIDES
from ltme_clinic.types import GaitEvent, MotionTruth, Side, WalkTruth
from ltme_clinic.virtual_lab.camera_faults import Fault
from ltme_clinic.virtual_lab.gait import WalkedBody
from ltme_clinic.virtual_lab.truth_text import truth_text
from ltme_clinic.virtual_lab.walk_plan import WalkPlan


def walk_truth(plan: WalkPlan, body: WalkedBody, kept: slice, rate_hz: float) -> WalkTruth:
    """Truth of the kept frames.

    Curves are means over the cycles wholly inside; a walk too short for one uses the cycles that reach into it.

    Parameters
    ----------
    kept
        Frames of `body` that the recording holds.
    """
    patient = plan.patient
    start_s, stop_s = body.rhythm.time_s[kept.start], body.rhythm.time_s[kept.stop - 1]
    events = gait_events(body, start_s, stop_s, rate_hz)
    step_lengths, width_m = _step_geometry(body, start_s, stop_s)
    return WalkTruth(
        patient=patient.name,
        visit=plan.visit,
        curves_deg=np.stack([_mean_curves(body, side, kept) for side in (0, 1)]).astype(np.float32),
        speed_m_s=_forward_speed_m_s(body, kept, rate_hz),
        cadence_spm=_cadence_spm(body, start_s, stop_s),
        step_length_m=step_lengths,
        stance_pct=(100.0 * plan.stance[0], 100.0 * plan.stance[1]),
        step_width_m=width_m,
        leg_length_m=patient.leg_length_m,
        height_m=patient.height_m,
        events=events,
        impairment=patient.impairment,
        severity=patient.severity,
        side=patient.side,
        model_curves_deg=np.stack([_model_curves(body, side, events, kept, rate_hz) for side in (0, 1)]),
    )


def gait_events(body: WalkedBody, start_s: float, stop_s: float, rate_hz: float) -> tuple[GaitEvent, ...]:
    """Contacts and foot offs in a stretch of time, counted from its start, in order."""
    events = []
    for side, name in enumerate(SIDES):
        label: Side = "left" if name == "left" else "right"
        for kind, share in (("initial_contact", 0.0), ("foot_off", body.rhythm.stance[side])):
            for time_s in _times_of(body, side, share, start_s, stop_s) - start_s:
                frame = round(float(time_s) * rate_hz)
                events.append(GaitEvent(label, "foot_off" if share else "initial_contact", float(time_s), frame, kind))
    return tuple(sorted(events, key=lambda event: event.time_s))


def angle_curves(body: WalkedBody, side: int) -> np.ndarray:
    """(9, frame) the nine variables of one side over time, `body.ANGLES` order and signs."""
    name, sign = SIDES[side], (1.0 if side == 0 else -1.0)
    angles = body.angles_deg
    rows = [angles["pelvic_tilt"], sign * angles["pelvic_obliquity"], sign * angles["pelvic_rotation"]]
    rows += [angles[f"{name}_{angle}"] for angle in ANGLES[3:8]]
    return np.stack([*rows, body.progression_deg[side]])


def _model_curves(
    body: WalkedBody, side: int, events: tuple[GaitEvent, ...], kept: slice, rate_hz: float
) -> np.ndarray:
    """(9, 51) means over the cycles from contact to contact, by time, the foot as a gait model has it; NaN without."""
    own = [event for event in events if event.side == SIDES[side] and event.kind == "initial_contact"]
    contacts_s = np.array([event.time_s for event in own])
    if len(contacts_s) < 2:
        return np.full((len(ANGLES), CYCLE_POINTS), np.nan)
    curves = angle_curves(body, side)
    wanted_s = contacts_s[:-1, None] + np.diff(contacts_s)[:, None] * np.linspace(0.0, 1.0, CYCLE_POINTS)
    place = kept.start + wanted_s.ravel() * rate_hz
    sampled = np.stack([np.interp(place, np.arange(curves.shape[1]), curve) for curve in curves])
    return sampled.reshape(len(ANGLES), -1, CYCLE_POINTS).mean(axis=1)


def _mean_curves(body: WalkedBody, side: int, kept: slice) -> np.ndarray:
    phase = body.rhythm.phase[side]
    first, last = int(np.ceil(phase[kept.start])), int(np.floor(phase[kept.stop - 1]))
    if last <= first:  # too short for a whole cycle: use those that the padded walk completes
        first, last = int(np.ceil(phase[0])), int(np.floor(phase[-1]))
    wanted = np.arange(first, last)[:, None] + np.linspace(0.0, 1.0, CYCLE_POINTS)
    place = np.interp(wanted.ravel(), phase, np.arange(len(phase)))
    below = np.minimum(place.astype(int), len(phase) - 2)
    share = place - below
    curves = angle_curves(body, side)
    sampled = curves[:, below] * (1.0 - share) + curves[:, below + 1] * share
    return sampled.reshape(len(ANGLES), -1, CYCLE_POINTS).mean(axis=1)


def _times_of(body: WalkedBody, side: int, share: float, start_s: float, stop_s: float) -> np.ndarray:
    phase = body.rhythm.phase[side]
    wanted = np.arange(np.ceil(phase[0] - share), np.floor(phase[-1] - share) + 1) + share
    times_s = body.rhythm.time_of(side, wanted)
    return times_s[(times_s >= start_s) & (times_s <= stop_s)]


def _cadence_spm(body: WalkedBody, start_s: float, stop_s: float) -> float:
    """Steps a minute from each side's whole cycles in the stretch, else from the phase it went through."""
    strides, time_s = 0, 0.0
    for side in (0, 1):
        contacts_s = _times_of(body, side, 0.0, start_s, stop_s)
        if len(contacts_s) > 1:
            strides += len(contacts_s) - 1
            time_s += float(contacts_s[-1] - contacts_s[0])
    if strides:
        return 120.0 * strides / time_s
    gone = np.interp([start_s, stop_s], body.rhythm.time_s, body.rhythm.phase[0])
    return float(120.0 * (gone[1] - gone[0]) / (stop_s - start_s))


def _forward_speed_m_s(body: WalkedBody, kept: slice, rate_hz: float) -> float:
    """Mean speed of the pelvis along its heading."""
    pelvis_m = body.motion.joint_centres["pelvis"][kept, :2]
    heading = body.heading_rad[kept][:-1]
    moved_m = np.diff(pelvis_m, axis=0)
    return float((moved_m[:, 0] * np.cos(heading) + moved_m[:, 1] * np.sin(heading)).mean() * rate_hz)


def _step_geometry(body: WalkedBody, start_s: float, stop_s: float) -> tuple[tuple[float, float], float]:
    """Mean step length of left and right, and step width, metres: footprints against the one before, other foot."""
    prints = []  # (time, side, x, y, heading)
    for side, steps in enumerate(body.steps):
        times_s = body.rhythm.time_of(side, steps.cycles.astype(float))
        heading = np.interp(times_s, body.rhythm.time_s, body.heading_rad)
        prints += [(time, side, *place, turn) for time, place, turn in zip(times_s, steps.heel_m, heading, strict=True)]
    prints.sort(key=lambda footprint: footprint[0])
    # the outermost contacts lie at the padding's ends, where a footprint is only partly known
    pairs = [(a, b) for a, b in pairwise(prints[1:-1]) if a[1] != b[1]]
    inside = [(a, b) for a, b in pairs if start_s <= a[0] and b[0] <= stop_s] or pairs
    lengths: tuple[list[float], list[float]] = ([], [])
    widths = []
    for before, step in inside:
        dx, dy, turn = step[2] - before[2], step[3] - before[3], step[4]
        lengths[step[1]].append(dx * np.cos(turn) + dy * np.sin(turn))
        widths.append((1.0 if step[1] == 0 else -1.0) * (dy * np.cos(turn) - dx * np.sin(turn)))
    both = [float(np.mean(side)) if side else float("nan") for side in lengths]
    return (both[0], both[1]), float(np.mean(widths)) if widths else float("nan")


def truth_json(truth: WalkTruth, motion: MotionTruth | None = None, faults: Sequence[Fault] = ()) -> str:
    """The truth as JSON text, stable to the byte.

    Parameters
    ----------
    motion
        Joint centres, angles, the centre of mass and the floor's forces of every frame are added where it is given.
    faults
        What the cameras did wrong.
    """
    content: dict[str, Any] = asdict(truth)
    content.pop("model_curves_deg")
    content["curves_deg"] = np.round(truth.curves_deg.astype(float), 3).tolist()
    content["angles"] = list(ANGLES)
    content["events"] = [
        {"side": event.side, "kind": event.kind, "time_s": round(event.time_s, 5), "frame": event.frame}
        for event in truth.events
    ]
    content["freezes_s"] = [list(span) for span in truth.freezes_s]
    content["faults"] = [asdict(fault) for fault in faults]
    return truth_text(_rounded(content), motion)


def _rounded(content: dict[str, Any]) -> dict[str, Any]:
    return {
        key: round(value, 6) if isinstance(value, float) else [round(v, 6) for v in value] if _is_pair(value) else value
        for key, value in content.items()
    }


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(v, float) for v in value)
