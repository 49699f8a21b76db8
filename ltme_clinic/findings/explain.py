"""Where on the body a visit differs: joint angles against the reference's, joint by phase of the cycle.

Where the gait model measured a visit's joint angles, and the reference's people's, these are compared: of what is
changed they say more than any code of it (studies/localisation). Else the model turns recording vectors into joint
angles, the visit's and every reference person's, so that the decoder's own bias cancels. Each (side, variable, phase)
cell is compared with what the reference does at the visit's speed and leg length. The largest |z| over all cells is
itself compared with the largest of healthy people (max-statistic), so that looking at 144 cells does not make one stand
out by chance.

A second question is asked of the same cells: each is hidden in turn and told from all the others as healthy people
would have it. What it is off by is what the rest of the body does not explain: of one joint changed alone it names
joint and side more surely (studies/localisation), of a whole way of walking it may name what makes up for something.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, GAIT_PHASES, SIDES
from ltme_clinic.findings.expectation import TERMS, Expectation, fit_expectation
from ltme_clinic.findings.reference import ReferencePopulation
from ltme_clinic.findings.visit import mean_over_trials
from ltme_clinic.statistics import conformal_quantile, shrinkage_covariance
from ltme_clinic.types import BodyCell, BodyPartContribution, LtmeError, Side

FEWEST_MEASURED = 6
"""Of those who fit, and of those who calibrate: fewer with measured joint angles can't show how speed and size act."""
UNEXPLAINED_CELLS = 5
OWN_SHARE = 0.1
"""Of a cell's healthy variance that no other cell can tell, at least: measurement, and what people show by chance."""
MINIMUM_SD_DEG = 1.0
"""Floor under the reference's spread: no laboratory measures a joint angle more finely, and a decoder smooths."""


class CurveModel(Protocol):
    """The part of `types.MotionModel` that an explanation needs."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the checkpoint."""
        ...

    def __hash__(self) -> int: ...

    def decode_curves(self, recording_vectors: np.ndarray) -> np.ndarray:
        """(n, vector size) -> (n, side, variable, 51) degrees, `body.ANGLES` order."""
        ...


@dataclass(frozen=True)
class BodyExplanation:
    """The joints that differ most, and how large a difference must be to stand out."""

    parts: tuple[BodyPartContribution, ...]
    """Most different first, each joint once."""
    difference_deg: np.ndarray  # (144,) patient minus reference, in the order of `phase_means`
    z: np.ndarray  # (144,)
    limit_z: float
    """|z| that the most different cell of 95 % of healthy people stays at or below; infinite if too few were there."""
    is_measured: bool
    """Joint angles are the gait model's; else the embedding's."""
    unexplained: tuple[BodyPartContribution, ...]
    """The cells that the rest of the body explains least, most first; `difference_deg` is from the reference as
    everywhere, `z` is how far from what the other cells tell."""
    unexplained_z: np.ndarray  # (144,)
    unexplained_limit_z: float
    """As `limit_z`."""

    @property
    def cells(self) -> tuple[BodyCell, ...]:
        """Differences and their z, to be kept: rounded beyond what any laboratory measures."""
        pairs = zip(self.difference_deg.tolist(), self.z.tolist(), strict=True)
        return tuple(BodyCell(round(degrees, 2), round(z, 2)) for degrees, z in pairs)

    @property
    def stands_out(self) -> bool:
        return bool(self.parts) and abs(self.parts[0].z) > self.limit_z

    @property
    def has_unexplained(self) -> bool:
        return bool(self.unexplained) and abs(self.unexplained[0].z) > self.unexplained_limit_z


def explain_body(
    model: CurveModel,
    reference: ReferencePopulation,
    vectors: np.ndarray,
    covariates: np.ndarray,
    *,
    joint_cells_deg: np.ndarray | None = None,
    split_seed: int = 0,
    most: int = 3,
) -> BodyExplanation:
    """The joints and phases in which a visit differs most from the reference.

    Parameters
    ----------
    vectors, covariates : of the visit's trials, (trial, vector size) and (trial, 3)
    joint_cells_deg : (trial, 144) of the trials whose joint angles were measured; None where none was
    most : how many joints to name
    """
    if joint_cells_deg is None or not _is_measured(reference, split_seed):
        is_measured, healthy = False, _healthy_decoded(model, reference, len(vectors), split_seed)
        patient = phase_means(decoded_curves_deg(model, vectors.mean(axis=0)[None]))[0]
    else:
        is_measured, healthy = True, _healthy_measured(reference, len(joint_cells_deg), split_seed)
        patient = joint_cells_deg.mean(axis=0)
    difference = patient - healthy.expectation.predict(mean_over_trials(covariates[None]))[0]
    z = difference / healthy.sd_deg
    unexplained_z = healthy.unexplained_z(z[None])[0]
    return BodyExplanation(
        parts=_most_different(difference, z, most),
        difference_deg=difference,
        z=z,
        limit_z=healthy.limit_z,
        is_measured=is_measured,
        unexplained=_least_explained(difference, unexplained_z),
        unexplained_z=unexplained_z,
        unexplained_limit_z=healthy.unexplained_limit_z,
    )


@dataclass(frozen=True, eq=False)
class _HealthyBody:
    """How the reference's people move, on so many trials."""

    expectation: Expectation
    sd_deg: np.ndarray  # (144,)
    limit_z: float
    reader: np.ndarray  # (144, 144) z -> each cell's from what the others tell
    unexplained_limit_z: float

    def unexplained_z(self, z: np.ndarray) -> np.ndarray:
        """(n, 144) -> (n, 144)."""
        return np.asarray(z @ self.reader)


@lru_cache(maxsize=16)
def _is_measured(reference: ReferencePopulation, split_seed: int) -> bool:
    """Whether enough of those who fit and of those who calibrate have measured joint angles."""
    return all(reference.has_joint_angles[half].sum() >= FEWEST_MEASURED for half in reference.split(split_seed))


@lru_cache(maxsize=16)
def _healthy_decoded(model: CurveModel, reference: ReferencePopulation, trials: int, split_seed: int) -> _HealthyBody:
    """Kept, for a patient's visits, and all patients', ask for the same."""
    people = phase_means(decoded_curves_deg(model, mean_over_trials(reference.vectors.astype(float), trials)))
    return _healthy_body(reference, people, trials, split_seed)


@lru_cache(maxsize=16)
def _healthy_measured(reference: ReferencePopulation, trials: int, split_seed: int) -> _HealthyBody:
    people = mean_over_trials(reference.joint_cells_deg.astype(float), trials)
    return _healthy_body(reference, people, trials, split_seed)


def _healthy_body(reference: ReferencePopulation, people: np.ndarray, trials: int, split_seed: int) -> _HealthyBody:
    """From all people's cells (person, 144); who has none is left out."""
    has_cells = np.isfinite(people).all(axis=1)
    fitting, calibrating = (half[has_cells[half]] for half in reference.split(split_seed))
    known = mean_over_trials(reference.covariates, trials)
    expectation = fit_expectation(known[fitting], people[fitting])
    residuals = people - expectation.predict(known)
    sd = np.sqrt((residuals[fitting] ** 2).sum(axis=0) / (len(fitting) - TERMS))
    sd = np.maximum(sd, MINIMUM_SD_DEG)
    z = residuals / sd
    reader = _hidden_cell_reader(z[fitting])
    return _HealthyBody(
        expectation,
        sd,
        limit_z=conformal_quantile(np.abs(z[calibrating]).max(axis=1)),
        reader=reader,
        unexplained_limit_z=conformal_quantile(np.abs(z[calibrating] @ reader).max(axis=1)),
    )


def _hidden_cell_reader(z: np.ndarray) -> np.ndarray:
    """(144, 144) that takes z to how far each cell is from what the others tell, in standard deviations of that.

    With P the inverse covariance, cell i given all others is off by (P z)_i / P_ii, with variance 1 / P_ii.
    """
    covariance = shrinkage_covariance(z, centre=False)
    precision = np.linalg.inv(covariance + OWN_SHARE * np.eye(len(covariance)))
    return np.asarray(precision / np.sqrt(np.diag(precision)))


def phase_means(curves_deg: np.ndarray) -> np.ndarray:
    """Curves (n, side, variable, 51) -> means in each phase, (n, side * variable * phase), in `_cells` order."""
    percent = np.linspace(0.0, 100.0, CYCLE_POINTS)
    means = []
    for start, stop in GAIT_PHASES.values():
        inside = (percent >= start) & ((percent < stop) | (stop == 100.0))
        means.append(curves_deg[..., inside].mean(axis=-1))
    return np.stack(means, axis=-1).reshape(len(curves_deg), -1)


def joint_parts() -> tuple[tuple[int, ...], ...]:
    """Places in `phase_means` of each joint angle's phases; a pelvis's two sides draw one pelvis and are one part."""
    parts: dict[tuple[str, str], list[int]] = {}
    for place, (side, variable, _) in enumerate(_cells()):
        parts.setdefault(("", variable) if variable.startswith("pelvic") else (side, variable), []).append(place)
    return tuple(tuple(places) for places in parts.values())


def _cells() -> list[tuple[str, str, str]]:
    return [(side, variable, phase) for side in SIDES for variable in ANGLES for phase in GAIT_PHASES]


def _most_different(difference_deg: np.ndarray, z: np.ndarray, most: int) -> tuple[BodyPartContribution, ...]:
    cells = _cells()
    parts: list[BodyPartContribution] = []
    seen: set[tuple[str, str]] = set()
    for index in np.argsort(-np.abs(z), kind="stable"):
        side, variable, phase = cells[index]
        # Left and right describe one pelvis: its two rows are one joint.
        joint = ("", variable) if variable.startswith("pelvic") else (side, variable)
        if joint in seen:
            continue
        seen.add(joint)
        named: Side = "left" if side == "left" else "right"
        parts.append(BodyPartContribution(variable, named, phase, float(difference_deg[index]), float(z[index])))
        if len(parts) == most:
            break
    return tuple(parts)


def _least_explained(difference_deg: np.ndarray, z: np.ndarray) -> tuple[BodyPartContribution, ...]:
    """The first few cells that differ from the reference the same way as from what the other cells tell."""
    cells = _cells()
    parts = []
    for index in np.argsort(-np.abs(z), kind="stable"):
        if z[index] * difference_deg[index] > 0.0:
            side, variable, phase = cells[index]
            named: Side = "left" if side == "left" else "right"
            parts.append(BodyPartContribution(variable, named, phase, float(difference_deg[index]), float(z[index])))
        if len(parts) == UNEXPLAINED_CELLS:
            break
    return tuple(parts)


def decoded_curves_deg(model: CurveModel, vectors: np.ndarray) -> np.ndarray:
    """Curves that vectors (n, vector) stand for, (n, side, variable, 51); refused where a model gives anything else."""
    curves = np.asarray(model.decode_curves(vectors), dtype=float)
    expected = (len(vectors), len(SIDES), len(ANGLES), CYCLE_POINTS)
    if curves.shape != expected or not np.isfinite(curves).all():
        raise LtmeError("model", f"decoded curves of shape {curves.shape} where finite {expected} is expected")
    return curves
