"""Discrete figures with n: 47 of typically developing children at five speeds, a few of adults by decade and sex."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ltme_clinic.norms.speed_matching import match_speed, source_text
from ltme_clinic.norms.table_files import read_rows
from ltme_clinic.types import LtmeError

FEWEST_ADULTS = 5
"""A cell of the adults' table under this many people is no norm."""
_UNITS = {"nm_kg": "Nm/kg", "w_kg": "W/kg", "m_s": "m/s", "deg": "deg", "bw": "body weights"}


@dataclass(frozen=True)
class PublishedFigure:
    """One figure of a reference group: mean and SD between people, how many they are, and who."""

    name: str
    """With its unit last: "knee_flexion_max_swing_deg"."""
    unit: str
    """Empty for shares and dimensionless figures."""
    mean: float
    sd: float
    n: int
    source: str


def child_parameters() -> tuple[str, ...]:
    """Names of the 47 parameters of Schwartz 2008, in the supplement's order."""
    return tuple(_children())


def child_parameter(name: str, dimensionless_speed: float) -> PublishedFigure:
    """One discrete parameter of typically developing children, interpolated to a speed; n the smaller group's.

    The published SDs look like those of a child's two sides together and are smaller than those of single sides.

    Raises
    ------
    LtmeError
        For an unknown name, a speed outside the reference, or a figure that contradicts the same supplement's curves.
    """
    rows = _children().get(name)
    if rows is None:
        raise LtmeError(name, "is none of the published parameters", f"Known: {', '.join(_children())}")
    if rows[0]["doubt"]:
        raise LtmeError(name, f"the published figure is doubtful: {rows[0]['doubt']}", "Read the curve's band instead")
    match = match_speed(dimensionless_speed, name)
    mean, sd = (match.between(np.array([float(row[key]) for row in rows])) for key in ("mean", "sd"))
    n = match.fewest(np.array([int(row["n"]) for row in rows]))
    return PublishedFigure(name, _unit(name), float(mean), float(sd), n, source_text(match, n))


def adult_measures() -> tuple[str, ...]:
    """What is known of adults: speed and three sagittal ranges of motion."""
    return tuple(dict.fromkeys(row["measure"] for row in read_rows("adults_by_age")))


def adult_figure(measure: str, age_y: float, sex: str) -> PublishedFigure:
    """Mean and SD of one measure among able-bodied adults of the same decade and sex, at their own walking speed.

    Nothing here is matched to speed, and there are no curves: this is no adult reference for GDI, GPS or bands.

    Parameters
    ----------
    measure
        One of `adult_measures`.
    age_y
        20 to under 90.
    sex
        "female" or "male".

    Raises
    ------
    LtmeError
        For an unknown measure or sex, or an age without people in the table.
    """
    if measure not in adult_measures():
        raise LtmeError(measure, "has no published figure of adults", f"Known: {', '.join(adult_measures())}")
    for row in read_rows("adults_by_age"):
        first = int(row["age_from_y"])
        if row["measure"] == measure and row["sex"] == sex and first <= age_y < first + 10:
            n = int(row["n"])
            if n >= FEWEST_ADULTS:
                source = f"{n} able-bodied {sex} adults of {first}-{first + 9} years (Van Criekinge 2023)"
                return PublishedFigure(measure, _unit(measure), float(row["mean"]), float(row["sd"]), n, source)
    raise LtmeError(
        measure, f"no adults of {age_y:g} years and sex '{sex}' are in the table", "It covers 20 to 89, female and male"
    )


def _unit(name: str) -> str:
    return next((unit for ending, unit in _UNITS.items() if name.endswith(f"_{ending}")), "")


@cache
def _children() -> dict[str, list[dict[str, str]]]:
    """Parameter -> its five rows, slowest group first."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in read_rows("schwartz2008_parameters"):
        found.setdefault(row["parameter"], []).append(row)
    return found
