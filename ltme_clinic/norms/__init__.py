"""Published tables with their sources: how people walk, how they differ, what measurement can resolve; own controls."""

from ltme_clinic.norms.bands import (
    BAND_ANGLES,
    BAND_GROUND_REACTIONS,
    BAND_MOMENTS,
    BAND_MUSCLES,
    BAND_POWERS,
    angle_band,
    emg_band,
    ground_reaction_band,
    moment_band,
    power_band,
    published_trunk_band,
    speed_shift_deg,
)
from ltme_clinic.norms.bodies import BodyShape, body_proportions, sample_body
from ltme_clinic.norms.controls import ReferenceControls, published_controls
from ltme_clinic.norms.deviation_scores import (
    GdiScale,
    overall_profile_score,
    side_profile_score,
    variable_scores,
)
from ltme_clinic.norms.measurement import MeasurementError, measurement_error, measurement_errors
from ltme_clinic.norms.own_controls import ControlPerson, build_controls, load_controls, save_controls
from ltme_clinic.norms.parameters import (
    PublishedFigure,
    adult_figure,
    adult_measures,
    child_parameter,
    child_parameters,
)
from ltme_clinic.norms.people import PairModel, body_build, pair_model, preferred_speed
from ltme_clinic.norms.speed_matching import speed_limits
from ltme_clinic.norms.table_files import source_of
from ltme_clinic.norms.walking import (
    GRAVITY_M_S2,
    cadence_steps_min,
    dimensionless_speed,
    foot_off_pct,
    ground_reaction_curves,
    speed_m_s,
    step_length_m,
    unloaded_pct,
    walking_curves,
)

__all__ = [
    "BAND_ANGLES",
    "BAND_GROUND_REACTIONS",
    "BAND_MOMENTS",
    "BAND_MUSCLES",
    "BAND_POWERS",
    "GRAVITY_M_S2",
    "BodyShape",
    "ControlPerson",
    "GdiScale",
    "MeasurementError",
    "PairModel",
    "PublishedFigure",
    "ReferenceControls",
    "adult_figure",
    "adult_measures",
    "angle_band",
    "body_build",
    "body_proportions",
    "build_controls",
    "cadence_steps_min",
    "child_parameter",
    "child_parameters",
    "dimensionless_speed",
    "emg_band",
    "foot_off_pct",
    "ground_reaction_band",
    "ground_reaction_curves",
    "load_controls",
    "measurement_error",
    "measurement_errors",
    "moment_band",
    "overall_profile_score",
    "pair_model",
    "power_band",
    "preferred_speed",
    "published_controls",
    "published_trunk_band",
    "sample_body",
    "save_controls",
    "side_profile_score",
    "source_of",
    "speed_limits",
    "speed_m_s",
    "speed_shift_deg",
    "step_length_m",
    "unloaded_pct",
    "variable_scores",
    "walking_curves",
]
