"""Inverse dynamics of the legs: internal moments and powers at ankle, knee and hip from force plates and the model."""

from ltme_clinic.gait.kinetics.joint_moments import FRAME, KineticsFilter, joint_kinetics

__all__ = ["FRAME", "KineticsFilter", "joint_kinetics"]
