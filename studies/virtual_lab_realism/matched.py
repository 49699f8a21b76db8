"""Virtual people measured as a group of real walks was: the same landmarks, rate and durations, ages and speeds alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SLOTS
from ltme_clinic.kinematics.slot_positions import slot_positions
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.norms import speed_m_s
from ltme_clinic.types import Recording
from ltme_clinic.virtual_lab import CameraSystem, sample_patient, simulate_walk
from studies.virtual_lab_realism.real_walks import AgeGroup, RealWalk

AGES_Y: dict[AgeGroup, tuple[float, float]] = {"child": (6.0, 16.0), "adult": (18.0, 60.0)}
CENTRES_KNOWN = CameraSystem(placement_sd_m=0.0, noise_sd_m=0.0, soft_tissue=0.0)
"""A skeleton fitted to markers has no loose skin; its own errors are not simulated."""
SPEED_SPREAD = 0.03
"""Dimensionless: virtual people walk as fast as a real walk of the group, give or take this SD."""
SPEED_LIMITS = (0.15, 0.75)
_STREAM = 91


@dataclass(frozen=True)
class Group:
    """Real walks of one marker set and age group."""

    name: str
    marker_set: str
    """In which both sides are written down."""
    age_group: AgeGroup
    walks: tuple[RealWalk, ...]
    seen: np.ndarray  # (slot,) bool: landmarks of nearly every walk; the others are taken from both sides
    speeds: tuple[float, ...]
    """Dimensionless, of the walks."""

    @property
    def of_centres(self) -> bool:
        """Whether joint centres, not skin markers, are recorded."""
        return bool(self.seen[SLOTS.index("left_knee_centre")])


def group_of(
    name: str, marker_set: str, age_group: AgeGroup, walks: Sequence[RealWalk], speeds: Sequence[float]
) -> Group:
    """A group with the landmarks that at least nine in ten of its walks have and the marker set knows."""
    known = np.array([slot in marker_sets()[marker_set].slots for slot in SLOTS])
    share = np.mean([walk.slots for walk in walks], axis=0)
    return Group(name, marker_set, age_group, tuple(walks), known & (share >= 0.9), tuple(speeds))


def as_group_records(recording: Recording, group: Group) -> Recording:
    """A recording with the group's landmarks alone, by the labels of its marker set."""
    positions_m = slot_positions(recording).positions_m
    slots = [slot for slot, is_seen in zip(SLOTS, group.seen, strict=True) if is_seen]
    labels = tuple(marker_sets()[group.marker_set].slots[slot][0] for slot in slots)
    return replace(
        recording,
        marker_labels=labels,
        positions_m=np.array(positions_m[:, [SLOTS.index(slot) for slot in slots]]),
        events=(),
        residuals_m=None,
        camera_masks=None,
        filled=None,
    )


def virtual_recording(group: Group, seed: int) -> Recording:
    """One virtual person who walks as long and about as fast as one of the group's real walks, drawn by the seed."""
    rng = np.random.default_rng([seed, _STREAM])
    chosen = int(rng.integers(len(group.walks)))
    real = group.walks[chosen].recording
    patient = sample_patient(seed, age_y=float(rng.uniform(*AGES_Y[group.age_group])))
    speed = float(np.clip(group.speeds[chosen] + SPEED_SPREAD * rng.standard_normal(), *SPEED_LIMITS))
    walked = simulate_walk(
        patient,
        duration_s=real.duration_s,
        rate_hz=real.rate_hz,
        speed_m_s=speed_m_s(speed, patient.leg_length_m),
        marker_set=group.marker_set,
        cameras=CENTRES_KNOWN if group.of_centres else None,
    )
    return as_group_records(walked.recording, group)
