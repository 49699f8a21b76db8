"""How people differ: a person's own way of walking, preferred speed, and the usual height and weight by age."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ltme_clinic.norms.bodies import body_size
from ltme_clinic.norms.table_files import column, read_arrays
from ltme_clinic.norms.walking import dimensionless_speed

FREE_SPEED = 0.43
FREE_SPEED_SD = 0.03
"""Dimensionless self-selected speed of typically developing children (Schwartz 2008)."""


@dataclass(frozen=True)
class PairModel:
    """Principal components of both legs' curves together (83 people and their mirror images).

    Left and right belong together: pelvic tilt correlates .99 between the sides, hip flexion .92, hip rotation .42.
    """

    mean_deg: np.ndarray  # (2, 9, 51) left then right
    components: np.ndarray  # (component, 2, 9, 51) orthonormal
    sd_deg: np.ndarray  # (component,)

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """One person's deviation from the mean, (2, 9, 51) degrees, session error included as published."""
        return np.tensordot(rng.standard_normal(len(self.sd_deg)) * self.sd_deg, self.components, axes=1)


@cache
def pair_model() -> PairModel:
    """The between-person model computed from the Gait Deviation Index controls."""
    return PairModel(**read_arrays("control_pairs_pca"))


@dataclass(frozen=True)
class Build:
    """Mean and SD of body size at one age and sex."""

    height_m: float
    height_sd_m: float
    bmi: float
    bmi_sd: float


def body_build(age_y: float, sex: str) -> Build:
    """Height and body mass index by age (held within 6 to 86 years) and sex ("female" or "male").

    Medians; an SD is half the way between the values one SD below and above. `bodies.sample_body` draws people.
    """
    (short_m, thin), (height_m, bmi), (tall_m, heavy) = (body_size(age_y, sex, z, z) for z in (-1.0, 0.0, 1.0))
    return Build(height_m, (tall_m - short_m) / 2.0, bmi, (heavy - thin) / 2.0)


def preferred_speed(age_y: float, leg_length_m: float) -> tuple[float, float]:
    """Mean and SD of the dimensionless self-selected speed; children by Schwartz 2008, adults by their decade."""
    if age_y < 18:
        return FREE_SPEED, FREE_SPEED_SD
    middles = column("adult_speed", "age_from_y") + 5.0
    mean_m_s = float(np.interp(age_y, middles, column("adult_speed", "speed_m_s")))
    sd_m_s = float(np.interp(age_y, middles, column("adult_speed", "speed_sd_m_s")))
    return dimensionless_speed(mean_m_s, leg_length_m), dimensionless_speed(sd_m_s, leg_length_m)
