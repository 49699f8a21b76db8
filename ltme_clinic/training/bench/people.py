"""Virtual people nobody trained on, recorded in a laboratory unlike training's, with all that a clinic computes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ltme_clinic.clips import make_clip
from ltme_clinic.findings.detectors import MINIMUM_PEOPLE
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.training.bench.clinic import ClinicFigures, clinic_figures
from ltme_clinic.training.bench.severity import HALVINGS
from ltme_clinic.training.walkers import IMPAIRMENTS, TEST_SEED_OFFSET, UNSEEN
from ltme_clinic.types import Impairment, LtmeError, MotionClip, Recording, WalkTruth
from ltme_clinic.virtual_lab import CameraSystem, Laboratory, VirtualPatient, sample_patient, simulate_walk

EVERY_SLOT = "ltme-slots"
"""The marker set that shows all slots, for what reconstruction is held against."""
LOSABLE = (
    *("c7", "t10", "clavicle", "sternum", "head_front", "head_back", "shoulder", "elbow"),
    *("wrist_thumb", "wrist_little", "finger", "metatarsal_1", "metatarsal_5"),
)
"""Ends of the names of slots that a gait model of the legs can do without."""
FEWEST = 5
"""Test or calibration people, for anything to come out at all."""
_LABORATORY = 81
_SPEED = 82
DAY_SPEED_SD_M_S = 0.04
"""How much somebody who is asked for a speed varies from visit to visit."""


@dataclass(frozen=True)
class OtherLaboratory:
    """Between which every person's laboratory is drawn: worse than the usual one, and unlike any of training's."""

    placement_sd_m: tuple[float, float] = (0.006, 0.008)
    """Placement error of markers; 5 mm is usual, training draws 2 to 6 mm."""
    soft_tissue: tuple[float, float] = (1.2, 1.6)
    """Share of the published skin motion; training draws 0.4 to 1.2."""
    noise_sd_m: tuple[float, float] = (0.0006, 0.0012)
    """Camera noise; training draws 0.1 to 0.6 mm."""
    anatomy: tuple[float, float] = (1.1, 1.5)
    """Share of people's own landmarks' distance from the mean body's; 1 in training."""
    gaps: tuple[int, int] = (0, 4)
    """Short occlusions in a recording, both included."""
    lost_share: float = 0.15
    """Chance of each marker that the legs' gait model can do without to be lost as a whole."""
    marker_sets: tuple[str, ...] = ("cmu-41", "oxford-foot", "helen-hayes-modified", "cortex")
    rates_hz: tuple[float, ...] = (100.0, 120.0)


@dataclass(frozen=True)
class BenchSettings:
    """Everything that decides a bench, but for the model."""

    people: int = 100
    """Test people: each walks healthy at two visits, and with every impairment at every severity."""
    reference_people: int = 450
    """Healthy people that scores are fitted on, each measured twice."""
    few_people: int = 60
    """The same where a clinic has few."""
    calibration_people: int = 60
    """People who say at which severities the measured curves reach `targets`."""
    targets: tuple[float, ...] = (0.70, 0.85)
    """AUROC of the measured curves' z-max at the severities that are tested."""
    halvings: int = HALVINGS
    """Steps of the search for such a severity."""
    impairments: tuple[Impairment, ...] = IMPAIRMENTS
    unseen: tuple[Impairment, ...] = UNSEEN
    """Those of them that the model was not trained on."""
    laboratory: OtherLaboratory = field(default_factory=OtherLaboratory)
    reference_speeds: tuple[float, float] = (0.6, 1.2)
    """Speeds of reference people against their own; test people walk at their own."""
    trial_s: float = 6.0
    usual_trial_s: float = 12.0
    """Of the walks in a usual laboratory that reconstruction is measured on: long enough to speak of variability."""
    seed: int = 1
    workers: int = 2

    def __post_init__(self) -> None:
        if self.people < FEWEST or self.calibration_people < FEWEST or self.few_people < MINIMUM_PEOPLE:
            cure = f"Give {FEWEST} test and calibration people and {MINIMUM_PEOPLE} reference people or more"
            raise LtmeError("bench", "too few people to say anything", cure)
        if not set(self.unseen) <= set(self.impairments):
            raise LtmeError("bench", "an unseen impairment is not among the impairments", "Name it there as well")

    @property
    def seen(self) -> tuple[Impairment, ...]:
        """Impairments that training may have shown."""
        return tuple(name for name in self.impairments if name not in self.unseen)

    def seeds(self, role: str) -> range:
        """Seeds of the people of one role ("test", "calibration", "reference"): nobody has two."""
        offset, count = {
            "test": (0, self.people),
            "calibration": (50_000, self.calibration_people),
            "reference": (100_000, self.reference_people),
        }[role]
        first = self.seed * 1_000_000 + TEST_SEED_OFFSET + offset
        return range(first, first + count)


@dataclass(frozen=True)
class WalkOrder:
    """One walk that is wanted."""

    seed: int
    impairment: Impairment = "none"
    severity: float = 0.0
    visit: int = 0
    """Markers are placed anew at every visit."""
    speed_range: tuple[float, float] | None = None
    """Speeds against the person's own; None: as the person walks."""
    keep_clip: bool = True
    usual: bool = False
    """Whether the walk is also wanted as a usual laboratory sees every slot of it."""


@dataclass(frozen=True, eq=False)
class BenchWalk:
    """One walk: what the model reads, what a clinic computes of it, and what was true."""

    order: WalkOrder
    clip: MotionClip | None
    """None where nobody asked to keep it."""
    speed_m_s: float
    """Measured: the pelvis' mean forward speed."""
    clinic: ClinicFigures
    truth: WalkTruth
    usual: MotionClip | None = None
    """Another and longer trial of the same visit, every slot seen in the usual laboratory."""

    @property
    def covariates(self) -> np.ndarray:
        """What the walk is expected to depend on, (2,): speed in m/s and leg length in m, both measured."""
        return np.array([self.speed_m_s, self.clinic.leg_length_m])


def bench_walk(order: WalkOrder, settings: BenchSettings) -> BenchWalk | None:
    """Walk, record and compute; None where the walk can't be walked or made a clip of."""
    patient = sample_patient(order.seed, impairment=order.impairment, severity=order.severity)
    laboratory, lost = drawn_laboratory(settings.laboratory, order.seed)
    try:
        walked = simulate_walk(
            patient,
            visit=order.visit,
            duration_s=settings.trial_s,
            rate_hz=laboratory.rate_hz,
            speed_m_s=_speed_m_s(patient, order),
            marker_set=laboratory.marker_set,
            cameras=laboratory.cameras,
        )
        recording = without_markers(replace(walked.recording, events=()), laboratory.marker_set, lost)
        clip = make_clip(recording)
        usual = _usual_clip(patient, order, settings.usual_trial_s) if order.usual else None
    except LtmeError:
        return None
    kept = clip if order.keep_clip else None
    return BenchWalk(order, kept, clip.speed_m_s, clinic_figures(recording), walked.truth, usual)


def drawn_laboratory(settings: OtherLaboratory, seed: int) -> tuple[Laboratory, tuple[str, ...]]:
    """A person's laboratory, the same at every visit, and the slots whose markers are lost there."""
    rng = np.random.default_rng([seed, _LABORATORY])
    marker_set = settings.marker_sets[rng.integers(len(settings.marker_sets))]
    cameras = CameraSystem(
        placement_sd_m=float(rng.uniform(*settings.placement_sd_m)),
        soft_tissue=float(rng.uniform(*settings.soft_tissue)),
        noise_sd_m=float(rng.uniform(*settings.noise_sd_m)),
        anatomy=float(rng.uniform(*settings.anatomy)),
        gaps=int(rng.integers(settings.gaps[0], settings.gaps[1] + 1)),
    )
    rate_hz = settings.rates_hz[rng.integers(len(settings.rates_hz))]
    losable = [slot for slot in marker_sets()[marker_set].slots if slot.endswith(LOSABLE)]
    lost = tuple(slot for slot in losable if rng.random() < settings.lost_share)
    return Laboratory(marker_set=marker_set, rate_hz=rate_hz, cameras=cameras), lost


def without_markers(recording: Recording, marker_set: str, slots: tuple[str, ...]) -> Recording:
    """The recording as if the markers of these slots had never been there."""
    gone = {label for slot in slots for label in marker_sets()[marker_set].slots[slot]}
    kept = [number for number, label in enumerate(recording.marker_labels) if label not in gone]
    return replace(
        recording,
        marker_labels=tuple(recording.marker_labels[number] for number in kept),
        positions_m=np.ascontiguousarray(recording.positions_m[:, kept]),
    )


def _usual_clip(patient: VirtualPatient, order: WalkOrder, duration_s: float) -> MotionClip:
    walked = simulate_walk(patient, visit=order.visit, trial=1, duration_s=duration_s, marker_set=EVERY_SLOT)
    return make_clip(walked.recording)


def _speed_m_s(patient: VirtualPatient, order: WalkOrder) -> float | None:
    if order.speed_range is None:
        return None
    asked_m_s = patient.preferred_speed_m_s * float(
        np.random.default_rng([order.seed, _SPEED]).uniform(*order.speed_range)
    )
    day = np.random.default_rng([order.seed, _SPEED, order.visit])
    return asked_m_s + DAY_SPEED_SD_M_S * float(day.standard_normal())
