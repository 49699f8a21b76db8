"""Can severity 0 through the impaired code path be told from healthy? By bytes first, then by a classifier.

The same person at severity 0 must give the same bytes as when healthy: that is the sharper test. Different people are
different people: of two groups from the same distribution, a cross-validated AUROC scatters about .5 by itself, and
1.3 times as much as Mann and Whitney say for the same n, for the folds share what they learn from. So the interval
comes from labels dealt out anew, and `PEOPLE` a group keep chance within the bar about 95 times of 100.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, get_args

import numpy as np

from ltme_clinic.clips import make_clip
from ltme_clinic.progress import Progress, silent
from ltme_clinic.recordings import read_recordings
from ltme_clinic.statistics import NORMAL_95, auroc
from ltme_clinic.types import Impairment
from ltme_clinic.virtual_lab import Course, Walking, sample_patient, simulate_walk, write_cohort
from studies.virtual_lab_realism.figures import SEED, Figure, PartResult
from studies.virtual_lab_realism.recorded import FIGURES, analysed_walk, in_parallel, written_and_read

TITLE = "Severity 0 through the impaired code path"
PEOPLE = 1600
"""A group, so that chance alone keeps within the bar 95 times of 100."""
BYTES_PEOPLE = 100
"""Of them, how many walk through each impaired code path; all do where one of these isn't their healthy twin."""
FIRST_HEALTHY, FIRST_PLACEBO = 44_000_000, 44_500_000
SECONDS = 6.0
AUROC_BAR = (0.47, 0.53)
FOLDS, REPEATS, COMPONENTS, INVERSE_PENALTY = 5, 2, 30, 0.1
DEALS = 20
"""How often labels are dealt out anew, to see how far chance moves the AUROC."""
PLACEBOS: tuple[Impairment, ...] = tuple(name for name in get_args(Impairment) if name != "none")
COURSE_PEOPLE, COURSE_VISITS = 10, 3
"""Courses whose visits are all at severity 0, written as a cohort and compared file by file."""

Job = tuple[int, Impairment]


def measure(people: int = PEOPLE, workers: int = 2, progress: Progress = silent) -> PartResult:
    """Healthy people against `people` others at severity 0 of each impairment, by bytes and by what is measured."""
    healthy = _rows(range(FIRST_HEALTHY, FIRST_HEALTHY + people), "none", {}, workers, progress)
    others = range(FIRST_PLACEBO, FIRST_PLACEBO + people)
    twins = _rows(others, "none", {}, workers, progress)
    known = {row["sha256"]: row for row in twins}
    figures = told_apart_twice("other healthy people", healthy, twins)
    for impairment in PLACEBOS:
        group = _rows(others[:BYTES_PEOPLE], impairment, known, workers, progress)
        same = identical_share(group, twins)
        figures.append(
            Figure(f"measured as the healthy twin, bit for bit: {impairment}", same, "", len(group), bar=(1.0, 1.0))
        )
        if same < 1.0:  # else the AUROC is that of the twins, to the last digit
            group += _rows(others[BYTES_PEOPLE:], impairment, known, workers, progress)
            figures += told_apart_twice(impairment, healthy, group)
    twin, *own = in_parallel(course_hashes, ("none", *PLACEBOS), workers, progress, "placebo: courses")
    told: list[str] = []
    for impairment, found in zip(PLACEBOS, own, strict=True):
        same = float(np.mean([one["measured"] == other["measured"] for one, other in zip(found, twin, strict=True)]))
        words = f"measured as the healthy twin, bit for bit: {impairment}, course"
        figures.append(Figure(words, same, "", COURSE_PEOPLE, bar=(1.0, 1.0)))
        if any(one["file"] != other["file"] for one, other in zip(found, twin, strict=True)):
            told.append(impairment)
    lost = sum(row["measured"] is None for row in healthy)
    return PartResult(TITLE, figures, {}, _remarks(figures, lost, told))


def course_hashes(impairment: Impairment) -> list[dict[str, str]]:
    """SHA-256 of the "file" and of what is "measured" in it, for each file of courses wholly at severity 0.

    Measured are marker positions, events, body measures and forces; the rest of a file may say who the patient is.
    """
    course = Course(impairment, (0.0,) * COURSE_VISITS)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for file in write_cohort(
            Path(folder),
            patients=COURSE_PEOPLE,
            trials=1,
            courses=[course] * COURSE_PEOPLE,
            seed=FIRST_PLACEBO,
            activity=Walking(duration_s=SECONDS),
        ):
            seen = read_recordings(file)[0]
            analogs = b"" if seen.analogs is None else seen.analogs.values.tobytes()
            told = repr((seen.events, seen.body_measures, seen.anthropometry, seen.marker_labels)).encode()
            found.append(
                {
                    "file": hashlib.sha256(file.read_bytes()).hexdigest(),
                    "measured": hashlib.sha256(seen.positions_m.tobytes() + analogs + told).hexdigest(),
                }
            )
    return found


def _remarks(figures: Sequence[Figure], lost: int, told: Sequence[str]) -> list[str]:
    remarks = [f"{lost} of the healthy walks had no nine curves and are left out"] if lost else []
    if told:
        remarks.append(
            f"Files of {', '.join(told)} say more of the patient than a healthy one's do (an operated side) and so "
            "differ as files; judged is what was measured: markers, events, body measures, forces."
        )
    if all(figure.value == 1.0 for figure in figures if figure.name.startswith("measured as")):
        remarks.append(
            "Every placebo measures as its healthy twin does, bit for bit: nothing tells the two apart; the AUROC of "
            "every impairment is that of other healthy people, which only chance moves from .5."
        )
    return remarks


def identical_share(group: Sequence[dict[str, Any]], twins: Sequence[dict[str, Any]]) -> float:
    """Share of people whose recording is bit for bit their healthy twin's."""
    return float(np.mean([own["sha256"] == twin["sha256"] for own, twin in zip(group, twins, strict=False)]))


def told_apart_twice(words: str, healthy: list[dict[str, Any]], group: list[dict[str, Any]]) -> list[Figure]:
    """AUROC of the measured features and of the embedding."""
    return [
        told_apart(f"AUROC, {features}: {words}", healthy, group, features) for features in ("measured", "embedding")
    ]


def _rows(
    seeds: Sequence[int],
    impairment: Impairment,
    known: dict[str, dict[str, Any]],
    workers: int,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Everybody's features; a worker is told which recordings are known, and the known features stay here."""
    jobs = [(seed, impairment) for seed in seeds]
    work = partial(_walk, known=frozenset(known))
    rows = in_parallel(work, jobs, workers, progress, f"placebo: {impairment}")
    return [known.get(row["sha256"], row) for row in rows]


def _walk(job: Job, known: frozenset[str]) -> dict[str, Any]:
    """Features of one walk; of a known recording its hash alone."""
    seed, impairment = job
    patient = sample_patient(seed, impairment=impairment, severity=0.0)
    walked = simulate_walk(patient, duration_s=SECONDS)
    digest = hashlib.sha256(walked.recording.positions_m.tobytes()).hexdigest()
    if digest in known:
        return {"sha256": digest}
    recording = written_and_read(walked.recording)
    walk = analysed_walk(recording, walked.truth)
    if not walk.complete:
        return {"sha256": digest, "measured": None, "embedding": None}
    embedding = _model().encode(make_clip(recording))
    steps = [walk.figures[name] for name in FIGURES if name != "gps_deg"]
    return {
        "sha256": digest,
        "measured": np.concatenate([walk.curves_deg.ravel(), steps]),
        "embedding": np.concatenate([embedding.recording_vector, embedding.posture_vector]),
    }


@cache
def _model() -> Any:
    """The shipped transformer; loads torch."""
    from ltme_clinic.embedding import load_model

    return load_model()


def told_apart(name: str, healthy: list[dict[str, Any]], others: list[dict[str, Any]], features: str) -> Figure:
    """Cross-validated AUROC of one set of features between two groups of rows, one row a person.

    The interval is 1.96 SD of the same with labels dealt out anew, about the value.
    """
    groups = [np.array([row[features] for row in rows if row[features] is not None]) for rows in (healthy, others)]
    fewest = min(len(group) for group in groups)
    if fewest < 2 * FOLDS:
        return Figure(name, float("nan"), "", fewest, bar=AUROC_BAR)
    both = principal_components(np.nan_to_num(np.concatenate(groups)))
    labels = np.repeat([0, 1], [len(group) for group in groups])
    value = cross_validated_auroc(both, labels)
    rng = np.random.default_rng(SEED)
    by_chance = float(np.std([cross_validated_auroc(both, rng.permutation(labels)) for _ in range(DEALS)], ddof=1))
    low, high = value - NORMAL_95 * by_chance, value + NORMAL_95 * by_chance
    return Figure(name, value, "", fewest, low, high, AUROC_BAR)


def principal_components(features: np.ndarray) -> np.ndarray:
    """(row, at most `COMPONENTS`) of standardised features, each of unit SD; labels play no part in it."""
    spread = features.std(axis=0)
    standard = (features - features.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    left, _, _ = np.linalg.svd(standard, full_matrices=False)
    return left[:, :COMPONENTS] * np.sqrt(len(features))


def cross_validated_auroc(features: np.ndarray, labels: np.ndarray) -> float:
    """AUROC of a logistic regression on rows that it never saw; (row, feature) of about unit SD, (row,) 0 or 1.

    The mean over `REPEATS` ways to cut `FOLDS` folds, each fold's AUROC by itself: pooled over folds, whose intercepts
    differ, that of equal groups falls below .5.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    found = []
    for repeat in range(REPEATS):
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED + repeat)
        for train, test in folds.split(features, labels):
            model = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000).fit(features[train], labels[train])
            scores = model.decision_function(features[test])
            found.append(auroc(scores[labels[test] == 0], scores[labels[test] == 1]))
    return float(np.mean(found))
