"""Freezing of gait: episodes in which the feet stick to the floor and the knees tremble.

A steady walk is run through at another pace: hurried for some steps, halted in the middle of a double support, held
and walked on. While it is held, heels lift by some millimetres, the pelvis sways a little and the knees tremble at
3-8 Hz.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import BodyMotion, Skeleton, forward_kinematics, keep_feet
from ltme_clinic.kinematics.rotations import rotation_yzx
from ltme_clinic.virtual_lab.gait import WalkedBody
from ltme_clinic.virtual_lab.impairments import graded
from ltme_clinic.virtual_lab.pacing import SOURCE_RATE_HZ, mid_double_supports_s, retimed

FREEZING = 9
"""Stream of a trial's random numbers, beside those of its walk, noise and gaps."""
PER_MINUTE = (0.1, 1.0, 3.0)
"""Episodes a minute of straight walking, mild, moderate and severe. Most real ones come at turns, starts and in narrow
places (Schaafsma 2003); a walk that is to show any must have more of them on the straight."""
MEDIAN_S, LOG_SD, SHORTEST_S, LONGEST_S = 2.5, 0.6, 1.0, 8.0
"""Length: log-normal, kept within 1-8 s. Most last under 10 s (Schaafsma 2003), half under 5.4 s (Bächlin 2010)."""
SLOWEST_HZ, FASTEST_HZ = 3.0, 8.0
"""The band in which legs tremble in an episode (Moore 2008)."""
HEEL_M = 0.006
"""How high a trembling heel lifts."""
SHAKE_M = 0.0015
"""How far the pelvis sinks with each beat of the knees."""
SWAY_M, SWAY_HZ = (0.004, 0.003), (0.4, 0.27)
"""Half the pelvis's slow sway over the feet that stick, forward and sideways."""
HURRY, HURRY_S = 0.3, 1.6
"""Festination: how much quicker the last steps before an episode get, and over how long (Nutt 2011; Nieuwboer 2001)."""
HALT_S, RELEASE_S, SWELL_S = 0.4, 0.7, 0.25
"""From walking to a stop, from there to walking, and for trembling to swell and ebb."""


@dataclass(frozen=True)
class Freeze:
    """One episode, before it is known at which double support it will come."""

    start_s: float
    """Earliest."""
    duration_s: float
    tremble_hz: float


def draw_freezes(
    rng: np.random.Generator, severity: float, duration_s: float, share: float = 1.0
) -> tuple[Freeze, ...]:
    """The episodes of a trial, in order; a more severe patient has those of a milder one and others.

    Parameters
    ----------
    rng
        `patient.rng(TRIAL, visit, trial, FREEZING)`.
    share
        What a drug leaves of them: `conditions.freezing_share`.
    """
    most = PER_MINUTE[-1]
    count = rng.poisson(most * duration_s / 60.0)
    starts_s = rng.uniform(0.0, duration_s, count)
    marks = rng.random(count)
    lengths_s = np.clip(MEDIAN_S * np.exp(LOG_SD * rng.standard_normal(count)), SHORTEST_S, LONGEST_S)
    rates_hz = rng.uniform(SLOWEST_HZ, FASTEST_HZ, count)
    happens = marks * most < share * graded(severity, *PER_MINUTE)
    drawn = zip(starts_s[happens], lengths_s[happens], rates_hz[happens], strict=True)
    return tuple(sorted((Freeze(*map(float, episode)) for episode in drawn), key=lambda episode: episode.start_s))


def frozen(
    skeleton: Skeleton, body: WalkedBody, freezes: tuple[Freeze, ...], kept_s: float, time_s: np.ndarray
) -> tuple[WalkedBody, tuple[tuple[float, float], ...]]:
    """A walk with episodes of freezing in it.

    Parameters
    ----------
    body
        The steady walk at `pacing.SOURCE_RATE_HZ` or more, from `time_s[0]` on for as long.
    kept_s
        How long the recording is, from 0 s.
    time_s
        (frame,) times that are wanted.

    Returns
    -------
    tuple
        The walk, and the half-open times within the recording during which both feet stand still. An episode for which
        no double support is left before the walk ends does not come.
    """
    table_s, source_s, halts = _course(freezes, mid_double_supports_s(body.rhythm), time_s[0], time_s[-1])
    if not halts:
        return retimed(skeleton, body, time_s, time_s), ()
    walked = retimed(skeleton, body, np.interp(time_s, table_s, source_s), time_s)
    trembling = _trembling(skeleton, walked, halts)
    inside = [(max(start_s, 0.0), min(stop_s, kept_s)) for start_s, stop_s, _ in halts]
    return trembling, tuple((start_s, stop_s) for start_s, stop_s in inside if start_s < stop_s)


def _course(
    freezes: tuple[Freeze, ...], held_s: np.ndarray, first_s: float, last_s: float
) -> tuple[np.ndarray, np.ndarray, list[tuple[float, float, float]]]:
    """Times and the steady walk's times that belong to them, and (start, stop, Hz) of each halt."""
    step_s = 1.0 / SOURCE_RATE_HZ
    rise = _rise((np.arange(round(HURRY_S / step_s)) + 0.5) * step_s / HURRY_S)
    halt = 1.0 - _rise((np.arange(round(HALT_S / step_s)) + 0.5) * step_s / HALT_S)
    release = _rise((np.arange(round(RELEASE_S / step_s)) + 0.5) * step_s / RELEASE_S)
    approach = np.concatenate([1.0 + HURRY * rise, (1.0 + HURRY) * halt])  # pace in each small step
    lead_s = float(approach.sum() * step_s)
    paces, now_s, source_s, halts = [], first_s, first_s, []
    for freeze in freezes:
        earliest_s = source_s + max(lead_s + step_s, freeze.start_s - now_s + lead_s - len(approach) * step_s)
        later = held_s[held_s >= earliest_s]
        if not len(later):
            break
        cruise_s = float(later[0]) - lead_s - source_s
        steps = int(np.ceil(cruise_s / step_s))
        start_s = now_s + steps * step_s + len(approach) * step_s
        if start_s >= last_s:
            break
        hold = np.zeros(round(freeze.duration_s / step_s))
        halts.append((start_s, start_s + len(hold) * step_s, freeze.tremble_hz))
        paces += [np.full(steps, cruise_s / (steps * step_s)), approach, hold, release]
        source_s = float(later[0]) + float(release.sum() * step_s)
        now_s = start_s + (len(hold) + len(release)) * step_s
    paces.append(np.ones(max(1, int(np.ceil((last_s - now_s) / step_s)) + 1)))
    pace = np.concatenate(paces)
    table_s = first_s + step_s * np.arange(len(pace) + 1)
    return table_s, first_s + np.concatenate([[0.0], np.cumsum(pace) * step_s]), halts


def _trembling(skeleton: Skeleton, body: WalkedBody, halts: list[tuple[float, float, float]]) -> WalkedBody:
    """The body with heels that lift in turn while it halts, under a pelvis that shakes and sways a little."""
    time_s = body.rhythm.time_s
    lifts_m, shift_m = np.zeros((len(SIDES), len(time_s))), np.zeros((len(time_s), 3))
    for start_s, stop_s, rate_hz in halts:
        swell = _rise((time_s - start_s) / SWELL_S) * _rise((stop_s - time_s) / SWELL_S)
        gone_s = time_s - start_s
        beats = [0.5 - 0.5 * np.cos(2.0 * np.pi * (rate_hz * gone_s + 0.5 * side)) for side in range(len(SIDES))]
        lifts_m += HEEL_M * swell * np.stack(beats)
        for axis in (0, 1):
            shift_m[:, axis] += SWAY_M[axis] * swell * np.sin(2.0 * np.pi * SWAY_HZ[axis] * gone_s)
        shift_m[:, 2] -= SHAKE_M * swell * beats[0]
    cos, sin = np.cos(body.heading_rad), np.sin(body.heading_rad)
    forward_m, left_m = shift_m[:, 0].copy(), shift_m[:, 1].copy()
    shift_m[:, 0], shift_m[:, 1] = cos * forward_m - sin * left_m, sin * forward_m + cos * left_m
    ankles_m, feet = {}, {}
    for side, name in enumerate(SIDES):
        ankles_m[name], feet[name] = _lifted(skeleton, body.motion, name, lifts_m[side])
    swayed = body.motion.translated(shift_m)
    angles_deg = body.angles_deg | keep_feet(skeleton, swayed, ankles_m, feet)
    motion = forward_kinematics(skeleton, angles_deg, swayed.joint_centres["pelvis"], body.heading_rad)
    return replace(body, motion=motion, angles_deg=angles_deg)


def _lifted(skeleton: Skeleton, motion: BodyMotion, side: str, lift_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ankle (frame, 3) and foot (frame, 3, 3) of a foot turned a little about whichever end of the sole is down."""
    foot, ankle_m = motion.rotations[f"{side}_foot"], motion.joint_centres[f"{side}_ankle"]
    heel_m, ball_m = motion.joint_centres[f"{side}_heel"], motion.joint_centres[f"{side}_toe"]
    on_heel = heel_m[:, 2] < ball_m[:, 2] - HEEL_M
    angle = lift_m / (skeleton.ball_m[0] - skeleton.heel_m[0]) * np.where(on_heel, -1.0, 1.0)
    still = np.zeros_like(angle)
    turned = foot @ rotation_yzx(angle, still, still)
    pivot_m = np.where(on_heel[:, None], heel_m, ball_m)
    local_m = np.where(on_heel[:, None], skeleton.heel_m, skeleton.ball_m)
    moved_m = pivot_m - np.einsum("fij,fj->fi", turned, local_m)
    return np.where(lift_m[:, None] > 0.0, moved_m, ankle_m), turned


def _rise(share: np.ndarray) -> np.ndarray:
    """0 to 1, at rest at both ends."""
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
