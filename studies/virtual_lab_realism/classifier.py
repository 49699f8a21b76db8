"""Can a classifier tell virtual walks from real ones, and by what? Same marker set and room, people never split.

Only laboratories with several people can be asked: elsewhere the person and the room are one. The single features that
give virtual people away count for more here than the AUROC of all together, which stays high as long as one is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.clips import make_clip
from ltme_clinic.progress import Progress, silent
from ltme_clinic.statistics import auroc
from ltme_clinic.types import LtmeError, Recording
from studies.virtual_lab_realism.figures import DRAWS, SEED, Figure, PartResult
from studies.virtual_lab_realism.matched import Group, as_group_records, grouped, virtual_recording
from studies.virtual_lab_realism.real_walks import RealWalk, real_walks
from studies.virtual_lab_realism.recorded import in_parallel
from studies.virtual_lab_realism.walk_features import KINDS, Features, walk_features

TITLE = "Virtual walks told from real ones"
PEOPLE = 200
"""Virtual people beside each laboratory."""
FIRST_SEED = 47_000_000
FEWEST_PEOPLE = 6
"""Real people that a laboratory must have."""
FOLDS = 5
KNOWN_SHARE = 0.6
"""A feature counts where so many walks of both kinds have it; gaps are filled with the median."""
INVERSE_PENALTY = 0.02
TREES, DEPTH, RATE = 80, 2, 0.1
SHUFFLES = 3
LADDER = (0.9, 0.8, 0.7)
"""What is left to tell by once every feature that reaches this alone, among those learnt from, is gone."""
MOST_TOLD, MOST_DRAWN = 40, 14
MODELS = ("logistic regression", "gradient boosting")

Row = dict[str, Any]


def measure(people: int = PEOPLE, workers: int = 2, progress: Progress = silent) -> PartResult:
    """AUROC by kind of feature and of all, over people who were never learnt from, and the features behind it."""
    try:
        real = real_walks()
    except LtmeError as error:
        return PartResult(TITLE, [], {}, [f"not measured: {error}"])
    figures: list[Figure] = []
    detail: dict[str, Any] = {"groups": {}}
    remarks: list[str] = []
    for number, (group, walks) in enumerate(grouped(real.walks)):
        if len({walk.person for walk in walks}) < FEWEST_PEOPLE:
            remarks.append(f"{group.name}: too few people to split ({len({walk.person for walk in walks})})")
            continue
        jobs = [(group, FIRST_SEED + 10_000 * number + person) for person in range(people)]
        virtual = [
            row for row in in_parallel(_virtual_row, jobs, workers, progress, f"classifier: {group.name}") if row
        ]
        rows = [row for row in (_real_row(group, walk) for walk in walks) if row]
        remarks.append(
            f"{group.name}: {len(walks) - len(rows)} of {len(walks)} real and {people - len(virtual)} of {people} "
            "virtual walks have no counted stride of each side and are left out"
        )
        found, detail["groups"][group.name] = group_figures(group.name, virtual, rows)
        figures += found
    return PartResult(TITLE, figures, detail, remarks)


def _virtual_row(job: tuple[Group, int]) -> Row | None:
    group, seed = job
    try:
        return _row(virtual_recording(group, seed), f"virtual {seed}")
    except LtmeError:
        return None


def _real_row(group: Group, walk: RealWalk) -> Row | None:
    try:
        return _row(as_group_records(walk.recording, group), walk.person)
    except LtmeError:
        return None


def _row(recording: Recording, person: str) -> Row:
    return {"person": person, **walk_features(recording), "embedding": _code(recording)}


def _code(recording: Recording) -> Features:
    embedding = _model().encode(make_clip(recording))
    parts = (("recording vector", embedding.recording_vector), ("posture vector", embedding.posture_vector))
    return {f"{name} {place}": float(value) for name, vector in parts for place, value in enumerate(vector)}


@cache
def _model() -> Any:
    """The shipped transformer; loads torch."""
    from ltme_clinic.embedding import load_model

    return load_model()


def group_figures(name: str, virtual: Sequence[Row], rows: Sequence[Row]) -> tuple[list[Figure], dict[str, Any]]:
    """AUROC of each kind and of all, with both models, and the ranked features."""
    both = [*virtual, *rows]
    labels = np.repeat([0, 1], [len(virtual), len(rows)])
    people = np.array([row["person"] for row in both])
    figures = []
    for kinds in (*[(kind,) for kind in (*KINDS, "embedding")], (*KINDS, "embedding")):
        table, _ = feature_table(both, labels, kinds)
        words = kinds[0] if len(kinds) == 1 else "all"
        for model in MODELS:
            scores = held_out_scores(table, labels, people, model)
            figures.append(_over_people(f"{name}: AUROC, {words}, {model}", scores, labels, people))
    table, names = feature_table(both, labels, KINDS)
    ranked = single_features(table, names, labels)
    importance = permutation_losses(table, labels, people)
    for row in ranked:
        row["permutation_loss"] = round(float(importance[names.index(row["feature"])]), 4)
    by_loss = sorted(ranked, key=lambda row: -row["permutation_loss"])[:10]
    for limit in LADDER:
        scores = held_out_scores(table, labels, people, MODELS[0], weaker_than=limit)
        words = f"{name}: AUROC, only features under {limit:g} alone, {MODELS[0]}"
        figures.append(_over_people(words, scores, labels, people))
    strong = sum(max(row["auroc"], 1.0 - row["auroc"]) > 0.9 for row in ranked) / max(1, len(ranked))
    figures.append(Figure(f"{name}: share of features that tell alone (AUROC over .9)", strong, "", len(ranked)))
    return figures, {"features": ranked[:MOST_TOLD], "by_permutation": by_loss}


def feature_table(rows: Sequence[Row], labels: np.ndarray, kinds: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """(walk, feature) with gaps filled, and the features' names; features that one side lacks are left out."""
    names, columns = [], []
    for kind in kinds:
        for name in sorted({name for row in rows for name in row[kind]}):
            values = np.array([row[kind].get(name, np.nan) for row in rows], dtype=float)
            known = np.isfinite(values)
            if min(known[labels == label].mean() for label in (0, 1)) < KNOWN_SHARE or np.ptp(values[known]) == 0.0:
                continue
            names.append(name)
            columns.append(np.where(known, values, np.median(values[known])))
    return np.stack(columns, axis=1), names


def held_out_scores(
    table: np.ndarray, labels: np.ndarray, people: np.ndarray, model: str, *, weaker_than: float = np.inf
) -> np.ndarray:
    """(walk,) how real each walk looks to a model that never saw its person: the share of the fold's virtual walks that
    look less so, for folds learn different scales.

    `weaker_than` leaves out features that tell better than this alone, judged on the people who are learnt from.
    """
    scores = np.empty(len(labels))
    for train, test in _folds(table, labels, people):
        kept = np.flatnonzero(_alone(table[train], labels[train]) < weaker_than)
        fitted = _fitted(model, table[np.ix_(train, kept)], labels[train])
        own = fitted.predict_proba(table[np.ix_(test, kept)])[:, 1]
        virtual = own[labels[test] == 0]
        below, level = (compare(virtual[None], own[:, None]).mean(axis=1) for compare in (np.less, np.equal))
        scores[test] = below + 0.5 * level
    return scores


def _alone(table: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(feature,) AUROC of each feature alone, whichever way it tells: .5 to 1."""
    told = np.array([auroc(column[labels == 0], column[labels == 1]) for column in table.T])
    return np.maximum(told, 1.0 - told)


def _folds(table: np.ndarray, labels: np.ndarray, people: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    return list(folds.split(table, labels, groups=people))


def _fitted(model: str, table: np.ndarray, labels: np.ndarray) -> Any:
    """A model in which both kinds weigh the same."""
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import RobustScaler

    if model == "logistic regression":
        regression = LogisticRegression(C=INVERSE_PENALTY, class_weight="balanced", max_iter=2000)
        # robust: a feature that virtual people hardly vary in would else be all outliers
        return make_pipeline(RobustScaler(quantile_range=(5.0, 95.0)), regression).fit(table, labels)
    trees = GradientBoostingClassifier(
        n_estimators=TREES, max_depth=DEPTH, learning_rate=RATE, subsample=0.7, max_features="sqrt", random_state=SEED
    )
    weights = np.where(labels == 1, (labels == 0).sum() / max(1, (labels == 1).sum()), 1.0)
    return trees.fit(table, labels, sample_weight=weights)


def _over_people(name: str, scores: np.ndarray, labels: np.ndarray, people: np.ndarray) -> Figure:
    """AUROC of people's mean scores, with an interval from drawing real and virtual people anew."""
    groups = []
    for label in (0, 1):
        own = np.unique(people[labels == label])
        groups.append(np.array([scores[(people == person) & (labels == label)].mean() for person in own]))
    virtual, real = groups
    rng = np.random.default_rng(SEED)
    drawn = [auroc(rng.choice(virtual, len(virtual)), rng.choice(real, len(real))) for _ in range(DRAWS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    note = f"{len(real)} real, {len(virtual)} virtual people"
    return Figure(name, auroc(virtual, real), "", len(real) + len(virtual), float(low), float(high), note=note)


def single_features(table: np.ndarray, names: Sequence[str], labels: np.ndarray) -> list[dict[str, Any]]:
    """Each feature alone, the most telling first: AUROC (over .5: larger in real walks), medians, ratio of spreads."""
    found = []
    for place, name in enumerate(names):
        virtual, real = (table[labels == label, place] for label in (0, 1))
        spread = np.percentile(virtual, 84) - np.percentile(virtual, 16)
        ratio = (np.percentile(real, 84) - np.percentile(real, 16)) / spread if spread > 0 else np.nan
        found.append(
            {
                "feature": name,
                "auroc": round(auroc(virtual, real), 3),
                "real": float(f"{np.median(real):.4g}"),
                "virtual": float(f"{np.median(virtual):.4g}"),
                "spread_ratio": float(f"{ratio:.3g}"),
            }
        )
    return sorted(found, key=lambda row: -abs(row["auroc"] - 0.5))


def permutation_losses(table: np.ndarray, labels: np.ndarray, people: np.ndarray) -> np.ndarray:
    """(feature,) how much worse gradient boosting does on held-out people when a feature is shuffled: log loss, mean.

    Near nothing for a feature that others can stand in for.
    """
    rng = np.random.default_rng(SEED)
    losses = np.zeros(table.shape[1])
    folds = _folds(table, labels, people)
    for train, test in folds:
        if len(np.unique(labels[test])) < 2:
            continue
        fitted = _fitted("gradient boosting", table[train], labels[train])
        whole = _log_loss(fitted, table[test], labels[test])
        for place in np.flatnonzero(fitted.feature_importances_ > 0):  # what no tree asks can't matter
            shuffled = table[test].copy()
            for _ in range(SHUFFLES):
                shuffled[:, place] = rng.permutation(shuffled[:, place])
                losses[place] += (_log_loss(fitted, shuffled, labels[test]) - whole) / (SHUFFLES * len(folds))
    return losses


def _log_loss(fitted: Any, table: np.ndarray, labels: np.ndarray) -> float:
    """Mean over both kinds, each weighing the same."""
    said = np.clip(fitted.predict_proba(table)[np.arange(len(labels)), labels], 1e-6, 1.0)
    return float(np.mean([-np.log(said[labels == label]).mean() for label in (0, 1)]))


def draw(detail: dict[str, Any], folder: Path) -> list[Path]:
    """The features that give virtual people away, one panel a laboratory."""
    from ltme_clinic.report import style

    groups = detail["groups"]
    if not groups:
        return []
    figure = style.new_figure(8.0 * len(groups), 0.9 + 0.33 * MOST_DRAWN)
    panels = np.atleast_1d(figure.subplots(1, len(groups)))
    for panel, (name, own) in zip(panels, groups.items(), strict=True):
        rows = own["features"][:MOST_DRAWN][::-1]
        style.quiet_axes(panel, grid="x")
        panel.barh(range(len(rows)), [row["auroc"] - 0.5 for row in rows], left=0.5, color=style.SIDE_COLOUR["right"])
        words = [f"{row['feature']}  (real {row['real']:.3g}, virtual {row['virtual']:.3g})" for row in rows]
        panel.set_yticks(range(len(rows)), words, fontsize=style.SMALL_PT)
        panel.set_xlim(0.0, 1.0)
        panel.axvline(0.5, color=style.INK, linewidth=1.0)
        panel.set_title(f"{name} against virtual people (synthetic)", loc="left", fontsize=style.TEXT_PT)
        panel.set_xlabel("AUROC of one feature (0: larger in virtual, 1: in real)", fontsize=style.SMALL_PT)
    path = folder / "classifier.png"
    figure.savefig(path, dpi=80)
    return [path]
