"""Numbers that set unusual walks apart from healthy ones: what a detector looks at first.

Curves and reconstruction speak of what varies most. What is unusual may be small: a direction in which healthy people
hardly differ says more about a walk than one in which they differ by ten degrees. So these numbers are the directions
of the average cycle in which unusual walks (randomly changed, impaired) spread most, measured in what says nothing
about health: how healthy virtual people differ, markers placed anew included; how measured healthy walks differ from
them; how laboratories may err in every marker (generalised eigenvectors: Fisher's discriminant for many kinds of
unusual).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from ltme_clinic.embedding.cycle import CycleCode
from ltme_clinic.embedding.features import CHANNELS, WIDTH
from ltme_clinic.embedding.rhythm import HARMONIC_WIDTH
from ltme_clinic.errors import LtmeError

Role = Literal["healthy", "unusual", "measured", "other"]
"""What a walk is to these numbers: a healthy virtual person's, an unusual virtual one's, a measured one of a healthy
person, or nothing at all."""
SYSTEMATIC_MEAN_M, SYSTEMATIC_HARMONIC_M = 0.010, 0.003
"""By how much any laboratory may be off in the mean place of a marker along an axis, and in each harmonic of its
course; of the path, in rows' units. Without, children of a hospital that nobody learned from were all outside the
virtual healthy cloud; with it all of them are inside, and .01 to .02 of AUROC is lost."""
FEWEST = 2


def fit_deviation_reader(
    components: np.ndarray, roles: Sequence[Role], speed_and_leg: np.ndarray, cycle: CycleCode, count: int
) -> np.ndarray:
    """(components, count): reads the numbers from components, the most telling first, in healthy standard deviations.

    Parameters
    ----------
    components : (walk, component) of the walks' average cycles
    speed_and_leg : (walk, 2) m/s and m: what these lead to expect is taken out first

    Raises
    ------
    LtmeError
        There are not two healthy and two unusual virtual walks.
    """
    from scipy.linalg import eigh

    of = {role: np.array([own == role for own in roles]) for role in ("healthy", "unusual", "measured")}
    if min(of["healthy"].sum(), of["unusual"].sum()) < FEWEST:
        raise LtmeError("skeleton", "no healthy or no unusual walks to tell apart", "Give virtual people of both kinds")
    terms = _terms(speed_and_leg)
    expected = np.linalg.lstsq(terms[of["healthy"]], components[of["healthy"]], rcond=None)[0]
    left = components.astype(np.float64) - terms @ expected
    systematic = np.full(HARMONIC_WIDTH, SYSTEMATIC_HARMONIC_M)
    systematic[: WIDTH - CHANNELS] = SYSTEMATIC_MEAN_M
    harmless = np.cov(left[of["healthy"]].T) + cycle.error_covariance(systematic)
    if of["measured"].any():
        harmless += left[of["measured"]].T @ left[of["measured"]] / of["measured"].sum()
    size = len(harmless)
    _, directions = eigh(np.cov(left[of["unusual"]].T), harmless, subset_by_index=[size - count, size - 1])
    return np.ascontiguousarray(directions[:, ::-1])


def _terms(speed_and_leg: np.ndarray) -> np.ndarray:
    """(walk, 4): constant, speed, its square, leg length."""
    speed, leg = speed_and_leg.astype(np.float64).T
    return np.stack([np.ones_like(speed), speed, speed**2, leg], axis=1)
