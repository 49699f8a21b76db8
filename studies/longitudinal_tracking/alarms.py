"""When a course raises an alarm: one threshold a way, the same rule and the same rate of false alarms for all."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ltme_clinic.statistics import conformal_quantile

Rule = Literal["two in a row", "one visit"]
RULES: tuple[Rule, ...] = ("two in a row", "one visit")
"""The first is the protocol's."""
FALSE_ALARMS = 0.05


def reached(far: np.ndarray, rule: Rule) -> np.ndarray:
    """Distances (course, visit), or (course, visit, number) of several numbers -> what counts at each visit: itself, or
    what it and the one before both reach; of several numbers the largest.

    A visit that can't be read counts nothing, and neither does the first.
    """
    known = np.where(np.isfinite(far), far, 0.0).reshape(*far.shape[:2], -1)
    known[:, 0] = 0.0
    if rule == "two in a row":
        before = np.concatenate([np.zeros_like(known[:, :1]), known[:, :-1]], axis=1)
        known = np.minimum(before, known)
    return np.asarray(known.max(axis=-1))


def threshold(stable: np.ndarray, rule: Rule) -> float:
    """Beyond which no more than `FALSE_ALARMS` of courses like these (course, visit) ever are."""
    return conformal_quantile(reached(stable, rule).max(axis=1), 1.0 - FALSE_ALARMS)


def seen_at(far: np.ndarray, limit: float, rule: Rule) -> np.ndarray:
    """(course,) number of the visit at which a change is seen; one more than the last where it never is."""
    beyond = reached(far, rule) > limit
    return np.where(beyond.any(axis=1), beyond.argmax(axis=1), far.shape[1])
