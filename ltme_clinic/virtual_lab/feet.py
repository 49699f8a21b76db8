"""Legs whose feet stand where they landed and swing to where they land next, without slipping or touching between."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import BodyMotion, Skeleton, forward_kinematics, keep_feet
from ltme_clinic.virtual_lab.footfalls import FADE_SHARE, SLOPE_SHARE, FootPath, FootPose, bridged, swing_lift_m
from ltme_clinic.virtual_lab.rhythm import Rhythm

LEG_ANGLES: tuple[str, ...] = (
    "hip_flexion",
    "hip_adduction",
    "hip_rotation",
    "knee_flexion",
    "ankle_dorsiflexion",
    "ankle_rotation",
    "ankle_inversion",
)
FADE_SHARES = np.array([*(4 * [FADE_SHARE]), *(3 * [0.15])])
SLOPE_SHARES = np.array([*(4 * [SLOPE_SHARE]), *(3 * [0.06])])
"""For `bridged`, in the order of `LEG_ANGLES`: an ankle is free as soon as its foot is; and a foot that slaps down was
not pitching down as fast before it landed."""
KNEE_FLOOR_DEG, KNEE_SOFTNESS_DEG = 1.0, 0.5
"""The knee is a hinge that doesn't pass straight."""
KNEE_GIVES_SHARE = 0.001
"""Of the leg's length: how far before it is straight a standing knee begins to slow down."""


def stood_and_swung(
    skeleton: Skeleton,
    wished: BodyMotion,
    angles_deg: Mapping[str, np.ndarray],
    standing: Mapping[str, FootPath],
    rhythm: Rhythm,
    clearance_m: float,
    approach_m: float,
    heading_rad: np.ndarray | float,
) -> dict[str, np.ndarray]:
    """The wished angles, bent so that each foot stands as `standing` while it is on the floor.

    What a stance asks of a joint fades out over the first half of the swing, and the next stance's comes in over the
    second; a foot that would touch between is lifted.

    Parameters
    ----------
    wished
        The body at `angles_deg`, its pelvis where it goes.
    standing
        By side, the foot on its footprints at every frame; only those of its stance are used.
    clearance_m, approach_m
        As in `swing_lift_m`.

    Returns
    -------
    dict
        All of `angles_deg`, those of the legs changed.
    """
    frames = wished.frames
    full = {name: np.broadcast_to(angle, frames) for name, angle in angles_deg.items()}
    stood = keep_feet(
        skeleton,
        wished,
        {side: path.ankle_m for side, path in standing.items()},
        {side: path.pose.rotation for side, path in standing.items()},
        KNEE_GIVES_SHARE * (skeleton.thigh_m + skeleton.shank_m),
    )
    for side, name in enumerate(SIDES):
        keys = [f"{name}_{angle}" for angle in LEG_ANGLES]
        asked = np.stack([stood[key] - full[key] for key in keys], axis=1)
        given = bridged(asked, rhythm.share(side) < rhythm.stance[side], FADE_SHARES, SLOPE_SHARES)
        full |= {key: full[key] + given[:, place] for place, key in enumerate(keys)}
        full[f"{name}_knee_flexion"] = kept_bent(full[f"{name}_knee_flexion"])
    root_m = wished.joint_centres["pelvis"]
    dragged = forward_kinematics(skeleton, full, root_m, heading_rad)
    return _lifted(skeleton, full, dragged, rhythm, clearance_m, approach_m)


def kept_bent(knee_deg: np.ndarray) -> np.ndarray:
    """Knee flexion bent smoothly away from `KNEE_FLOOR_DEG`: recurvatum is not simulated."""
    return KNEE_FLOOR_DEG + KNEE_SOFTNESS_DEG * np.logaddexp(0.0, (knee_deg - KNEE_FLOOR_DEG) / KNEE_SOFTNESS_DEG)


def _lifted(
    skeleton: Skeleton,
    angles_deg: dict[str, np.ndarray],
    body: BodyMotion,
    rhythm: Rhythm,
    clearance_m: float,
    approach_m: float,
) -> dict[str, np.ndarray]:
    """Angles whose swinging feet clear the floor; as they are where they do already."""
    ankles_m, lifts = {}, {}
    for side, name in enumerate(SIDES):
        ankle_m, rotation = body.joint_centres[f"{name}_ankle"], body.rotations[f"{name}_foot"]
        share, stance = rhythm.share(side), rhythm.stance[side]
        lifts[name] = swing_lift_m(skeleton, ankle_m, FootPose.of(rotation), share, stance, clearance_m, approach_m)
        ankles_m[name] = ankle_m + lifts[name][:, None] * [0.0, 0.0, 1.0]
    lifted = keep_feet(skeleton, body, ankles_m, {name: body.rotations[f"{name}_foot"] for name in SIDES})
    raised = {name: lifts[name] > 0.0 for name in SIDES}
    return angles_deg | {
        key: np.where(raised[key.partition("_")[0]], angle, angles_deg[key]) for key, angle in lifted.items()
    }
