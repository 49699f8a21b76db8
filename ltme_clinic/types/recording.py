"""A recording: one subject's markers, events, analogs and model outputs, as a file held them, in SI units."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from ltme_clinic.errors import LtmeError
from ltme_clinic.types.body_measures import BodyMeasures
from ltme_clinic.types.force_plates import ForcePlate
from ltme_clinic.types.trial import TrialFacts

Origin = Literal["measured", "virtual", "generated"]
Side = Literal["left", "right"]
EventKind = Literal["initial_contact", "foot_off", "other"]
EventSource = Literal["entered", "force_plate", "kinematic"]
OutputKind = Literal["angle", "force", "moment", "power", "scalar", "point"]

ORIGINS: tuple[Origin, ...] = get_args(Origin)


@dataclass(frozen=True)
class GaitEvent:
    """One foot contact or foot off, as entered in the file or detected.

    `time_s` and `frame` count from the first stored frame (frame 0 is at 0 s).
    """

    side: Side | None
    kind: EventKind
    time_s: float
    frame: int
    label: str = ""
    source: EventSource = "entered"
    method: str = ""
    """Which detector found it: "zeni", "heel-toe minimum", "plate 2"; empty for an entered event."""
    confidence: float = 1.0
    """0 to 1; 1 for what somebody entered."""


@dataclass(frozen=True)
class AnalogSignals:
    """Analog channels in the file's own physical units."""

    labels: tuple[str, ...]
    rate_hz: float
    values: np.ndarray  # (sample, channel) float32
    units: tuple[str, ...]
    descriptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelOutput:
    """A curve that the laboratory's own software stored among the points: never scaled, never encoded as a marker."""

    name: str
    kind: OutputKind
    values: np.ndarray  # (frame, 3) float32, in `unit`, NaN where missing
    unit: str = ""


@dataclass(frozen=True)
class Anthropometry:
    """Body measures found in the file; None where the file does not hold one."""

    height_m: float | None = None
    mass_kg: float | None = None
    leg_length_left_m: float | None = None
    leg_length_right_m: float | None = None


@dataclass(frozen=True)
class Recording:
    """One subject of one file.

    Positions are in the laboratory frame: metres, z up, NaN where a marker is missing.
    `recording_id` is the SHA-256 (hex) of the file's bytes followed by the subject's name.
    """

    recording_id: str
    origin: Origin
    source_name: str
    """The file's name without its folder."""
    subject: str
    """The subject's label inside the file, empty if there is none. Identifying: stays in the identity database."""
    rate_hz: float
    first_file_frame: int
    """The file's own number of our frame 0."""
    marker_labels: tuple[str, ...]
    positions_m: np.ndarray  # (frame, marker, axis) float64
    events: tuple[GaitEvent, ...] = ()
    analogs: AnalogSignals | None = None
    plates: int = 0
    """How many force plates the file declares, usable or not."""
    force_plates: tuple[ForcePlate, ...] = ()
    """The plates whose place and channels the file tells; `kinematics.plate_forces` calculates their forces."""
    model_outputs: tuple[ModelOutput, ...] = ()
    anthropometry: Anthropometry = Anthropometry()
    body_measures: BodyMeasures = field(default_factory=BodyMeasures)
    """What the file holds for a gait model: widths, lengths, static offsets."""
    is_static: bool = False
    trial: TrialFacts = field(default_factory=TrialFacts)
    """What the patient did, wore and leant on, and where that was read."""
    file_unit: str = "mm"
    """The length unit that the file names; where it names none that is known, the one that was taken."""
    manufacturer: str = ""
    warnings: tuple[str, ...] = ()
    file_sha256: str = ""
    """SHA-256 (hex) of the file's bytes alone; empty for a recording that no file holds yet."""
    parameters: dict[str, str] = field(default_factory=dict)
    """A few descriptive parameters kept for inspection (never identifying)."""
    residuals_m: np.ndarray | None = None  # (frame, marker) float32, NaN where missing; never threshold on its size
    camera_masks: np.ndarray | None = None  # (frame, marker) uint8: bit k is camera k + 1, of the first seven or eight
    filled: np.ndarray | None = None  # (frame, marker) bool: positions that a repair put there, not a camera
    processing: tuple[str, ...] = ()
    """What was done to the positions after reading, in order: each filling and filter with its settings."""

    def __post_init__(self) -> None:
        frames_markers_axes = self.positions_m.shape
        if self.positions_m.ndim != 3 or frames_markers_axes[1:] != (len(self.marker_labels), 3):
            raise LtmeError(
                self.source_name, f"positions of shape {frames_markers_axes} for {len(self.marker_labels)} labels"
            )
        if not (np.isfinite(self.rate_hz) and self.rate_hz > 0):
            raise LtmeError(
                self.source_name, f"the point rate is {self.rate_hz} Hz", "Export the trial with its camera rate"
            )
        for name in ("residuals_m", "camera_masks", "filled"):
            beside = getattr(self, name)
            if beside is not None and beside.shape != frames_markers_axes[:2]:
                raise LtmeError(self.source_name, f"{name} of shape {beside.shape} for {frames_markers_axes[:2]}")
        if self.origin not in ORIGINS:
            raise LtmeError(self.source_name, f"origin '{self.origin}' is not one of {', '.join(ORIGINS)}")
        self.positions_m.setflags(write=False)

    @property
    def frames(self) -> int:
        return int(self.positions_m.shape[0])

    @property
    def duration_s(self) -> float:
        return self.frames / self.rate_hz

    @property
    def missing_share(self) -> float:
        """Share of marker samples that are missing, 0 to 1."""
        return float(np.isnan(self.positions_m[..., 0]).mean()) if self.positions_m.size else 0.0

    def marker(self, label: str) -> np.ndarray:
        """Positions of one marker by its label, (frame, 3) metres; KeyError if the recording has none."""
        try:
            return self.positions_m[:, self.marker_labels.index(label)]
        except ValueError:
            raise KeyError(label) from None

    def angles(self) -> dict[str, ModelOutput]:
        """The joint angles that the laboratory's software stored, by name."""
        return {output.name: output for output in self.model_outputs if output.kind == "angle"}
