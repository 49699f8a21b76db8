"""The body's true motion in a virtual walk, before any camera: the one place that knows where to get it."""

from __future__ import annotations

from dataclasses import dataclass

from ltme_clinic.types import GaitEvent, MotionTruth
from ltme_clinic.virtual_lab import PERFECT, VirtualPatient, simulate_walk


@dataclass(frozen=True, eq=False)
class TrueWalk:
    """A walk as it was."""

    motion: MotionTruth
    events: tuple[GaitEvent, ...]
    """As a force plate would find them, counted from the first frame."""
    rate_hz: float


def true_walk(
    patient: VirtualPatient, *, duration_s: float, rate_hz: float = 100.0, speed_m_s: float | None = None
) -> TrueWalk:
    """Walk a first trial of a first visit and keep what really happened."""
    walked = simulate_walk(patient, duration_s=duration_s, rate_hz=rate_hz, speed_m_s=speed_m_s, cameras=PERFECT)
    return TrueWalk(walked.motion, walked.truth.events, rate_hz)
