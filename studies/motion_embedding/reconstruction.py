"""Does a real motion come back? Decoded against measured slots, the model beside PCA with the same floats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.embedding.features import clip_features
from ltme_clinic.embedding.linear import reconstruction_error_mm
from ltme_clinic.progress import Progress, silent
from ltme_clinic.types import MotionClip
from studies.motion_embedding.heights import shows_hip_centres, standing_spread_m, with_hips_level
from studies.motion_embedding.subject import Coded, Subject
from studies.virtual_lab_realism.figures import SEED, Figure, PartResult, over_people

TITLE = "Reconstruction of real motions"
RATIO_BAR = 0.90
LTME, PCA, LEVEL, SPREAD = 0, 1, 2, 3
"""Columns: errors of the model, of PCA, of the model with the hips kept level; how far apart in height toes stand."""
TICKS_MM = (10, 20, 50, 100, 200, 300)
_OTHER_WORDS = {"uneven": "walking over uneven terrain (CMU 3)", "other": "everything else"}


def measure(subject: Subject, progress: Progress = silent) -> PartResult:
    """Error of both models by group, and their ratio."""
    codes = [code for code in subject.coded if code.item.part != "whole"]
    rows = np.empty((len(codes), 4))
    for number, code in enumerate(codes):
        rows[number] = clip_row(subject, code)
        progress("reconstruction", number + 1, len(codes))
    figures: list[Figure] = []
    detail: dict[str, Any] = {"groups": {}}
    for name, chosen, bar in groups(codes):
        table = person_rows(codes, rows, chosen)
        figures += figures_of(name, table, bar)
        detail["groups"][name] = np.round(table, 2).tolist()
    floats = {code.ltme.floats / code.pca.floats for code in codes}
    remarks = [
        *subject.remarks(),
        f"the model's floats over PCA's: {min(floats):.2f} to {max(floats):.2f}",
        "error: mean over frames and slots that were seen; a person's clips are averaged first",
        "hips kept level: all slots of a frame shifted so that the hips stay at one height (skeletons alone)",
    ]
    return PartResult(TITLE, figures, detail, remarks)


def clip_row(subject: Subject, code: Coded) -> tuple[float, float, float, float]:
    """Millimetres over seen slots: the model, PCA, the model of the same clip with its hips level; spread in metres."""
    clip = code.item.clip
    level = float("nan")
    if shows_hip_centres(clip):
        levelled = with_hips_level(clip)
        level = error_mm(levelled, subject.model.decode(subject.model.encode(levelled)))
    ltme, pca = subject.model.decode(code.ltme), subject.pca.decode(code.pca)
    return error_mm(clip, ltme), error_mm(clip, pca), level, standing_spread_m(clip)


def error_mm(clip: MotionClip, decoded: MotionClip) -> float:
    """Mean distance over the slots that the clip shows."""
    rows, seen = clip_features(clip)
    return reconstruction_error_mm(rows, clip_features(decoded)[0], seen)


def groups(codes: Sequence[Coded]) -> list[tuple[str, np.ndarray, bool]]:
    """Name, which clips (clip,) bool, whether there is a bar: walks, by laboratory too, and other motions."""
    walks = np.array([code.item.walks for code in codes])
    labels = [code.item.label for code in codes]
    markers = np.array([label.skin_markers for label in labels])
    found = [("all walks", walks, True), ("walks with skin markers", walks & markers, True)]
    places = np.array([label.laboratory for label in labels])
    found += [(f"{place}, walks", walks & (places == place), False) for place in np.unique(places[walks]).tolist()]
    activities = np.array([str(label.activity) for label in labels])
    for activity in ("running", "jumping", "uneven", "other"):
        found.append((_OTHER_WORDS.get(activity, activity), activities == activity, False))
    return [(name, chosen, bar) for name, chosen, bar in found if chosen.any()]


def person_rows(codes: Sequence[Coded], rows: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(person, 4) means over each person's chosen clips; NaN where no clip tells."""
    people = np.array([code.item.label.person for code in codes])
    means = []
    for person in np.unique(people[chosen]):
        own = rows[chosen & (people == person)]
        known = np.isfinite(own)
        sums = np.where(known, own, 0.0).sum(axis=0)
        means.append(np.where(known.any(axis=0), sums / np.maximum(known.sum(axis=0), 1), np.nan))
    return np.array(means)


def figures_of(name: str, table: np.ndarray, bar: bool) -> list[Figure]:
    """Means and the ratio with intervals over people; beside them what heights have to do with it."""
    columns = ((LTME, "model", "mm"), (PCA, "PCA", "mm"), (LEVEL, "model, hips kept level", "mm"))
    ratio_bar = (None, RATIO_BAR) if bar else None
    figures = [_mean(f"{name}: {words}", table[:, column], unit) for column, words, unit in columns]
    figures.insert(2, over_people(f"{name}: ratio", table, ratio, "", bar=ratio_bar))
    return [*figures, _mean(f"{name}: heights at which toes stand, spread", table[:, SPREAD], "m")]


def _mean(name: str, values: np.ndarray, unit: str) -> Figure:
    return over_people(name, values[np.isfinite(values)], lambda drawn: float(drawn.mean()), unit)


def ratio(table: np.ndarray) -> float:
    """Of the mean errors, model over PCA."""
    return float(table[:, LTME].mean() / table[:, PCA].mean())


def draw(detail: dict[str, Any], folder: Path) -> list[Path]:
    """Errors by group, a point a person."""
    from ltme_clinic.report import style

    tables = detail["groups"]
    figure = style.new_figure(9.0, 1.2 + 0.42 * len(tables))
    axes = figure.subplots()
    style.quiet_axes(axes, grid="x")
    rng = np.random.default_rng(SEED)
    names = list(tables)[::-1]
    for place, name in enumerate(names):
        table = np.array(tables[name])
        for column, colour, shift in ((PCA, style.QUIET, -0.17), (LTME, style.SIDE_COLOUR["right"], 0.17)):
            heights = place + shift + 0.04 * rng.standard_normal(len(table))
            axes.plot(table[:, column], heights, ".", color=colour, markersize=4, alpha=0.5)
            axes.plot(table[:, column].mean(), place + shift, "|", color=colour, markersize=14, markeredgewidth=2)
    axes.set_yticks(range(len(names)), [f"{name} ({len(tables[name])})" for name in names])
    axes.set_xscale("log")
    axes.set_xticks(TICKS_MM, [f"{tick}" for tick in TICKS_MM])
    axes.minorticks_off()
    axes.set_xlabel("mean slot error, mm (blue: model; grey: PCA with the same floats; bar: mean)")
    path = folder / "reconstruction.png"
    figure.savefig(path, dpi=90)
    return [path]
