"""What a camera system sees of a body: markers a little off their place, on moving skin, with noise and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.kinematics import BodyMotion, landmarks
from ltme_clinic.virtual_lab.patient import PERSON, VISIT, VirtualPatient

SOFT_TISSUE_MM = {
    "thigh": 8.0,
    "knee": 5.0,
    "knee_medial": 5.0,
    "shank": 5.0,
    "asis": 3.5,
    "psis": 2.5,
    "sacrum": 2.5,
    "sternum": 2.0,
    "clavicle": 2.0,
    "t10": 2.5,
    "c7": 2.0,
    "shoulder": 4.0,
    "elbow": 3.0,
    "ankle": 2.0,
    "ankle_medial": 2.0,
    "heel": 1.0,
    "toe": 1.0,
}
"""RMS motion of skin over bone at each landmark, largest at the thigh (5-20 mm in the literature); others 0."""

_CENTRES = ("hip_centre", "knee_centre", "ankle_centre")


def _bare(slot: str) -> str:
    return slot.removeprefix("left_").removeprefix("right_")


SOFT_TISSUE_M = np.array([1e-3 * SOFT_TISSUE_MM.get(_bare(slot), 0.0) for slot in SLOTS])
WAND_SLOTS = np.array([_bare(slot) in ("thigh", "shank") for slot in SLOTS])
"""Markers that sit somewhere along a segment rather than on a bony landmark."""
IS_CENTRE = np.array([_bare(slot) in _CENTRES for slot in SLOTS])


@dataclass(frozen=True)
class CameraSystem:
    """How well markers are placed and seen."""

    placement_sd_m: float = 0.005
    """Placement error per axis, redrawn each visit."""
    noise_sd_m: float = 0.0005
    soft_tissue: float = 1.0
    """Share of the published skin motion; 0 glues the markers to the bone."""
    gaps: int = 0
    """How many short occlusions a recording has."""
    anatomy: float = 1.0
    """Share of the person's own landmarks' distance from the mean body's; 0 puts each where the skeleton has it."""


PERFECT = CameraSystem(placement_sd_m=0.0, noise_sd_m=0.0, soft_tissue=0.0)
TEXTBOOK = CameraSystem(placement_sd_m=0.0, noise_sd_m=0.0, soft_tissue=0.0, anatomy=0.0)
"""Perfect cameras and a body whose landmarks are exactly where a gait model takes them to be."""


def measured_positions(
    patient: VirtualPatient, visit: int, motion: BodyMotion, phase: np.ndarray, cameras: CameraSystem
) -> np.ndarray:
    """All slots as placed markers on moving skin, (frame, slot, 3) laboratory metres, without camera noise.

    Parameters
    ----------
    phase
        (2, frame) gait phase of left and right, which the skin follows.
    """
    offsets_m = marker_offsets_m(patient, visit, cameras)
    if cameras.soft_tissue > 0:
        offsets_m = offsets_m + cameras.soft_tissue * skin_motion_m(patient, phase)
    return landmarks(patient.skeleton, motion, offsets_m)


def marked_positions(patient: VirtualPatient, visit: int, motion: BodyMotion, cameras: CameraSystem) -> np.ndarray:
    """All slots of a body that stands still, (frame, slot, 3): as `measured_positions`, the skin where it rests."""
    return landmarks(patient.skeleton, motion, marker_offsets_m(patient, visit, cameras))


def marker_offsets_m(patient: VirtualPatient, visit: int, cameras: CameraSystem) -> np.ndarray:
    """(slot, 3) where a visit's markers sit, against the mean body's landmarks, each in its segment's frame."""
    return cameras.anatomy * anatomy_m(patient) + placement_m(patient, visit, cameras.placement_sd_m)


def anatomy_m(patient: VirtualPatient) -> np.ndarray:
    """(slot, 3) where this person's landmarks differ from the mean body's; for life. Joint centres don't."""
    rng = patient.rng(PERSON, 2)
    spread_m = np.full((len(SLOTS), 3), 0.0035 * patient.height_m)
    spread_m[WAND_SLOTS, 2] = 0.010 * patient.height_m
    drawn_m = spread_m * np.clip(rng.standard_normal((len(SLOTS), 3)), -2.5, 2.5)
    drawn_m[IS_CENTRE] = 0.0
    return drawn_m


def placement_m(patient: VirtualPatient, visit: int, sd_m: float) -> np.ndarray:
    """(slot, 3) how far off this visit's markers are; for joint centres, how far off they are estimated."""
    rng = patient.rng(VISIT, visit, 2)
    return sd_m * np.clip(rng.standard_normal((len(SLOTS), 3)), -3.0, 3.0)


def skin_motion_m(patient: VirtualPatient, phase: np.ndarray) -> np.ndarray:
    """(frame, slot, 3) motion of the skin over the bone: two harmonics of the stride, the person's own pattern."""
    rng = patient.rng(PERSON, 3)
    pattern = rng.standard_normal((len(SLOTS), 3, 4)) * [1.0, 1.0, 0.6, 0.6]
    pattern *= SOFT_TISSUE_M[:, None, None] / np.sqrt(1.36 * 3.0)
    # the skin follows the joints half a cycle later on the right, with each side's own pattern
    turn = 2.0 * np.pi * phase
    basis = np.stack([np.cos(turn), np.sin(turn), np.cos(2 * turn), np.sin(2 * turn)], axis=-1)  # (2, frame, 4)
    motion_m = basis[0] @ pattern.reshape(-1, 4).T
    right = slice(3 * SLOT_INDEX["right_head_front"], None)
    motion_m[:, right] = basis[1] @ pattern.reshape(-1, 4)[right].T
    return motion_m.reshape(phase.shape[1], len(SLOTS), 3)


def add_noise(rng: np.random.Generator, positions_m: np.ndarray, noise_sd_m: float) -> np.ndarray:
    """Camera noise, independent in each frame and axis."""
    if noise_sd_m <= 0:
        return positions_m
    return positions_m + noise_sd_m * rng.standard_normal(positions_m.shape, dtype=np.float32)


def occlude(rng: np.random.Generator, positions_m: np.ndarray, rate_hz: float, gaps: int) -> np.ndarray:
    """Hide one marker for 0.05 to 0.25 s, `gaps` times; hidden samples are NaN."""
    frames, markers = positions_m.shape[:2]
    seen_m = positions_m.copy()
    for _ in range(gaps):
        length = max(1, round(rng.uniform(0.05, 0.25) * rate_hz))
        start = int(rng.integers(0, max(1, frames - length)))
        seen_m[start : start + length, int(rng.integers(markers))] = np.nan
    return seen_m
