"""The centre of mass of a runner: thrown in flight, caught and thrown again by one smooth push of each foot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ltme_clinic.norms import GRAVITY_M_S2
from ltme_clinic.virtual_lab.rhythm import Rhythm

RISE_POWER, FALL_POWER = 1.25, 1.5
"""The vertical force over a stance is s^1.25 (1 - s)^1.5: one hump, its middle at 47 % of stance.

Its peak is 1.66 times its mean: 2.1 to 2.6 body weights from 2.5 to 4.5 m/s, as runners have. A middle before half of
stance lets the body leave the floor higher than it lands (Cavagna 2006, J Exp Biol 209:4051-4060).
"""
_FINE = 1025


@dataclass(frozen=True, eq=False)
class Pushes:
    """What each stance does to the body, in the order of the contacts, left and right in turn. Heading frame."""

    contact_s: np.ndarray  # (push,)
    stance_s: np.ndarray  # (push,)
    side: np.ndarray  # (push,) 0 left, 1 right


def pushes_of(rhythm: Rhythm) -> Pushes:
    """The stances that reach into a rhythm's time, and one before and after."""
    found = []
    for side in (0, 1):
        phase = rhythm.phase[side]
        cycles = np.arange(np.floor(phase[0]) - 1, np.ceil(phase[-1]) + 2)
        contact_s = _time_at(rhythm, side, cycles)
        stance_s = _time_at(rhythm, side, cycles + rhythm.stance[side]) - contact_s
        found.append(np.stack([contact_s, stance_s, np.full(len(cycles), float(side))]))
    contact_s, stance_s, sides = np.concatenate(found, axis=1)
    order = np.argsort(contact_s)
    return Pushes(contact_s[order], stance_s[order], sides[order].astype(int))


def weight_path(
    pushes: Pushes, time_s: np.ndarray, speed_m_s: float, step_width_m: float, height_m: float, rolled_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where the centre of mass is and how it is accelerated, each (frame, 3), heading frame; z above its landings.

    Each push lasts from contact to foot off. Its vertical impulse returns the body to the same height at the next
    contact, its sideward impulse to the other side, and forwards it brakes and pushes as a force does that points from
    the rolling foot to the centre of mass. Between pushes nothing but gravity acts.

    Parameters
    ----------
    height_m
        Of the centre of mass, for the direction of the forces.
    rolled_m
        How far the foot's pressure moves forward in a stance.
    """
    upward = _landed(pushes, np.zeros(len(pushes.side)), -GRAVITY_M_S2)
    mean_step_s = float(np.diff(pushes.contact_s).mean())
    flight_s = mean_step_s - float(pushes.stance_s.mean())
    drift_m_s = 0.25 * step_width_m / height_m * GRAVITY_M_S2 * mean_step_s
    beside_m = 0.5 * drift_m_s * flight_s * np.where(pushes.side == 0, 1.0, -1.0)
    sideward = _landed(pushes, beside_m, 0.0)
    lean = (speed_m_s * pushes.stance_s - rolled_m) / height_m
    index = np.clip(np.searchsorted(pushes.contact_s, time_s, side="right") - 1, 0, len(pushes.side) - 1)
    since_s, stance_s = time_s - pushes.contact_s[index], pushes.stance_s[index]
    share = since_s / stance_s
    force, twice = _hump().at(share)
    path_m, acceleration = np.empty((len(time_s), 3)), np.empty((len(time_s), 3))
    for axis, (start_m, start_m_s, impulse, gravity) in ((2, upward), (1, sideward)):
        thrown_m = start_m[index] + start_m_s[index] * since_s + 0.5 * gravity * since_s**2
        path_m[:, axis] = thrown_m + impulse[index] * stance_s * twice
        acceleration[:, axis] = gravity + impulse[index] / stance_s * force
    brake, braked = _brake().at(share)
    strength = upward[2] * lean
    lost_m = np.concatenate([[0.0], np.cumsum(strength * pushes.stance_s * _brake().twice[-1])])[index]
    gained_m = lost_m + strength[index] * stance_s * braked
    fastest_m_s = speed_m_s - (gained_m[-1] - gained_m[0]) / (time_s[-1] - time_s[0])
    path_m[:, 0] = fastest_m_s * (time_s - time_s[0]) + gained_m - gained_m[0]
    acceleration[:, 0] = strength[index] / stance_s * brake
    return path_m, acceleration


def _landed(pushes: Pushes, landing_m: np.ndarray, gravity: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Place and velocity at each contact and the impulse (per mass) that reaches the next landing place; gravity."""
    steps_s = np.append(np.diff(pushes.contact_s), pushes.contact_s[-1] - pushes.contact_s[-2])
    after = np.append(landing_m[1:], landing_m[-2])
    middle_s = (1.0 - _hump().twice[-1]) * pushes.stance_s
    velocity, impulse = np.empty(len(steps_s)), np.empty(len(steps_s))
    # the speed with which a run of equal steps lands
    falling = 0.5 * gravity * steps_s[0] - gravity * middle_s[0]
    speed = falling + (landing_m[0] - after[0]) / (steps_s[0] - 2.0 * middle_s[0])
    for step, whole_s in enumerate(steps_s):
        velocity[step] = speed
        short_m = after[step] - landing_m[step] - speed * whole_s - 0.5 * gravity * whole_s**2
        impulse[step] = short_m / (whole_s - middle_s[step])
        speed += gravity * whole_s + impulse[step]
    return landing_m, velocity, impulse, gravity


def _time_at(rhythm: Rhythm, side: int, phase: np.ndarray) -> np.ndarray:
    """Seconds at which a side reaches a phase, at the mean pace beyond the ends."""
    own, time_s = rhythm.phase[side], rhythm.time_s
    pace_s = (time_s[-1] - time_s[0]) / (own[-1] - own[0])
    beyond = np.minimum(phase - own[0], 0.0) + np.maximum(phase - own[-1], 0.0)
    return np.asarray(rhythm.time_of(side, phase) + pace_s * beyond)


@dataclass(frozen=True, eq=False)
class _Shape:
    """A force over the shares 0 to 1 of a stance, and its integrals."""

    force: np.ndarray
    once: np.ndarray
    twice: np.ndarray

    @classmethod
    def of(cls, force: np.ndarray) -> _Shape:
        once = _summed(force)
        return cls(force, once, _summed(once))

    def at(self, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The force and its second integral; after the stance there is no force, and what it gave goes on."""
        places = np.linspace(0.0, 1.0, _FINE)
        twice = np.interp(share, places, self.twice) + self.once[-1] * np.maximum(share - 1.0, 0.0)
        return np.where(share < 1.0, np.interp(share, places, self.force), 0.0), twice


@cache
def _hump() -> _Shape:
    """The push, with an impulse of 1."""
    share = np.linspace(0.0, 1.0, _FINE)
    force = share**RISE_POWER * (1.0 - share) ** FALL_POWER
    return _Shape.of(force / _summed(force)[-1])


@cache
def _brake() -> _Shape:
    """The push times how far its moment is past its middle: backward, then forward, without impulse."""
    push = _hump()
    return _Shape.of(push.force * (np.linspace(0.0, 1.0, _FINE) - (1.0 - push.twice[-1])))


def _summed(values: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1]))]) / (_FINE - 1)
