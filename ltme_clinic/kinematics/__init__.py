"""Joint angles and segment lengths to a moving body, and the leg's way back. Pure numpy."""

from ltme_clinic.kinematics.body_mass import centre_of_mass
from ltme_clinic.kinematics.force_plates import plate_forces
from ltme_clinic.kinematics.forward import (
    ANGLE_KEYS,
    FOOT_POINTS,
    BodyMotion,
    forward_kinematics,
    landmarks,
)
from ltme_clinic.kinematics.inverse import keep_feet, reach_ankle
from ltme_clinic.kinematics.planting import plant_feet
from ltme_clinic.kinematics.skeleton import SEGMENTS, Skeleton, landmark_placements

__all__ = [
    "ANGLE_KEYS",
    "FOOT_POINTS",
    "SEGMENTS",
    "BodyMotion",
    "Skeleton",
    "centre_of_mass",
    "forward_kinematics",
    "keep_feet",
    "landmark_placements",
    "landmarks",
    "plant_feet",
    "plate_forces",
    "reach_ankle",
]
