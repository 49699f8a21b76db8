"""Published tables with their sources: how people walk, how they differ, what measurement can resolve."""

from ltme_clinic.norms.measurement import MeasurementError, measurement_error, measurement_errors
from ltme_clinic.norms.people import PairModel, body_build, pair_model, preferred_speed
from ltme_clinic.norms.table_files import source_of
from ltme_clinic.norms.walking import (
    cadence_steps_min,
    dimensionless_speed,
    foot_off_pct,
    speed_m_s,
    step_length_m,
    trunk_curves,
    walking_curves,
)

__all__ = [
    "MeasurementError",
    "PairModel",
    "body_build",
    "cadence_steps_min",
    "dimensionless_speed",
    "foot_off_pct",
    "measurement_error",
    "measurement_errors",
    "pair_model",
    "preferred_speed",
    "source_of",
    "speed_m_s",
    "step_length_m",
    "trunk_curves",
    "walking_curves",
]
