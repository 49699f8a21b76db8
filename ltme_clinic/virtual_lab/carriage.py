"""How a pelvis is carried: what a set of leg curves means for stride length, step width and the pelvis's sway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.kinematics import Skeleton, forward_kinematics
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.virtual_lab.footfalls import carrying, rolled_ankle_m, settled
from ltme_clinic.virtual_lab.rhythm import Rhythm, phase_basis, warp_to_norm

_GRID = 60
_HARMONICS = 4
FORWARD_SWAY_SHARE, LATERAL_SWAY_SHARE = 0.022, 0.045
"""Largest sway from end to end, as a share of the height (the centre of mass: about 2 and 4 cm in adults)."""


@dataclass(frozen=True, eq=False)
class Carriage:
    """One mean cycle of a pelvis carried by its standing legs."""

    sway: np.ndarray
    """(1 + 2 harmonics, 3): the pelvis about its steady advance, heading frame; z above the floor."""
    stride_m: float
    """How far the legs carry the pelvis in a cycle, by their own geometry."""
    width_m: float
    """Between the left and the right footprint."""
    turn_deg: float
    """How far both legs would have to turn forward at the hip for leading and trailing foot to meet the same floor."""

    def sway_at(self, phase: np.ndarray) -> np.ndarray:
        """(frame, 3) metres at the left side's phase."""
        return phase_basis(phase, _HARMONICS) @ self.sway


def carry(skeleton: Skeleton, legs: np.ndarray, stance: tuple[float, float], norm_stance: float) -> Carriage:
    """Work out how the legs carry the pelvis, from soles that roll over the floor without slipping.

    Parameters
    ----------
    legs
        (2, 9, coefficient) Fourier coefficients of both sides' curves.
    """
    grid = np.arange(_GRID) / _GRID
    cycle = Rhythm(grid, np.stack([grid, grid + 0.5]), stance)
    angles = leg_angles(legs, norm_stance, cycle)
    motion = forward_kinematics(skeleton, named_angles(angles))
    below_m, carried = [], []
    for side, name in enumerate(SIDES):
        pitch = settled(np.arcsin(motion.rotations[f"{name}_foot"][:, 2, 0]))
        yaw = -SIDE_SIGN[name] * np.radians(angles[8 + 6 * side])
        weight = carrying(cycle.share(side), stance[side])
        flat = np.full(_GRID, float((yaw * weight).sum() / weight.sum()))
        below_m.append(motion.joint_centres[f"{name}_ankle"] - rolled_ankle_m(skeleton, pitch, yaw, flat))
        carried.append(weight)
    sole_m, share = np.stack(below_m), np.stack(carried) / np.sum(carried, axis=0)  # (2, grid, 3), (2, grid)
    step_m = -((np.roll(sole_m, -1, axis=1) - sole_m) * share[..., None]).sum(axis=0)
    stride_m = float(step_m[:, 0].sum())
    step_m -= step_m.mean(axis=0)
    sway_m = np.cumsum(step_m, axis=0) - step_m
    sway_m[:, :2] -= sway_m[:, :2].mean(axis=0)
    sway_m[:, 2] = -(sole_m[..., 2] * share).sum(axis=0)
    # a pelvis sways a few centimetres; what legs of unlike geometry ask beyond that, their joints take up
    largest_m = np.array([FORWARD_SWAY_SHARE, LATERAL_SWAY_SHARE]) * skeleton.height_m
    sway_m[:, :2] *= np.minimum(1.0, largest_m / np.ptp(sway_m[:, :2], axis=0))
    lateral_m = (sole_m[..., 1] + sway_m[:, 1]) * carried
    left_m, right_m = lateral_m.sum(axis=1) / np.sum(carried, axis=1)
    spectrum = np.fft.rfft(sway_m, axis=0) / _GRID
    kept = spectrum[1 : _HARMONICS + 1]
    sway = np.concatenate([spectrum[:1].real, 2 * kept.real, -2 * kept.imag])
    return Carriage(sway, stride_m, float(left_m - right_m), _meeting_turn_deg(sole_m, np.stack(carried)))


def _meeting_turn_deg(sole_m: np.ndarray, carried: np.ndarray) -> float:
    """Common turn of the legs (degrees) that makes leading and trailing soles level in double support."""
    both = carried[0] * carried[1]
    ahead_m = sole_m[0, :, 0] - sole_m[1, :, 0]  # (grid,) positive while the left foot leads
    gap_m = (sole_m[0, :, 2] - sole_m[1, :, 2]) * np.sign(ahead_m)
    # turning forward raises the leading sole and lowers the trailing one, in proportion to the distance between them
    return float(-np.degrees((both * gap_m).sum() / (both * np.abs(ahead_m)).sum()))


def leg_angles(legs: np.ndarray, norm_stance: float, rhythm: Rhythm) -> np.ndarray:
    """(15, frame) wished degrees: the one pelvis (as the left side draws it), six left angles, six right angles.

    Parameters
    ----------
    legs
        (2, 9, coefficient) Fourier coefficients of both sides' curves.
    norm_stance
        Share of the cycle at which the foot leaves the floor in those curves; each side's own is the rhythm's.
    """
    sided = []
    for side, stance in enumerate(rhythm.stance):
        share = warp_to_norm(rhythm.share(side), stance, norm_stance)
        sided.append(legs[side] @ phase_basis(share).T)
    left, right = sided
    pelvis = 0.5 * (left[:3] + np.array([[1.0], [-1.0], [-1.0]]) * right[:3])
    return np.concatenate([pelvis, left[3:], right[3:]])


def named_angles(legs: np.ndarray) -> dict[str, np.ndarray]:
    """Rows of `leg_angles` by the names of `forward_kinematics`; the foot's direction is planned apart."""
    named = dict(zip(ANGLES[:3], legs[:3], strict=True))
    for side, rows in zip(SIDES, (legs[3:9], legs[9:15]), strict=True):
        named |= {f"{side}_{name}": row for name, row in zip(ANGLES[3:8], rows[:5], strict=True)}
    return named
