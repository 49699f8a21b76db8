"""Finding a treadmill's belt speed from the feet that stand on it."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics.pelvis import PelvisMarkers, facing_rad, pelvis_centre

MIN_BELT_M_S = 0.2
_STEADY_SHARE = 0.6
"""Share of stance frames that must move with the belt to within a quarter of its speed."""

LOWEST_PERCENT, DOWN_M = 5.0, 0.02
"""A foot further than this above the recording's lowest places is off the floor: a runner's lower foot may fly."""


def belt_velocity(positions_m: np.ndarray, pelvis: PelvisMarkers, rate_hz: float) -> np.ndarray | None:
    """The walker's velocity over the belt, (2,) m/s in the laboratory frame, or None overground.

    A treadmill is taken for granted when the pelvis hardly advances, keeps its facing, and the lower foot slides
    backwards at one steady speed, which is the belt's.

    Parameters
    ----------
    positions_m : (frame, slot, 3) laboratory frame, metres
    rate_hz : frames a second
    """
    facing = facing_rad(positions_m, pelvis)
    if np.std(facing) > np.radians(15):
        return None
    ahead = np.array([np.cos(facing).mean(), np.sin(facing).mean()])
    ahead /= np.linalg.norm(ahead)
    centre_m = pelvis_centre(positions_m, pelvis)[:, :2]
    advance_m_s = (centre_m[-1] - centre_m[0]) @ ahead * rate_hz / max(len(centre_m) - 1, 1)
    backwards = -stance_foot_velocity(positions_m, ahead, rate_hz)
    backwards = backwards[~np.isnan(backwards)]
    if len(backwards) < rate_hz / 2:
        return None
    belt = float(np.median(backwards))
    steady = np.mean(np.abs(backwards - belt) < 0.25 * belt)
    if belt < MIN_BELT_M_S or abs(advance_m_s) > 0.3 * belt or steady < _STEADY_SHARE:
        return None
    return belt * ahead


def stance_foot_velocity(positions_m: np.ndarray, ahead: np.ndarray, rate_hz: float) -> np.ndarray:
    """Velocity of the lower foot along a horizontal direction, (frame,) m/s.

    NaN where a foot isn't seen, or where both are off the floor.
    """
    feet_m = np.stack([_foot(positions_m, side) for side in SIDES])  # (side, frame, 3)
    velocity = np.gradient(feet_m[..., :2] @ ahead, 1.0 / rate_hz, axis=1)
    lower_m_s = np.where(feet_m[0, :, 2] < feet_m[1, :, 2], velocity[0], velocity[1])
    height_m = np.fmin(feet_m[0, :, 2], feet_m[1, :, 2])
    if np.isnan(height_m).all():
        return lower_m_s
    down_m = np.nanpercentile(height_m, LOWEST_PERCENT) + DOWN_M
    return np.where(height_m < down_m, lower_m_s, np.nan)


def _foot(positions_m: np.ndarray, side: str) -> np.ndarray:
    """Middle of the foot's most complete markers, (frame, 3); one fixed choice, so that it does not jump."""
    names = ("heel", "toe", "ankle", "metatarsal_5", "ankle_centre")
    tracks = {name: positions_m[:, SLOT_INDEX[f"{side}_{name}"]] for name in names}
    share = {name: float(np.mean(~np.isnan(track[:, 0]))) for name, track in tracks.items()}
    front = share["toe"] and max(("toe", "metatarsal_5"), key=lambda name: share[name])
    if front and min(share["heel"], share[front]) > 0.7:
        return (tracks["heel"] + tracks[front]) / 2
    return tracks[max(names, key=lambda name: share[name])]
