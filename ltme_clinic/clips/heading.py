"""The heading frame: positions about the pelvis, the path as velocities, and the exact way back to the laboratory."""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics.heading import smoothed_heading, turned
from ltme_clinic.kinematics.pelvis import PelvisMarkers, facing_rad, pelvis_centre
from ltme_clinic.types import CLIP_RATE_HZ, MotionClip, Origin


def clip_about_pelvis(
    positions_m: np.ndarray,
    pelvis: PelvisMarkers,
    *,
    recording_id: str,
    origin: Origin,
    source_start_s: float,
    belt_m_s: np.ndarray | None = None,
    warnings: tuple[str, ...] = (),
) -> MotionClip:
    """Make the clip from slot positions at 50 Hz in the laboratory frame, with a pelvis in every frame.

    Parameters
    ----------
    positions_m : (frame, slot, 3), at least two frames
    belt_m_s : (2,) the walker's velocity over a treadmill's belt in the laboratory, added to the pelvis's own
    """
    centre_m = pelvis_centre(positions_m, pelvis)[:, :2]
    heading = smoothed_heading(facing_rad(positions_m, pelvis), CLIP_RATE_HZ)
    # Differences towards the next frame, the last one repeated: summing them gives the path back exactly.
    velocity_m_s = np.diff(centre_m, axis=0) * CLIP_RATE_HZ
    velocity_m_s = np.concatenate([velocity_m_s, velocity_m_s[-1:]])
    if belt_m_s is not None:
        velocity_m_s = velocity_m_s + belt_m_s
    rate = np.diff(heading) * CLIP_RATE_HZ
    local_m = positions_m.copy()
    local_m[..., :2] = turned(positions_m[..., :2] - centre_m[:, None], -heading)
    return MotionClip(
        recording_id=recording_id,
        origin=origin,
        positions_m=local_m.astype(np.float32),
        valid=~np.isnan(local_m[..., 0]),
        velocity_m_s=turned(velocity_m_s, -heading).astype(np.float32),
        heading_rate_rad_s=np.concatenate([rate, rate[-1:]]).astype(np.float32),
        start_m=centre_m[0].astype(np.float64),
        start_heading_rad=float(heading[0]),
        source_start_s=source_start_s,
        treadmill_speed_m_s=0.0 if belt_m_s is None else float(np.linalg.norm(belt_m_s)),
        warnings=warnings,
    )


def path(clip: MotionClip) -> tuple[np.ndarray, np.ndarray]:
    """The pelvis's horizontal path (frame, 2) in metres and heading (frame,) in radians, in the laboratory frame.

    On a treadmill, the path over the ground that the belt stands for.
    """
    step_s = 1.0 / clip.rate_hz
    rate = clip.heading_rate_rad_s[:-1].astype(np.float64)
    heading = clip.start_heading_rad + np.concatenate([[0.0], np.cumsum(rate) * step_s])
    step_m = turned(clip.velocity_m_s.astype(np.float64), heading)[:-1] * step_s
    return clip.start_m + np.concatenate([np.zeros((1, 2)), np.cumsum(step_m, axis=0)]), heading


def to_laboratory(clip: MotionClip) -> np.ndarray:
    """Slot positions (frame, slot, 3) back in the laboratory frame, metres, NaN where not valid.

    The exact inverse of making the clip, but for a treadmill (the walker advances over the ground) and for a floor
    that was not at the laboratory's zero (heights stay counted from the floor).
    """
    centre_m, heading = path(clip)
    positions_m = clip.positions_m.astype(np.float64)
    positions_m[..., :2] = turned(positions_m[..., :2], heading) + centre_m[:, None]
    return positions_m
