"""Smooth paths through the postures of an exercise: minimum jerk between stops, no halt at postures passed through."""

from __future__ import annotations

import numpy as np

GREATEST_PASSING_SLOPE = 1.8
"""Speed at a posture passed through, in mean speeds of the slower neighbour; under 15/7 nothing overshoots."""


def minimum_jerk(share: np.ndarray) -> np.ndarray:
    """Share of a movement done after a share of its time, starting and stopping at rest (Flash and Hogan 1985).

    Values outside 0 to 1 are held at the ends; speed and acceleration are zero there.
    """
    u = np.clip(share, 0.0, 1.0)
    return u**3 * (10.0 - 15.0 * u + 6.0 * u**2)


def passing_speeds(times_s: np.ndarray, waypoints: np.ndarray) -> np.ndarray:
    """Speed of each channel at each waypoint: zero where it turns back, holds, starts or ends.

    Parameters
    ----------
    times_s : (waypoint,) increasing seconds
    waypoints : (waypoint, channel)

    Returns
    -------
    (waypoint, channel) in the channel's unit per second: the harmonic mean of the two neighbours' mean speeds, limited
    so that the path between never leaves the interval between its two waypoints.
    """
    speeds = np.zeros_like(waypoints, dtype=float)
    if len(times_s) < 3:
        return speeds
    slopes = np.diff(waypoints, axis=0) / np.diff(times_s)[:, None]
    before, after = slopes[:-1], slopes[1:]
    passing = before * after > 0.0
    total = np.where(passing, before + after, 1.0)
    harmonic = np.where(passing, 2.0 * before * after / total, 0.0)
    limit = GREATEST_PASSING_SLOPE * np.minimum(np.abs(before), np.abs(after))
    speeds[1:-1] = np.clip(harmonic, -limit, limit)
    return speeds


def smooth_path(times_s: np.ndarray, waypoints: np.ndarray, at_s: np.ndarray) -> np.ndarray:
    """Twice continuously differentiable path through waypoints, (waypoint, channel) -> (at, channel).

    Fifth-degree pieces with zero acceleration at each waypoint: between two stops this is exactly `minimum_jerk`.
    Before the first and after the last waypoint the path rests.
    """
    speeds = passing_speeds(times_s, waypoints)
    piece = np.clip(np.searchsorted(times_s, at_s, side="right") - 1, 0, len(times_s) - 2)
    length_s = np.diff(times_s)[piece]
    u = np.clip((at_s - times_s[piece]) / length_s, 0.0, 1.0)
    start, stop = waypoints[piece], waypoints[piece + 1]
    leaving = (u - 6 * u**3 + 8 * u**4 - 3 * u**5) * length_s
    arriving = (-4 * u**3 + 7 * u**4 - 3 * u**5) * length_s
    return (
        start
        + (stop - start) * minimum_jerk(u)[:, None]
        + speeds[piece] * leaving[:, None]
        + speeds[piece + 1] * arriving[:, None]
    )


def uneven_time(times_s: np.ndarray, at_s: np.ndarray, skews: np.ndarray) -> np.ndarray:
    """Times shifted within each piece so that effort comes a little early or late, (at,) -> (at,) seconds.

    The ends of the pieces stay exactly where they are, with their speeds and accelerations, so an asked tempo is kept.

    Parameters
    ----------
    skews : (waypoint - 1,) shift in the middle of each piece as a share of its length; below 0.15 time never runs back
    """
    piece = np.clip(np.searchsorted(times_s, at_s, side="right") - 1, 0, len(times_s) - 2)
    length_s = np.diff(times_s)[piece]
    u = np.clip((at_s - times_s[piece]) / length_s, 0.0, 1.0)
    return at_s + skews[piece] * length_s * 64.0 * (u * (1.0 - u)) ** 3


BURST_S = 0.45
"""How long one burst of a jerky movement takes: submovements come two or three a second (Krebs 1999, PNAS
96:4645-4649, in the arm after stroke)."""


def bursts(times_s: np.ndarray, at_s: np.ndarray, depth: float) -> np.ndarray:
    """Times shifted within each piece so that the movement goes in bursts, (at,) -> (at,) seconds.

    The ends of the pieces stay where they are; speed and acceleration don't jump there.

    Parameters
    ----------
    depth : 0 changes nothing, 1 halts between two bursts
    """
    piece = np.clip(np.searchsorted(times_s, at_s, side="right") - 1, 0, len(times_s) - 2)
    length_s = np.diff(times_s)
    u = np.clip((at_s - times_s[piece]) / length_s[piece], 0.0, 1.0)
    turn = 2.0 * np.pi * np.maximum(np.round(length_s / BURST_S), 1.0)[piece]
    return at_s - depth * np.sin(turn * u) / turn * length_s[piece]


def slow_sway(at_s: np.ndarray, rng: np.random.Generator, amplitude: float) -> np.ndarray:
    """Sway of a standing person as three slow waves (0.15 to 0.45 Hz, breathing among them), zero at both ends.

    Returns (at,) in the amplitude's unit; no value exceeds the amplitude.
    """
    frequencies_hz = np.array([0.15, 0.25, 0.45]) * rng.uniform(0.9, 1.1, 3)
    phases_rad = rng.uniform(0.0, 2.0 * np.pi, 3)
    waves = np.sin(2.0 * np.pi * frequencies_hz * at_s[:, None] + phases_rad).mean(axis=1)
    ramp_s = min(1.0, 0.25 * float(at_s[-1] - at_s[0])) or 1.0
    fade = minimum_jerk((at_s - at_s[0]) / ramp_s) * minimum_jerk((at_s[-1] - at_s) / ramp_s)
    return amplitude * waves * fade
