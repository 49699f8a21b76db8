"""One cycle of steady walking whose feet stand on the floor and whose weight moves as the floor pushes it.

Published joint curves, published ground reactions and a skeleton's own lengths agree within a few millimetres and
degrees, never exactly. The cycle that comes nearest to all of them is found by least squares: where the pelvis goes,
where the feet stand and how they pitch are sought; the joints follow from the feet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import BodyMotion, Skeleton, centre_of_mass, forward_kinematics, reach_ankle
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.norms import GRAVITY_M_S2
from ltme_clinic.virtual_lab.floor_push import FloorPush
from ltme_clinic.virtual_lab.footfalls import FootPath, FootPose, carrying, rolled_ankle_m, settled
from ltme_clinic.virtual_lab.rhythm import phase_basis

GRID = 60
FORWARD, LATERAL, VERTICAL = 6, 4, 8
"""Harmonics of the stride in the pelvis's sway along each axis."""
PITCH = 4
"""Harmonics of a correction to the foot's pitch while it stands."""
ANGLE_SD_DEG = {
    "hip_flexion": 1.5,
    "hip_adduction": 1.5,
    "knee_flexion": 1.5,
    "ankle_dorsiflexion": 2.0,
    "ankle_inversion": 6.0,
}
"""How far a standing leg's angles may be moved, by what each is worth to a clinician."""
PUSH_SD = np.array([0.015, 0.02, 0.006])
"""How far each harmonic of the push may be off, body weights: forward, left, up."""
PITCH_SD_DEG = 0.6
STRIDE_SD, UNEVEN_SD, WIDTH_SD_M = 0.006, 0.003, 0.006
"""How far a person's own curves may change the wished stride and make its steps uneven, as shares of the stride, and
how far its width."""
STRAIGHTEST_KNEE_DEG, REACH_SD_M = 2.5, 0.001
"""A standing leg is never straighter, and how firmly."""
LEAST_WEIGHT = 0.3
"""Of a foot that has just landed or is about to leave, against one that carries."""
ROUNDS = 5
STEP_SHARES = np.array([1.0, 0.6, 0.3, 0.1, 0.0])
_STEP = 1e-3


@dataclass(frozen=True, eq=False)
class SteadyCycle:
    """What least squares found, in the heading frame, the left foot landing at phase 0."""

    sway: np.ndarray  # (1 + 2 VERTICAL, 3) the pelvis about its steady advance; z above the floor
    stride_m: float
    width_m: float
    """Between the left and the right heel's footprint."""
    heel_m: (
        np.ndarray
    )  # (2, 2) the heel's footprint forward and left, of the left foot's cycle 0 and the right's cycle 1
    yaw_rad: np.ndarray  # (2,) of the flat feet, left positive
    pitch_deg: np.ndarray  # (2, 1 + 2 PITCH) Fourier coefficients, at each sole's own phase, of what is added in stance

    def sway_at(self, phase: np.ndarray) -> np.ndarray:
        """(frame, 3) metres at the left side's phase."""
        return phase_basis(phase, VERTICAL) @ self.sway

    def standing(self, skeleton: Skeleton, side: int, foot: FootPose, phase: np.ndarray) -> FootPath:
        """The foot of a side on its footprints, at its own phase; the pelvis advances by a stride each cycle.

        Parameters
        ----------
        foot
            (frame,) as wished.
        """
        added = np.radians(phase_basis(phase, PITCH) @ self.pitch_deg[side])
        pitch, flat = settled(foot.pitch_rad + added), np.full(len(phase), self.yaw_rad[side])
        ankle_m = rolled_ankle_m(skeleton, pitch, foot.yaw_rad, flat)
        ankle_m[:, :2] += self.heel_m[side]
        ankle_m[:, 0] += self.stride_m * (np.floor(phase) - side)
        return FootPath(ankle_m, FootPose(pitch, foot.yaw_rad))


def solve_cycle(
    skeleton: Skeleton,
    angles_deg: dict[str, np.ndarray],
    sole_phase: np.ndarray,
    stance: tuple[float, float],
    stride_m: float,
    width_m: float,
    push: FloorPush,
    push_slack: float | np.ndarray = 1.0,
    stride_slack: float = 1.0,
) -> SteadyCycle:
    """Find the cycle.

    Parameters
    ----------
    angles_deg
        Wished angles at `GRID` phases of the left cycle, names of `forward_kinematics`, trunk and arms included.
    sole_phase, stance
        (2, GRID) phases of the feet, 0 and 1 where the left and the right sole land, and for how much of a cycle each
        sole is on the floor.
    stride_m, width_m
        Wished.
    push
        What the floor should do to the body, and how long the cycle lasts.
    push_slack, stride_slack
        Multiples of `PUSH_SD`, by axis or of all, and `STRIDE_SD`: how loosely the push and the wished stride bind.
    """
    problem = _Problem(skeleton, angles_deg, sole_phase, stance, stride_m, width_m, push)
    problem.push_sd, problem.stride_sd = push_slack * PUSH_SD, stride_slack * STRIDE_SD
    found = problem.first_guess()
    for _ in range(ROUNDS):
        probes = np.concatenate([found[None], found + _STEP * problem.scale * np.eye(len(found))])
        residuals = problem.residuals(probes)
        jacobian = (residuals[1:] - residuals[0]).T / _STEP
        step, *_ = np.linalg.lstsq(jacobian, -residuals[0], rcond=None)
        # a knee that is nearly straight bends the problem: take the share of the step that helps most
        tried = found + STEP_SHARES[:, None] * step * problem.scale
        found = tried[np.argmin((problem.residuals(tried) ** 2).sum(axis=1))]
    return problem.cycle(found)


_SIZES = {
    "height": 1,
    "forward": 2 * FORWARD,
    "lateral": 2 * LATERAL,
    "vertical": 2 * VERTICAL,
    "heel_x": 2,
    "heel_y": 2,
    "stride": 1,
    "left_pitch": 1 + 2 * PITCH,
    "right_pitch": 1 + 2 * PITCH,
}
_STOPS = np.cumsum(list(_SIZES.values()))
_PART = {name: slice(stop - size, stop) for (name, size), stop in zip(_SIZES.items(), _STOPS, strict=True)}


class _Problem:
    """The least squares problem of one person at one speed; unknowns are rows of numbers, metres and degrees."""

    def __init__(
        self,
        skeleton: Skeleton,
        angles_deg: dict[str, np.ndarray],
        sole_phase: np.ndarray,
        stance: tuple[float, float],
        stride_m: float,
        width_m: float,
        push: FloorPush,
    ) -> None:
        self.skeleton, self.angles_deg, self.push = skeleton, angles_deg, push
        self.stride_m, self.width_m = stride_m, width_m
        self.push_sd, self.stride_sd = PUSH_SD, STRIDE_SD
        self.grid = np.arange(GRID) / GRID
        self.longest_m = skeleton.reach_m(STRAIGHTEST_KNEE_DEG)
        self.motion: BodyMotion = forward_kinematics(skeleton, angles_deg)
        self.shares = sole_phase % 1.0  # (2, GRID)
        self.elapsed = self.grid - np.floor(sole_phase) + np.array([[0.0], [1.0]])
        self.weights = [
            np.where(share < part, LEAST_WEIGHT + (1 - LEAST_WEIGHT) * carrying(share, part), 0.0)
            for share, part in zip(self.shares, stance, strict=True)
        ]
        self.frames = [np.flatnonzero(weight) for weight in self.weights]
        self.inner_m = centre_of_mass(skeleton, self.motion)  # (GRID, 3) from the pelvis
        feet = [FootPose.of(self.motion.rotations[f"{name}_foot"]) for name in SIDES]
        self.wished_pitch, yaws = [foot.pitch_rad for foot in feet], [foot.yaw_rad for foot in feet]
        flats = [float((yaw * weight).sum() / weight.sum()) for yaw, weight in zip(yaws, self.weights, strict=True)]
        self.yaws, self.flat_yaws = yaws, flats
        self.bases = {count: phase_basis(self.grid, count) for count in (FORWARD, LATERAL, VERTICAL)}
        self.pitch_bases = [phase_basis(share, PITCH) for share in self.shares]
        self.scale = np.concatenate([np.full(size, 3.0 if "pitch" in name else 0.01) for name, size in _SIZES.items()])

    def first_guess(self) -> np.ndarray:
        found = np.zeros(_STOPS[-1])
        heights_m, ahead_m = [], []
        for side, name in enumerate(SIDES):
            ankle_m = self.motion.joint_centres[f"{name}_ankle"]
            pitch, flat = settled(self.wished_pitch[side]), np.full(GRID, self.flat_yaws[side])
            below_m = ankle_m - rolled_ankle_m(self.skeleton, pitch, self.yaws[side], flat)
            weight = self.weights[side]
            gone_m = self.stride_m * self.elapsed[side]
            heights_m.append(-(below_m[:, 2] * weight).sum() / weight.sum())
            ahead_m.append(((below_m[:, 0] + gone_m) * weight).sum() / weight.sum())
        found[_PART["height"]] = np.mean(heights_m)
        found[_PART["heel_x"]] = ahead_m
        return found

    def residuals(self, unknowns: np.ndarray) -> np.ndarray:
        """(row, residual) for rows of unknowns, each in units of what is tolerable."""
        rows = len(unknowns)
        pelvis_m = self._pelvis_m(unknowns)  # (row, GRID, 3) without the steady advance
        stride_m = self.stride_m * np.exp(unknowns[:, _PART["stride"]])  # (row, 1)
        parts = [unknowns[:, _PART["stride"]] / self.stride_sd]
        for side, name in enumerate(SIDES):
            angles_deg, reach_m = self._leg_angles(side, name, unknowns, pelvis_m, stride_m)
            parts.append(np.maximum(reach_m.reshape(rows, -1) - self.longest_m, 0.0) / REACH_SD_M)
            weight = np.sqrt(self.weights[side][self.frames[side]])
            for angle, sd_deg in ANGLE_SD_DEG.items():
                wished = self._wished(f"{name}_{angle}", side)
                difference = angles_deg[f"{name}_{angle}"].reshape(rows, -1) - wished
                parts.append(weight * difference / sd_deg / np.sqrt(GRID / 10))
            parts.append(unknowns[:, _PART[f"{name}_pitch"]] / PITCH_SD_DEG)
        parts.append(self._push_residuals(pelvis_m, unknowns[:, _PART["stride"]]))
        heel_y = unknowns[:, _PART["heel_y"]]
        parts.append((heel_y[:, :1] - heel_y[:, 1:]) / WIDTH_SD_M)
        heel_x = unknowns[:, _PART["heel_x"]]
        uneven = (heel_x[:, 1:] - heel_x[:, :1]) / stride_m - 0.5
        parts.append(uneven / (UNEVEN_SD * self.stride_sd / STRIDE_SD))
        return np.concatenate(parts, axis=1)

    def _pelvis_m(self, unknowns: np.ndarray) -> np.ndarray:
        pelvis_m = np.empty((len(unknowns), GRID, 3))
        for axis, (name, count) in enumerate((("forward", FORWARD), ("lateral", LATERAL), ("vertical", VERTICAL))):
            pelvis_m[..., axis] = unknowns[:, _PART[name]] @ self.bases[count][:, 1:].T
        pelvis_m[..., 2] += unknowns[:, _PART["height"]]
        return pelvis_m

    def _wished(self, name: str, side: int) -> np.ndarray | float:
        wished = np.broadcast_to(self.angles_deg.get(name, 0.0), GRID)
        return wished[self.frames[side]]

    def _leg_angles(
        self, side: int, name: str, unknowns: np.ndarray, pelvis_m: np.ndarray, stride_m: np.ndarray
    ) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Angles of the standing leg, and how far its ankle is from its hip, each (row * standing frame,)."""
        rows, frames = len(unknowns), self.frames[side]
        count = rows * len(frames)
        pitch = self._pitch(side, unknowns)[:, frames].reshape(count)
        yaw = np.tile(self.yaws[side][frames], rows)
        ankle_m = rolled_ankle_m(self.skeleton, pitch, yaw, np.full(count, self.flat_yaws[side]))
        ankle_m = ankle_m.reshape(rows, -1, 3)
        ankle_m[..., 0] += unknowns[:, _PART["heel_x"]][:, side : side + 1]
        ankle_m[..., 0] -= stride_m * self.elapsed[side][frames]
        ankle_m[..., 1] += unknowns[:, _PART["heel_y"]][:, side : side + 1] + 0.5 * SIDE_SIGN[name] * self.width_m
        rotation = np.tile(self.motion.rotations["pelvis"][frames], (rows, 1, 1))
        hip_m = pelvis_m[:, frames] + self.motion.joint_centres[f"{name}_hip"][frames]
        axis = np.tile(self.motion.rotations[f"{name}_thigh"][frames][:, :, 1], (rows, 1))
        foot = FootPose(pitch, yaw).rotation
        hip_m, ankle_m = hip_m.reshape(count, 3), ankle_m.reshape(count, 3)
        angles_deg = reach_ankle(self.skeleton, name, rotation, hip_m, ankle_m, foot, axis)
        return angles_deg, np.linalg.norm(hip_m - ankle_m, axis=1)

    def _pitch(self, side: int, unknowns: np.ndarray) -> np.ndarray:
        """(row, GRID) radians."""
        added_deg = unknowns[:, _PART[f"{SIDES[side]}_pitch"]] @ self.pitch_bases[side].T
        return settled(self.wished_pitch[side] + np.radians(added_deg))

    def _push_residuals(self, pelvis_m: np.ndarray, log_stride: np.ndarray) -> np.ndarray:
        """Fourier coefficients of the weight's acceleration against the wished push; a longer stride lasts longer."""
        spectrum = np.fft.rfft(pelvis_m + self.inner_m, axis=1)[:, 1 : VERTICAL + 1] * (2.0 / GRID)
        turns = 2.0 * np.pi * np.arange(1, VERTICAL + 1) / (self.push.cycle_s * np.exp(log_stride))  # (row, harmonic)
        pushed = -(turns**2)[..., None] * spectrum / GRAVITY_M_S2  # (row, harmonic, axis)
        off = (pushed - self.push.harmonics(VERTICAL)) / self.push_sd
        return np.concatenate([off.real, off.imag], axis=1).reshape(len(pelvis_m), -1)

    def cycle(self, found: np.ndarray) -> SteadyCycle:
        sway = np.zeros((1 + 2 * VERTICAL, 3))
        for axis, (name, count) in enumerate((("forward", FORWARD), ("lateral", LATERAL), ("vertical", VERTICAL))):
            half = found[_PART[name]].reshape(2, count)
            sway[1 : 1 + count, axis], sway[1 + VERTICAL : 1 + VERTICAL + count, axis] = half
        sway[0, 2] = found[_PART["height"]][0]
        heel_y = found[_PART["heel_y"]]
        return SteadyCycle(
            sway=sway,
            stride_m=float(self.stride_m * np.exp(found[_PART["stride"]][0])),
            width_m=float(self.width_m + heel_y[0] - heel_y[1]),
            heel_m=np.stack([found[_PART["heel_x"]], heel_y + 0.5 * self.width_m * np.array([1.0, -1.0])], axis=1),
            yaw_rad=np.array(self.flat_yaws),
            pitch_deg=np.stack([found[_PART["left_pitch"]], found[_PART["right_pitch"]]]),
        )
