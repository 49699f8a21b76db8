"""What is known for certain about an exercise that a virtual patient did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ltme_clinic.types.recording import Side


@dataclass(frozen=True)
class ExerciseRepetition:
    """One repetition: seconds from the recording's first frame."""

    start_s: float
    stop_s: float
    side: Side | None
    """Which side moved; None where both did the same."""
    range_deg: tuple[float, float]
    """The exercise's own range that left and right reached; NaN for a side that did not move, and for both where
    furniture sets how far the movement goes."""
    phases: tuple[tuple[str, float], ...]
    """Name and start of every phase, seconds, in order; each lasts until the next begins, the last until `stop_s`."""

    @property
    def duration_s(self) -> float:
        return self.stop_s - self.start_s


@dataclass(frozen=True)
class ExerciseTruth:
    """Truth beside a virtual recording of an exercise; the body's motion itself is a `MotionTruth`."""

    patient: str
    visit: int
    exercise: str
    version: int
    params: Mapping[str, float | int | str]
    """Every parameter of the description: what was asked."""
    range_parameter: str
    """Which of them asks for a range of motion; empty where furniture sets it."""
    faults: Mapping[str, float]
    """Fault -> severity, 0 none to 1; those that were left at 0 are named too."""
    fatigue: float
    """0 fresh to the end, 1 full."""
    weaker_side: Side
    """Whose range an uneven execution takes; where both sides do the same, the other carries more."""
    own_tempo: float
    """The person's own duration of a repetition against the asked one."""
    repetitions: tuple[ExerciseRepetition, ...]
    contact: str
    """What carried the body: `both_feet`, `seat`, `back` ..., as the description says."""
    height_m: float
    leg_length_m: float
