"""A small world in which the truth about findings is known: walkers are vectors, a linear model draws their curves.

A walker's recording vector is what speed and leg length do, plus the person, plus this visit's marker placement, plus
this trial. Each of the first 54 numbers moves one joint angle in one third of the gait cycle by 4 degrees a unit. The
last 16 are mixtures of the first 64: the numbers of deviation, which say the same movement otherwise.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, SIDES
from ltme_clinic.findings import ReferencePopulation, VisitEmbeddings, build_reference
from ltme_clinic.findings.explain import phase_means
from ltme_clinic.types import DEVIATION_NUMBERS, TRACKED_FIGURES, MotionEmbedding

MOVED = 64
VECTOR = MOVED + DEVIATION_NUMBERS
LATENT = 8
CENTRES_PCT = (7.0, 40.0, 69.0)  # loading response, terminal stance, initial swing
DEGREES_A_UNIT = 4.0
MEASURED_OFFSET_DEG = 7.0
FINGERPRINT = "f" * 64


def vector_of(moved: np.ndarray) -> np.ndarray:
    """(64,) -> (80,): with the numbers of deviation that go with them."""
    mixing = np.random.default_rng(98).normal(size=(MOVED, DEVIATION_NUMBERS)) / np.sqrt(MOVED)
    return np.concatenate([moved, moved @ mixing])


def number_of(side: str, variable: str, bump: int) -> int:
    """Which number of the vector moves this joint angle around `CENTRES_PCT[bump]`."""
    return (SIDES.index(side) * len(ANGLES) + ANGLES.index(variable)) * len(CENTRES_PCT) + bump


class LinearModel:
    """decode_curves is the identity on bumps: the part of `types.MotionModel` that findings use."""

    fingerprint = FINGERPRINT

    def __init__(self) -> None:
        percent = np.linspace(0.0, 100.0, CYCLE_POINTS)
        self.bumps = np.exp(-0.5 * ((percent[None] - np.array(CENTRES_PCT)[:, None]) / 6.0) ** 2)
        self.mean = 20.0 * np.sin(np.linspace(0.0, 2.0 * np.pi, CYCLE_POINTS))

    def decode_curves(self, recording_vectors: np.ndarray) -> np.ndarray:
        weights = recording_vectors[:, : 2 * 9 * 3].reshape(-1, 2, 9, 3)
        return self.mean + DEGREES_A_UNIT * weights @ self.bumps


@dataclass
class World:
    """People drawn from one distribution; `placement` and `trial` are the standard deviations of measurement."""

    seed: int = 0
    placement: float = 0.3
    trial: float = 0.2
    is_measured: bool = False
    """Trials bring measured joint angles, which show an offset of `MEASURED_OFFSET_DEG` that no vector has."""
    rng: np.random.Generator = field(init=False)
    drawn: int = 0
    figures: np.random.Generator = field(init=False)
    """Draws indices and steps, so that vectors are the same with and without them."""

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.figures = np.random.default_rng(self.seed + 50)
        fixed = np.random.default_rng(99)
        self.by_speed = vector_of(fixed.normal(size=MOVED))
        self.by_leg = vector_of(fixed.normal(size=MOVED)) * 5.0

    def person(self) -> dict:
        return {
            "vector": vector_of(self.rng.normal(size=MOVED)),
            "speed_m_s": self.rng.uniform(0.9, 1.5),
            "leg_length_m": self.rng.uniform(0.82, 0.98),
            "figures": 10.0 + self.figures.normal(size=len(TRACKED_FIGURES)),
        }

    def trials(
        self,
        person: dict,
        count: int = 3,
        *,
        change: np.ndarray | float = 0.0,
        origin: str = "virtual",
        windows: int = 8,
    ) -> list[MotionEmbedding]:
        """One visit: markers are placed once, each trial has its own small deviation."""
        placement = vector_of(self.rng.normal(size=MOVED)) * self.placement
        speed = person["speed_m_s"] + self.rng.normal(0.0, 0.04)
        figures = person.get("figures", 10.0) + self.figures.normal(0.0, self.placement, len(TRACKED_FIGURES))
        result = []
        for _ in range(count):
            own = vector_of(self.rng.normal(size=MOVED)) * self.trial
            centred = speed - 1.2
            vector = person["vector"] + placement + own + change
            vector = vector + self.by_speed * (2.0 * centred + centred**2)
            vector = vector + self.by_leg * (person["leg_length_m"] - 0.9)
            shown = figures + self.figures.normal(0.0, self.trial, len(TRACKED_FIGURES))
            embedding = self.embedding(vector, speed, person["leg_length_m"], origin, windows)
            result.append(replace(embedding, gait_figures=shown.astype(np.float32)))
        return result

    def embedding(
        self, vector: np.ndarray, speed_m_s: float, leg_length_m: float, origin: str = "virtual", windows: int = 8
    ) -> MotionEmbedding:
        self.drawn += 1
        cells = phase_means(LinearModel().decode_curves(vector[None]))[0] + MEASURED_OFFSET_DEG
        return MotionEmbedding(
            recording_id=f"{self.seed:08d}{self.drawn:056d}",
            origin=origin,
            fingerprint=FINGERPRINT,
            clip_version=1,
            recording_vector=vector.astype(np.float32),
            posture_vector=np.zeros(32, dtype=np.float32),
            latents=self.rng.normal(size=(windows, LATENT)).astype(np.float32),
            frames=windows * 32,
            speed_m_s=float(speed_m_s),
            leg_length_m=float(leg_length_m),
            cadence_spm=float(60.0 + 45.0 * speed_m_s + self.rng.normal(0.0, 1.0)),
            joint_cells_deg=cells.astype(np.float32) if self.is_measured else None,
        )

    def people(self, count: int, *, retest: int = 0, trials: int = 3, origin: str = "virtual") -> dict:
        result = {}
        for number in range(count):
            person = self.person()
            visits = 2 if number < retest else 1
            result[f"H{number:04d}"] = [self.trials(person, trials, origin=origin) for _ in range(visits)]
        return result

    def reference(
        self, count: int = 200, *, retest: int = 60, trials: int = 3, origin: str = "virtual"
    ) -> ReferencePopulation:
        people = self.people(count, retest=retest, trials=trials, origin=origin)
        return build_reference(people, name="made-up walkers", origin=origin, card={"seed": self.seed})

    def visit(
        self,
        person: dict,
        day: datetime.date | None = datetime.date(2026, 3, 3),
        *,
        key: str | None = None,
        condition: str = "barefoot",
        origin: str = "virtual",
        count: int = 3,
        change: np.ndarray | float = 0.0,
    ) -> VisitEmbeddings:
        return VisitEmbeddings(
            patient="P1",
            visit=key or f"visit of {day}",
            date=day,
            condition=condition,
            origin=origin,
            embeddings=tuple(self.trials(person, count, change=change, origin=origin)),
        )


def change_of(side: str, variable: str, bump: int, degrees: float) -> np.ndarray:
    """The vector's change that moves one joint angle by `degrees` around one point of the cycle."""
    change = np.zeros(MOVED)
    change[number_of(side, variable, bump)] = degrees / DEGREES_A_UNIT
    return vector_of(change)
