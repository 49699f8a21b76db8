"""What is known for certain about a virtual run: the joints' own curves, contacts, steps, forces."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, SIDES
from ltme_clinic.kinematics import centre_of_mass
from ltme_clinic.norms import GRAVITY_M_S2
from ltme_clinic.types import GaitEvent, GroundReaction, MotionTruth, Side, WalkTruth
from ltme_clinic.types.recording import EventKind
from ltme_clinic.virtual_lab.running.plan import Landing, RunPlan
from ltme_clinic.virtual_lab.running.stride import RunBody

PRESSURE_START: dict[Landing, float] = {"heel": 0.2, "midfoot": 0.6, "forefoot": 0.85}
"""Where under the foot the pressure starts, from the heel (0) to the ball (1), and ends at the ball."""


def run_truth(plan: RunPlan, body: RunBody, kept: slice, rate_hz: float) -> WalkTruth:
    """Truth of the kept frames; events count frames at `rate_hz`.

    Curves are means over the cycles wholly inside; foot progression is the foot's direction on the floor.
    """
    patient, time_s = plan.patient, body.rhythm.time_s
    start_s, run_s = float(time_s[kept.start]), float(time_s[kept.stop - 1] - time_s[kept.start])
    frames = round((kept.stop - kept.start) * (time_s[1] - time_s[0]) * rate_hz)
    stop_s = start_s + (frames - 1) / rate_hz  # the last frame that the cameras see
    pelvis_m = body.motion.joint_centres["pelvis"][[kept.start, kept.stop - 1], :2]
    forward = np.array([np.cos(plan.heading_rad), np.sin(plan.heading_rad)])
    curves = np.stack([_mean_curves(body, side, kept) for side in (0, 1)])
    return WalkTruth(
        patient=patient.name,
        visit=plan.visit,
        curves_deg=curves.astype(np.float32),
        speed_m_s=float((pelvis_m[1] - pelvis_m[0]) @ forward / run_s),
        cadence_spm=_cadence_spm(body, start_s, stop_s),
        step_length_m=_step_lengths_m(body, start_s, stop_s),
        stance_pct=(100.0 * plan.stance, 100.0 * plan.stance),
        step_width_m=_step_width_m(body, start_s, stop_s),
        leg_length_m=patient.leg_length_m,
        height_m=patient.height_m,
        events=run_events(body, start_s, stop_s, rate_hz),
    )


def run_events(body: RunBody, start_s: float, stop_s: float, rate_hz: float) -> tuple[GaitEvent, ...]:
    """Contacts and foot offs in a stretch of time, counted from its start, in order; frames at a rate."""
    events = []
    for side, name in enumerate(SIDES):
        label: Side = "left" if name == "left" else "right"
        for time_s in _contacts_s(body, side, 0.0, start_s, stop_s) - start_s:
            events.append(_event(label, "initial_contact", float(time_s), rate_hz))
        for time_s in _contacts_s(body, side, body.rhythm.stance[side], start_s, stop_s) - start_s:
            events.append(_event(label, "foot_off", float(time_s), rate_hz))
    return tuple(sorted(events, key=lambda event: event.time_s))


def motion_truth(plan: RunPlan, body: RunBody, kept: slice) -> MotionTruth:
    """The body's true motion in the kept frames, with the force under each foot; laboratory frame, overground."""
    centres_m = {name: centre_m[kept] for name, centre_m in body.motion.joint_centres.items()}
    angles_deg = {name: np.broadcast_to(angle, body.motion.frames)[kept] for name, angle in body.angles_deg.items()}
    weight_m = centre_of_mass(plan.patient.skeleton, body.motion)[kept]
    return MotionTruth(centres_m, angles_deg, weight_m, _ground_reaction(plan, body, kept, weight_m))


def _ground_reaction(plan: RunPlan, body: RunBody, kept: slice, weight_m: np.ndarray) -> GroundReaction:
    """The one foot on the floor carries all that moves the centre of mass; its pressure goes from landing to toes."""
    force_n = plan.patient.mass_kg * (body.acceleration_m_s2[kept] + [0.0, 0.0, GRAVITY_M_S2])
    shares = [body.rhythm.share(side)[kept] for side in (0, 1)]
    loads = [share < stance for share, stance in zip(shares, body.rhythm.stance, strict=True)]
    under = np.stack([np.where(load[:, None], force_n, 0.0) for load in loads])
    centre_m = np.full(under.shape, np.nan)
    for side, name in enumerate(SIDES):
        heel_m, ball_m = (body.motion.joint_centres[f"{name}_{point}"][kept] for point in ("heel", "toe"))
        gone = np.clip(shares[side] / body.rhythm.stance[side], 0.0, 1.0)[:, None]
        landed = PRESSURE_START[plan.landing]
        centre_m[side] = heel_m + (landed + (1.0 - landed) * gone) * (ball_m - heel_m)
        centre_m[side, :, 2] = 0.0
        centre_m[side, ~loads[side]] = np.nan
    return GroundReaction(under, centre_m, np.zeros(under.shape[:2]))


def _event(side: Side, kind: EventKind, time_s: float, rate_hz: float) -> GaitEvent:
    return GaitEvent(side, kind, time_s, round(time_s * rate_hz), kind)


def _contacts_s(body: RunBody, side: int, share: float, start_s: float, stop_s: float) -> np.ndarray:
    """Times within a stretch at which a side is at a share of its cycle."""
    phase = body.rhythm.phase[side]
    wanted = np.arange(np.ceil(phase[0] - share), np.floor(phase[-1] - share) + 1) + share
    times_s = body.rhythm.time_of(side, wanted)
    return np.asarray(times_s[(times_s >= start_s) & (times_s <= stop_s)])


def _cadence_spm(body: RunBody, start_s: float, stop_s: float) -> float:
    """Steps a minute from each side's whole cycles in the stretch, else from the phase it went through."""
    contacts = [_contacts_s(body, side, 0.0, start_s, stop_s) for side in (0, 1)]
    strides = sum(max(0, len(times_s) - 1) for times_s in contacts)
    if strides:
        return float(120.0 * strides / sum(times_s[-1] - times_s[0] for times_s in contacts if len(times_s) > 1))
    gone = np.interp([start_s, stop_s], body.rhythm.time_s, body.rhythm.phase[0])
    return float(120.0 * (gone[1] - gone[0]) / (stop_s - start_s))


def _prints(body: RunBody, start_s: float, stop_s: float) -> np.ndarray:
    """(print, 4) of a stretch in order: time, side, the heel's place forward and leftward, heading frame."""
    found = []
    for side, steps in enumerate(body.steps):
        times_s = body.rhythm.time_of(side, steps.cycles.astype(float))
        whole = (times_s > body.rhythm.time_s[0]) & (times_s >= start_s) & (times_s <= stop_s)
        found.append(np.column_stack([times_s, np.full(len(times_s), float(side)), steps.heel_m])[whole])
    prints = np.concatenate(found)
    return np.asarray(prints[np.argsort(prints[:, 0])])


def _step_lengths_m(body: RunBody, start_s: float, stop_s: float) -> tuple[float, float]:
    prints = _prints(body, start_s, stop_s)
    gained_m, sides = np.diff(prints[:, 2]), prints[1:, 1]
    both = [float(gained_m[sides == side].mean()) if (sides == side).any() else float("nan") for side in (0, 1)]
    return both[0], both[1]


def _step_width_m(body: RunBody, start_s: float, stop_s: float) -> float:
    prints = _prints(body, start_s, stop_s)
    apart_m = np.diff(prints[:, 3]) * np.where(prints[1:, 1] == 0, 1.0, -1.0)
    return float(apart_m.mean()) if len(apart_m) else float("nan")


def _angle_curves(body: RunBody, side: int) -> np.ndarray:
    """(9, frame) the nine variables of one side over time, `body.ANGLES` order and signs."""
    name, sign, angles = SIDES[side], (1.0 if side == 0 else -1.0), body.angles_deg
    rows = [angles["pelvic_tilt"], sign * angles["pelvic_obliquity"], sign * angles["pelvic_rotation"]]
    rows += [angles[f"{name}_{angle}"] for angle in ANGLES[3:8]]
    return np.stack([*rows, body.progression_deg[side]])


def _mean_curves(body: RunBody, side: int, kept: slice) -> np.ndarray:
    """(9, 51) means over the cycles inside; a run too short for one uses those that its padding completes."""
    phase = body.rhythm.phase[side]
    first, last = int(np.ceil(phase[kept.start])), int(np.floor(phase[kept.stop - 1]))
    if last <= first:
        first, last = int(np.ceil(phase[0])), int(np.floor(phase[-1]))
    wanted = np.arange(first, last)[:, None] + np.linspace(0.0, 1.0, CYCLE_POINTS)
    sampled = np.stack([np.interp(wanted.ravel(), phase, curve) for curve in _angle_curves(body, side)])
    return np.asarray(sampled.reshape(len(ANGLES), -1, CYCLE_POINTS).mean(axis=1))
