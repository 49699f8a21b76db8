"""All walks of a bench, recorded by a few processes: they depend on the settings alone and serve any checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np

from ltme_clinic.processes import process_pool
from ltme_clinic.progress import Progress, silent
from ltme_clinic.statistics import auroc
from ltme_clinic.training.bench.people import BenchSettings, BenchWalk, WalkOrder, bench_walk
from ltme_clinic.training.bench.scoring import Table, fit_scorer
from ltme_clinic.training.bench.severity import SeverityFound, find_severities
from ltme_clinic.types import Impairment, LtmeError

VISITS = (0, 1)
Walks = list[BenchWalk | None]


@dataclass(frozen=True, eq=False)
class BenchWalks:
    """Everybody's walks; None where a walk could not be had, so that places in a list are people."""

    settings: BenchSettings
    reference: tuple[Walks, Walks]
    """Healthy people to fit scores on, first and second visit."""
    healthy: tuple[Walks, Walks]
    """Healthy test people, first and second visit."""
    impaired: dict[tuple[Impairment, float], Walks]
    """Test people's second visit with an impairment, at the severity for each target AUROC."""
    severities: dict[Impairment, tuple[SeverityFound, ...]]
    """In the order of `settings.targets`."""

    def lost(self) -> int:
        """Walks that could not be had."""
        return sum(
            walk is None for walks in (*self.reference, *self.healthy, *self.impaired.values()) for walk in walks
        )


class Recorder:
    """Records orders in this process, or in several, and says how far it is."""

    def __init__(self, settings: BenchSettings, pool: ProcessPoolExecutor | None, progress: Progress) -> None:
        self.settings, self._pool, self._progress = settings, pool, progress

    def record(self, orders: Sequence[WalkOrder], what: str) -> Walks:
        """The walks in the orders' order."""
        several = [self.settings] * len(orders)
        found: Iterator[BenchWalk | None] = map(bench_walk, orders, several)
        if self._pool is not None:
            found = self._pool.map(bench_walk, orders, several, chunksize=4)
        walks: Walks = []
        for number, walk in enumerate(found, start=1):
            walks.append(walk)
            self._progress(what, number, len(orders))
        return walks


@contextmanager
def recorder(settings: BenchSettings, progress: Progress = silent) -> Iterator[Recorder]:
    """A recorder with `settings.workers` processes; with one, everything stays in this process."""
    if settings.workers < 2:
        yield Recorder(settings, None, progress)
        return
    with process_pool(settings.workers) as pool:
        yield Recorder(settings, pool, progress)


def record_bench(settings: BenchSettings, progress: Progress = silent) -> BenchWalks:
    """Reference, severities, and test people: the part of a bench that no model has a say in."""
    with recorder(settings, progress) as recorded:
        reference = _visits(recorded, "reference", settings.reference_speeds, "reference people")
        severities = calibrated_severities(recorded, reference[0])
        healthy = _visits(recorded, "test", None, "healthy test people")
        impaired = {
            (name, target): recorded.record(
                [WalkOrder(seed, name, found.severity, visit=1) for seed in settings.seeds("test")],
                f"test people, {name}",
            )
            for name, of_targets in severities.items()
            for target, found in zip(settings.targets, of_targets, strict=True)
        }
    return BenchWalks(settings, reference, healthy, impaired, severities)


def calibrated_severities(
    recorded: Recorder, reference: Sequence[BenchWalk | None]
) -> dict[Impairment, tuple[SeverityFound, ...]]:
    """For each impairment the severities at which z-max of the measured curves tells the calibration people apart.

    The z-max is fitted on healthy reference people; nobody of the calibration is tested on later.
    """
    settings = recorded.settings
    score = fit_scorer([measured_table(reference)], worse=0)
    seeds = settings.seeds("calibration")

    def scores(severity: float, name: Impairment) -> np.ndarray:
        orders = [WalkOrder(seed, name, severity, keep_clip=False) for seed in seeds]
        values = score.scores([measured_table(recorded.record(orders, f"severity of {name}"))])[:, 1]
        if not np.isfinite(values).any():
            raise LtmeError("bench", f"no calibration walk ({name}) could be analysed", "Choose another laboratory")
        return values[np.isfinite(values)]

    def told_apart(severity: float, name: Impairment) -> float:
        return auroc(healthy, scores(severity, name))

    healthy = scores(0.0, "none")
    return {
        name: find_severities(partial(told_apart, name=name), settings.targets, halvings=settings.halvings)
        for name in settings.impairments
    }


def measured_table(walks: Sequence[BenchWalk | None]) -> Table:
    """Measured joint curves, NaN where there are none."""
    size = next((walk.clinic.curves_deg.size for walk in walks if walk is not None), 1)
    curves = [np.full(size, np.nan) if walk is None else walk.clinic.curves_deg.ravel() for walk in walks]
    covariates = [np.full(2, np.nan) if walk is None else walk.covariates for walk in walks]
    rows = np.array(curves, dtype=float)
    return Table(rows, rows, np.array(covariates))


def _visits(recorded: Recorder, role: str, speed_range: tuple[float, float] | None, what: str) -> tuple[Walks, Walks]:
    usual = role == "test"
    orders = [
        WalkOrder(seed, visit=visit, speed_range=speed_range, usual=usual and visit == 0)
        for visit in VISITS
        for seed in recorded.settings.seeds(role)
    ]
    walks = recorded.record(orders, what)
    half = len(walks) // 2
    return walks[:half], walks[half:]
