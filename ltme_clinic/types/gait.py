"""What a gait analysis says of one recording: cycles, curves, figures with their references, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.types.recording import GaitEvent, Origin, Side

PERCENT = np.linspace(0.0, 100.0, 101)
"""The gait cycle's points, 0 to 100 % from one initial contact to the next of the same foot."""
PERCENT.setflags(write=False)


TRACKED_FIGURES: tuple[tuple[str, Side | None], ...] = (
    ("gps_deg", None),
    ("gps_deg", "left"),
    ("gps_deg", "right"),
    ("gdi", "left"),
    ("gdi", "right"),
    ("step_length_m", "left"),
    ("step_length_m", "right"),
    ("stance_pct", "left"),
    ("stance_pct", "right"),
    ("double_support_pct", None),
    ("step_width_m", None),
)
"""Indices and steps that are kept beside a walk's embedding and followed from visit to visit."""


@dataclass(frozen=True)
class Refusal:
    """A figure that was asked for and can't honestly be given."""

    what: str
    """The figure or block: "gdi", "kinetics", "walk_ratio"."""
    reason: str
    """Fact and cure in one sentence."""


@dataclass(frozen=True)
class GaitCycle:
    """One foot's stride: from its initial contact to its next. Times in seconds from frame 0."""

    side: Side
    start_s: float
    stop_s: float
    foot_off_s: float | None = None
    opposite_foot_off_s: float | None = None
    opposite_contact_s: float | None = None
    turn_deg: float | None = None
    """How far the walker's heading turns within the cycle, positive to the left; None where the pelvis is not seen."""
    speed_m_s: float | None = None
    """Over the ground, or over the belt, along the heading."""
    flags: tuple[str, ...] = ()
    """Why it is not averaged: "turning", "starting", "outlier: knee_flexion ..."; empty for a cycle that counts."""

    @property
    def duration_s(self) -> float:
        return self.stop_s - self.start_s

    @property
    def counts(self) -> bool:
        """Whether it enters means and indices."""
        return not self.flags

    def percent(self, time_s: float | None) -> float | None:
        """A time as a percentage of this cycle."""
        return None if time_s is None else 100.0 * (time_s - self.start_s) / self.duration_s


@dataclass(frozen=True)
class CycleCurves:
    """One variable of one side over its cycles."""

    name: str
    side: Side
    unit: str
    cycles: np.ndarray  # (cycle, 101); NaN where the variable was not measured
    starts_s: tuple[float, ...]
    """Start of each row's cycle, to find it among `GaitAnalysis.cycles`."""
    counted: np.ndarray  # (cycle,) bool: the rows that the mean is of
    mean: np.ndarray  # (101,) of the counted cycles; NaN if there is none
    sd: np.ndarray  # (101,) between the counted cycles; NaN under two
    representative: int | None = None
    """Row of the counted cycle nearest to the median curve (Sangeux and Polak 2015)."""


@dataclass(frozen=True)
class GaitFigure:
    """One number with all that is needed to defend it."""

    name: str
    """With its unit last: "cadence_spm", "step_length_m", "gdi"."""
    unit: str
    value: float
    side: Side | None = None
    n: int = 0
    """How many steps, strides or cycles it is the mean of."""
    sd: float | None = None
    """Between those, where n is at least 2."""
    normalised: float | None = None
    """Dimensionless, after Hof 1996."""
    reference_mean: float | None = None
    reference_sd: float | None = None
    reference: str = ""
    """Who the reference is, with n: "82 typically developing children at free speed (Schwartz 2008)"."""
    sem: float | None = None
    mdc95: float | None = None
    error_source: str = ""
    """Population and paper of `sem` and `mdc95`."""
    note: str = ""


@dataclass(frozen=True)
class AngleBand:
    """Normal range of one variable over the cycle."""

    name: str
    mean: np.ndarray  # (101,)
    sd: np.ndarray  # (101,)
    n: int
    source: str
    """Who, how many, at what speed, published where."""


@dataclass(frozen=True)
class JointAngles:
    """Joint angles and joint centres over time, with the Conventional Gait Model's signs, NaN where not measured."""

    model: str
    """ "conventional gait model" or "joint centres, sagittal"."""
    rate_hz: float
    values_deg: Mapping[tuple[str, Side], np.ndarray]  # (frame,)
    joint_centres_m: Mapping[str, np.ndarray] = field(default_factory=dict)
    """ "left_hip", "left_knee", "left_ankle", "left_shoulder" ...: (frame, 3) laboratory."""
    segments: Mapping[str, np.ndarray] = field(default_factory=dict)
    """ "pelvis", "left_thigh", "left_shank", "left_foot", "thorax" ...: (frame, 3, 3), columns forward, left, up."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Angle (or group of angles) -> why it is not given."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """How it was calculated: hip centres, marker diameter, offsets' source, filling, filter."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlateContact:
    """One foot's contact with one force plate."""

    plate: int
    """The file's number, from 1."""
    side: Side | None
    """None where no foot, or more than one, can be told."""
    start_s: float
    stop_s: float
    """Force rises and falls through the threshold; NaN where the recording begins or ends loaded."""
    clean: bool
    """One foot alone, wholly on the plate, from contact to foot off."""
    why_not: str = ""
    """Why it is not clean, beginning with one of "both feet", "a cane or hand on the plate", "edge", "no marker near",
    "begins loaded", "ends loaded", "out of step", "shifted", "wrong force", "too much force", "force samples are
    missing", "unusable plate"."""


@dataclass(frozen=True)
class JointKinetics:
    """Internal joint moments and powers over time; NaN where a foot's force is not known."""

    rate_hz: float
    moments_nm_kg: Mapping[tuple[str, Side], np.ndarray]  # (frame,) "hip_extension" ... positive as the name says
    powers_w_kg: Mapping[tuple[str, Side], np.ndarray]  # (frame,) "hip", "knee", "ankle"; generation positive
    ground_reaction_bw: Mapping[tuple[str, Side], np.ndarray] = field(default_factory=dict)
    """(frame,) "vertical", "anterior" (forward positive), "medial", in body weights."""
    frame: str = ""
    """In which segment's axes the moments are expressed."""
    contacts: tuple[PlateContact, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    """How it was calculated: body mass, inertia, filters."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class MuscleActivity:
    """One muscle's EMG envelope over the cycles of its side."""

    muscle: str
    """ "rectus femoris"; as the file's label says where no known muscle is recognised."""
    side: Side | None
    curves: CycleCurves | None
    band: AngleBand | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class GaitAnalysis:
    """Everything that one walk of one person says in a clinic's own terms."""

    recording_id: str
    source_name: str
    origin: Origin
    rate_hz: float
    duration_s: float
    setting: str
    """ "overground" or "treadmill"."""
    movement: str
    """ "walking", "running", "standing" ...: what the markers show."""
    events: tuple[GaitEvent, ...] = ()
    event_method: str = ""
    """Which methods gave the events, and why they were chosen."""
    cycles: tuple[GaitCycle, ...] = ()
    angles: JointAngles | None = None
    curves: Mapping[tuple[str, Side], CycleCurves] = field(default_factory=dict)
    """Angles, moments, powers and ground reactions over the cycle."""
    bands: Mapping[str, AngleBand] = field(default_factory=dict)
    spatiotemporal: tuple[GaitFigure, ...] = ()
    indices: tuple[GaitFigure, ...] = ()
    map_deg: Mapping[tuple[str, Side], float] = field(default_factory=dict)
    """Movement Analysis Profile: the gait variable scores."""
    kinetics: JointKinetics | None = None
    emg: tuple[MuscleActivity, ...] = ()
    leg_length_m: float | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()

    def figure(self, name: str, side: Side | None = None) -> GaitFigure | None:
        """A figure of the spatiotemporal set or of the indices by its name."""
        both = (*self.spatiotemporal, *self.indices)
        return next((f for f in both if f.name == name and f.side == side), None)
