"""Walks that start, stop, speed up, take one step or go backwards: a steady walk run through at another pace.

The joint angles stay and come at other times, so the feet stand as truly as before; the steps keep their length. On
the level that is what people do: they speed up by cadence and have no longer steps (Strutzenberger 2021).
"""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics import BodyMotion, Skeleton, forward_kinematics
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab.footfalls import Steps
from ltme_clinic.virtual_lab.gait import WalkedBody
from ltme_clinic.virtual_lab.rhythm import Rhythm
from ltme_clinic.virtual_lab.tasks import Pacing

STANDING_S = 1.0
"""Stood before the first and after the last step, at least."""
RAMP_S = 1.2
"""From standing to full pace, and back: the pace is reached within the second step (Mann 1979: about three steps;
Strutzenberger 2021: 90 % with the third at the latest)."""
ENDS_SLOWER, ENDS_S = 0.10, 0.5
"""How much slower a pass through the volume begins and ends, as a share, and after how long that has fallen to 1/e."""
ONE_STEP_SLOWER = 1.6
"""One step from standing to standing takes this much longer than a step of a walk."""
SHORTEST_S = 5.0
SOURCE_RATE_HZ = 400.0
"""A walk is run through at another pace from at least this rate, so that straight lines between frames are exact."""


def source_rate_hz(pacing: Pacing, rate_hz: float) -> float:
    """Rate at which the steady walk is to be walked: a multiple of the recording's where the pace changes."""
    return rate_hz if pacing in ("steady", "backwards") else rate_hz * np.ceil(SOURCE_RATE_HZ / rate_hz)


def paced(skeleton: Skeleton, body: WalkedBody, pacing: Pacing, kept_s: float, time_s: np.ndarray) -> WalkedBody:
    """A steady walk at another pace.

    Standing is a walk held in the middle of a double support, both feet where they are: in a stride, not side by side.

    Parameters
    ----------
    kept_s
        How long the recording is, from 0 s.
    time_s
        (frame,) times that are wanted, a little before 0 and after `kept_s` included.

    Raises
    ------
    LtmeError
        The recording is too short to stand, walk and stand again.
    """
    if pacing == "steady":
        return retimed(skeleton, body, time_s, time_s)
    if pacing == "backwards":
        return backwards(body)
    if pacing == "walkway":
        return retimed(skeleton, body, through_the_volume(time_s, kept_s), time_s)
    if kept_s < SHORTEST_S:
        raise LtmeError("walking task", f"{kept_s:g} s is too short for '{pacing}'", f"Give {SHORTEST_S:g} s or more")
    held_s = mid_double_supports_s(body.rhythm)
    held_s = held_s[held_s >= 0.0]
    if pacing == "one_step":
        step_s = ONE_STEP_SLOWER * float(held_s[1] - held_s[0])
        start_s = 0.5 * (kept_s - step_s)
        source_s = held_s[0] + (held_s[1] - held_s[0]) * _smooth((time_s - start_s) / step_s)
    else:
        source_s = held_s[0] + _started_and_stopped(time_s, kept_s, held_s - held_s[0])
    # what lies outside the recording is walked at full pace, so that it holds no footprint of the recording's
    source_s = source_s + np.minimum(time_s, 0.0) + np.maximum(time_s - kept_s, 0.0)
    return retimed(skeleton, body, source_s, time_s)


def backwards(body: WalkedBody) -> WalkedBody:
    """The walk run backwards in time: each foot off becomes the contact of its side's cycle.

    The walker faces where he faced, so his speed and his step lengths, taken along the heading, are negative.
    """
    rhythm = body.rhythm
    phase = np.array(rhythm.stance)[:, None] - rhythm.phase[:, ::-1]
    steps = tuple(Steps(-s.cycles[::-1], s.heel_m[::-1], s.yaw_rad[::-1]) for s in body.steps)
    return WalkedBody(
        BodyMotion(
            {name: rotation[::-1] for name, rotation in body.motion.rotations.items()},
            {name: centre_m[::-1] for name, centre_m in body.motion.joint_centres.items()},
        ),
        {name: angle[::-1] for name, angle in body.angles_deg.items()},
        body.progression_deg[:, ::-1],
        Rhythm(rhythm.time_s, phase, rhythm.stance),
        (steps[0], steps[1]),
        body.heading_rad[::-1],
    )


def mid_double_supports_s(rhythm: Rhythm) -> np.ndarray:
    """Times midway between each contact and the other side's foot off that follows it, in order."""
    contacts, offs = [], []
    for side in (0, 1):
        first, last = np.ceil(rhythm.phase[side][0]) + 1, np.floor(rhythm.phase[side][-1]) - 1
        cycles = np.arange(first, last + 1)
        contacts.append(rhythm.time_of(side, cycles))
        offs.append(rhythm.time_of(1 - side, cycles + _half_cycle_off(rhythm, side)))
    return np.sort(0.5 * (np.concatenate(contacts) + np.concatenate(offs)))


def _half_cycle_off(rhythm: Rhythm, side: int) -> float:
    """The other side's phase at its foot off after this side's contact at phase 0."""
    between = float(rhythm.phase[1 - side][0] - rhythm.phase[side][0])
    stance = rhythm.stance[1 - side]
    return float(np.ceil(between - stance) + stance)


def _started_and_stopped(time_s: np.ndarray, kept_s: float, stops_s: np.ndarray) -> np.ndarray:
    """(frame,) seconds of a steady walk that are gone: none while standing, eased in and out, as many as fit."""
    gone_s = float(stops_s[stops_s <= kept_s - 2.0 * STANDING_S - RAMP_S].max())
    whole_s = gone_s + RAMP_S  # the two ramps cover half of what they last
    since_s = np.clip(time_s - STANDING_S, 0.0, whole_s)
    return np.where(since_s < 0.5 * whole_s, _eased_in(since_s), gone_s - _eased_in(whole_s - since_s))


def through_the_volume(time_s: np.ndarray, kept_s: float) -> np.ndarray:
    """(frame,) seconds of a steady walk: slower at both ends of what is kept, and beyond them as at them."""
    inside_s = np.clip(time_s, 0.0, kept_s)
    lost = 1.0 - np.exp(-inside_s / ENDS_S) + np.exp(-kept_s / ENDS_S) * (np.exp(inside_s / ENDS_S) - 1.0)
    end_pace = 1.0 - ENDS_SLOWER * (1.0 + np.exp(-kept_s / ENDS_S))
    return inside_s - ENDS_SLOWER * ENDS_S * lost + end_pace * (time_s - inside_s)


def _eased_in(since_s: np.ndarray) -> np.ndarray:
    """(frame,) seconds gone when the pace rises smoothly from 0 to 1 over `RAMP_S`."""
    share = np.clip(since_s / RAMP_S, 0.0, 1.0)
    return RAMP_S * share**3 * (1.0 - 0.5 * share) + np.maximum(since_s - RAMP_S, 0.0)


def _smooth(share: np.ndarray) -> np.ndarray:
    """0 to 1 with neither speed nor acceleration at its ends."""
    share = np.clip(share, 0.0, 1.0)
    return share**3 * (10.0 - 15.0 * share + 6.0 * share**2)


def retimed(skeleton: Skeleton, body: WalkedBody, source_s: np.ndarray, time_s: np.ndarray) -> WalkedBody:
    """The body as it was at `source_s`, told as if that were `time_s`; times beyond its walk are held at its ends.

    Parameters
    ----------
    body
        Walked at `SOURCE_RATE_HZ` or more.
    source_s, time_s
        (frame,); `source_s` never runs back.
    """
    times_s = body.rhythm.time_s
    place = np.clip((source_s - times_s[0]) / (times_s[1] - times_s[0]), 0.0, len(times_s) - 1.000001)
    below = place.astype(int)
    share = place - below

    def at(values: np.ndarray) -> np.ndarray:
        return values[..., below] * (1.0 - share) + values[..., below + 1] * share

    angles_deg = {name: at(np.broadcast_to(angle, len(times_s))) for name, angle in body.angles_deg.items()}
    root_m, heading_rad = at(body.motion.joint_centres["pelvis"].T).T, at(body.heading_rad)
    motion = forward_kinematics(skeleton, angles_deg, root_m, heading_rad)
    rhythm = Rhythm(time_s, at(body.rhythm.phase), body.rhythm.stance)
    steps = [_within(steps, rhythm.phase[side]) for side, steps in enumerate(body.steps)]
    return WalkedBody(motion, angles_deg, at(body.progression_deg), rhythm, (steps[0], steps[1]), heading_rad)


def _within(steps: Steps, phase: np.ndarray) -> Steps:
    """The footprints whose contact lies in a stretch."""
    inside = (steps.cycles >= phase[0]) & (steps.cycles <= phase[-1])
    return Steps(steps.cycles[inside], steps.heel_m[inside], steps.yaw_rad[inside])
