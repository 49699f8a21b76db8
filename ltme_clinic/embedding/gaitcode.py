"""What the recording vector means: its leading numbers are joint-angle curves and spatiotemporal values.

Numbers 0-55 are components of the joint-angle curves (both sides, nine variables, 0-100 % of the cycle), 56-63 the
spatiotemporal values of `SPATIOTEMPORAL`, each in standard deviations of training people, and the last 16 those of
`deviations`. All of it is fitted on virtual people, whose true curves are known.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, SIDES
from ltme_clinic.types import DEVIATION_NUMBERS, WalkTruth

CURVE_NUMBERS = 56
SPATIOTEMPORAL = (
    "speed_m_s",
    "cadence_spm",
    "step_length_left_m",
    "step_length_right_m",
    "stance_left_pct",
    "stance_right_pct",
    "step_width_m",
    "leg_length_m",
)
TARGETS = CURVE_NUMBERS + len(SPATIOTEMPORAL)
VECTOR_NUMBERS = TARGETS + DEVIATION_NUMBERS
CURVE_SHAPE = (len(SIDES), len(ANGLES), CYCLE_POINTS)


@dataclass(frozen=True)
class GaitCode:
    """Fitted arrays, float32: from components of the average cycle to named numbers, and from these to curves."""

    named_weight: np.ndarray  # (components, TARGETS)
    curve_mean: np.ndarray  # (2 * 9 * 51,)
    curve_basis: np.ndarray  # (2 * 9 * 51, CURVE_NUMBERS) degrees for a unit of the vector
    spatiotemporal_mean: np.ndarray  # (8,)
    spatiotemporal_sd: np.ndarray  # (8,)

    def named_numbers(self, components: np.ndarray) -> np.ndarray:
        """(..., components) -> (..., TARGETS): the ridge estimate that the transformer starts from."""
        return components @ self.named_weight

    def targets(self, truth: WalkTruth) -> np.ndarray:
        """What the leading numbers of the vector should be for a walk whose truth is known, (TARGETS,)."""
        scale = (self.curve_basis**2).sum(axis=0)
        curves = (truth.curves_deg.reshape(-1) - self.curve_mean) @ self.curve_basis / scale
        spatiotemporal = (spatiotemporal_values(truth) - self.spatiotemporal_mean) / self.spatiotemporal_sd
        return np.concatenate([curves, spatiotemporal]).astype(np.float32)

    def curves_deg(self, vectors: np.ndarray) -> np.ndarray:
        """(n, vector) -> (n, 2, 9, 51) degrees."""
        flat = self.curve_mean + np.atleast_2d(vectors)[:, :CURVE_NUMBERS] @ self.curve_basis.T
        return flat.reshape(-1, *CURVE_SHAPE)

    def spatiotemporal(self, vectors: np.ndarray) -> np.ndarray:
        """(n, vector) -> (n, 8) in the units of `SPATIOTEMPORAL`."""
        return self.spatiotemporal_mean + np.atleast_2d(vectors)[:, CURVE_NUMBERS:TARGETS] * self.spatiotemporal_sd

    def arrays(self) -> dict[str, np.ndarray]:
        return {f"gait.{item.name}": getattr(self, item.name) for item in fields(self)}

    @staticmethod
    def from_arrays(arrays: dict[str, np.ndarray]) -> GaitCode:
        names = [item.name for item in fields(GaitCode)]
        return GaitCode(**{name: np.asarray(arrays[f"gait.{name}"], dtype=np.float32) for name in names})


def spatiotemporal_values(truth: WalkTruth) -> np.ndarray:
    """The values of `SPATIOTEMPORAL`, (8,)."""
    return np.array(
        [
            truth.speed_m_s,
            truth.cadence_spm,
            *truth.step_length_m,
            *truth.stance_pct,
            truth.step_width_m,
            truth.leg_length_m,
        ]
    )


def fit_gait_code(components: np.ndarray, truths: list[WalkTruth], *, ridge: float = 0.3) -> GaitCode:
    """Components of the true curves, and their ridge regression on components of the average cycle (walk, components).

    `ridge` is in units of the components' unit variance times the square root of the number of walks, a mild shrinkage.
    """
    curves = np.stack([truth.curves_deg.reshape(-1) for truth in truths]).astype(np.float64)
    curve_mean = curves.mean(axis=0)
    _, singular, right = np.linalg.svd(curves - curve_mean, full_matrices=False)
    curve_basis = right[:CURVE_NUMBERS].T * (singular[:CURVE_NUMBERS] / np.sqrt(len(curves) - 1))
    spatiotemporal = np.stack([spatiotemporal_values(truth) for truth in truths])
    mean, sd = spatiotemporal.mean(axis=0), spatiotemporal.std(axis=0) + 1e-6

    wanted = np.concatenate(
        [(curves - curve_mean) @ curve_basis / (curve_basis**2).sum(axis=0), (spatiotemporal - mean) / sd], axis=1
    )
    gram = components.T @ components + ridge * np.sqrt(len(components)) * np.eye(components.shape[1])
    arrays = {
        "named_weight": np.linalg.solve(gram, components.T @ wanted),
        "curve_mean": curve_mean,
        "curve_basis": curve_basis,
        "spatiotemporal_mean": mean,
        "spatiotemporal_sd": sd,
    }
    return GaitCode(**{name: np.ascontiguousarray(value, dtype=np.float32) for name, value in arrays.items()})
