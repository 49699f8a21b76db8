"""Courses of visits: who walks when and how, and what every way of following patients reads of it."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.embedding import load_model, load_pca_model
from ltme_clinic.findings import VisitEmbeddings
from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.pipeline.scorable import scorable_clip
from ltme_clinic.processes import process_pool
from ltme_clinic.progress import Progress
from ltme_clinic.training.bench.clinic import AGE_Y, SPATIOTEMPORAL
from ltme_clinic.training.reference import MARKER_SET, TRIAL_S
from ltme_clinic.training.walkers import TEST_SEED_OFFSET
from ltme_clinic.types import Impairment, LtmeError, MotionEmbedding, Recording, Side
from ltme_clinic.virtual_lab import CameraSystem, sample_patient, simulate_walk
from ltme_clinic.virtual_lab.impairments.speed import speed_factor

SEED = 23
"""Of the study; benches use 1 and 11 to 20, 21 tried the study out, and on 22 the ways of the product were chosen."""
VISITS = 7
TRIALS = 2
SEVERITY_STEP = 0.12
DAY_SPEED_SD_M_S, TRIAL_SPEED_SD_M_S = 0.04, 0.02
FIRST_DAY, DAYS_BETWEEN = date(2025, 1, 6), 91
ODD_VISIT = 3
BAD_PLACEMENT_M = 0.015
OTHER_SPEED = 0.8
_STREAM = 85


@dataclass(frozen=True)
class VisitOrder:
    """One visit that is wanted."""

    seed: int
    visit: int
    impairment: Impairment = "none"
    severity: float = 0.0
    badly_marked: bool = False
    speed: float = 1.0
    """Share of the walker's own speed."""


@dataclass(frozen=True, eq=False)
class VisitRead:
    """What a visit's trials say, averaged; NaN where the gait analysis gives nothing."""

    embeddings: tuple[MotionEmbedding, ...]
    pca: np.ndarray  # (numbers of the recording,)
    curves_deg: np.ndarray  # (918,) measured
    true_curves_deg: np.ndarray  # (918,)
    gps_deg: float
    gvs_deg: np.ndarray  # (18,)
    spatiotemporal: np.ndarray  # (9,)

    @property
    def covariates(self) -> np.ndarray:
        """(2,) speed in m/s and leg length in m, as the embeddings measure them."""
        return np.mean([[each.speed_m_s, each.leg_length_m] for each in self.embeddings], axis=0)

    def as_visit(self, person: int, number: int) -> VisitEmbeddings:
        """What the product knows of it: the visits of a course are a quarter of a year apart."""
        day = FIRST_DAY + timedelta(days=DAYS_BETWEEN * number)
        return VisitEmbeddings(f"P{person}", f"visit {number}", day, "", "virtual", self.embeddings)


Course = list[VisitRead | None]


def people(role: str, count: int, first: int = 0, seed: int = SEED) -> range:
    """Seeds of a group's people: nobody is in two groups."""
    offset = {"scales": 0, "thresholds": 20_000, "stable": 40_000, "growing": 60_000}[role] + first
    start = seed * 1_000_000 + TEST_SEED_OFFSET + offset
    return range(start, start + count)


def healthy_course(seed: int, visits: int = VISITS) -> list[VisitOrder]:
    """Nothing changes but markers and the day's speed."""
    return [VisitOrder(seed, visit) for visit in range(visits)]


def growing_course(seed: int, impairment: Impairment) -> list[VisitOrder]:
    """From health on, the same step of severity from visit to visit."""
    return [VisitOrder(seed, visit, impairment, SEVERITY_STEP * visit) for visit in range(VISITS)]


def read_visit(order: VisitOrder) -> VisitRead | None:
    """Walk, record and read all trials; None where a trial can't be walked or made a clip of."""
    patient = sample_patient(order.seed, impairment=order.impairment, severity=order.severity)
    rng = np.random.default_rng([order.seed, _STREAM, order.visit])
    own_m_s = patient.preferred_speed_m_s * speed_factor(order.impairment, order.severity) * order.speed
    day_m_s = own_m_s + DAY_SPEED_SD_M_S * rng.standard_normal()
    cameras = CameraSystem(placement_sd_m=BAD_PLACEMENT_M) if order.badly_marked else None
    read = []
    try:
        for trial in range(TRIALS):
            walked = simulate_walk(
                patient,
                visit=order.visit,
                trial=trial,
                duration_s=TRIAL_S,
                speed_m_s=float(day_m_s + TRIAL_SPEED_SD_M_S * rng.standard_normal()),
                marker_set=MARKER_SET,
                cameras=cameras,
            )
            read.append(_read(replace(walked.recording, events=()), walked.truth.curves_deg))
    except LtmeError:
        return None
    means = {name: np.mean([each[name] for each in read], axis=0) for name in read[0] if name != "embeddings"}
    return VisitRead(embeddings=tuple(each["embeddings"] for each in read), **means)


def _read(recording: Recording, true_curves_deg: np.ndarray) -> dict[str, Any]:
    scorable = scorable_clip(recording)
    pca = load_pca_model().encode(scorable.clip)
    read: dict[str, Any] = {
        "embeddings": scorable.encoded(load_model()),
        "pca": np.concatenate([pca.posture_vector, pca.recording_vector]),
        "true_curves_deg": true_curves_deg.ravel(),
        "curves_deg": np.full(true_curves_deg.size, np.nan),
        "gps_deg": np.nan,
        "gvs_deg": np.full(len(ANGLES) * len(SIDES), np.nan),
        "spatiotemporal": np.full(len(SPATIOTEMPORAL), np.nan),
    }
    try:
        analysis = analyse_gait(recording, settings=GaitSettings(age_y=AGE_Y))
    except LtmeError:
        return read

    def figure(name: str, side: Side | None) -> float:
        found = analysis.figure(name, side)
        return np.nan if found is None else found.value

    sides: tuple[Side, Side] = ("left", "right")
    for (name, side), curve in analysis.curves.items():
        if name in ANGLES:
            place = (SIDES.index(side) * len(ANGLES) + ANGLES.index(name)) * curve.mean[::2].size
            read["curves_deg"][place : place + curve.mean[::2].size] = curve.mean[::2]
    read["gps_deg"] = figure("gps_deg", None)
    read["gvs_deg"] = np.array([figure(f"gvs_{angle}_deg", side) for side in sides for angle in ANGLES])
    read["spatiotemporal"] = np.array([figure(*each) for each in SPATIOTEMPORAL])
    return read


def read_courses(
    courses: Sequence[list[VisitOrder]], what: str, kept: Path, progress: Progress, workers: int = 2
) -> list[Course]:
    """The courses' visits, from the file if they lie there."""
    if kept.exists():
        found: list[Course] = pickle.loads(kept.read_bytes())
        return found
    orders = [order for course in courses for order in course]
    visits = []
    with process_pool(workers) as pool:
        for number, visit in enumerate(pool.map(read_visit, orders, chunksize=4), start=1):
            visits.append(visit)
            progress(what, number, len(orders))
    each = iter(visits)
    read = [[next(each) for _ in course] for course in courses]
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    part.write_bytes(pickle.dumps(read))
    part.replace(kept)
    return read
