"""A virtual walk whose joints are bent after it was walked: nothing else changes, and the feet no longer stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics import BodyMotion, forward_kinematics
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.types import LtmeError, Recording
from ltme_clinic.virtual_lab import CameraSystem, VirtualPatient
from ltme_clinic.virtual_lab.markers import measured_positions
from ltme_clinic.virtual_lab.simulate import VirtualWalk

SAME_M = 1e-6
"""A posed body is the walked one to less than this."""


def bent_recording(
    patient: VirtualPatient, walk: VirtualWalk, marker_set: str, added_deg: Mapping[str, np.ndarray]
) -> Recording:
    """The walk's recording with its markers where they would be, had joints been bent so; without events.

    Parameters
    ----------
    marker_set : that the walk was recorded with, from the laboratory's usual cameras at visit 0
    added_deg : angles (frame,) by their names in `forward_kinematics`, degrees on top of what was walked
    """
    straight, angles_deg = walk.motion.joint_centres_m, walk.motion.angles_deg
    root_m, heading_rad = straight["pelvis"], _heading_rad(patient, walk)
    before = forward_kinematics(patient.skeleton, angles_deg, root_m, heading_rad)
    if max(np.abs(before.joint_centres[name] - straight[name]).max() for name in straight) > SAME_M:
        raise LtmeError(patient.name, "its walk can't be posed from its angles")
    bent_deg = angles_deg | {name: angles_deg[name] + added for name, added in added_deg.items()}
    after = forward_kinematics(patient.skeleton, bent_deg, root_m, heading_rad)

    def seen(motion: BodyMotion, angles: Mapping[str, np.ndarray]) -> np.ndarray:
        positions_m = measured_positions(patient, 0, motion, angles, CameraSystem())
        return positions_m[:, [SLOT_INDEX[slot] for slot in marker_sets()[marker_set].slots]]

    moved_m = seen(after, bent_deg) - seen(before, angles_deg)
    positions_m = walk.recording.positions_m.copy()
    positions_m[:, : moved_m.shape[1]] += moved_m  # then come the few of trunk and arms that stand for no slot
    return replace(walk.recording, positions_m=positions_m, events=())


def _heading_rad(patient: VirtualPatient, walk: VirtualWalk) -> float:
    """Which way it goes: what turns the hips as posed at heading 0 onto those that walked."""
    posed = forward_kinematics(patient.skeleton, walk.motion.angles_deg).joint_centres
    across = [c["left_hip"] - c["right_hip"] for c in (posed, walk.motion.joint_centres_m)]
    angles = [np.arctan2(axis[:, 1], axis[:, 0]) for axis in across]
    return float(np.angle(np.exp(1j * (angles[1] - angles[0])).mean()))
