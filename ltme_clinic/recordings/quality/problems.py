"""What a quality check finds: one fault, the markers it concerns, when, how serious, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ltme_clinic.errors import one_line

ProblemKind = Literal[
    "gap",
    "never_seen",
    "ghost",
    "jump",
    "swap",
    "segment_length",
    "frozen",
    "unit",
    "marker_unit",
    "marker_axis",
    "far_marker",
    "axis",
    "left_right",
    "front_back",
    "asymmetry",
    "event_outside",
    "event_order",
    "unchecked",
]
Severity = Literal["note", "warning", "serious"]

PROBLEM_KINDS: tuple[ProblemKind, ...] = get_args(ProblemKind)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True)
class QualityProblem:
    """One fault of a recording.

    A note is worth knowing; a warning may change results; with a serious fault the markers named are not to be used
    as they are.
    """

    kind: ProblemKind
    markers: tuple[str, ...]
    """Labels as the file writes them; empty where it is about the whole recording."""
    start_s: float
    end_s: float
    """Half-open, from the recording's first frame."""
    severity: Severity
    sentence: str
    """One line with the numbers."""
    cure: str

    def __post_init__(self) -> None:
        sentence = self.sentence.strip() if self.sentence.isprintable() else one_line(self.sentence)
        object.__setattr__(self, "sentence", sentence)


def worst_first(problems: Iterable[QualityProblem]) -> tuple[QualityProblem, ...]:
    """Serious before warnings before notes, each in order of time."""
    return tuple(
        sorted(problems, key=lambda p: (-SEVERITIES.index(p.severity), p.start_s, p.kind, p.markers)),
    )


def named(labels: Sequence[str], most: int = 4) -> str:
    """Labels in one phrase: "LKNE, LANK and 3 more"."""
    shown = ", ".join(labels[:most])
    return shown if len(labels) <= most else f"{shown} and {len(labels) - most} more"


def stretch(start_s: float, end_s: float) -> str:
    """A time interval in words: "at 1.20 s" or "from 1.20 to 1.50 s"."""
    return f"at {start_s:.2f} s" if end_s - start_s < 0.02 else f"from {start_s:.2f} to {end_s:.2f} s"
