"""Joint curves of both legs: from coefficients over the cycle to angles over time, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.kinematics import Skeleton, forward_kinematics
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.kinematics.rotations import angles_yzx
from ltme_clinic.virtual_lab.footfalls import FootPose
from ltme_clinic.virtual_lab.rhythm import Rhythm, fourier, phase_basis, warp_to_norm

PLANNED: tuple[str, ...] = (*ANGLES[:8], "ankle_rotation", "ankle_inversion")
"""What is planned of each side: the pelvis, and all angles that pose a leg and its foot."""
SLAP_EARLY_S = 0.028
"""How much sooner than in the published mean curves a foot comes down flat: on force plates the toe marker has fallen
half way 3 ms after the heel's contact, in the published curves 25 ms (32 contacts of 22 recordings)."""
SLAP_SHARES = (-0.03, 0.005, 0.05, 0.14)
"""Shares of the cycle about the landing between which that holds, swelling and ebbing."""
STEEPEST_DEG, STEEP_SOFTNESS_DEG = 84.0, 2.0
"""A foot that leaves the floor doesn't tip over its toes, whatever a person's curves add up to."""
_PELVIS, _LIMB = PLANNED[:3], PLANNED[3:]
_OTHER_SIDE = np.array([[1.0], [-1.0], [-1.0]])
"""The one pelvis's tilt, obliquity and rotation as the other leg's curves draw them."""


def leg_angles(legs: np.ndarray, rhythm: Rhythm) -> dict[str, np.ndarray]:
    """Angles at every frame of a rhythm, degrees, by the names of `forward_kinematics`.

    Parameters
    ----------
    legs
        (2, 10, coefficient) Fourier coefficients of `PLANNED`, left and right, each over its own side's cycle.
    """
    harmonics = (legs.shape[-1] - 1) // 2
    left, right = (legs[side] @ phase_basis(rhythm.share(side), harmonics).T for side in (0, 1))
    return _named(0.5 * (left[:3] + _OTHER_SIDE * right[:3]), left[3:], right[3:])


def planned_legs(angles_deg: Mapping[str, np.ndarray], harmonics: int) -> np.ndarray:
    """`leg_angles` undone: coefficients from angles evenly over one cycle of the left side, an even number of them."""
    points = len(angles_deg["pelvic_tilt"])
    pelvis = np.stack([angles_deg[name] for name in _PELVIS])
    left = np.concatenate([pelvis, [angles_deg[f"left_{name}"] for name in _LIMB]])
    right = np.concatenate([_OTHER_SIDE * pelvis, [angles_deg[f"right_{name}"] for name in _LIMB]])
    # the right side's own cycle begins half a cycle later
    spectrum = np.fft.rfft(np.stack([left, np.roll(right, points // 2, axis=1)]), axis=-1) / points
    kept = spectrum[..., 1 : harmonics + 1]
    return np.concatenate([spectrum[..., :1].real, 2.0 * kept.real, -2.0 * kept.imag], axis=-1)


def wished_leg_angles(
    skeleton: Skeleton, curves_deg: np.ndarray, rhythm: Rhythm, norm_stance: float, cycle_s: float
) -> dict[str, np.ndarray]:
    """Angles from curves of the nine variables (2, 9, 51) whose feet leave the floor at `norm_stance` of their cycle.

    A foot pitches as the sagittal angles above it say, points where its progression says, and is level across: what
    its ankle must do for that follows.
    """
    coefficients = fourier(curves_deg)
    sided, pitches = [], []
    for side, stance in enumerate(rhythm.stance):
        share = warp_to_norm(rhythm.share(side), stance, norm_stance)
        sided.append(coefficients[side] @ phase_basis(share).T)
        tilt, hip, knee, ankle = coefficients[side][[0, 3, 6, 7]] @ phase_basis(slapped(share, cycle_s)).T
        pitches.append(np.radians(kept_from_tipping(hip - knee + ankle - tilt)))
    left, right = sided
    still = np.zeros((2, left.shape[1]))
    pelvis = 0.5 * (left[:3] + _OTHER_SIDE * right[:3])
    named = _named(pelvis, *(np.concatenate([rows[3:8], still]) for rows in sided))
    body = forward_kinematics(skeleton, named)
    for name, rows, pitch in zip(SIDES, sided, pitches, strict=True):
        foot = FootPose(pitch, -SIDE_SIGN[name] * np.radians(rows[8])).rotation
        turned = angles_yzx(body.rotations[f"{name}_shank"].transpose(0, 2, 1) @ foot)
        signs = (-1.0, -SIDE_SIGN[name], -SIDE_SIGN[name])
        for angle, sign, radians in zip(("dorsiflexion", "rotation", "inversion"), signs, turned, strict=True):
            named[f"{name}_ankle_{angle}"] = sign * np.degrees(radians)
    return named


def kept_from_tipping(pitch_deg: np.ndarray) -> np.ndarray:
    """Pitches, toes up positive, bent smoothly away from `STEEPEST_DEG` downwards."""
    return STEEP_SOFTNESS_DEG * np.logaddexp(0.0, (pitch_deg + STEEPEST_DEG) / STEEP_SOFTNESS_DEG) - STEEPEST_DEG


def slapped(share: np.ndarray, cycle_s: float) -> np.ndarray:
    """Shares of the published cycle at which a foot pitches as it does at these: about the landing, a little later."""
    about = (share + 0.5) % 1.0 - 0.5
    rise = np.clip((about - SLAP_SHARES[0]) / (SLAP_SHARES[1] - SLAP_SHARES[0]), 0.0, 1.0)
    fall = np.clip((SLAP_SHARES[3] - about) / (SLAP_SHARES[3] - SLAP_SHARES[2]), 0.0, 1.0)
    part = np.minimum(rise, fall)
    return share + SLAP_EARLY_S / cycle_s * part * part * (3.0 - 2.0 * part)


def varied(angles_deg: dict[str, np.ndarray], by_deg: np.ndarray) -> dict[str, np.ndarray]:
    """With (15, frame) degrees added: pelvis, and six of each side, the last of which turns the foot."""
    added = dict(zip(_PELVIS, by_deg[:3], strict=True))
    for side, rows in zip(SIDES, (by_deg[3:9], by_deg[9:15]), strict=True):
        added |= {f"{side}_{name}": row for name, row in zip(_LIMB[:6], rows, strict=True)}
    return angles_deg | {name: angles_deg[name] + row for name, row in added.items()}


def _named(pelvis: np.ndarray, left: np.ndarray, right: np.ndarray) -> dict[str, np.ndarray]:
    named = dict(zip(_PELVIS, pelvis, strict=True))
    for side, limb in zip(SIDES, (left, right), strict=True):
        named |= {f"{side}_{name}": row for name, row in zip(_LIMB, limb, strict=True)}
    return named
