"""A walker that can be solved in the head: feet that stand still, then swing, under a pelvis at constant speed."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SLOT_INDEX, SLOTS, mirrored
from ltme_clinic.types import Origin, Recording

STRIDE_S = 1.1
SPEED_M_S = 1.2
CADENCE_SPM = 120.0 / STRIDE_S


def walker(
    duration_s: float = 6.0, rate_hz: float = 100.0, *, speed_m_s: float = SPEED_M_S, stride_s: float = STRIDE_S
) -> np.ndarray:
    """Slot positions (frame, slot, 3) of an even walk along +x, metres, z up; slots it does not have are NaN."""
    t = np.arange(round(duration_s * rate_hz)) / rate_hz
    positions_m = np.full((len(t), len(SLOTS), 3), np.nan)
    step = 2 * np.pi * t / stride_s
    pelvis = np.stack([speed_m_s * t, 0.02 * np.sin(step), 0.95 + 0.02 * np.cos(2 * step)], axis=1)
    yaw = np.radians(5) * np.sin(step)
    midline = {"sacrum": (-0.10, 0, 0), "c7": (-0.05, 0, 0.5), "t10": (-0.10, 0, 0.25), "sternum": (0.1, 0, 0.3)}
    for slot, offset in midline.items():
        positions_m[:, SLOT_INDEX[slot]] = _carried(pelvis, yaw, offset)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        phase = t / stride_s + (0.0 if side == "left" else 0.5)
        ankle = _foot(phase, speed_m_s * stride_s) + np.array(
            [-speed_m_s * stride_s * (phase[0] - 0.3), sign * 0.08, 0.09]
        )
        asis = _carried(pelvis, yaw, (0.10, sign * 0.12, 0.0))
        hip = _carried(pelvis, yaw, (0.04, sign * 0.09, -0.08))
        points = {
            "asis": asis,
            "psis": _carried(pelvis, yaw, (-0.09, sign * 0.05, 0.01)),
            "shoulder": _carried(pelvis, -yaw, (0.0, sign * 0.18, 0.45)),
            "hip_centre": hip,
            "knee": (hip + ankle) / 2 + np.array([0.05, sign * 0.05, 0.0]),
            "ankle": ankle,
            "heel": ankle + np.array([-0.05, -sign * 0.03, -0.03]),
            "toe": ankle + np.array([0.12, 0.0, -0.05]),
        }
        for name, track in points.items():
            positions_m[:, SLOT_INDEX[f"{side}_{name}"]] = track
    return positions_m


def _carried(pelvis: np.ndarray, yaw: np.ndarray, offset: tuple[float, float, float]) -> np.ndarray:
    x, y, z = offset
    return pelvis + np.stack(
        [x * np.cos(yaw) - y * np.sin(yaw), x * np.sin(yaw) + y * np.cos(yaw), 0 * yaw + z], axis=1
    )


def _foot(phase: np.ndarray, stride_m: float) -> np.ndarray:
    """A foot on the ground for 60 % of its cycle, then swung one stride forward."""
    cycle, part = np.divmod(phase, 1.0)
    swing = np.clip((part - 0.6) / 0.4, 0.0, 1.0)
    forward = 10 * swing**3 - 15 * swing**4 + 6 * swing**5
    return np.stack([stride_m * (cycle + forward), 0 * phase, 0.08 * np.sin(np.pi * swing) ** 2], axis=1)


def turned(positions_m: np.ndarray, angle_rad: float, shift_m: tuple[float, float, float] = (0, 0, 0)) -> np.ndarray:
    """The same walk in a laboratory whose axes are turned about z and shifted."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return positions_m @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) + np.array(shift_m)


def mirror_image(positions_m: np.ndarray) -> np.ndarray:
    """The walk seen in a mirror, with its left and right named for the mirror's walker."""
    order = [SLOT_INDEX[mirrored(slot)] for slot in SLOTS]
    return positions_m[:, order] * np.array([1.0, -1.0, 1.0])


def recording(positions_m: np.ndarray, rate_hz: float = 100.0, origin: Origin = "virtual") -> Recording:
    """A recording whose labels are the slot names, of the slots that are ever seen."""
    seen = [i for i in range(len(SLOTS)) if not np.isnan(positions_m[:, i, 0]).all()]
    return Recording(
        recording_id="0" * 64,
        origin=origin,
        source_name="walk.c3d",
        subject="",
        rate_hz=rate_hz,
        first_file_frame=1,
        marker_labels=tuple(SLOTS[i] for i in seen),
        positions_m=positions_m[:, seen].copy(),
    )
