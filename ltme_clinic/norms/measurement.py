"""What measurement can resolve: published errors and important differences, each with its population and source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from ltme_clinic.norms.table_files import read_rows
from ltme_clinic.types import LtmeError

Figure = Literal["sem", "mdc95", "mcid"]


@dataclass(frozen=True)
class MeasurementError:
    """One published figure; `upper` is the far end where studies give a range."""

    metric: str
    unit: str
    population: str
    figure: str
    """sem, mdc95 or mcid."""
    value: float
    upper: float | None
    source: str

    @property
    def cautious(self) -> float:
        """The larger end: what a change must exceed when studies disagree."""
        return self.value if self.upper is None else self.upper


@cache
def measurement_errors() -> tuple[MeasurementError, ...]:
    """All published figures, in the table's order."""
    return tuple(
        MeasurementError(
            metric=row["metric"],
            unit=row["unit"],
            population=row["population"],
            figure=row["figure"],
            value=float(row["value"]),
            upper=float(row["upper"]) if row["upper"] else None,
            source=row["source"],
        )
        for row in read_rows("measurement_errors")
    )


def measurement_error(metric: str, figure: Figure, population: str) -> MeasurementError:
    """The figure of one metric in one population; the population's name may be its beginning ("stroke").

    Raises
    ------
    LtmeError
        When none is published in the table.
    """
    for row in measurement_errors():
        if row.metric == metric and row.figure == figure and row.population.startswith(population):
            return row
    known = sorted({row.population for row in measurement_errors() if row.metric == metric and row.figure == figure})
    raise LtmeError(
        metric, f"no {figure} is published for {population}", f"Known populations: {', '.join(known) or 'none'}"
    )
