"""Bending a joint in the markers of a walk: everything beyond it turns about a horizontal axis of the heading frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.embedding.prepare import prepare
from ltme_clinic.embedding.reader import load_reader
from ltme_clinic.kinematics import Skeleton
from ltme_clinic.kinematics.skeleton import landmark_placements
from ltme_clinic.types import LtmeError, MotionClip

DEGREES = (0.0, 5.0, 10.0, 20.0)
UPPER = ("trunk", "head", "upper_arm", "forearm", "hand")
LEFTWARD, FORWARD = 1, 0
"""Axes that joints turn about: across the body, and along the way."""


@dataclass(frozen=True)
class Edit:
    """One way of bending a walk."""

    name: str
    done: Callable[[MotionClip, np.ndarray, str, float], np.ndarray]
    """Clip, phase (frame,) of the left leg's cycle, side, degrees -> positions (frame, slot, 3)."""


def edits() -> tuple[Edit, ...]:
    """In the order of the table."""
    return (
        Edit("knee bent less in swing", _stiff_knee),
        Edit("foot down", _foot_down),
        Edit("crouch", _crouch),
        Edit("leg out in swing", _leg_out),
        Edit("trunk over one leg", _trunk_lean),
    )


def edited(clip: MotionClip, edit: Edit, side: str, degrees: float) -> MotionClip:
    """The clip with the joint bent; what is hidden stays hidden. A clip without steps is refused."""
    rhythm = prepare(clip, load_reader().skeleton).rhythm  # with hidden ankles filled
    if not rhythm.found:
        raise LtmeError(f"clip {clip.recording_id[:12]}", "it has no steps", "Choose a walk")
    phase_pct = rhythm.phase_rad / (2.0 * np.pi) * 100.0
    positions_m = edit.done(clip, phase_pct, side, degrees)
    return replace(clip, positions_m=positions_m.astype(np.float32))


def _stiff_knee(clip: MotionClip, phase_pct: np.ndarray, side: str, degrees: float) -> np.ndarray:
    angle = -degrees * _around(_of_side(phase_pct, side), 70.0, 8.0)
    return _turned(clip.positions_m, _beyond(side, ("shank", "foot")), f"{side}_knee_centre", LEFTWARD, angle)


def _foot_down(clip: MotionClip, phase_pct: np.ndarray, side: str, degrees: float) -> np.ndarray:
    angle = np.full(clip.frames, degrees)
    return _turned(clip.positions_m, _beyond(side, ("foot",)), f"{side}_ankle_centre", LEFTWARD, angle)


def _crouch(clip: MotionClip, phase_pct: np.ndarray, side: str, degrees: float) -> np.ndarray:
    positions_m, angle = clip.positions_m, np.full(clip.frames, degrees)
    for each in SIDES:
        leg = _beyond(each, ("thigh", "shank", "foot"))
        positions_m = _turned(positions_m, leg, f"{each}_hip_centre", LEFTWARD, -0.5 * angle)
        positions_m = _turned(positions_m, _beyond(each, ("shank", "foot")), f"{each}_knee_centre", LEFTWARD, angle)
        positions_m = _turned(positions_m, _beyond(each, ("foot",)), f"{each}_ankle_centre", LEFTWARD, -0.5 * angle)
    return positions_m


def _leg_out(clip: MotionClip, phase_pct: np.ndarray, side: str, degrees: float) -> np.ndarray:
    outward = 1.0 if side == "left" else -1.0
    angle = outward * degrees * _around(_of_side(phase_pct, side), 75.0, 10.0)
    leg = _beyond(side, ("thigh", "shank", "foot"))
    return _turned(clip.positions_m, leg, f"{side}_hip_centre", FORWARD, angle)


def _trunk_lean(clip: MotionClip, phase_pct: np.ndarray, side: str, degrees: float) -> np.ndarray:
    outward = -1.0 if side == "left" else 1.0  # a turn about the way lowers the right
    angle = outward * degrees * _around(_of_side(phase_pct, side), 25.0, 12.0)
    upper = [place for each in SIDES for place in _beyond(each, UPPER)] + _beyond("", UPPER)
    hips = [SLOT_INDEX[f"{each}_hip_centre"] for each in SIDES]
    return _turned(clip.positions_m, upper, hips, FORWARD, angle)


def _of_side(phase_pct: np.ndarray, side: str) -> np.ndarray:
    return phase_pct if side == "left" else phase_pct + 50.0


def _around(phase_pct: np.ndarray, middle_pct: float, sd_pct: float) -> np.ndarray:
    """One at a percentage of the cycle, falling off to both sides."""
    away = (phase_pct - middle_pct + 50.0) % 100.0 - 50.0
    return np.asarray(np.exp(-0.5 * (away / sd_pct) ** 2))


def _beyond(side: str, segments: Sequence[str]) -> list[int]:
    """Slots that some segments carry; of the middle where no side is named."""
    carried = landmark_placements(Skeleton.from_height(1.7))[0]
    wanted = {f"{side}_{name}" for name in segments} | set(segments)
    return [k for k, segment in enumerate(carried) if segment in wanted and _side_of(SLOTS[k]) == side]


def _side_of(slot: str) -> str:
    return next((side for side in SIDES if slot.startswith(f"{side}_")), "")


def _turned(
    positions_m: np.ndarray, slots: Sequence[int], about: str | Sequence[int], axis: int, degrees: np.ndarray
) -> np.ndarray:
    """Slots turned about a point, by an angle in each frame."""
    places = [SLOT_INDEX[about]] if isinstance(about, str) else list(about)
    centre_m = positions_m[:, places].mean(axis=1, keepdims=True)
    angle = np.radians(degrees)[:, None]
    moved = positions_m.astype(float).copy()
    first, second = ((2, 0), (1, 2))[axis == FORWARD]  # right-handed turns: z to x about y, y to z about x
    away_m = moved[:, slots] - centre_m
    u, v = away_m[..., first].copy(), away_m[..., second].copy()
    away_m[..., first] = u * np.cos(angle) - v * np.sin(angle)
    away_m[..., second] = u * np.sin(angle) + v * np.cos(angle)
    moved[:, slots] = centre_m + away_m
    return moved
