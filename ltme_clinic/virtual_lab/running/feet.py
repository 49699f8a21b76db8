"""How a running foot pitches over its cycle: it lands on heel, sole or ball, lies flat, and rises from the heel."""

from __future__ import annotations

import numpy as np

from ltme_clinic.virtual_lab.running.plan import Landing

FLAT_FROM, FLAT_TO = (0.10, 0.30), (0.44, 0.66)
"""Shares of stance between which a sole comes to lie flat, and between which the heel begins to rise."""
LANDING_PITCH_DEG: dict[Landing, float] = {"heel": 0.0, "midfoot": -14.0, "forefoot": -26.0}
"""How much further down than a heel striker's the toes are at contact.

Heel strikers land with the foot pitched up by 10 to 20 degrees, midfoot runners about flat, forefoot runners with the
toes down by about 10 (Altman and Davis 2012, Gait Posture 35:298-300, sort them at 8 and -1.6 degrees).
"""
PUSH_OFF_GONE = 0.5
"""Share of the swing after which nothing of the push is left in the foot's pitch."""
LANDING_SHARES = (0.80, 0.30)
"""Share of the cycle from which a foot is held for its landing, and share of stance until which that is seen."""


def foot_pitch_rad(wished_rad: np.ndarray, share: np.ndarray, stance: float, landing: Landing) -> np.ndarray:
    """(frame,) pitch, toes up positive, from the pitch that the joint curves would give.

    Parameters
    ----------
    share
        (frame,) of the foot's cycle, 0 at contact.
    stance
        Share of the cycle on the floor.
    """
    held = np.where(
        share > LANDING_SHARES[0],
        _eased((share - LANDING_SHARES[0]) / (1.0 - LANDING_SHARES[0])),
        1.0 - _eased(share / (LANDING_SHARES[1] * stance)),
    )
    pitch_rad = wished_rad + np.radians(LANDING_PITCH_DEG[landing]) * held
    gone = share / stance
    flat = _eased((gone - FLAT_FROM[0]) / (FLAT_FROM[1] - FLAT_FROM[0]))
    rising = _eased((gone - FLAT_TO[0]) / (FLAT_TO[1] - FLAT_TO[0]))
    return np.asarray(pitch_rad * (1.0 - flat + rising))


def push_off(share: np.ndarray, stance: float) -> np.ndarray:
    """(frame,) how far a foot has pushed its heel up, 0 to 1: from mid-stance to foot off, and back in swing."""
    off = (share - stance) / (1.0 - stance)
    return np.asarray(np.where(share <= stance, _eased(2.0 * share / stance - 1.0), 1.0 - _eased(off / PUSH_OFF_GONE)))


def _eased(share: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, between them without a corner."""
    held = np.clip(share, 0.0, 1.0)
    return np.asarray(held * held * held * (10.0 - 15.0 * held + 6.0 * held * held))
