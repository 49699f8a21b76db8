"""The feet while they stand: each contact with its stance, and where a landmark of the standing foot is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.cycle_curves import values_at
from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import GaitEvent

LEFT, RIGHT = 0, 1
"""A side as a number, in `body.SIDES` order."""
MAX_STRIDE_S = 5.0
"""A very slow patient's stride (25 steps/min) takes less; what is longer holds a stop."""
FLAT_SHARE = np.linspace(0.15, 0.35, 9)
"""Share of the stance in which the sole lies flat: from 9 to 21 % of the cycle, after the forefoot has come down and
before the heel rises, which in equinus is early (31 % in healthy walking)."""
USUAL_STANCE = 0.6
"""Of the stride, where no foot off is marked."""


@dataclass(frozen=True)
class Contacts:
    """Every initial contact of either foot, in order of time."""

    time_s: np.ndarray  # (contact,)
    side: np.ndarray  # (contact,) LEFT or RIGHT
    stance_s: np.ndarray  # (contact,) until foot off, the side's usual one where that is not marked; NaN


def contacts_of(events: Sequence[GaitEvent], duration_s: float) -> Contacts:
    """The contacts inside the recording."""
    found = sorted(
        {
            (event.time_s, SIDES.index(event.side))
            for event in events
            if event.side and event.kind == "initial_contact" and 0.0 <= event.time_s < duration_s
        }
    )
    time_s, side = np.array([time_s for time_s, _ in found]), np.array([side for _, side in found], dtype=int)
    return Contacts(time_s, side, _stance(events, time_s, side))


def _stance(events: Sequence[GaitEvent], time_s: np.ndarray, side: np.ndarray) -> np.ndarray:
    """(contact,) seconds from each contact to its foot off; the side's median where it is not marked."""
    stance_s = np.full(len(time_s), np.nan)
    stride_s = np.full(len(time_s), np.nan)
    for number, name in enumerate(SIDES):
        own = np.flatnonzero(side == number)
        if not len(own):
            continue
        offs_s = np.array(sorted(e.time_s for e in events if e.side == name and e.kind == "foot_off"))
        until_s = np.append(time_s[own[1:]], time_s[own[-1]] + MAX_STRIDE_S)
        place = np.searchsorted(offs_s, time_s[own])
        next_s = np.append(offs_s, np.inf)[place]
        stance_s[own] = np.where(next_s < until_s, next_s - time_s[own], np.nan)
        stride_s[own[:-1]] = np.diff(time_s[own])
        if np.isfinite(stance_s[own]).any():
            stance_s[own] = np.where(np.isfinite(stance_s[own]), stance_s[own], np.nanmedian(stance_s[own]))
    if np.isfinite(stride_s).any():
        usual_s = USUAL_STANCE * np.nanmedian(stride_s)
        stance_s = np.where(np.isfinite(stance_s), stance_s, usual_s)
    return stance_s


def foot_at(walker: Walker, name: str, time_s: np.ndarray, side: np.ndarray) -> np.ndarray:
    """A landmark of each contact's own foot, over the ground, at times (contact, ...): (contact, ..., 3)."""
    found = np.full((*time_s.shape, 3), np.nan)
    for number, side_name in enumerate(SIDES):
        own = side == number
        track_m = walker.over_ground(walker.slot(f"{side_name}_{name}"))
        found[own] = np.moveaxis(values_at(track_m.T, time_s[own] * walker.rate_hz), 0, -1)
    return found


def while_flat(walker: Walker, name: str, contacts: Contacts) -> np.ndarray:
    """Median place (contact, 3) of a foot's landmark while its sole lies flat; NaN where half of that is not seen."""
    flat_m = foot_at(walker, name, contacts.time_s[:, None] + contacts.stance_s[:, None] * FLAT_SHARE, contacts.side)
    enough = 2 * np.isfinite(flat_m[..., 0]).sum(axis=1) > len(FLAT_SHARE)
    # A row that is not seen at all is replaced before the median, which would warn of it.
    median_m = np.nanmedian(np.where(enough[:, None, None], flat_m, 0.0), axis=1)
    return np.where(enough[:, None], median_m, np.nan)
