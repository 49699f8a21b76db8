"""Newton and Euler from the foot upwards: what each joint must have done for the leg to move as it did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.gait.kinetics.inertia import SegmentInertia
from ltme_clinic.gait.kinetics.segment_motion import SegmentMotion
from ltme_clinic.gait.plates.loads import STANDARD_GRAVITY_M_S2

GRAVITY = np.array([0.0, 0.0, -STANDARD_GRAVITY_M_S2])


@dataclass(frozen=True)
class Wrench:
    """Force, and moment about the laboratory's origin; each (frame, 3)."""

    force_n: np.ndarray
    moment_nm: np.ndarray

    def __add__(self, other: Wrench) -> Wrench:
        return Wrench(self.force_n + other.force_n, self.moment_nm + other.moment_nm)

    def __sub__(self, other: Wrench) -> Wrench:
        return Wrench(self.force_n - other.force_n, self.moment_nm - other.moment_nm)

    def moment_about(self, point_m: np.ndarray) -> np.ndarray:
        """Moment about a point (frame, 3): (frame, 3)."""
        return self.moment_nm - np.cross(point_m, self.force_n)


def needed_wrench(motion: SegmentMotion, inertia: SegmentInertia, mass_kg: float, length_m: float) -> Wrench:
    """What all that touches a segment must do together, gravity aside, for it to move as it does.

    Parameters
    ----------
    mass_kg : of the whole body
    length_m : that `inertia` takes shares of
    """
    segment_kg = inertia.mass_share * mass_kg
    force_n = segment_kg * (motion.acceleration_m_s2 - GRAVITY)
    tensor = segment_kg * (length_m * np.array(inertia.radius_shares)) ** 2  # about the segment's own axes
    spin, spin_up = (
        np.einsum("fji,fj->fi", motion.axes, rate) for rate in (motion.velocity_rad_s, motion.acceleration_rad_s2)
    )
    own_nm = tensor * spin_up + np.cross(spin, tensor * spin)
    return Wrench(force_n, np.cross(motion.centre_m, force_n) + np.einsum("fij,fj->fi", motion.axes, own_nm))


def joint_moment_nm(below: Wrench, ground: Wrench, joint_m: np.ndarray) -> np.ndarray:
    """Moment at a joint on the segment below it, in the laboratory: (frame, 3) Nm.

    Parameters
    ----------
    below : what all the segments below the joint need together
    ground : the ground's reaction on the foot
    """
    return (below - ground).moment_about(joint_m)
