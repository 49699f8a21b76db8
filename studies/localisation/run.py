"""Calibrates how large a change is, changes one joint of each case in two ways, and asks four maps where."""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.embedding import load_model
from ltme_clinic.findings.expectation import TERMS, fit_expectation
from ltme_clinic.findings.explain import MINIMUM_SD_DEG, BodyExplanation, explain_body, phase_means
from ltme_clinic.findings.visit import trial_covariates, trial_vectors
from ltme_clinic.pipeline.references import load_reference
from ltme_clinic.processes import process_pool
from ltme_clinic.progress import ProgressBar
from ltme_clinic.statistics import auroc
from ltme_clinic.training.bench.resampling import figure
from ltme_clinic.training.bench.scoring import Scorer, Table, fit_scorer
from ltme_clinic.training.bench.severity import find_severities
from studies.localisation.change import Change, drawn_change
from studies.localisation.walks import VisitRead, Way, read_visit, seeds

RESULTS = Path(__file__).with_name("results")
REFERENCE, CALIBRATION, CASES = 200, 40, 24
TRIALS = 3
TARGET = 0.85
MOST_DEG = 40.0
TOP = 5
DRAWS = 1000
MAPS = ("unexplained by the rest", "most different", "embedding alone", "measured curves", "true curves")
WAYS: tuple[Way, ...] = ("walked", "bent")
TITLES = {"walked": "Walked anew, so that feet stand", "bent": "Bent in the walk that was walked"}


def main() -> None:
    """Visits are kept in the folder of runs; a cut run goes on with the next variable."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="of each variable")
    parser.add_argument("--runs", type=Path, default=Path("runs/localisation"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    model = load_model()
    folder = options.runs / model.fingerprint[:12]
    folder.mkdir(parents=True, exist_ok=True)
    with ProgressBar("localisation") as progress, process_pool(2) as pool:

        def read(
            what: str, people: Sequence[int], changes: Sequence[Change | None], trials: int, way: Way = "walked"
        ) -> list[Any]:
            visits = []
            count = len(people)
            found = pool.map(read_visit, people, changes, [trials] * count, [way] * count, chunksize=2)
            for number, visit in enumerate(found, start=1):
                visits.append(visit)
                progress(what, number, len(people))
            return visits

        def kept(name: str, make: Any) -> Any:
            path = folder / f"{name}.pickle"
            if not path.exists():
                part = path.with_suffix(".part")
                part.write_bytes(pickle.dumps(make()))
                part.replace(path)
            return pickle.loads(path.read_bytes())

        people = seeds("reference", REFERENCE)
        reference = kept("reference", partial(read, "reference", people, [None] * len(people), 1))
        scorer = fit_scorer([measured(reference)])
        figures: dict[str, Any] = {"fingerprint": model.fingerprint, "ways": {}}
        for way in WAYS:
            before = "" if way == "walked" else f"{way}_"
            cases: list[tuple[Change, VisitRead]] = []
            degrees = {}
            for number, variable in enumerate(ANGLES):
                calibrate = partial(calibrated_deg, variable, scorer, partial(read, way=way))
                degrees[variable] = kept(f"{before}degrees_{variable}", calibrate)
                people = seeds("cases", options.cases, 1000 * number)
                changes = [drawn_change(seed, variable, degrees[variable]) for seed in people]
                make = partial(read, variable, people, changes, TRIALS, way)
                made = kept(f"{before}cases_{variable}_{len(people)}", make)
                cases += [(change, visit) for change, visit in zip(changes, made, strict=True) if visit is not None]
            figures["ways"][way] = figures_of(cases, reference) | {"degrees": degrees}
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    page = as_page(figures)
    (options.results / "table.md").write_text(page + "\n", encoding="utf-8")
    print(page)


def measured(visits: Sequence[VisitRead | None]) -> Table:
    """Measured curves, NaN where there are none."""
    rows = np.array([np.full(918, np.nan) if visit is None else visit.measured_deg.ravel() for visit in visits])
    covariates = np.array([np.full(2, np.nan) if visit is None else visit.covariates[:2] for visit in visits])
    return Table(rows, rows, covariates)


def calibrated_deg(variable: str, scorer: Scorer, read: Any) -> float:
    """Degrees of change at which z-max of the measured curves reaches `TARGET` on calibration people."""
    people = seeds("calibration", CALIBRATION)

    def scores(degrees: float) -> np.ndarray:
        changes = [drawn_change(seed, variable, degrees) if degrees else None for seed in people]
        found = scorer.scores([measured(read(f"degrees of {variable}", people, changes, 1))])[:, 1]
        return np.asarray(found[np.isfinite(found)])

    healthy = scores(0.0)
    found = find_severities(lambda share: auroc(healthy, scores(share * MOST_DEG)), (TARGET,))[0]
    return float(found.severity * MOST_DEG)


def figures_of(cases: Sequence[tuple[Change, VisitRead]], reference: Sequence[VisitRead | None]) -> dict[str, Any]:
    """Hits of every map, altogether and by variable."""
    maps = {name: z_maps(name, [visit for _, visit in cases], reference) for name in MAPS}
    realised = _realised([visit for _, visit in cases], reference)
    drawn = np.random.default_rng(0).integers(len(cases), size=(DRAWS, len(cases)))

    def share(hits: np.ndarray) -> dict[str, Any]:
        known = hits[np.isfinite(hits)]
        return figure(np.concatenate([[known.mean()], np.nanmean(hits[drawn], axis=1)]))

    result: dict[str, Any] = {"cases": len(cases), "chance": TOP / maps[MAPS[0]].shape[1], "maps": {}}
    for name, z in maps.items():
        hits = np.array([bool(set(_top(row)) & set(change.cells)) for row, (change, _) in zip(z, cases, strict=True)])
        truly = np.array([bool(set(_top(row)) & {cell}) for row, cell in zip(z, realised, strict=True)])
        sides = np.array([_side_right(row, change) for row, (change, _) in zip(z, cases, strict=True)])
        truly_sides = np.array([_same_side(row, cell) for row, cell in zip(z, realised, strict=True)])
        known = np.isfinite(z).all(axis=1)
        each = {key: np.where(known, values, np.nan) for key, values in (("asked", hits), ("realised", truly))}
        result["maps"][name] = {
            **{key: share(values) for key, values in each.items()},
            "side": share(np.where(known, sides, np.nan)),
            "realised_side": share(np.where(known, truly_sides, np.nan)),
            "by_variable": {
                variable: float(np.nanmean(each["asked"][[change.variable == variable for change, _ in cases]]))
                for variable in ANGLES
                if any(change.variable == variable for change, _ in cases)
            },
        }
    return result


def z_maps(name: str, visits: Sequence[VisitRead], reference: Sequence[VisitRead | None]) -> np.ndarray:
    """(case, 144) z of each cell by one map."""
    if name == "embedding alone":
        return np.array([_explained(visit, is_measured=False).z for visit in visits])
    if name in MAPS[:2]:
        explained = [_explained(visit, is_measured=True) for visit in visits]
        return np.array([body.z if name == "most different" else body.unexplained_z for body in explained])
    of = (lambda v: v.true_deg) if name == "true curves" else (lambda v: v.measured_deg)
    people = [visit for visit in reference if visit is not None and np.isfinite(of(visit)).all()]
    known = np.array([visit.covariates for visit in people])
    cells = phase_means(np.array([of(visit) for visit in people]))
    expectation = fit_expectation(known, cells)
    sd = np.sqrt(((cells - expectation.predict(known)) ** 2).sum(axis=0) / (len(people) - TERMS))
    own = phase_means(np.array([of(visit) for visit in visits]))
    left = own - expectation.predict(np.array([visit.covariates for visit in visits]))
    return np.asarray(left / np.maximum(sd, MINIMUM_SD_DEG))


def _explained(visit: VisitRead, *, is_measured: bool) -> BodyExplanation:
    """As the product's findings have it, or would have it had the joint angles not been measured."""
    model = load_model()
    cells = np.tile(phase_means(visit.measured_deg[None].astype(float)), (len(visit.embeddings), 1))
    return explain_body(
        model,
        load_reference(model.fingerprint),
        trial_vectors(visit.embeddings),
        trial_covariates(visit.embeddings),
        joint_cells_deg=cells if is_measured and np.isfinite(cells).all() else None,
    )


def _realised(visits: Sequence[VisitRead], reference: Sequence[VisitRead | None]) -> np.ndarray:
    """(case,) the cell of the largest |z| of true curves."""
    return np.asarray(np.abs(z_maps("true curves", visits, reference)).argmax(axis=1))


def _top(z: np.ndarray) -> list[int]:
    return [int(place) for place in np.argsort(-np.abs(z), kind="stable")[:TOP]]


def _side_right(z: np.ndarray, change: Change) -> float:
    """Whether the most different cell is on the changed side; a pelvis is on neither, and counts by its variable."""
    largest = int(np.abs(z).argmax())
    side, variable = divmod(largest // 8, len(ANGLES))
    if change.variable.startswith("pelvic"):
        return float(ANGLES[variable] == change.variable)
    return float(SIDES[side] == change.side)


def _same_side(z: np.ndarray, cell: int) -> float:
    """Whether the most different cell is on a given cell's side; a pelvis is on neither, and counts by its variable."""
    largest = int(np.abs(z).argmax())
    (side, variable), (own_side, own) = (divmod(place // 8, len(ANGLES)) for place in (largest, cell))
    return float(variable == own) if ANGLES[own].startswith("pelvic") else float(side == own_side)


def as_page(figures: dict[str, Any]) -> str:
    """The tables, in Markdown."""
    lines = ["# Synthetic: one joint changed around one phase, and what the map of 144 cells names"]
    for way, found in figures["ways"].items():
        lines += ["", f"## {TITLES[way]}", "", *_of_a_way(found)]
    return "\n".join(lines)


def _of_a_way(figures: dict[str, Any]) -> list[str]:
    lines = [
        f"{figures['cases']} cases. Chance of a cell among the five largest: {figures['chance']:.3f}.",
        "",
        "| map | changed cell in the top five | cell that truly changed most | changed side | truly changed side |",
        "|---|---|---|---|---|",
    ]
    for name, found in figures["maps"].items():
        columns = (_interval(found[key]) for key in ("asked", "realised", "side", "realised_side"))
        lines.append(f"| {name} | {' | '.join(columns)} |")
    lines += ["", "| variable | degrees | " + " | ".join(MAPS) + " |", "|---" * (2 + len(MAPS)) + "|"]
    for variable, degrees in figures["degrees"].items():
        each = [f"{figures['maps'][name]['by_variable'].get(variable, float('nan')):.2f}" for name in MAPS]
        lines.append(f"| {variable} | {degrees:.1f} | {' | '.join(each)} |")
    return lines


def _interval(of: dict[str, Any]) -> str:
    return f"{of['value']:.2f} ({of['low']:.2f} to {of['high']:.2f})"


if __name__ == "__main__":
    main()
