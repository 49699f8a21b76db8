"""The linear skeleton that the transformer starts from: the average cycle at the walker's phase, and what is left.

A recording's average cycle (with its mean row) is said by 160 numbers: 64 named ones (joint curves and spatiotemporal
values) and 16 of deviation (what sets unusual walks apart) in the recording vector, and 80 of posture (the rest, mostly
body size and where the markers lie). Each window says its phase in two numbers, and in the other 20 what
the cycle at that phase leaves. A recording without a rhythm has no phase: its cycle is one mean posture, and the
windows say the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ltme_clinic.embedding.blocks import BlockCode, fit_block_code, principal_components
from ltme_clinic.embedding.cycle import CycleCode, fit_cycle_code
from ltme_clinic.embedding.deviations import Role, fit_deviation_reader
from ltme_clinic.embedding.features import CHANNEL_SCALE_S, SLOT_WIDTH, from_windows, leg_length_m
from ltme_clinic.embedding.gaitcode import TARGETS, GaitCode, fit_gait_code
from ltme_clinic.embedding.linear import LinearCode, fit_linear_code
from ltme_clinic.embedding.rhythm import (
    PHASE_NUMBERS,
    find_rhythm,
    frame_phases,
    harmonic_features,
    phase_numbers,
)
from ltme_clinic.types import WalkTruth, own_latents


class Split(NamedTuple):
    """How the components of an average cycle are shared between recording vector and posture; float32 arrays."""

    deviation_reader: np.ndarray  # (components, DEVIATION_NUMBERS)
    vector_components: np.ndarray  # (vector, components): components that a vector alone makes likely
    posture_reader: np.ndarray  # (components, posture): from what the vector leaves
    posture_components: np.ndarray  # (posture, components)

    def vector(self, components: np.ndarray, named: np.ndarray) -> np.ndarray:
        """Components and their named numbers -> (..., vector)."""
        return np.concatenate([named, components @ self.deviation_reader], axis=-1)

    def posture(self, components: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """What the vector leaves unsaid of the components, (..., posture)."""
        return (components - vector @ self.vector_components) @ self.posture_reader

    def said(self, vector: np.ndarray, posture: np.ndarray) -> np.ndarray:
        """Components that vector and posture stand for."""
        return vector @ self.vector_components + posture @ self.posture_components


@dataclass(frozen=True)
class Skeleton:
    """Everything linear: the yardstick's code, the cycle's, the named numbers', and the windows' around the cycle."""

    linear: LinearCode
    cycle: CycleCode
    gait: GaitCode
    split: Split
    around_basis: np.ndarray  # (BLOCK_WINDOWS * directions, BLOCK_WINDOWS * (latents - PHASE_NUMBERS))

    @cached_property
    def blocks(self) -> BlockCode:
        """The code of what windows hold around the cycle."""
        return BlockCode(self.around_basis)

    def vector(self, components: np.ndarray) -> np.ndarray:
        """(..., components) -> (..., vector): named numbers by ridge regression, then those of deviation."""
        return self.split.vector(components, self.gait.named_numbers(components))

    def cycle_rows(self, components: np.ndarray, phases: np.ndarray, frames: int) -> np.ndarray:
        """The average cycle (components,) at the windows' phases (window, 2), as rows (frame, WIDTH)."""
        phase_rad, amount = frame_phases(phases)
        return self.cycle.rows(components, phase_rad[:frames], amount[:frames])

    def around(self, rows: np.ndarray, components: np.ndarray, phases: np.ndarray) -> np.ndarray:
        """Filled rows (frame, WIDTH) -> directions of what the said cycle leaves, (window, directions)."""
        vector = self.vector(components)
        said = self.split.said(vector, self.split.posture(components, vector))
        return self.linear.window_directions(rows - self.cycle_rows(said, phases, len(rows)))

    def rows(self, components: np.ndarray, phases: np.ndarray, directions: np.ndarray, frames: int) -> np.ndarray:
        """The way back: rows (frame, WIDTH)."""
        around = from_windows(self.linear.directions_rows(directions), frames)
        return self.cycle_rows(components, phases, frames) + around

    def arrays(self) -> dict[str, np.ndarray]:
        split = {f"skeleton.{name}": value for name, value in self.split._asdict().items()}
        own = {**split, "skeleton.around_basis": self.around_basis}
        return {**self.linear.arrays(), **self.cycle.arrays(), **self.gait.arrays(), **own}

    @staticmethod
    def from_arrays(arrays: dict[str, np.ndarray]) -> Skeleton:
        own = {name: np.asarray(arrays[f"skeleton.{name}"]) for name in (*Split._fields, "around_basis")}
        around_basis = own.pop("around_basis")
        linear, cycle, gait = (
            LinearCode.from_arrays(arrays),
            CycleCode.from_arrays(arrays),
            GaitCode.from_arrays(arrays),
        )
        return Skeleton(linear, cycle, gait, Split(**own), around_basis)


def fit_skeleton(
    recordings: list[np.ndarray],
    truths: list[WalkTruth | None],
    roles: Sequence[Role],
    *,
    vector: int,
    posture: int,
    latent: int,
    directions: int,
    components: int,
) -> Skeleton:
    """All linear codes, from complete rows (frame, WIDTH), what was true where that is known, and whose they are."""
    rhythms = [find_rhythm(rows) for rows in recordings]
    cycle = fit_cycle_code(recordings, rhythms, components)
    scores = np.stack([cycle.components(harmonic_features(*pair)) for pair in zip(recordings, rhythms, strict=True)])
    known = [number for number, truth in enumerate(truths) if truth is not None]
    gait = fit_gait_code(scores[known], [truth for truth in truths if truth is not None])
    speed_and_leg = np.array(
        [(rows[:, SLOT_WIDTH].mean() / CHANNEL_SCALE_S, leg_length_m(rows)) for rows in recordings]
    )
    reader = fit_deviation_reader(scores, roles, speed_and_leg, cycle, vector - TARGETS)
    split = _fit_split(scores, gait.named_numbers(scores), reader, cycle, posture)

    around = []
    for rows, rhythm, own in zip(recordings, rhythms, scores, strict=True):
        vector_of_walk = split.vector(own, gait.named_numbers(own))
        said = split.said(vector_of_walk, split.posture(own, vector_of_walk))
        phase_rad, amount = frame_phases(phase_numbers(rhythm))
        around.append((rows - cycle.rows(said, phase_rad[: len(rows)], amount[: len(rows)])).astype(np.float32))
    linear = fit_linear_code(
        recordings,
        posture_size=posture + vector,
        latent_size=latent,
        own=own_latents(latent),
        directions=directions,
        others=around,
    )
    blocks = fit_block_code([linear.window_directions(rows) for rows in around], *_around(latent))
    return Skeleton(linear, cycle, gait, split, blocks.basis)


def _around(latent: int) -> tuple[int, int]:
    """Of a window's numbers all, and its own, without those of the phase."""
    return latent - PHASE_NUMBERS, own_latents(latent) - PHASE_NUMBERS


def _fit_split(
    scores: np.ndarray, named: np.ndarray, deviation_reader: np.ndarray, cycle: CycleCode, posture: int
) -> Split:
    """Regress the components on the vector; the posture takes the principal components of what is left."""
    weights = np.maximum(cycle.weights(), 1e-12)
    vector = np.concatenate([named, scores @ deviation_reader], axis=1)
    vector_components = _regression(vector, scores)
    left = (scores - vector @ vector_components) * np.sqrt(weights)
    basis, sd = principal_components(left.T @ left / len(left), posture)
    split = Split(
        deviation_reader=deviation_reader,
        vector_components=vector_components,
        posture_reader=np.sqrt(weights)[:, None] * basis / sd,
        posture_components=(basis * sd).T / np.sqrt(weights),
    )
    return Split(*(np.ascontiguousarray(value, dtype=np.float32) for value in split))


def _regression(given: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Least squares with a slight ridge, (given, wanted)."""
    given = given.astype(np.float64)
    gram = given.T @ given + 1e-3 * len(given) * np.eye(given.shape[1])
    return np.linalg.solve(gram, given.T @ wanted)
