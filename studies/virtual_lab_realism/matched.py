"""Virtual people measured as a group of real walks was: the same landmarks, rates, durations; ages and speeds alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SIDES, SLOTS
from ltme_clinic.gait.movement import movement_of
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.kinematics.slot_positions import slot_positions
from ltme_clinic.marker_sets import detect_marker_set, marker_sets
from ltme_clinic.norms import dimensionless_speed, speed_m_s
from ltme_clinic.types import Anthropometry, BodyMeasures, Recording
from ltme_clinic.virtual_lab import CameraSystem, sample_patient, simulate_walk
from studies.real_recordings.labels import AgeGroup
from studies.virtual_lab_realism.real_walks import RealWalk
from studies.virtual_lab_realism.walk_features import log_band_rms

AGES_Y: dict[AgeGroup, tuple[float, float]] = {"child": (6.0, 16.0), "adult": (18.0, 60.0)}
CENTRES_KNOWN = CameraSystem(placement_sd_m=0.0, noise_sd_m=0.0, soft_tissue=0.0)
"""A skeleton fitted to markers has no loose skin; its own errors are not simulated."""
KNEE_FORWARD_M = 0.04
"""How far in front of the true ones CMU's knee centres lie: its skeletons' knees are bent by 12 degrees more on average
and 5 to 13 at least, where those of every marker laboratory are straightened to 0 to 5."""
SPEED_SPREAD = 0.03
"""Dimensionless: virtual people walk as fast as a real walk of the group, give or take this SD."""
SPEED_LIMITS = (0.15, 0.75)
SMOOTHED_MM, SMOOTHING_HZ = 0.03, 6.0
"""Pelvis markers hold .001 to .007 mm between 10 and 20 Hz in three Vicon laboratories, .2 to .6 mm elsewhere."""
SEEN_SHARE = 0.9
USUAL_LEG_M = 0.85
"""Where a file's landmarks don't give a leg length."""
WRITTEN_AS = {"oxford-foot": "plug-in-gait-full-body", "joint-centres": "cmu-asf", "character-creator": "cmu-asf"}
"""Marker sets with markers that the virtual laboratory does not place; what they share with another is compared."""
_STREAM = 91


@dataclass(frozen=True)
class Group:
    """How the real walks of one marker set and age group were recorded."""

    name: str
    marker_set: str
    """In which both sides are written down."""
    age_group: AgeGroup
    seen: np.ndarray  # (slot,) bool: landmarks of nearly every walk; the others are taken from both sides
    durations_s: tuple[float, ...]
    """Of the real walks; in the same order their rates and speeds."""
    rates_hz: tuple[float, ...]
    speeds: tuple[float, ...]
    """Dimensionless."""
    smoothed: bool = False
    """Whether the laboratory stores low-passed trajectories; the virtual one then does the same."""
    measured: bool = True
    """Whether the laboratory's files tell the body's measures; the virtual ones then do."""

    @property
    def of_centres(self) -> bool:
        """Whether joint centres, not skin markers, are recorded."""
        return bool(self.seen[SLOTS.index("left_knee_centre")])


def grouped(walks: Sequence[RealWalk]) -> list[tuple[Group, list[RealWalk]]]:
    """Groups of one laboratory each with their walks, the largest first.

    CMU's three formats are one laboratory: the same joint centres of the same room.
    """
    by_name: dict[str, list[RealWalk]] = {}
    for walk in walks:
        by_name.setdefault(walk.laboratory.partition(",")[0], []).append(walk)
    ordered = sorted(by_name.items(), key=lambda item: -len(item[1]))
    return [(_group_of(name, members), members) for name, members in ordered]


def _group_of(name: str, walks: Sequence[RealWalk]) -> Group:
    """A group with the landmarks that at least nine in ten of its walks have and its marker set knows."""
    marker_set = WRITTEN_AS.get(walks[0].marker_set, walks[0].marker_set)
    known = np.array([slot in marker_sets()[marker_set].slots for slot in SLOTS])
    share = np.mean([walk.slots for walk in walks], axis=0)
    return Group(
        name=name,
        marker_set=marker_set,
        age_group=walks[0].age_group,
        seen=known & (share >= SEEN_SHARE),
        durations_s=tuple(walk.recording.duration_s for walk in walks),
        rates_hz=tuple(walk.recording.rate_hz for walk in walks),
        speeds=tuple(_speed(walk.recording) for walk in walks),
        measured=any(walk.recording.anthropometry != Anthropometry() for walk in walks),
        smoothed=float(np.median([_pelvis_noise_mm(walk.recording) for walk in walks])) < SMOOTHED_MM,
    )


def _pelvis_noise_mm(recording: Recording) -> float:
    """RMS of the pelvis's markers between 10 and 20 Hz, where a walking pelvis has next to nothing."""
    walker = walker_of(recording)
    places = [SLOTS.index(slot) for slot in ("left_asis", "right_asis", "left_hip_centre", "right_hip_centre")]
    logs = [log_band_rms(walker.measured_m[:, place], walker.rate_hz)[1] for place in places]
    return float(np.exp(np.nanmean(logs))) if np.isfinite(logs).any() else np.inf


def _speed(recording: Recording) -> float:
    walker = walker_of(recording)
    leg_length_m = walker.leg_length_m or USUAL_LEG_M
    return dimensionless_speed(movement_of(walker).speed_m_s or 0.0, leg_length_m)


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
        anthropometry=recording.anthropometry if group.measured else Anthropometry(),
        body_measures=recording.body_measures if group.measured else BodyMeasures(),
    )


def virtual_recording(group: Group, seed: int) -> Recording:
    """One virtual person who walks as long and about as fast as one of the group's real walks, drawn by the seed."""
    rng = np.random.default_rng([seed, _STREAM])
    chosen = int(rng.integers(len(group.speeds)))
    patient = sample_patient(seed, age_y=float(rng.uniform(*AGES_Y[group.age_group])))
    speed = float(np.clip(group.speeds[chosen] + SPEED_SPREAD * rng.standard_normal(), *SPEED_LIMITS))
    walked = simulate_walk(
        patient,
        duration_s=group.durations_s[chosen],
        rate_hz=group.rates_hz[chosen],
        speed_m_s=speed_m_s(speed, patient.leg_length_m),
        marker_set=group.marker_set,
        cameras=CENTRES_KNOWN
        if group.of_centres
        else CameraSystem(smoothing_hz=SMOOTHING_HZ if group.smoothed else None),
    )
    recording = as_group_records(walked.recording, group)
    return with_knees_forward(recording) if group.of_centres else recording


def with_knees_forward(recording: Recording) -> Recording:
    """Knee centres moved by `KNEE_FORWARD_M`, across the line from hip to ankle, the way the pelvis faces."""
    labels = detect_marker_set(recording.marker_labels).slots
    positions_m = recording.positions_m.copy()

    def column(side: str, joint: str) -> int:
        return recording.marker_labels.index(labels[f"{side}_{joint}_centre"])

    across_m = positions_m[:, column("left", "hip")] - positions_m[:, column("right", "hip")]
    for side in SIDES:
        down_m = positions_m[:, column(side, "ankle")] - positions_m[:, column(side, "hip")]
        ahead = np.cross(down_m, across_m)
        ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
        positions_m[:, column(side, "knee")] += KNEE_FORWARD_M * ahead
    return replace(recording, positions_m=positions_m)
