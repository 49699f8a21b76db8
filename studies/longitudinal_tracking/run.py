"""Records the courses, follows them every way, and keeps figures, page and picture; a cut run goes on."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from ltme_clinic.embedding import load_model
from ltme_clinic.findings import BaselineTracker, FittedDetector
from ltme_clinic.pipeline.references import fitted_detector
from ltme_clinic.progress import ProgressBar
from ltme_clinic.statistics import icc_consistency
from ltme_clinic.training.walkers import IMPAIRMENTS, UNSEEN
from ltme_clinic.types import Refused
from ltme_clinic.types.clinical import REAL_STATES
from studies.longitudinal_tracking.tables import as_page, draw, figures_of
from studies.longitudinal_tracking.walks import (
    ODD_VISIT,
    OTHER_SPEED,
    SEED,
    Course,
    VisitRead,
    growing_course,
    healthy_course,
    people,
    read_courses,
)
from studies.longitudinal_tracking.ways import Way, all_ways

RESULTS = Path(__file__).with_name("results")


def main() -> None:
    """Courses are kept in the folder of runs, by checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=150, help="people of each healthy group")
    parser.add_argument("--growing", type=int, default=16, help="people of each impairment")
    parser.add_argument("--runs", type=Path, default=Path("runs/longitudinal_tracking"))
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    model = load_model()
    folder = options.runs / f"{model.fingerprint[:12]}_{options.seed}"
    drawn = partial(people, seed=options.seed)
    with ProgressBar("longitudinal tracking") as progress:

        def read(courses: list, what: str) -> list[Course]:
            return read_courses(courses, what, folder / f"{what.replace(' ', '_')}_{len(courses)}.pickle", progress)

        scales = read([healthy_course(seed, 2) for seed in drawn("scales", options.people)], "scales")
        thresholds = read([healthy_course(seed) for seed in drawn("thresholds", options.people)], "thresholds")
        stable = {"as usual": read([healthy_course(seed) for seed in drawn("stable", options.people)], "stable")}
        for kind, odd in (
            ("one badly marked", {"badly_marked": True}),
            ("one at another speed", {"speed": OTHER_SPEED}),
        ):
            orders = [[replace(healthy_course(seed)[ODD_VISIT], **odd)] for seed in drawn("stable", options.people)]
            stable[kind] = [
                [*course[:ODD_VISIT], visit[0], *course[ODD_VISIT + 1 :]]
                for course, visit in zip(stable["as usual"], read(orders, kind), strict=True)
            ]
        growing = {}
        for number, name in enumerate(IMPAIRMENTS):
            seeds = drawn("growing", options.growing, 1000 * number)
            growing[name] = read([growing_course(seed, name) for seed in seeds], f"growing {name}")
    detector = fitted_detector(model.fingerprint)
    ways = all_ways(detector, scales)
    figures = figures_of(
        ways,
        followed(ways, thresholds),
        {kind: followed(ways, courses) for kind, courses in stable.items()},
        {name: followed(ways, courses) for name, courses in growing.items()},
        UNSEEN,
    )
    figures["fingerprint"], figures["seed"] = model.fingerprint, options.seed
    figures["states"] = {kind: states(courses, detector) for kind, courses in stable.items()}
    figures["icc"] = iccs(scales, detector)
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    page = as_page(figures)
    (options.results / "table.md").write_text(page + "\n", encoding="utf-8")
    draw(figures, options.results / "tracking.png")
    print(page)


def followed(ways: Sequence[Way], courses: Sequence[Course]) -> dict[str, np.ndarray]:
    """Way -> (course, visit)."""
    return {way.name: np.array([way.far(course) for course in courses]) for way in ways}


def states(courses: Sequence[Course], detector: FittedDetector) -> dict[str, float]:
    """Metric -> share of visits after the first that the product calls beyond measurement error."""
    counted: dict[str, list[bool]] = {}
    for number, course in enumerate(courses):
        visits = [visit.as_visit(number, place) for place, visit in enumerate(course) if visit is not None]
        for trend in BaselineTracker().track(visits, detector) if visits else ():
            beyond = [point.state in REAL_STATES for point in trend.points[1:] if point.state != "not_assessable"]
            counted.setdefault(trend.title, []).extend(beyond)
    return {title: float(np.mean(beyond)) for title, beyond in counted.items()}


def iccs(courses: Sequence[Course], detector: FittedDetector) -> dict[str, float]:
    """ICC(3,1) of each tracked number between two visits without a change."""
    tables: dict[str, list[list[float]]] = {}
    for course in courses:
        if any(visit is None for visit in course[:2]):
            continue
        try:
            both = [_numbers(visit, detector) for visit in course[:2] if visit is not None]
        except Refused:
            continue
        for name in both[0]:
            tables.setdefault(name, []).append([each[name] for each in both])
    return {name: float(icc_consistency(_known(np.array(rows)))) for name, rows in tables.items()}


def _numbers(visit: VisitRead, detector: FittedDetector) -> dict[str, float]:
    own = visit.as_visit(0, 0)
    return {
        "distance from the reference": detector.score(own.vectors, own.covariates),
        "the same with joint angles, as a finding's score": detector.suited(own).score(own),
        "speed": float(visit.covariates[0]),
        "cadence": float(np.mean([each.cadence_spm for each in visit.embeddings])),
        "GPS": float(visit.gps_deg),
        "GVS, mean of 18": float(visit.gvs_deg.mean()),
    }


def _known(table: np.ndarray) -> np.ndarray:
    return np.asarray(table[np.isfinite(table).all(axis=1)])


if __name__ == "__main__":
    main()
