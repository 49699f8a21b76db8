"""Values of steps and strides to figures: mean, spread and n of each side and of both, made dimensionless after Hof."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.standing_feet import LEFT, RIGHT
from ltme_clinic.norms.walking import GRAVITY_M_S2
from ltme_clinic.types import GaitFigure, Refusal, Side


@dataclass(frozen=True)
class SpatiotemporalResult:
    """What a walk's cycles say in numbers, and what they do not."""

    figures: tuple[GaitFigure, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def figure(self, name: str, side: Side | None = None) -> GaitFigure | None:
        """One figure by its name; None where there is none."""
        return next((f for f in self.figures if f.name == name and f.side == side), None)


@dataclass(frozen=True)
class Measure:
    """One quantity as measured in each step or stride, before it becomes figures."""

    name: str
    unit: str
    values: np.ndarray  # (step or stride,), NaN where it could not be measured
    side: np.ndarray  # (step or stride,) LEFT or RIGHT
    note: str = ""
    missing: str = ""
    """Why there would be no value: the reason of the refusal."""
    sided: bool = True
    """Whether it belongs to a foot; what does not (cadence, speed) is given for both from one side as well."""
    mean: Callable[[np.ndarray], float] = field(default=lambda values: float(np.mean(values)))

    def of(self, side: int) -> np.ndarray:
        """The measured values of one side."""
        own = self.values[self.side == side]
        return own[np.isfinite(own)]


def harmonic_mean(values: np.ndarray) -> float:
    """Of rates: strides by the time that they took together."""
    return float(len(values) / np.sum(1.0 / values))


def normalised(value: float, unit: str, leg_length_m: float | None) -> float | None:
    """A figure made dimensionless by leg length and gravity (Hof 1996, Gait Posture 4:222).

    Lengths by l, times by sqrt(l/g), speeds by sqrt(g l), step frequencies (per second) by sqrt(g/l). None without a
    leg length and for percentages.
    """
    if leg_length_m is None:
        return None
    second_s = float(np.sqrt(leg_length_m / GRAVITY_M_S2))
    one = {"m": leg_length_m, "s": second_s, "m/s": leg_length_m / second_s, "steps/min": 60.0 / second_s}
    return value / one[unit] if unit in one else None


def figures_of(measure: Measure, leg_length_m: float | None) -> list[GaitFigure]:
    """Left, right and both. Both is the mean of the two sides' means, so that neither counts more for having more
    strides; its SD is that within the sides, sqrt((left^2 + right^2) / 2), without the difference between them."""
    by_side = [measure.of(side) for side in (LEFT, RIGHT)]
    found = []
    for name, values in zip(SIDES, by_side, strict=True):
        side: Side = "left" if name == "left" else "right"
        if len(values):
            mean = measure.mean(values)
            found.append(_figure(measure, mean, spread(values), len(values), leg_length_m, side))
    known = [values for values in by_side if len(values)]
    if len(known) == 2 or (known and not measure.sided):
        mean = measure.mean(np.array([measure.mean(values) for values in known]))
        found.append(_figure(measure, mean, pooled_spread(known), sum(map(len, known)), leg_length_m, None))
    return found


def spread(values: np.ndarray) -> float | None:
    """Standard deviation between values; None under two."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def pooled_spread(by_side: list[np.ndarray]) -> float | None:
    """sqrt of the mean of the sides' variances; None where a side has under two values."""
    spreads = [spread(values) for values in by_side]
    if any(sd is None for sd in spreads):
        return None
    return float(np.sqrt(np.mean([sd**2 for sd in spreads if sd is not None])))


def _figure(
    measure: Measure, value: float, sd: float | None, n: int, leg_length_m: float | None, side: Side | None
) -> GaitFigure:
    return GaitFigure(
        name=measure.name,
        unit=measure.unit,
        value=value,
        side=side,
        n=n,
        sd=sd,
        normalised=normalised(value, measure.unit, leg_length_m),
        note=measure.note,
    )


def refusals_of(measures: Sequence[Measure]) -> list[Refusal]:
    """One refusal for each measure without any value, and one for each side that lacks some that the other has."""
    refused = [
        Refusal(measure.name, measure.missing or "no counted cycle carries it")
        for measure in measures
        if not len(measure.of(LEFT)) + len(measure.of(RIGHT))
    ]
    for side, other in ((LEFT, RIGHT), (RIGHT, LEFT)):
        lacking = [m.name for m in measures if m.sided and len(m.of(other)) and not len(m.of(side))]
        if lacking:
            why = f"no cycle of the {SIDES[side]} foot counts: what is of a cycle is not given for it, nor for both"
            refused.append(Refusal(f"{SIDES[side]}_side", f"{why} ({', '.join(lacking)})"))
    return refused


def noted(figures: list[GaitFigure], note: str) -> list[GaitFigure]:
    """The same figures, each with a further note."""
    if not note:
        return figures
    return [replace(figure, note=f"{note}; {figure.note}" if figure.note else note) for figure in figures]


def by_name(measures: list[Measure]) -> Mapping[str, Measure]:
    """The measures by their names."""
    return {measure.name: measure for measure in measures}
