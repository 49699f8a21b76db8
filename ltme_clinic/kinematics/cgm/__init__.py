"""The Conventional Gait Model, compatible with Plug-in Gait: markers and body measures to joint angles. Pure numpy."""

from ltme_clinic.kinematics.cgm.disagreements import static_disagreements
from ltme_clinic.kinematics.cgm.model import model_angles
from ltme_clinic.kinematics.cgm.settings import ModelSettings
from ltme_clinic.kinematics.cgm.static import StaticCalibration, calibrate_static

__all__ = ["ModelSettings", "StaticCalibration", "calibrate_static", "model_angles", "static_disagreements"]
