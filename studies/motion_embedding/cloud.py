"""Do real healthy people lie inside the virtual healthy cloud? The detector's own distance in a reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.findings import MahalanobisDetector
from ltme_clinic.findings.comparable import measurement_refusals
from ltme_clinic.findings.visit import trial_covariates
from ltme_clinic.progress import Progress, silent
from studies.motion_embedding.features import recording_vectors
from studies.motion_embedding.subject import Coded, Subject
from studies.virtual_lab_realism.figures import SEED, Figure, PartResult, over_people
from studies.virtual_lab_realism.transfer import PERCENTILE, exact_interval

TITLE = "Real healthy people in the virtual healthy cloud"
STRICTER = 95.0
SHARE_BAR = 0.5
AGE_GROUPS = (("child", "children"), ("adult", "adults"))


def measure(subject: Subject, progress: Progress = silent) -> PartResult:
    """Share of people inside, by age group and by laboratory; DeepMimic's one body is nobody's and is left out."""
    remarks = subject.remarks()
    if subject.reference is None:
        return PartResult(
            TITLE, [], {}, [*remarks, "not measured: build this checkpoint's reference, give --reference"]
        )
    codes = subject.walks_of_people()
    detector = MahalanobisDetector().fit(subject.reference)
    held_out = detector.calibration_scores(1)
    covariates = trial_covariates(tuple(code.ltme for code in codes))
    scores = detector.fits[0].scores(recording_vectors(codes), covariates)
    refused = sum(bool(measurement_refusals(row, subject.reference)) for row in covariates)
    remarks.append(
        f"{refused} of {len(codes)} walks would be refused a score for their speed or leg length; counted here"
    )
    people = person_means(codes, scores)
    figures = _figures(people, held_out)
    detail = {
        "virtual": np.round(np.sort(held_out), 3).tolist(),
        "people": [[laboratory, score] for _, laboratory, score in people.values()],
        "limit": float(np.percentile(held_out, PERCENTILE)),
    }
    progress("cloud", 1, 1)
    return PartResult(TITLE, figures, detail, remarks)


def person_means(codes: Sequence[Coded], scores: np.ndarray) -> dict[str, tuple[str, str, float]]:
    """Person in a laboratory -> age group, laboratory, mean distance over the walks there."""
    found: dict[str, tuple[str, str, list[float]]] = {}
    for code, score in zip(codes, scores, strict=True):
        label = code.item.label
        key = f"{label.laboratory}: {label.person}"
        found.setdefault(key, (label.age_group, label.laboratory, []))[2].append(float(score))
    return {key: (group, place, float(np.mean(values))) for key, (group, place, values) in found.items()}


def _figures(people: dict[str, tuple[str, str, float]], held_out: np.ndarray) -> list[Figure]:
    figures = []
    for group, words in AGE_GROUPS:
        scores = np.array([score for own, _, score in people.values() if own == group])
        figures += inside(words, scores, held_out, (SHARE_BAR, None))
    for laboratory in sorted({place for _, place, _ in people.values()}):
        scores = np.array([score for _, place, score in people.values() if place == laboratory])
        figures += inside(laboratory, scores, held_out, None)
    return [*figures, laboratories_alike(people, held_out)]


def laboratories_alike(people: dict[str, tuple[str, str, float]], held_out: np.ndarray) -> Figure:
    """Mean over rooms of the share of their people inside; CMU's formats are one room."""
    limit = float(np.percentile(held_out, PERCENTILE))
    shares: dict[str, list[bool]] = {}
    for _, place, score in people.values():
        shares.setdefault(place.partition(",")[0], []).append(score <= limit)
    means = np.array([np.mean(own) for own in shares.values()])
    name = f"rooms alike: people inside the {PERCENTILE:g}th percentile"
    return over_people(name, means, lambda drawn: float(drawn.mean()), "", note="n: rooms")


def inside(
    name: str, scores: np.ndarray, held_out: np.ndarray, bar: tuple[float | None, float | None] | None
) -> list[Figure]:
    """Share of people nearer than the percentiles of held-out virtual people, and their median percentile."""
    figures = []
    for percentile, own_bar in ((PERCENTILE, bar), (STRICTER, None)):
        limit = float(np.percentile(held_out, percentile))
        hits = int((scores <= limit).sum())
        share = hits / len(scores) if len(scores) else float("nan")
        low, high = exact_interval(hits, len(scores)) if len(scores) else (float("nan"),) * 2
        name_of = f"{name}: people inside the {percentile:g}th percentile"
        figures.append(Figure(name_of, share, "", len(scores), low, high, own_bar))
    if len(scores):
        place = 100.0 * float(np.median([(held_out < score).mean() for score in scores]))
        ratio = float(np.median(scores)) / float(np.percentile(held_out, PERCENTILE))
        figures.append(Figure(f"{name}: median percentile", place, "", len(scores), note=f"{ratio:.2f} limits"))
    return figures


def draw(detail: dict[str, Any], folder: Path) -> list[Path]:
    """Distances of people by laboratory beside those of virtual people."""
    from ltme_clinic.report import style

    if not detail:
        return []
    laboratories = sorted({place for place, _ in detail["people"]})
    figure = style.new_figure(9.0, 1.2 + 0.4 * (len(laboratories) + 1))
    axes = figure.subplots()
    style.quiet_axes(axes, grid="x")
    rng = np.random.default_rng(SEED)
    rows = [("virtual (synthetic)", detail["virtual"], style.QUIET)]
    for laboratory in laboratories:
        scores = [score for place, score in detail["people"] if place == laboratory]
        rows.append((laboratory, scores, style.SIDE_COLOUR["right"]))
    for place, (_, scores, colour) in enumerate(rows):
        heights = place + 0.1 * rng.standard_normal(len(scores))
        axes.plot(np.array(scores) / detail["limit"], heights, ".", color=colour, markersize=5, alpha=0.6)
    axes.axvline(1.0, color=style.INK, linewidth=1.0)
    axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
    axes.set_xlabel(f"distance over the virtual {PERCENTILE:g}th percentile, a point a person", fontsize=style.SMALL_PT)
    path = folder / "cloud.png"
    figure.savefig(path, dpi=90)
    return [path]
