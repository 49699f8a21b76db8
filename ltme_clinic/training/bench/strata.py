"""Where does it fail? Errors on many healthy people by age, speed, size, marker set and markers lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ltme_clinic.norms import dimensionless_speed
from ltme_clinic.training.bench.detection import SeenBench
from ltme_clinic.training.bench.features import SeenWalk, true_curves
from ltme_clinic.training.bench.people import drawn_laboratory
from ltme_clinic.training.bench.reconstruction import Coders, slot_error_mm
from ltme_clinic.training.bench.resampling import figure, mean_draws, person_weights
from ltme_clinic.virtual_lab import sample_patient

FEWEST_PEOPLE = 5
"""A band with fewer is not shown."""
MANY_LOST = 3


@dataclass(frozen=True)
class Walker:
    """What may decide how well a walk is said."""

    age_y: float
    height_m: float
    speed: float
    """Dimensionless."""
    marker_set: str
    lost: int
    """Markers that the recording lacks as a whole."""


Band = tuple[str, Callable[[Walker], bool]]


def bands(walkers: Sequence[Walker]) -> dict[str, list[Band]]:
    """What is divided -> its bands, by name."""
    sets = sorted({walker.marker_set for walker in walkers})
    return {
        "age": _ranges("{:g} to {:g} y", lambda walker: walker.age_y, (6.0, 13.0, 18.0, 40.0, 65.0, 90.0)),
        "dimensionless speed": _ranges("{:.2f} to {:.2f}", lambda walker: walker.speed, (0.0, 0.25, 0.35, 0.45, 0.9)),
        "height": _ranges("{:.2f} to {:.2f} m", lambda walker: walker.height_m, (0.9, 1.4, 1.6, 1.75, 2.2)),
        "marker set": [(name, lambda walker, name=name: walker.marker_set == name) for name in sets],  # type: ignore[misc]
        "markers lost": [
            ("none", lambda walker: walker.lost == 0),
            (f"1 to {MANY_LOST - 1}", lambda walker: 0 < walker.lost < MANY_LOST),
            (f"{MANY_LOST} or more", lambda walker: walker.lost >= MANY_LOST),
        ],
    }


def strata(coders: Coders, bench: SeenBench) -> list[dict[str, Any]]:
    """Every band's reconstruction error over the slots seen (mm) and joint-curve error (deg), with intervals.

    Of the reference people's first visits: many, healthy, at their own speeds, in no training.
    """
    seen = [walk for walk in bench.reference[0] if walk is not None and walk.walk.clip is not None]
    walkers = [walker_of(bench, walk) for walk in seen]
    errors = {name: np.array([_error_mm(coder, walk) for walk in seen]) for name, coder in coders.items()}
    squares = {
        "ltme": np.array([np.square(walk.curves_deg.ravel() - true_curves(walk)).mean() for walk in seen]),
        "harmonics_ridge": np.array(
            [np.square(walk.ridge_curves_deg.ravel() - true_curves(walk)).mean() for walk in seen]
        ),
    }
    rows: list[dict[str, Any]] = []
    for what, own in bands(walkers).items():
        for band, belongs in own:
            chosen = np.array([belongs(walker) for walker in walkers])
            if chosen.sum() < FEWEST_PEOPLE:
                continue
            weights = person_weights(int(chosen.sum()), bench.settings.seed)
            rows.append(
                {
                    "what": what,
                    "band": band,
                    "people": int(chosen.sum()),
                    "error_mm": {name: figure(mean_draws(values[chosen], weights)) for name, values in errors.items()},
                    "curves_deg": {
                        name: figure(np.sqrt(mean_draws(values[chosen], weights))) for name, values in squares.items()
                    },
                }
            )
    return rows


def walker_of(bench: SeenBench, seen: SeenWalk) -> Walker:
    """Who walked, and what was seen of it."""
    patient = sample_patient(seen.walk.order.seed)
    laboratory, lost = drawn_laboratory(bench.settings.laboratory, seen.walk.order.seed)
    return Walker(
        age_y=patient.age_y,
        height_m=patient.height_m,
        speed=dimensionless_speed(seen.walk.truth.speed_m_s, patient.leg_length_m),
        marker_set=laboratory.marker_set,
        lost=len(lost),
    )


def _ranges(words: str, of: Callable[[Walker], float], edges: tuple[float, ...]) -> list[Band]:
    return [
        (words.format(low, high), lambda walker, low=low, high=high: low <= of(walker) < high)  # type: ignore[misc]
        for low, high in pairwise(edges)
    ]


def _error_mm(coder: Any, seen: SeenWalk) -> float:
    clip = seen.walk.clip
    assert clip is not None
    return slot_error_mm(clip, coder.decode(coder.encode(clip)).positions_m, clip.valid)
