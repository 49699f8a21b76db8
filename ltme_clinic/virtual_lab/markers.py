"""What a camera system sees of a body: markers a little off their place, on moving skin, with noise and gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.kinematics import BodyMotion, landmarks
from ltme_clinic.kinematics.smoothing import butterworth_low_pass
from ltme_clinic.virtual_lab.patient import PERSON, VISIT, VirtualPatient

SOFT_TISSUE_MM = {
    "thigh": 8.0,
    "knee": 5.0,
    "knee_medial": 5.0,
    "shank": 5.0,
    "asis": 3.0,
    "psis": 3.0,
    "sacrum": 2.5,
    "sternum": 2.5,
    "clavicle": 2.0,
    "t10": 3.0,
    "c7": 2.0,
    "head_front": 0.4,
    "head_back": 0.4,
    "shoulder": 2.5,
    "elbow": 2.0,
    "wrist_thumb": 0.6,
    "wrist_little": 0.6,
    "finger": 0.8,
    "ankle": 0.8,
    "ankle_medial": 0.8,
    "heel": 0.7,
    "toe": 2.0,
}
"""RMS motion of skin over bone at each landmark, largest at the thigh (5-20 mm in the literature); others 0. At pelvis,
trunk, head, arms and feet about as lengths between markers change over the stride in four laboratories' recordings
(breathing among it); a toe
marker also moves because a forefoot bends."""

_CENTRES = ("hip_centre", "knee_centre", "ankle_centre")

Share = tuple[float, float, float]
ANATOMY: dict[str, tuple[Share, Share]] = {
    "asis": ((0.0, 0.0, 0.0), (0.5, 0.5, 0.8)),
    "psis": ((0.0, 0.5, 0.0), (0.8, 1.0, 0.8)),
    "sacrum": ((0.0, 0.0, 0.0), (0.8, 0.4, 0.8)),
    "thigh": ((2.0, 1.5, 6.0), (2.0, 1.5, 6.0)),
    "knee": ((1.2, 0.0, 1.5), (0.8, 0.5, 0.8)),
    "knee_medial": ((1.2, 0.0, 1.5), (0.8, 0.5, 0.8)),
    "shank": ((2.0, 1.5, 6.0), (2.0, 1.5, 6.0)),
    "ankle": ((1.2, 0.0, 1.2), (0.8, 0.4, 0.8)),
    "ankle_medial": ((1.2, 0.0, 1.2), (0.8, 0.4, 0.8)),
    "heel": ((1.0, 1.0, 1.0), (0.5, 1.0, 0.6)),
    "toe": ((1.5, 1.2, 1.0), (0.7, 1.0, 0.6)),
    "metatarsal_1": ((1.5, 1.2, 1.0), (0.7, 1.0, 0.6)),
    "metatarsal_5": ((1.5, 1.2, 1.0), (0.7, 1.0, 0.6)),
    "c7": ((0.0, 0.0, 0.0), (3.0, 0.7, 5.0)),
    "t10": ((0.0, 0.0, 0.0), (5.0, 1.0, 12.0)),
    "clavicle": ((0.0, 0.0, 0.0), (4.0, 0.7, 6.0)),
    "sternum": ((0.0, 0.0, 0.0), (5.0, 1.0, 11.0)),
    "shoulder": ((5.0, 0.0, 5.0), (2.0, 1.5, 2.0)),
    "elbow": ((3.0, 2.0, 3.0), (1.5, 1.0, 1.5)),
    "wrist_thumb": ((2.0, 1.0, 3.0), (1.0, 1.0, 1.5)),
    "wrist_little": ((2.0, 1.0, 3.0), (1.0, 1.0, 1.5)),
    "finger": ((2.0, 2.0, 4.0), (1.0, 1.0, 2.0)),
    "head_front": ((3.0, 3.5, 4.0), (1.5, 1.0, 2.0)),
    "head_back": ((3.0, 3.5, 4.0), (1.5, 1.0, 2.0)),
}
"""SD between people of where a landmark lies against the mean body's, in thousandths of the height, along its segment's
axes (forward, outwards, up): what both sides share, and what each side has of its own.

Widths and lengths are the skeleton's and are not varied again. The trunk's and head's SD are those of the eight
children of the shared recordings; the markers of thigh and shank sit where the examiner finds room; the others are
small, as left and right of one person are alike. No between-person figure is published for them one by one.
"""
PELVIS_SHIFT = (2.0, 0.0, 2.0)
"""The same for the whole pelvis' landmarks against the hip joints: what a regression for these can't know
(Harrington 2007 leaves about 5 mm in children and adults alike)."""

_ACROSS = (
    {"asis", "psis", "sacrum", "c7", "t10", "clavicle", "sternum", "heel", "wrist_thumb", "wrist_little"},
    {"knee", "knee_medial", "ankle", "ankle_medial", "thigh", "shank", "elbow", "finger", "metatarsal_5"}
    | {"head_front", "head_back"},
    {"shoulder", "toe", "metatarsal_1"},
)
"""Which landmarks have the skin's surface across their segment's x, y and z axis."""
ACROSS_SKIN = 0.3
"""Placement error across the skin against that along it: a marker sits on the skin, wherever it is put."""
TOGETHER, PELVIS_TOGETHER = 0.5, 0.8
"""How placement errors of the left and right marker correlate (mirrored): one examiner finds both, by the same rule,
and levels the two sides of a pelvis by eye."""
_PELVIS = frozenset({"asis", "psis"})


def _bare(slot: str) -> str:
    return slot.removeprefix("left_").removeprefix("right_")


def _by_slot(values: dict[str, Share]) -> np.ndarray:
    """(slot, 3) from a table by landmark; 0 for landmarks that the table lacks."""
    return np.array([values.get(_bare(slot), (0.0, 0.0, 0.0)) for slot in SLOTS])


SOFT_TISSUE_M = np.array([1e-3 * SOFT_TISSUE_MM.get(_bare(slot), 0.0) for slot in SLOTS])
IS_CENTRE = np.array([_bare(slot) in _CENTRES for slot in SLOTS])
_SHARED_SD = 1e-3 * _by_slot({name: shared for name, (shared, _) in ANATOMY.items()})
_OWN_SD = 1e-3 * _by_slot({name: own for name, (_, own) in ANATOMY.items()})
_ON_PELVIS = np.array([_bare(slot) in _PELVIS | {"sacrum"} for slot in SLOTS])
_PLACED = np.array([[ACROSS_SKIN if _bare(slot) in across else 1.0 for across in _ACROSS] for slot in SLOTS])
_PAIRED = np.array([PELVIS_TOGETHER if _bare(slot) in _PELVIS else TOGETHER for slot in SLOTS])[:, None]
_OUTWARDS = np.array([[1.0, -1.0 if slot.startswith("right_") else 1.0, 1.0] for slot in SLOTS])
"""A landmark's outward way, in its segment's frame: left for the left side and the midline, right for the right."""
_TWIN = np.array([SLOT_INDEX[slot.replace("right_", "left_", 1)] for slot in SLOTS])
"""The left twin of every slot, whose draws both share; midline slots are their own."""


@dataclass(frozen=True)
class CameraSystem:
    """How well markers are placed and seen."""

    placement_sd_m: float = 0.005
    """Placement error in each direction along the skin, redrawn each visit (see `placement_m`)."""
    noise_sd_m: float = 0.0002
    """White, each axis and frame by itself: what is left of an unfiltered track at 10-20 Hz (Qualisys, OpenSim)."""
    smoothing_hz: float | None = None
    """Cut-off of the low-pass with which a laboratory stores its tracks, zero lag; None stores them raw."""
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
    patient: VirtualPatient,
    visit: int,
    motion: BodyMotion,
    angles_deg: Mapping[str, np.ndarray | float],
    cameras: CameraSystem,
) -> np.ndarray:
    """All slots as placed markers on moving skin, (frame, slot, 3) laboratory metres, without camera noise.

    Parameters
    ----------
    angles_deg
        The joints' angles (`forward_kinematics`), which the skin follows.
    """
    offsets_m = marker_offsets_m(patient, visit, cameras)
    if cameras.soft_tissue > 0:
        offsets_m = offsets_m + cameras.soft_tissue * skin_motion_m(patient, angles_deg)
    return landmarks(patient.skeleton, motion, offsets_m)


def marked_positions(patient: VirtualPatient, visit: int, motion: BodyMotion, cameras: CameraSystem) -> np.ndarray:
    """All slots of a body that stands still, (frame, slot, 3): as `measured_positions`, the skin where it rests."""
    return landmarks(patient.skeleton, motion, marker_offsets_m(patient, visit, cameras))


def marker_offsets_m(patient: VirtualPatient, visit: int, cameras: CameraSystem) -> np.ndarray:
    """(slot, 3) where a visit's markers sit, against the mean body's landmarks, each in its segment's frame."""
    return cameras.anatomy * anatomy_m(patient) + placement_m(patient, visit, cameras.placement_sd_m)


def anatomy_m(patient: VirtualPatient) -> np.ndarray:
    """(slot, 3) where this person's landmarks differ from the mean body's; for life. Joint centres don't.

    Left and right differ alike (`ANATOMY`), but for a small asymmetry; the pelvis' landmarks move together.
    """
    rng = patient.rng(PERSON, 2)
    shared, own = np.clip(rng.standard_normal((2, len(SLOTS), 3)), -2.5, 2.5)
    pelvis = np.clip(rng.standard_normal(3), -2.5, 2.5)
    drawn = _OUTWARDS * (_SHARED_SD * shared[_TWIN] + _OWN_SD * own)
    drawn[_ON_PELVIS] += 1e-3 * np.array(PELVIS_SHIFT) * pelvis
    return patient.height_m * drawn


def placement_m(patient: VirtualPatient, visit: int, sd_m: float) -> np.ndarray:
    """(slot, 3) how far off this visit's markers are; for joint centres, how far off they are estimated.

    `sd_m` is the SD along the skin, in each of its two directions; across the skin it is `ACROSS_SKIN` of that. The two
    sides' errors go together in part (`TOGETHER`).
    """
    rng = patient.rng(VISIT, visit, 2)
    shared, own = np.clip(rng.standard_normal((2, len(SLOTS), 3)), -3.0, 3.0)
    together = np.where(IS_CENTRE[:, None], 0.0, _PAIRED)
    drawn = np.sqrt(together) * shared[_TWIN] + np.sqrt(1.0 - together) * own
    return sd_m * _PLACED * _OUTWARDS * drawn


_SKIN_FOLLOWS: dict[str, tuple[str, ...]] = {
    "thigh": ("hip_flexion", "knee_flexion"),
    "knee": ("knee_flexion", "knee_flexion"),
    "knee_medial": ("knee_flexion", "knee_flexion"),
    "shank": ("knee_flexion", "ankle_dorsiflexion"),
    "ankle": ("ankle_dorsiflexion", "ankle_dorsiflexion"),
    "ankle_medial": ("ankle_dorsiflexion", "ankle_dorsiflexion"),
    "heel": ("ankle_dorsiflexion", "ankle_dorsiflexion"),
    "toe": ("ankle_dorsiflexion", "ankle_dorsiflexion"),
    "asis": ("hip_flexion", "hip_flexion"),
    "psis": ("hip_flexion", "trunk_flexion"),
    "sacrum": ("left_hip_flexion", "right_hip_flexion"),
    "shoulder": ("shoulder_flexion", "shoulder_abduction"),
    "elbow": ("elbow_flexion", "shoulder_flexion"),
    "t10": ("left_shoulder_flexion", "right_shoulder_flexion"),
    "c7": ("left_shoulder_flexion", "right_shoulder_flexion"),
    "clavicle": ("left_shoulder_flexion", "right_shoulder_flexion"),
    "sternum": ("left_shoulder_flexion", "right_shoulder_flexion"),
    "wrist_thumb": ("elbow_flexion", "shoulder_flexion"),
    "wrist_little": ("elbow_flexion", "shoulder_flexion"),
    "finger": ("elbow_flexion", "shoulder_flexion"),
    "head_front": ("left_shoulder_flexion", "right_shoulder_flexion"),
    "head_back": ("left_shoulder_flexion", "right_shoulder_flexion"),
}
"""Joint angles that carry the skin of each landmark along: the limb's own; both limbs', each in its way, for trunk and
head, whose skin is tied to both arms."""
_WALKING_RMS_DEG = {
    "hip_flexion": 22.0,
    "knee_flexion": 28.0,
    "ankle_dorsiflexion": 8.0,
    "shoulder_flexion": 13.0,
    "shoulder_abduction": 9.0,
    "elbow_flexion": 26.0,
    "trunk_flexion": 4.0,
    "trunk_rotation": 4.0,
}
"""RMS of each angle, against upright standing, in free walking: there the skin moves by `SOFT_TISSUE_MM`.

Hip, knee and ankle computed from Schwartz 2008; the upper body's are a usual walk's of the virtual laboratory.
"""
SKIN_SPREAD = 1.5
"""Nobody's pattern is further than so many SD from the mean one."""
SKIN_GIVES = 2.5
"""The skin gives way less and less as a joint bends on: at most so many times as much as in walking. 2.5 times the
thigh's 8 mm is the upper end (20 mm) of what the reviews give (Leardini 2005, Peters 2010)."""


def skin_motion_m(patient: VirtualPatient, angles_deg: Mapping[str, np.ndarray | float]) -> np.ndarray:
    """(frame, slot, 3) motion of the skin over the bone, which follows the joints nearby: for walks and exercises.

    The pattern is the person's own (skin motion repeats in a person and differs between people: Leardini 2005); skin is
    at rest in upright standing, where all angles are 0.

    Parameters
    ----------
    angles_deg
        Keys of `kinematics.forward_kinematics`, each (frame,) or one number; angles left out are 0.
    """
    rng = patient.rng(PERSON, 3)
    pattern = (
        np.clip(rng.standard_normal((len(SLOTS), 3, 2)), -SKIN_SPREAD, SKIN_SPREAD)
        * SOFT_TISSUE_M[:, None, None]
        / np.sqrt(6.0)
    )
    frames = max(np.size(value) for value in angles_deg.values()) if angles_deg else 1
    motion_m = np.zeros((frames, len(SLOTS), 3))
    for index, slot in enumerate(SLOTS):
        for order, key in enumerate(_SKIN_FOLLOWS.get(_bare(slot), ())):
            bent = _nearby_deg(slot, key, angles_deg) / _WALKING_RMS_DEG[_bare(key)]
            held = SKIN_GIVES * np.tanh(np.broadcast_to(bent, frames) / SKIN_GIVES)
            motion_m[:, index] += held[:, None] * pattern[index, :, order]
    return motion_m


def _nearby_deg(slot: str, key: str, angles_deg: Mapping[str, np.ndarray | float]) -> np.ndarray:
    """An angle as a slot feels it: of the trunk, of a named limb, or of its own side's."""
    if key.startswith(("trunk", "left", "right")):
        return np.asarray(angles_deg.get(key, 0.0))
    side = next(side for side in SIDES if slot.startswith(side))
    return np.asarray(angles_deg.get(f"{side}_{key}", 0.0))


def add_noise(rng: np.random.Generator, positions_m: np.ndarray, noise_sd_m: float) -> np.ndarray:
    """Camera noise, independent in each frame and axis."""
    if noise_sd_m <= 0:
        return positions_m
    return positions_m + noise_sd_m * rng.standard_normal(positions_m.shape, dtype=np.float32)


def stored(positions_m: np.ndarray, rate_hz: float, cameras: CameraSystem) -> np.ndarray:
    """Tracks as the laboratory stores them."""
    if cameras.smoothing_hz is None:
        return positions_m
    return butterworth_low_pass(positions_m, rate_hz, cameras.smoothing_hz)


def occlude(rng: np.random.Generator, positions_m: np.ndarray, rate_hz: float, gaps: int) -> np.ndarray:
    """Hide one marker for 0.05 to 0.25 s, `gaps` times; hidden samples are NaN."""
    frames, markers = positions_m.shape[:2]
    seen_m = positions_m.copy()
    for _ in range(gaps):
        length = max(1, round(rng.uniform(0.05, 0.25) * rate_hz))
        start = int(rng.integers(0, max(1, frames - length)))
        seen_m[start : start + length, int(rng.integers(markers))] = np.nan
    return seen_m
