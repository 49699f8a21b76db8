"""A measured figure beside its bar, with an interval over people: what every part of the study gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ltme_clinic.statistics import bootstrap_interval

DRAWS = 500
"""Resamples of whole people behind an interval."""
SEED = 20


@dataclass(frozen=True)
class Figure:
    """One number of the study."""

    name: str
    value: float
    unit: str
    n: int
    """Of people (of walks or files, where the name says so)."""
    low: float = float("nan")
    """95 % interval from drawing whole people with replacement; NaN where people are not what varies."""
    high: float = float("nan")
    bar: tuple[float | None, float | None] | None = None
    """Lowest and highest value that passes, both included; None at an end: open; None altogether: no bar was set."""
    note: str = ""

    @property
    def verdict(self) -> str:
        """ "pass", "MISS", or "-" without a bar; a value that can't be given misses its bar."""
        if self.bar is None:
            return "-"
        lowest, highest = self.bar
        inside = (lowest is None or self.value >= lowest) and (highest is None or self.value <= highest)
        return "pass" if inside else "MISS"

    @property
    def bar_words(self) -> str:
        """ "at most 2", "0.47 to 0.53", "-"."""
        if self.bar is None:
            return "-"
        lowest, highest = self.bar
        if lowest is None:
            return f"at most {highest:g}"
        return f"at least {lowest:g}" if highest is None else f"{lowest:g} to {highest:g}"


@dataclass(frozen=True)
class PartResult:
    """What one part of the study found."""

    title: str
    figures: list[Figure]
    detail: dict[str, Any] = field(default_factory=dict)
    """Whatever its picture needs, as JSON can hold it."""
    remarks: list[str] = field(default_factory=list)
    """What was refused, left out, or must be known to read the figures."""

    def as_dict(self) -> dict[str, Any]:
        """As the results file keeps it, bars and verdicts in words too."""
        rows = [asdict(figure) | {"bar": figure.bar_words, "verdict": figure.verdict} for figure in self.figures]
        return {"title": self.title, "figures": rows, "remarks": self.remarks, "detail": self.detail}


def over_people(
    name: str,
    values: np.ndarray,
    statistic: Callable[[np.ndarray], float],
    unit: str,
    *,
    bar: tuple[float | None, float | None] | None = None,
    note: str = "",
) -> Figure:
    """A statistic of (people, ...) values with its interval; NaN without anybody, no interval of one person."""
    n = len(values)
    if not n:
        return Figure(name, float("nan"), unit, 0, bar=bar, note=note)
    low, high = bootstrap_interval(values, statistic, seed=SEED, draws=DRAWS) if n > 1 else (float("nan"),) * 2
    return Figure(name, float(statistic(values)), unit, n, low, high, bar, note)
