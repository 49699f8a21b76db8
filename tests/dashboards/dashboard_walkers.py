"""A pencil-and-paper walker for the pages' tests: a clip whose every joint follows a sine, at a speed known exactly."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.types import CLIP_RATE_HZ, MotionClip, Origin

LEG_M = 0.84
HIP_HEIGHT_M = 0.88
HALF_WIDTH_M = {"asis": 0.13, "psis": 0.05, "hip": 0.09, "shoulder": 0.19, "elbow": 0.24, "wrist": 0.25}


def walking_clip(
    recording_id: str = "sine-walker",
    *,
    seconds: float = 4.0,
    speed_m_s: float = 1.2,
    cadence_hz: float = 0.9,
    knee_peak_deg: tuple[float, float] = (60.0, 60.0),
    turning_rad_s: float = 0.0,
    origin: Origin = "virtual",
) -> MotionClip:
    """A body walking along +x; `knee_peak_deg` is each knee's largest flexion, left then right."""
    frames = round(seconds * CLIP_RATE_HZ)
    cycle = 2 * np.pi * cadence_hz * np.arange(frames) / CLIP_RATE_HZ
    positions_m = np.full((frames, len(SLOTS), 3), np.nan)
    _trunk(positions_m, 0.02 * np.cos(2 * cycle))
    for side, sign, phase, peak in (("left", 1, 0.0, knee_peak_deg[0]), ("right", -1, np.pi, knee_peak_deg[1])):
        _arm(positions_m, side, sign, cycle + phase + np.pi)
        _leg(positions_m, side, sign, cycle + phase, np.radians(peak))
    valid = np.isfinite(positions_m).all(axis=-1)
    velocity_m_s = np.zeros((frames, 2), dtype=np.float32)
    velocity_m_s[:, 0] = speed_m_s
    return MotionClip(
        recording_id=recording_id,
        origin=origin,
        positions_m=positions_m.astype(np.float32),
        valid=valid,
        velocity_m_s=velocity_m_s,
        heading_rate_rad_s=np.full(frames, turning_rad_s, dtype=np.float32),
        start_m=np.zeros(2),
        start_heading_rad=0.0,
    )


def _put(positions_m: np.ndarray, slot: str, x: object, y: object, z: object) -> None:
    for axis, value in enumerate((x, y, z)):
        positions_m[:, SLOT_INDEX[slot], axis] = value


def _trunk(positions_m: np.ndarray, bounce_m: np.ndarray) -> None:
    for slot, x, z in (
        ("c7", -0.07, 1.48),
        ("t10", -0.09, 1.22),
        ("clavicle", 0.06, 1.42),
        ("sternum", 0.10, 1.26),
        ("sacrum", -0.10, 1.0),
    ):
        _put(positions_m, slot, x, 0.0, z + bounce_m)
    for side, sign in (("left", 1), ("right", -1)):
        _put(positions_m, f"{side}_head_front", 0.09, 0.07 * sign, 1.68 + bounce_m)
        _put(positions_m, f"{side}_head_back", -0.09, 0.07 * sign, 1.70 + bounce_m)
        _put(positions_m, f"{side}_asis", 0.09, HALF_WIDTH_M["asis"] * sign, 0.98 + bounce_m)
        _put(positions_m, f"{side}_psis", -0.09, HALF_WIDTH_M["psis"] * sign, 1.01 + bounce_m)
        _put(positions_m, f"{side}_shoulder", -0.02, HALF_WIDTH_M["shoulder"] * sign, 1.43 + bounce_m)


def _arm(positions_m: np.ndarray, side: str, sign: int, cycle: np.ndarray) -> None:
    swing = np.radians(18) * np.sin(cycle)
    elbow_x, elbow_z = -0.02 + 0.29 * np.sin(swing), 1.43 - 0.29 * np.cos(swing)
    bend = swing + np.radians(25)
    wrist_x, wrist_z = elbow_x + 0.25 * np.sin(bend), elbow_z - 0.25 * np.cos(bend)
    _put(positions_m, f"{side}_elbow", elbow_x, HALF_WIDTH_M["elbow"] * sign, elbow_z)
    _put(positions_m, f"{side}_wrist_thumb", wrist_x + 0.02, (HALF_WIDTH_M["wrist"] - 0.03) * sign, wrist_z)
    _put(positions_m, f"{side}_wrist_little", wrist_x - 0.02, (HALF_WIDTH_M["wrist"] + 0.03) * sign, wrist_z)
    _put(positions_m, f"{side}_finger", wrist_x + 0.04, HALF_WIDTH_M["wrist"] * sign, wrist_z - 0.09)


def _leg(positions_m: np.ndarray, side: str, sign: int, cycle: np.ndarray, peak_rad: float) -> None:
    """Thigh and shank as two pendulums; the foot stays level, so that every marker's place can be said in one line."""
    hip = np.radians(24) * np.sin(cycle) + np.radians(6)
    knee = np.radians(6) + (peak_rad - np.radians(6)) * np.clip(np.sin(cycle + np.radians(55)), 0, None) ** 2
    shank = hip - knee
    y = HALF_WIDTH_M["hip"] * sign
    knee_x, knee_z = LEG_M / 2 * np.sin(hip), HIP_HEIGHT_M - LEG_M / 2 * np.cos(hip)
    ankle_x, ankle_z = knee_x + LEG_M / 2 * np.sin(shank), knee_z - LEG_M / 2 * np.cos(shank)
    _put(positions_m, f"{side}_hip_centre", 0.0, y, HIP_HEIGHT_M)
    _put(positions_m, f"{side}_knee", knee_x, y + 0.05 * sign, knee_z)
    _put(positions_m, f"{side}_knee_centre", knee_x, y, knee_z)
    _put(positions_m, f"{side}_ankle", ankle_x, y + 0.04 * sign, ankle_z)
    _put(positions_m, f"{side}_ankle_centre", ankle_x, y, ankle_z)
    _put(positions_m, f"{side}_heel", ankle_x - 0.06, y, ankle_z - 0.05)
    _put(positions_m, f"{side}_toe", ankle_x + 0.15, y, ankle_z - 0.05)
