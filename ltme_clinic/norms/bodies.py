"""How people's bodies differ: height, weight and proportions drawn together, by age and sex."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ltme_clinic.norms.table_files import read_rows

GROWN_FROM_Y, GROWN_Y = 18.0, 25.0
"""Between these ages the children's charts pass over, evenly, into the adults' table."""
LIMIT_SD = 2.5
"""No part of a body is drawn further from its mean; body mass index within `BMI_LIMIT_SD`."""
BMI_LIMIT_SD = 2.0
"""Who walks in a laboratory as a healthy control is neither starved nor very obese."""
LEAST_MASS_KG = 13.0
CHILD_Y = 6.0
"""Youngest age of the tables; younger children are taken as 6."""


@dataclass(frozen=True)
class Growth:
    """Box-Cox power, median and coefficient of variation (Cole's LMS) of a measure at one age and sex."""

    power: float
    median: float
    variation: float

    def at(self, z: float) -> float:
        """The value `z` standard deviations from the median."""
        grown = 1.0 + self.power * self.variation * z
        return float(self.median * max(grown, 0.05) ** (1.0 / self.power))


@dataclass(frozen=True)
class BodyShape:
    """One person's size and proportions.

    `shares` are lengths as shares of the standing height: leg (anterior iliac spine to ankle), ankle_height, foot,
    upper_arm, forearm, shoulder_width and shoulder_height (joint centres), pelvis_width, pelvis_depth, knee_width,
    ankle_width, neck_height (seventh cervical vertebra); and thigh_to_shank, the ratio of these two.
    """

    height_m: float
    mass_kg: float
    shares: dict[str, float]


def sample_body(rng: np.random.Generator, age_y: float, sex: str) -> BodyShape:
    """Draw one body: height, body mass index and all proportions from their joint distribution.

    Children's height and body mass index follow the CDC 2000 charts with the correlation that their weight chart
    implies; adults' height, index and leg length Van Criekinge 2023. Proportions have the means and SD of
    `body_proportions.csv` and the correlations of `body_correlations.csv` (adults', used for children as well).

    Parameters
    ----------
    age_y
        6 to 90; held at 6 below.
    sex
        "female" or "male".
    """
    names, factor = _correlated()
    drawn = np.clip(factor @ rng.standard_normal(len(names)), -LIMIT_SD, LIMIT_SD)
    z = dict(zip(names, drawn.tolist(), strict=True))
    height_m, bmi = body_size(age_y, sex, z["height"], z["bmi"])
    shares = {name: mean * float(np.exp(sd * z[name])) for name, (mean, sd) in body_proportions(age_y, sex).items()}
    return BodyShape(height_m, max(bmi * height_m**2, LEAST_MASS_KG), shares)


def body_size(age_y: float, sex: str, height_z: float, bmi_z: float) -> tuple[float, float]:
    """Height (m) and body mass index of somebody so many SD from the mean of their age and sex.

    `bmi_z` is the part of the index that does not go with the height.
    """
    bmi_z = float(np.clip(bmi_z, -BMI_LIMIT_SD, BMI_LIMIT_SD))
    height, bmi, together = child_growth(age_y, sex)
    child_m, child_bmi = height.at(height_z), bmi.at(together * height_z + np.sqrt(1.0 - together**2) * bmi_z)
    adult = adult_size(age_y, sex)
    adult_m = adult["height_m"][0] + adult["height_m"][1] * height_z
    adult_bmi = float(np.exp(adult["log_bmi"][0] + adult["log_bmi"][1] * bmi_z))
    grown = grown_share(age_y)
    return (1.0 - grown) * child_m + grown * adult_m, (1.0 - grown) * child_bmi + grown * adult_bmi


def grown_share(age_y: float) -> float:
    """0 for children, 1 for adults, even in between."""
    return float(np.clip((age_y - GROWN_FROM_Y) / (GROWN_Y - GROWN_FROM_Y), 0.0, 1.0))


def child_growth(age_y: float, sex: str) -> tuple[Growth, Growth, float]:
    """Height (m) and body mass index at an age of 6 to 20 years (held beyond), and how they correlate."""
    rows = [row for row in read_rows("growth") if row["sex"] == sex]
    ages = [float(row["age_y"]) for row in rows]
    l_h, m_h, s_h, l_b, m_b, s_b, together = (
        float(np.interp(age_y, ages, [float(row[key]) for row in rows]))
        for key in ("height_l", "height_m", "height_s", "bmi_l", "bmi", "bmi_s", "height_bmi_r")
    )
    return Growth(l_h, m_h, s_h), Growth(l_b, m_b, s_b), together


def adult_size(age_y: float, sex: str) -> dict[str, tuple[float, float]]:
    """Mean and SD of height_m, log_bmi and leg_ratio at an adult age; the trend is held below 18 and above 86."""
    since_50_y = float(np.clip(age_y, GROWN_FROM_Y, 86.0)) - 50.0
    return {
        row["measure"]: (float(row["at_50_y"]) + float(row["per_year"]) * since_50_y, float(row["sd"]))
        for row in read_rows("adult_size")
        if row["sex"] == sex
    }


def body_proportions(age_y: float, sex: str) -> dict[str, tuple[float, float]]:
    """Mean share of the height of each part at an age, and its SD between people on the log scale."""
    leg_mean, leg_sd = adult_size(age_y, sex)["leg_ratio"]
    found = {}
    for row in read_rows("body_proportions"):
        growing = np.interp(age_y, [CHILD_Y, max(float(row["grown_y"]), CHILD_Y + 1e-6)], [float(row["at_6_y"]), 1.0])
        mean, sd = (leg_mean, leg_sd / leg_mean) if row["name"] == "leg" else (float(row[sex]), float(row["sd"]))
        found[row["name"]] = (float(mean * growing), sd)
    return found


@cache
def _correlated() -> tuple[tuple[str, ...], np.ndarray]:
    """Names in the correlation table's order, and the Cholesky factor that correlates independent draws."""
    rows = read_rows("body_correlations")
    names = tuple(row["name"] for row in rows)
    matrix = np.array([[float(row[name]) for name in names] for row in rows])
    factor = np.linalg.cholesky((matrix + matrix.T) / 2.0)
    factor.setflags(write=False)
    return names, factor
