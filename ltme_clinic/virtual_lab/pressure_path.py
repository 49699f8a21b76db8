"""Where a standing foot presses: its centre of pressure from the heel to the great toe, on the part of the sole that
touches the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.kinematics import BodyMotion, Skeleton
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.virtual_lab.footfalls import TOE_ROCKER_DEG, TOE_ROCKER_SHARE

BALL = 0.70
"""The metatarsal heads, as a share of the foot's length from the heel (`Skeleton.ball_m`)."""

_SHARE = np.array([0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0])
_ALONG = 0.01 * np.array([6, 9, 16.7, 22.9, 27, 37.2, 44.2, 51.1, 57.5, 63.5, 67.6, 70.2, 72.4, 75.7, 77.3, 80, 84, 87])
_OUTWARD = 0.01 * np.array(
    [0, 0, 0.3, 0.3, -0.3, -0.8, -1, -1.5, -2, -2.7, -3.2, -3.7, -5, -6.5, -7.5, -8.7, -10, -10.5]
)
"""Centre of pressure over a stance: along the foot from the heel, and outwards from the line to the second metatarsal
head, shares of the foot's length. Medians of 34 clean plate contacts of 12 walkers, children and adults, in public
recordings: quickly from the heel, slowly under the forefoot, at last under the great toe. The whole excursion, 81 % of
the foot's length and 32 % of its width, is near the 83 % and 27 % of Lugade and Kaufman 2014 (Gait Posture 40: 719)."""

HEEL_END, TOE_END = 0.04, 0.95
"""Furthest back and forward that the centre of pressure goes on a flat sole."""
ON_HEEL_END, ON_HEEL_DEG = 0.20, 10.0
"""With the toes up by that much, pressure is within this share of the foot: under the heel."""
ON_BALL_START, ON_BALL_DEG = 0.62, 10.0
"""With the heel up by that much, it is ahead of this: under the metatarsal heads and toes."""


@dataclass(frozen=True, eq=False)
class FootOnFloor:
    """One foot's place on the floor at some samples, laboratory frame."""

    ball_m: np.ndarray  # (sample, 2) where the metatarsal heads touch, or would on a flat foot
    forward: np.ndarray  # (sample, 2) unit vector from heel to ball
    pitch_deg: np.ndarray  # (sample,) toes up positive
    length_m: float
    outward: float
    """1 where the patient's left is outwards, -1 where it is inwards."""

    def place_m(self, along: np.ndarray, outward: np.ndarray) -> np.ndarray:
        """(sample, 2) points of the sole by shares of the foot's length from the heel and outwards."""
        left = np.stack([-self.forward[:, 1], self.forward[:, 0]], axis=1)
        ahead_m, beside_m = self.length_m * (along - BALL), self.length_m * self.outward * outward
        return self.ball_m + ahead_m[:, None] * self.forward + beside_m[:, None] * left

    def along_of(self, place_m: np.ndarray) -> np.ndarray:
        """(sample,) how far points (sample, 2) lie from the heel towards the toes, shares of the foot's length."""
        along: np.ndarray = BALL + ((place_m - self.ball_m) * self.forward).sum(axis=1) / self.length_m
        return along

    def at(self, place: np.ndarray) -> FootOnFloor:
        """The same foot between its samples: `place` (new sample,) in samples, linear between them."""
        known = np.arange(len(self.pitch_deg))
        ball_m = np.stack([np.interp(place, known, axis) for axis in self.ball_m.T], axis=1)
        forward = np.stack([np.interp(place, known, axis) for axis in self.forward.T], axis=1)
        forward /= np.linalg.norm(forward, axis=1, keepdims=True)
        pitch_deg = np.interp(place, known, self.pitch_deg)
        return FootOnFloor(ball_m, forward, pitch_deg, self.length_m, self.outward)


def foot_on_floor(skeleton: Skeleton, motion: BodyMotion, side: str) -> FootOnFloor:
    """A foot's place on the floor at every frame.

    A foot with its toes up stands on its heel, one with its heel up on its ball, and a rolling one on the point below
    its rocker (`footfalls.rolled_ankle_m`), from which the ball's place follows, for it rolls without slipping.
    """
    joints, foot = motion.joint_centres, motion.rotations[f"{side}_foot"]
    pitch_rad = np.arcsin(np.clip(foot[:, 2, 0], -1.0, 1.0))
    forward = foot[:, :2, 0] / np.linalg.norm(foot[:, :2, 0], axis=1, keepdims=True)
    start_rad, radius_m = np.radians(TOE_ROCKER_DEG), TOE_ROCKER_SHARE * skeleton.height_m
    rocker_m = skeleton.ball_m + radius_m * np.array([-np.sin(start_rad), 0.0, np.cos(start_rad)])
    rolled_m = radius_m * np.maximum(-pitch_rad - start_rad, 0.0)
    rolling_m = (joints[f"{side}_ankle"] + foot @ rocker_m)[:, :2] - rolled_m[:, None] * forward
    on_heel_m = joints[f"{side}_heel"][:, :2] + BALL * skeleton.foot_m * forward
    standing_m = np.where((pitch_rad > 0)[:, None], on_heel_m, joints[f"{side}_toe"][:, :2])
    ball_m = np.where((pitch_rad < -start_rad)[:, None], rolling_m, standing_m)
    return FootOnFloor(ball_m, forward, np.degrees(pitch_rad), skeleton.foot_m, SIDE_SIGN[side])


def pressed_places_m(foot: FootOnFloor, share: np.ndarray, ahead: float = 0.0) -> np.ndarray:
    """(sample, 2) centre of pressure of a walking foot at a share of its stance, 0 to 1.

    Parameters
    ----------
    ahead
        How much further forward than most people's this person's pressure runs, share of the foot's length.
    """
    from scipy.interpolate import PchipInterpolator

    along, outward = PchipInterpolator(_SHARE, np.stack([_ALONG, _OUTWARD], axis=1))(np.clip(share, 0.0, 1.0)).T
    return foot.place_m(touching(foot, along + ahead), outward)


def touching(foot: FootOnFloor, along: np.ndarray) -> np.ndarray:
    """(sample,) shares of the foot's length, held within the part of the sole that touches at the foot's pitch."""
    toes_up, heel_up = (
        _eased(sign * foot.pitch_deg / limit_deg) for sign, limit_deg in ((1.0, ON_HEEL_DEG), (-1.0, ON_BALL_DEG))
    )
    foremost = TOE_END + (ON_HEEL_END - TOE_END) * toes_up
    rearmost = HEEL_END + (ON_BALL_START - HEEL_END) * heel_up
    return np.clip(along, rearmost, foremost)


def _eased(share: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, smooth between."""
    held = np.clip(share, 0.0, 1.0)
    eased: np.ndarray = held * held * (3.0 - 2.0 * held)
    return eased
