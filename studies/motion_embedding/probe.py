"""Can a straight line in the embedding tell walking, running and jumping? Logistic regression over CMU's motions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.progress import Progress, silent
from studies.motion_embedding import features
from studies.motion_embedding.subject import Coded, Subject
from studies.virtual_lab_realism.figures import DRAWS, SEED, Figure, PartResult
from studies.virtual_lab_realism.transfer import exact_interval

TITLE = "Walking, running, jumping told by a linear probe"
CLASSES = ("walking", "running", "jumping")
ACCURACY_BAR = 0.95
INVERSE_PENALTY = 1.0
JUDGED = "recording vector"


def measure(subject: Subject, progress: Progress = silent) -> PartResult:
    """Mean recall of the three classes, accuracy and each class's recall, by feature; a vote a take."""
    codes = cmu_codes(subject)
    classes = np.array([CLASSES.index(str(code.item.label.activity)) for code in codes])
    people = np.array([code.item.label.person for code in codes])
    takes = np.array([code.item.label.take for code in codes])
    figures: list[Figure] = []
    detail: dict[str, Any] = {"features": {}}
    tables = feature_tables(codes)
    for number, (name, table) in enumerate(tables.items()):
        votes = held_out_probabilities(table, classes, people)
        truth, told, owners = by_take(votes, classes, takes, people)
        figures += figures_of(name, truth, told, owners)
        detail["features"][name] = confusion(truth, told).tolist()
        progress("probe", number + 1, len(tables))
    remarks = [*subject.remarks(), counts_told(classes, takes, people), *_remarks(codes)]
    return PartResult(TITLE, figures, detail, remarks)


def cmu_codes(subject: Subject) -> list[Coded]:
    """CMU's skeletons: steady walks, and pieces of running and jumping. Each take once, in one format."""
    chosen: dict[str, list[Coded]] = {}
    for code in subject.coded:
        label = code.item.label
        if label.laboratory in ("CMU, AMC", "CMU, BVH", "CMU, exponential maps") and label.activity in CLASSES:
            chosen.setdefault(label.take, []).append(code)
    return [code for own in chosen.values() for code in own if _format(code) == _format(own[0])]


def _format(code: Coded) -> str:
    return code.item.label.laboratory


def feature_tables(codes: Sequence[Coded]) -> dict[str, np.ndarray]:
    """Feature -> a row a clip."""
    ltme, pca = [code.ltme for code in codes], [code.pca for code in codes]
    return {
        JUDGED: features.recording_vectors(codes),
        "recording and posture vector": features.whole_codes(ltme),
        "pooled latents": features.pooled_latents(ltme),
        "PCA's recording and posture vector": features.whole_codes(pca),
        "PCA's pooled latents": features.pooled_latents(pca),
        "marker mean and SD": features.mean_and_sd(features.clips_of(codes)),
        "speed alone": features.speeds(codes),
    }


def held_out_probabilities(table: np.ndarray, classes: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Probabilities (clip, class) by regressions that never saw the clip's person."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    votes = np.zeros((len(table), int(classes.max()) + 1))
    for person in np.unique(people):
        out = people == person
        regression = LogisticRegression(C=INVERSE_PENALTY, class_weight="balanced", max_iter=2000)
        fitted = make_pipeline(StandardScaler(), regression).fit(table[~out], classes[~out])
        votes[np.ix_(out, fitted.classes_)] = fitted.predict_proba(table[out])
    return votes


def by_take(
    votes: np.ndarray, classes: np.ndarray, takes: np.ndarray, people: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True class, told class and person of each take; a take's pieces vote with their probabilities."""
    names = np.unique(takes)
    first = [int(np.flatnonzero(takes == name)[0]) for name in names]
    told = [int(votes[takes == name].mean(axis=0).argmax()) for name in names]
    return classes[first], np.array(told), people[first]


def figures_of(name: str, truth: np.ndarray, told: np.ndarray, owners: np.ndarray) -> list[Figure]:
    """Mean recall with its interval over people, accuracy, and each class's recall with its exact interval."""
    people = len(np.unique(owners))
    bar = (ACCURACY_BAR, None) if name == JUDGED else None
    low, high = over_people(truth, told, owners)
    hits = int((truth == told).sum())
    figures = [
        Figure(f"{name}: mean recall", mean_recall(truth, told), "", people, low, high, bar),
        Figure(f"{name}: accuracy", hits / len(truth), "", len(truth), *exact_interval(hits, len(truth))),
    ]
    for place, word in enumerate(CLASSES):
        own = truth == place
        right = int((told[own] == place).sum())
        share = right / max(1, int(own.sum()))
        figures.append(
            Figure(f"{name}: {word} told", share, "", int(own.sum()), *exact_interval(right, int(own.sum())))
        )
    return figures


def mean_recall(truth: np.ndarray, told: np.ndarray) -> float:
    """Mean over classes of the share that is told rightly: .33 by chance of three, however unequal they are."""
    return float(np.mean([(told[truth == place] == place).mean() for place in np.unique(truth)]))


def over_people(truth: np.ndarray, told: np.ndarray, owners: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean recall, drawing people within each class so that no class is ever empty."""
    rng = np.random.default_rng(SEED)
    pools = [np.unique(owners[truth == place]) for place in np.unique(truth)]
    values = []
    for _ in range(DRAWS):
        recalls = []
        for place, pool in zip(np.unique(truth), pools, strict=True):
            drawn = rng.choice(pool, size=len(pool))
            right = [told[(owners == person) & (truth == place)] == place for person in drawn]
            recalls.append(float(np.concatenate(right).mean()))
        values.append(float(np.mean(recalls)))
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def confusion(truth: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Takes by true class (row) and told class (column)."""
    table = np.zeros((len(CLASSES), len(CLASSES)), dtype=int)
    np.add.at(table, (truth, told), 1)
    return table


def counts_told(classes: np.ndarray, takes: np.ndarray, people: np.ndarray) -> str:
    """How many takes, pieces and people each class has."""
    told = []
    for place, word in enumerate(CLASSES):
        own = classes == place
        numbers = f"{len(np.unique(takes[own]))} takes, {int(own.sum())} pieces"
        told.append(f"{word} {numbers}, {len(np.unique(people[own]))} people or files")
    return "; ".join(told)


def _remarks(codes: Sequence[Coded]) -> list[str]:
    slots = int(features.shared_slots(features.clips_of(codes)).sum())
    return [
        "who moved is known of few exponential maps: one person may be on both sides of a split there",
        f"marker mean and SD over {slots} joint centres; running clips are short (1.3 to 1.6 s)",
    ]


def draw(detail: dict[str, Any], folder: Path) -> list[Path]:
    """Confusions, a panel a feature."""
    from ltme_clinic.report import style

    tables = detail["features"]
    figure = style.new_figure(2.2 * len(tables), 3.4)
    panels = figure.subplots(1, len(tables), squeeze=False)[0]
    for panel, (name, rows) in zip(panels, tables.items(), strict=True):
        table = np.array(rows)
        panel.imshow(table / table.sum(axis=1, keepdims=True), cmap="Blues", vmin=0, vmax=1)
        for true, row in enumerate(table):
            for told, count in enumerate(row):
                colour = "white" if count > 0.6 * row.sum() else style.INK
                panel.text(told, true, str(count), ha="center", va="center", color=colour)
        panel.set_title(name.replace(" and posture", "\nand posture"), fontsize=style.SMALL_PT, color=style.INK)
        panel.set_xticks(range(len(CLASSES)), CLASSES, rotation=90, fontsize=7)
        panel.set_yticks(range(len(CLASSES)), CLASSES if panel is panels[0] else [""] * len(CLASSES), fontsize=7)
    style.heading(figure, "Takes by what is done (row) and what the probe says (column)", None)
    path = folder / "probe.png"
    figure.savefig(path, dpi=90)
    return [path]
