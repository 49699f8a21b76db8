"""Are impairments told from health, and a person's change from retest? AUROC of every feature set on the same walks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ltme_clinic.progress import Progress, silent
from ltme_clinic.training.bench.features import FEATURE_SETS, FeatureSet, SeenWalk, Task, feature_table, names_of
from ltme_clinic.training.bench.people import BenchSettings
from ltme_clinic.training.bench.resampling import auroc_draws, figure, person_weights, wins
from ltme_clinic.training.bench.scoring import KINDS, Table, fit_scorer
from ltme_clinic.types import Impairment

TASKS: tuple[Task, ...] = ("unusual", "changed")
FEW_TIMES = 5
"""Scores on few reference people are means over so many draws of them, none of whom is in two."""
MODEL_KIND = "mahalanobis"
"""The model is quoted by this score, settled beforehand; yardsticks by whichever of theirs does best."""

Seen = Sequence[SeenWalk | None]


@dataclass(frozen=True, eq=False)
class SeenBench:
    """Everybody's walks as one model sees them; lists are in the order of people."""

    settings: BenchSettings
    reference: tuple[Seen, Seen]
    healthy: tuple[Seen, Seen]
    impaired: Mapping[tuple[Impairment, float], Seen]


@dataclass(frozen=True, eq=False)
class Aurocs:
    """AUROC under every draw of people: (size, task, target, impairment, feature set, kind, 1 + draws)."""

    sizes: tuple[int, ...]
    settings: BenchSettings
    values: np.ndarray

    def of(self, size: int, task: str, target: float) -> np.ndarray:
        """(impairment, feature set, kind, 1 + draws)."""
        places = self.sizes.index(size), TASKS.index(task), self.settings.targets.index(target)
        chosen: np.ndarray = self.values[places]
        return chosen


def measure_aurocs(
    bench: SeenBench, progress: Progress = silent, features: Sequence[FeatureSet] = FEATURE_SETS
) -> Aurocs:
    """Fit every feature set on reference people of every number, and score the test people."""
    settings = bench.settings
    sizes = tuple(dict.fromkeys((settings.reference_people, settings.few_people)))
    weights = person_weights(settings.people, settings.seed)
    cells = (len(sizes), len(TASKS), len(settings.targets), len(settings.impairments), len(features), len(KINDS))
    values = np.full((*cells, len(weights)), np.nan, dtype=np.float32)
    for column, feature in enumerate(features):
        for task, name in enumerate(TASKS):
            reference = [feature_table(walks, feature, name) for walks in bench.reference]
            healthy = [feature_table(walks, feature, name) for walks in bench.healthy]
            impaired = {key: feature_table(walks, feature, name) for key, walks in bench.impaired.items()}
            for row, size in enumerate(sizes):
                fitted = _scorers(reference, size, settings, feature.worse, name)
                negatives = [scorer.scores(_visits(healthy, healthy[1], name)) for scorer in fitted]
                for (impairment, target), table in impaired.items():
                    positives = [scorer.scores(_visits(healthy, table, name)) for scorer in fitted]
                    place = row, task, settings.targets.index(target), settings.impairments.index(impairment), column
                    values[place] = _draws(negatives, positives, weights)
        progress("detection", column + 1, len(features))
    return Aurocs(sizes, settings, values)


def measure_placebo(bench: SeenBench, features: Sequence[FeatureSet] = FEATURE_SETS) -> np.ndarray:
    """The same healthy people's first visits against their second, as if these were of somebody unusual: AUROC under
    every draw of people, (feature set, kind, 1 + draws)."""
    settings, task = bench.settings, TASKS[0]
    weights = person_weights(settings.people, settings.seed)
    rows = []
    for feature in features:
        reference = [feature_table(walks, feature, task) for walks in bench.reference]
        first, second = (feature_table(walks, feature, task) for walks in bench.healthy)
        fitted = _scorers(reference, settings.reference_people, settings, feature.worse, task)
        negatives, positives = ([scorer.scores([table]) for scorer in fitted] for table in (second, first))
        rows.append(_draws(negatives, positives, weights))
    return np.array(rows)


def _visits(healthy: Sequence[Table], second: Table, task: Task) -> list[Table]:
    return [second] if task == "unusual" else [healthy[0], second]


def _scorers(reference: Sequence[Table], size: int, settings: BenchSettings, worse: int, task: Task) -> list[Any]:
    """One scorer on all reference people, or several on few."""
    whole = settings.reference_people
    times = 1 if size == whole else max(1, min(FEW_TIMES, whole // size))
    visits = [reference[0]] if task == "unusual" else list(reference)
    return [
        fit_scorer([table.take(np.arange(part * size, min((part + 1) * size, whole))) for table in visits], worse=worse)
        for part in range(times)
    ]


def _draws(negatives: list[np.ndarray], positives: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """(kind, 1 + draws) from scores (person, kind) of every scorer."""
    rows = []
    for kind in range(len(KINDS)):
        won = np.mean([wins(a[:, kind], b[:, kind]) for a, b in zip(negatives, positives, strict=True)], axis=0)
        known = np.isfinite(negatives[0][:, kind]), np.isfinite(positives[0][:, kind])
        rows.append(auroc_draws(won, known, weights))
    return np.array(rows)


def detection_tables(aurocs: Aurocs) -> list[dict[str, Any]]:
    """For each number of reference people, task and severity: every AUROC, means with intervals, and the comparison."""
    tables = []
    for size in aurocs.sizes:
        for task in TASKS:
            for target in aurocs.settings.targets:
                values = aurocs.of(size, task, target)
                tables.append(
                    {
                        "reference_people": size,
                        "task": task,
                        "target": target,
                        "impairments": _by_impairment(values, aurocs.settings),
                        **{
                            group: group_table(values, names, aurocs.settings.impairments)
                            for group, names in (("seen", aurocs.settings.seen), ("unseen", aurocs.settings.unseen))
                            if names
                        },
                    }
                )
    return tables


def group_table(values: np.ndarray, names: Sequence[Impairment], impairments: Sequence[Impairment]) -> dict[str, Any]:
    """Mean AUROC over a group of impairments, and the model against the yardsticks; with 95 % intervals over people.

    `minus_best`: the model's score (`MODEL_KIND`) minus the one score of one yardstick that has the best mean.
    `minus_best_of_each`: the same where every impairment has a best yardstick of its own. That the best is found on the
    same people does the model no favour. `share_of_distance`: how much of the way from the best yardstick to the best
    score of true curves the model goes; None where there is no way to go.

    Parameters
    ----------
    values : (impairment, feature set, kind, 1 + draws)
    """
    rows = values[[impairments.index(name) for name in names]].astype(float)
    places = {feature.name: number for number, feature in enumerate(FEATURE_SETS)}
    model = rows[:, places[names_of("model")[0]], KINDS.index(MODEL_KIND)]  # (impairment, draws)
    ceilings = rows[:, places[names_of("ceiling")[0]]].mean(axis=0)  # (kind, draws)
    ceiling = ceilings[ceilings[:, 0].argmax()]
    scores = rows[:, [places[name] for name in names_of("yardstick")]]
    scores = scores.reshape(len(rows), -1, rows.shape[-1])  # (impairment, yardstick x kind, draws)
    best = int(scores[..., 0].mean(axis=0).argmax())
    best_of_each = scores[np.arange(len(rows)), scores[..., 0].argmax(axis=1)]
    ahead = model.mean(axis=0) - scores[:, best].mean(axis=0)
    way = ceiling - scores[:, best].mean(axis=0)
    return {
        "means": {
            name: {kind: figure(rows[:, place, number].mean(axis=0)) for number, kind in enumerate(KINDS)}
            for name, place in places.items()
        },
        "best_yardstick": f"{names_of('yardstick')[best // len(KINDS)]}, {KINDS[best % len(KINDS)]}",
        "minus_best": figure(ahead),
        "minus_best_of_each": figure((model - best_of_each).mean(axis=0)),
        "share_of_distance": figure(np.divide(ahead, way, out=np.full_like(way, np.nan), where=way > 0)),
    }


def _by_impairment(values: np.ndarray, settings: BenchSettings) -> dict[str, Any]:
    return {
        name: {
            feature.name: {kind: _rounded(values[row, column, number, 0]) for number, kind in enumerate(KINDS)}
            for column, feature in enumerate(FEATURE_SETS)
        }
        for row, name in enumerate(settings.impairments)
    }


def _rounded(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
