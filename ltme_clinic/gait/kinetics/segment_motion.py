"""Joint centres and segment axes over time to velocities and accelerations: bridged, low-passed, differentiated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.kinematics.bridging import MAX_LIMB_GAP_S, bridge_gaps
from ltme_clinic.kinematics.smoothing import butterworth_low_pass


@dataclass(frozen=True)
class SegmentMotion:
    """One rigid segment's motion in the laboratory; NaN where it was not seen, and one frame beside that."""

    centre_m: np.ndarray  # (frame, 3) centre of mass
    axes: np.ndarray  # (frame, 3, 3) columns forward, left, up
    acceleration_m_s2: np.ndarray  # (frame, 3) of the centre of mass
    velocity_rad_s: np.ndarray  # (frame, 3)
    acceleration_rad_s2: np.ndarray  # (frame, 3)


def smooth_tracks(tracks_m: np.ndarray, rate_hz: float, low_pass_hz: float | None) -> np.ndarray:
    """Tracks (frame, track, 3) with gaps of up to 0.1 s bridged, low-passed (4th order, both ways) unless None."""
    tracks_m = np.array(tracks_m, dtype=float)
    missing = np.isnan(tracks_m[..., 0])
    for track in np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)).tolist():
        bridge_gaps(tracks_m[:, track], int(MAX_LIMB_GAP_S * rate_hz + 1e-6))
    return tracks_m if low_pass_hz is None else butterworth_low_pass(tracks_m, rate_hz, low_pass_hz)


def orthonormal(axes: np.ndarray) -> np.ndarray:
    """Right-handed unit axes nearest to filtered ones: (frame, 3, 3), up kept, left made square to it."""
    up = axes[..., 2] / np.linalg.norm(axes[..., 2], axis=-1, keepdims=True)
    forward = np.cross(axes[..., 1], up)
    forward /= np.linalg.norm(forward, axis=-1, keepdims=True)
    return np.stack([forward, np.cross(up, forward), up], axis=-1)


def angular_velocity_rad_s(axes: np.ndarray, rate_hz: float) -> np.ndarray:
    """Angular velocity in the laboratory of axes (frame, 3, 3), by central differences: (frame, 3)."""
    turning = np.gradient(axes, 1.0 / rate_hz, axis=0) @ np.swapaxes(axes, 1, 2)
    return (
        np.stack(
            [
                turning[:, 2, 1] - turning[:, 1, 2],
                turning[:, 0, 2] - turning[:, 2, 0],
                turning[:, 1, 0] - turning[:, 0, 1],
            ],
            axis=1,
        )
        / 2
    )


def segment_motion(centre_m: np.ndarray, axes: np.ndarray, rate_hz: float) -> SegmentMotion:
    """Velocities and accelerations of a segment by its centre of mass and its axes; the ends' accelerations are NaN."""
    velocity = angular_velocity_rad_s(axes, rate_hz)
    acceleration = np.full_like(centre_m, np.nan)
    acceleration[1:-1] = (centre_m[2:] - 2 * centre_m[1:-1] + centre_m[:-2]) * rate_hz**2
    return SegmentMotion(centre_m, axes, acceleration, velocity, np.gradient(velocity, 1.0 / rate_hz, axis=0))
