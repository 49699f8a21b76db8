"""Feet on the floor: they land, roll over heel and ball without slipping or sinking, leave, and clear the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.kinematics import Skeleton
from ltme_clinic.kinematics.rotations import rotation_yzx, rotation_z

SETTLE_DEG = 2.5
"""A foot pitched by less than about this lies flat: it is the curves' noise, not a heel rise."""
FLAT_DEG = 1.2
"""A planned foot pitched by less than about this lies flat."""
TURN_SETTLE_DEG = 6.0
"""A foot pitched by less than about this can't turn on the floor."""
TOE_ROCKER_DEG = 18.0
"""Heel rise from which the foot rolls on over its toes."""
TOE_ROCKER_SHARE = 0.07
"""Radius of that rocker, as a share of the height."""
FADE_SHARE = 0.45
"""Share of a swing over which the correction that planted the foot fades out, and in again before landing."""
SLOPE_SHARE = 0.25
"""Share over which it stops changing as it did on the floor: a knee that has begun to bend is not thrown straight."""
SWING_CLEARANCE_M = 0.012
FREE_SHARE, APPROACH_SHARE = 0.03, 0.01
"""Shares of a swing in which a foot gets free of the floor, and comes down for good: between, it travels too fast to
touch."""


@dataclass(frozen=True)
class FootPose:
    """A foot's wished orientation, heel-to-ball direction `yaw` in the laboratory, toes up positive `pitch`."""

    pitch_rad: np.ndarray  # (frame,)
    yaw_rad: np.ndarray  # (frame,)

    @classmethod
    def of(cls, rotation: np.ndarray) -> FootPose:
        """Of a foot's rotation in the laboratory (frame, 3, 3); what it leans across is left out."""
        return cls(np.arcsin(rotation[:, 2, 0]), np.arctan2(rotation[:, 1, 0], rotation[:, 0, 0]))

    @property
    def rotation(self) -> np.ndarray:
        """(frame, 3, 3), the sole level across."""
        level = np.zeros_like(self.pitch_rad)
        return rotation_z(self.yaw_rad) @ rotation_yzx(-self.pitch_rad, level, level)


def settled(pitch_rad: np.ndarray, width_deg: float = SETTLE_DEG) -> np.ndarray:
    """Small pitches drawn to zero, large ones left as they are."""
    return pitch_rad * pitch_rad**2 / (pitch_rad**2 + np.radians(width_deg) ** 2)


def flattened(pitch_rad: np.ndarray) -> np.ndarray:
    """Pitches of a planned stance, whose sole is flat but for its strides' differences: those are drawn to zero."""
    return pitch_rad * pitch_rad**4 / (pitch_rad**4 + np.radians(FLAT_DEG) ** 4)


def rolled_ankle_m(
    skeleton: Skeleton, pitch_rad: np.ndarray, yaw_rad: np.ndarray, flat_yaw_rad: np.ndarray
) -> np.ndarray:
    """The ankle centre of a planted foot, (frame, 3), relative to where its heel stands when flat.

    A toes-up foot pivots on its heel, a heel-up foot on its ball, and from `TOE_ROCKER_DEG` on it rolls over its toes
    as over a rocker, which lifts the ball. Each joins the next without a slip.
    """
    heel_m, ball_m = skeleton.heel_m, skeleton.ball_m
    radius_m = TOE_ROCKER_SHARE * skeleton.height_m
    on_heel, on_toes = pitch_rad > 0, pitch_rad < -np.radians(TOE_ROCKER_DEG)
    rolled_rad = np.where(on_toes, -np.radians(TOE_ROCKER_DEG) - pitch_rad, 0.0)
    # the rocker's centre stands straight above the ball when rolling starts
    start = np.radians(-TOE_ROCKER_DEG)
    centre_m = ball_m + radius_m * np.array([np.sin(start), 0.0, np.cos(start)])
    pivot = np.where(on_heel[:, None], heel_m, np.where(on_toes[:, None], centre_m, ball_m))  # (frame, 3) in the foot
    cos, sin = np.cos(pitch_rad), np.sin(pitch_rad)
    forward_m = radius_m * rolled_rad - (pivot[:, 0] * cos - pivot[:, 2] * sin)
    up_m = np.where(on_toes, radius_m, 0.0) - (pivot[:, 0] * sin + pivot[:, 2] * cos)
    ahead_m = np.where(on_heel, 0.0, ball_m[0] - heel_m[0])
    return np.stack(
        [
            forward_m * np.cos(yaw_rad) + ahead_m * np.cos(flat_yaw_rad),
            forward_m * np.sin(yaw_rad) + ahead_m * np.sin(flat_yaw_rad),
            up_m,
        ],
        axis=1,
    )


def carrying(share: np.ndarray, stance: float) -> np.ndarray:
    """How much a foot carries at a share of its cycle, 0 to 1: loading, full, unloading."""
    return np.clip(share / 0.08, 0.0, 1.0) * np.clip((stance - share) / 0.10, 0.0, 1.0)


@dataclass(frozen=True)
class Steps:
    """Where one foot stands in each of its cycles."""

    cycles: np.ndarray
    """(step,) whole numbers of the side's cycles."""
    heel_m: np.ndarray
    """(step, 2) the heel's place when the foot is flat, laboratory."""
    yaw_rad: np.ndarray
    """(step,) direction of the flat foot, laboratory."""


def choose_steps(
    skeleton: Skeleton, ankle_m: np.ndarray, foot: FootPose, cycle: np.ndarray, carried: np.ndarray
) -> Steps:
    """The footprint of each cycle that asks the least correction of the wished motion.

    Parameters
    ----------
    ankle_m
        (frame, 3) wished ankle centres, laboratory.
    cycle, carried
        (frame,) number of the cycle, and how much the foot carries.
    """
    index = cycle - cycle[0]
    weight = carried + 1e-9
    total = np.bincount(index, weight)
    # average the direction as a turn from the first frame, which can't wrap within a walk
    yaw_rad = np.bincount(index, weight * foot.yaw_rad) / total
    printed_m = ankle_m - rolled_ankle_m(skeleton, foot.pitch_rad, foot.yaw_rad, yaw_rad[index])
    heel_m = np.stack([np.bincount(index, weight * printed_m[:, axis]) / total for axis in (0, 1)], axis=1)
    return Steps(np.arange(len(total)) + cycle[0], heel_m, yaw_rad)


@dataclass(frozen=True, eq=False)
class FootPath:
    """One foot over time, laboratory or heading frame."""

    ankle_m: np.ndarray  # (frame, 3)
    pose: FootPose


def planted(skeleton: Skeleton, foot: FootPose, steps: Steps, cycle: np.ndarray) -> FootPath:
    """A foot standing on its footprint, for every frame of the cycle."""
    index = cycle - steps.cycles[0]
    flat_yaw = steps.yaw_rad[index]
    limit = np.radians(TURN_SETTLE_DEG) ** 2
    yaw_rad = flat_yaw + (foot.yaw_rad - flat_yaw) * foot.pitch_rad**2 / (foot.pitch_rad**2 + limit)
    ankle_m = rolled_ankle_m(skeleton, foot.pitch_rad, yaw_rad, flat_yaw)
    ankle_m[:, :2] += steps.heel_m[index]
    return FootPath(ankle_m, FootPose(foot.pitch_rad, yaw_rad))


def bridged(
    correction: np.ndarray,
    standing: np.ndarray,
    fade_share: np.ndarray | float = FADE_SHARE,
    slope_share: np.ndarray | float = SLOPE_SHARE,
) -> np.ndarray:
    """Corrections (frame, channel) known where a foot stands, faded out after it leaves and in before it lands.

    Mid-swing is left as wished. Value and slope join at both ends.

    Parameters
    ----------
    fade_share, slope_share
        (channel,) or one number: share of a swing over which each fades, and goes on changing as it did on the floor.
    """
    filled = np.where(standing[:, None], correction, 0.0)
    frames = len(standing)
    edges = np.flatnonzero(np.diff(standing.astype(int)))
    starts = np.concatenate([[-1] if not standing[0] else [], edges[standing[edges]]]).astype(int)
    for start in starts:  # last standing frame before a swing, -1 where the walk begins in a swing
        after = np.flatnonzero(standing[start + 1 :])
        stop = start + 1 + int(after[0]) if len(after) else frames
        share = np.arange(start + 1, stop)
        length = stop - start
        if start > 0:
            slope = correction[start] - correction[start - 1]
            gone = (share - start) / length
            filled[start + 1 : stop] += _fading(gone, correction[start], slope * length, fade_share, slope_share)
        if stop < frames - 1:
            slope = correction[stop] - correction[stop + 1]
            left = (stop - share) / length
            filled[start + 1 : stop] += _fading(left, correction[stop], slope * length, fade_share, slope_share)
    return filled


def _fading(
    share: np.ndarray,
    value: np.ndarray,
    slope: np.ndarray,
    fade_share: np.ndarray | float,
    slope_share: np.ndarray | float,
) -> np.ndarray:
    """(frame, channel) from `value` and `slope` at share 0 to rest."""
    gone = np.clip(share[:, None] / fade_share, 0.0, 1.0)
    slowed = np.clip(share[:, None] / slope_share, 0.0, 1.0)
    return (1 - gone) ** 2 * (1 + 2 * gone) * value + (1 - slowed) ** 2 * slowed * slope_share * slope


def swing_lift_m(
    skeleton: Skeleton,
    ankle_m: np.ndarray,
    foot: FootPose,
    share: np.ndarray,
    stance: float,
    clearance_m: float = SWING_CLEARANCE_M,
    approach_m: float = 0.0,
) -> np.ndarray:
    """(frame,) how much a swinging foot must be raised so that heel and ball clear the floor.

    Parameters
    ----------
    clearance_m
        In the middle of the swing.
    approach_m
        From soon after it leaves until just before it lands.
    """
    progress = np.clip((share - stance) / (1.0 - stance), 0.0, 1.0)
    bump = np.sin(np.pi * progress)
    lowest_m = ankle_m[:, 2] + lowest_below_ankle_m(skeleton, foot.pitch_rad)
    short_m = np.where(progress > 0, clearance_m * bump**2 - lowest_m, 0.0)
    lift_m = np.zeros_like(short_m)
    edges = np.flatnonzero(np.diff((progress > 0).astype(int)))
    for part in np.split(np.arange(len(share)), edges + 1):
        needed = short_m[part] / (bump[part] + 0.1)
        lift_m[part] = max(0.0, float(needed.max())) * bump[part]
    apart_m = approach_m * np.clip(np.minimum(progress / FREE_SHARE, (1.0 - progress) / APPROACH_SHARE), 0.0, 1.0)
    sunk_m = apart_m - ankle_m[:, 2] - rolled_below_ankle_m(skeleton, foot.pitch_rad)
    return np.maximum(lift_m, np.where(progress > 0, sunk_m, 0.0))


def rolled_below_ankle_m(skeleton: Skeleton, pitch_rad: np.ndarray) -> np.ndarray:
    """(frame,) as `lowest_below_ankle_m`, with the toes' rocker once the heel is well up."""
    start, radius_m = np.radians(-TOE_ROCKER_DEG), TOE_ROCKER_SHARE * skeleton.height_m
    centre_m = skeleton.ball_m + radius_m * np.array([np.sin(start), 0.0, np.cos(start)])
    rolled_m = centre_m[0] * np.sin(pitch_rad) + centre_m[2] * np.cos(pitch_rad) - radius_m
    standing_m = lowest_below_ankle_m(skeleton, pitch_rad)
    return np.where(pitch_rad < start, np.minimum(rolled_m, standing_m), standing_m)


def lowest_below_ankle_m(skeleton: Skeleton, pitch_rad: np.ndarray) -> np.ndarray:
    """(frame,) height of a level foot's lowest point, heel or ball, against its ankle."""
    points_m = np.stack([skeleton.heel_m, skeleton.ball_m])  # (2, 3)
    return (points_m[:, :1] * np.sin(pitch_rad) + points_m[:, 2:] * np.cos(pitch_rad)).min(axis=0)


def carried_higher_m(
    hips_m: list[np.ndarray],
    wished_ankles_m: list[np.ndarray],
    standing_ankles_m: list[np.ndarray],
    carried: list[np.ndarray],
    frames_wide: int,
) -> np.ndarray:
    """(frame,) how much higher the pelvis must be for the standing legs to be as long as wished, smoothed.

    A step that lands a centimetre off would otherwise lock a knee that is nearly straight, or bend it by ten degrees.

    Parameters
    ----------
    hips_m, wished_ankles_m, standing_ankles_m
        (frame, 3) of left and right: the ankle as the wished angles have it, and where the foot really stands.
    carried
        (frame,) how much each foot carries.
    """
    needed_m, total = np.zeros(len(carried[0])), np.full(len(carried[0]), 1e-3)
    for hip_m, wished_m, standing_m, weight in zip(hips_m, wished_ankles_m, standing_ankles_m, carried, strict=True):
        long_sq = ((hip_m - wished_m) ** 2).sum(axis=1)
        flat_sq = ((hip_m[:, :2] - standing_m[:, :2]) ** 2).sum(axis=1)
        height_m = standing_m[:, 2] + np.sqrt(np.maximum(long_sq - flat_sq, 0.0)) - hip_m[:, 2]
        needed_m += weight * height_m
        total += weight
    needed_m /= total
    kernel = np.hanning(2 * frames_wide + 3)[1:-1]
    padded = np.pad(needed_m, frames_wide, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
