"""The moments, powers and forces that a file holds, under our names, in our units."""

from __future__ import annotations

import numpy as np

from ltme_clinic.types import JointAngles, Recording

NEXUS = {
    "hip_extension": ("HipMoment", 0),
    "hip_abduction": ("HipMoment", 1),
    "hip_external_rotation": ("HipMoment", 2),
    "knee_extension": ("KneeMoment", 0),
    "knee_abduction": ("KneeMoment", 1),
    "knee_external_rotation": ("KneeMoment", 2),
    "ankle_plantarflexion": ("AnkleMoment", 0),
    "ankle_eversion": ("AnkleMoment", 1),
    "ankle_external_rotation": ("AnkleMoment", 2),
}
"""Internal moments in Nmm/kg, flexion axis first, signs as in our names."""
FORWARD_LEFT_UP = {
    "knee_extension": ("KneeMoment", 1),
    "knee_abduction": ("KneeMoment", 0),
    "knee_external_rotation": ("KneeMoment", 2),
    "ankle_plantarflexion": ("AnkleMoment", 1),
    "ankle_eversion": ("AnkleMoment", 0),
    "ankle_external_rotation": ("AnkleMoment", 2),
}
"""The same about forward, left and up."""
POWERS = {"hip": ("HipPower", 2), "knee": ("KneePower", 2), "ankle": ("AnklePower", 2)}
SEGMENTS = {"thigh": "FE", "shank": "TI", "foot": "FO"}


class ForcelessFile(Exception):
    """The file holds no points to take joint centres from."""


def uses_plate(recording: Recording) -> bool:
    """Whether the file stores a foot's ground reaction, as Plug-in Gait does."""
    return any(output.name.endswith("GroundReactionForce") for output in recording.model_outputs)


def stored_curve(recording: Recording, kind: str, name: str, side: str, convention: str) -> np.ndarray | None:
    """One stored curve (frame,): Nm/kg, W/kg, or for "vertical" N/kg; None where the file has none."""
    if kind == "force":
        label, axis, scale = "GroundReactionForce", 2, 1.0
    elif kind == "power":
        if convention != "nexus" and name == "hip":
            return None
        (label, axis), scale = POWERS[name], 1.0
    else:
        names = NEXUS if convention == "nexus" else FORWARD_LEFT_UP
        if name not in names:
            return None
        (label, axis), scale = names[name], 1e-3
    wanted = f"{side[:1].upper()}{label}"
    output = next((output for output in recording.model_outputs if output.name == wanted), None)
    return None if output is None else scale * output.values[:, axis].astype(float)


def stored_angles(recording: Recording, convention: str) -> JointAngles:
    """Joint centres and segment axes from the stored origins and axes (O, A, L, P); in Nexus a foot's P points back."""
    points = {output.name: output for output in recording.model_outputs if output.kind == "point"}

    def point_m(name: str) -> np.ndarray:
        if name not in points:
            raise ForcelessFile(f"{recording.source_name}: no {name}")
        output = points[name]
        metres = output.values.astype(float) * {"m": 1.0, "mm": 1e-3}[output.unit]
        metres[(metres == 0).all(axis=1)] = np.nan
        return metres

    def axes(prefix: str) -> np.ndarray:
        origin_m = point_m(f"{prefix}O")
        arms_m = [point_m(f"{prefix}{letter}") - origin_m for letter in "ALP"]
        forward, left, up = (arm_m / np.linalg.norm(arm_m, axis=1, keepdims=True) for arm_m in arms_m)
        lies = convention == "nexus" and prefix.endswith("FO")
        return np.stack([-up, left, forward] if lies else [forward, left, up], axis=2)

    centres, segments = {}, {"pelvis": axes("PEL")}
    for side in ("left", "right"):
        letter = side[0].upper()
        for joint, name in (("hip", "FEP"), ("knee", "FEO"), ("ankle", "TIO")):
            centres[f"{side}_{joint}"] = point_m(f"{letter}{name}")
        segments |= {f"{side}_{segment}": axes(f"{letter}{name}") for segment, name in SEGMENTS.items()}
    return JointAngles("stored", recording.rate_hz, {}, centres, segments)
