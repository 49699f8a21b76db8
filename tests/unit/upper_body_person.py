"""A person whose upper-body markers are placed from a known posture by the gait model's rules, backwards."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.kinematics.rotations import rotation_about_axes, rotation_yxz
from ltme_clinic.types import ArmMeasures, BodyMeasures

DIAMETER_M, RADIUS_M = 0.014, 0.007
UPPER_ARM_M, FOREARM_M, WRIST_M, HAND_M = 0.30, 0.25, 0.03, 0.07


@dataclass(frozen=True)
class Posture:
    """How somebody stands; angles in degrees, arms alike on both sides unless said."""

    thorax: np.ndarray = field(default_factory=lambda: np.eye(3))
    """(3, 3) columns forward, left, up in the laboratory, as the head's."""
    head: np.ndarray = field(default_factory=lambda: np.eye(3))
    left_arm_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Flexion, abduction, internal rotation of the shoulder."""
    right_arm_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    elbow_deg: float = 90.0


def turned(y_deg: float = 0.0, x_deg: float = 0.0, z_deg: float = 0.0) -> np.ndarray:
    return rotation_yxz(*np.radians([y_deg, x_deg, z_deg]))


def person(posture: Posture, frames: int = 3) -> tuple[np.ndarray, BodyMeasures, dict[str, np.ndarray]]:
    """Markers (frame, slot, 3), the measures that belong to them, and the joint centres that they were placed from."""
    points = {
        "clavicle": (RADIUS_M, 0.0, 0.0),
        "c7": (-0.12, 0.0, 0.06),
        "sternum": (0.03 + RADIUS_M, 0.0, -0.18),
        "t10": (-0.15, 0.0, -0.16),
    }
    notch_m = np.array([0.2, -0.3, 1.3])
    places = {slot: notch_m + posture.thorax @ np.array(place) for slot, place in points.items()}
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        for part, x_m in (("head_front", 0.09), ("head_back", -0.09)):
            place = notch_m + [0.0, 0.0, 0.3] + posture.head @ np.array([x_m, sign * 0.07, 0.0])
            places[f"{side}_{part}"] = place
    arms, centres = {}, {}
    for side in SIDES:
        markers, centres_of_side, arms[side] = _arm(posture, side, notch_m)
        places |= {f"{side}_{part}": place for part, place in markers.items()}
        centres |= {f"{side}_{part}": place for part, place in centres_of_side.items()}
    positions_m = np.full((frames, len(SLOTS), 3), np.nan)
    for slot, place in places.items():
        positions_m[:, SLOT_INDEX[slot]] = place
    return positions_m, BodyMeasures(left_arm=arms["left"], right_arm=arms["right"], head_offset_rad=0.0), centres


def _arm(
    posture: Posture, side: str, notch_m: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], ArmMeasures]:
    """One arm's markers, centres and measures; thumb forward, wrist straight, all by hand-made geometry."""
    sign = 1.0 if side == "left" else -1.0
    flexion, abduction, rotation = np.radians(posture.left_arm_deg if side == "left" else posture.right_arm_deg)
    upper = posture.thorax @ rotation_about_axes("xyz", np.array([sign * abduction, -flexion, -sign * rotation]))
    fore = upper @ turned(-posture.elbow_deg)
    outward, along = sign * upper[:, 1], -fore[:, 2]
    local = np.array([0.0, sign * 0.16, -0.02])
    shoulder_m = notch_m + posture.thorax @ local
    above = sign * np.cross([1.0, 0.0, 0.0], local / np.linalg.norm(local))
    elbow_m = shoulder_m - UPPER_ARM_M * upper[:, 2]
    wrist_m = elbow_m + FOREARM_M * along
    back_m = WRIST_M**2 / FOREARM_M  # so that the wrist's offset stands across the line from the elbow to the markers
    beside_m = WRIST_M * np.sqrt(1 - (WRIST_M / FOREARM_M) ** 2)
    between_m = wrist_m - back_m * along + beside_m * outward
    # So that shoulder, elbow marker and wrist markers lie in a plane that the elbow's own offset stands upon.
    elbow_offset_m = (
        UPPER_ARM_M * beside_m / (UPPER_ARM_M + (FOREARM_M - back_m) * np.cos(np.radians(posture.elbow_deg)))
    )
    hand_m = wrist_m + HAND_M * along
    markers = {
        "shoulder": shoulder_m + (0.04 + RADIUS_M) * (posture.thorax @ above),
        "elbow": elbow_m + elbow_offset_m * outward,
        "wrist_thumb": between_m + 0.03 * fore[:, 0],
        "wrist_little": between_m - 0.03 * fore[:, 0],
        "finger": hand_m + 0.02 * outward,
    }
    centres = {"shoulder": shoulder_m, "elbow": elbow_m, "wrist": wrist_m, "hand": hand_m}
    measures = ArmMeasures(0.04, 2 * (elbow_offset_m - RADIUS_M), 2 * (WRIST_M - RADIUS_M), 2 * (0.02 - RADIUS_M))
    return markers, centres, measures
