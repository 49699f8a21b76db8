"""False alarms cell by cell: age by speed, each with markers as they are and with a fifth of them missing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import SLOTS
from ltme_clinic.embedding import load_model
from ltme_clinic.findings import GaitDetector
from ltme_clinic.findings.gait_detector import FittedGait
from ltme_clinic.findings.reference import JOINT_CELLS
from ltme_clinic.findings.visit import trial_covariates, trial_vectors
from ltme_clinic.pipeline import load_reference
from ltme_clinic.pipeline.scorable import scorable_clip
from ltme_clinic.processes import process_pool
from ltme_clinic.progress import Progress, ProgressBar
from ltme_clinic.statistics import conformal_p, false_alarm_chance
from ltme_clinic.training.bench.reconstruction import some_hidden, without_slots
from ltme_clinic.types import LtmeError
from ltme_clinic.types.clinical import UNUSUAL_P
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

RESULTS = Path(__file__).with_name("results")
FIRST_SEED = 990_000_000
AGES_Y = {"6 to 13": (6.0, 13.0), "18 to 65": (18.0, 65.0), "65 to 80": (65.0, 80.0)}
SPEEDS = {".6 of their own": 0.6, "their own": 1.0, "1.2 of their own": 1.2}
MARKERS = ("joint angles measured", "all markers", "a fifth missing", "pelvis and legs alone")
"""The first with the embedding and measured joint angles, as a visit is scored whose markers give them; the others with
the embedding alone."""
SPLITS = 5
"""Ways of sharing the reference's people between fitting and calibrating."""
_STREAM = 87
_UPPER = ("c7", "t10", "clavicle", "sternum", "head", "shoulder", "elbow", "wrist", "finger")
_ABOVE_THE_PELVIS = np.array([any(part in slot for part in _UPPER) for slot in SLOTS])


@dataclass(frozen=True)
class Cell:
    """One group of people."""

    age: str
    speed: str

    @property
    def name(self) -> str:
        return f"{self.age} years, {self.speed}"

    @property
    def number(self) -> int:
        return list(AGES_Y).index(self.age) * len(SPEEDS) + list(SPEEDS).index(self.speed)


def cells() -> tuple[Cell, ...]:
    """Every age at every speed."""
    return tuple(Cell(age, speed) for age in AGES_Y for speed in SPEEDS)


def main() -> None:
    """A cell's vectors are kept; a cut run goes on with the next cell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1000, help="of each cell")
    parser.add_argument("--runs", type=Path, default=Path("runs/false_alarms"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    model = load_model()
    folder = options.runs / model.fingerprint[:12]
    folder.mkdir(parents=True, exist_ok=True)
    with ProgressBar("false alarms by cell") as progress:
        walked = {cell.name: walks_of(cell, options.people, folder, progress) for cell in cells()}
    reference = load_reference(model.fingerprint)
    detectors = [GaitDetector(split_seed=seed).fit(reference) for seed in range(SPLITS)]
    figures = figures_of(walked, detectors) | {"fingerprint": model.fingerprint}
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "cells.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    page = as_page(figures)
    (options.results / "cells.md").write_text(page + "\n", encoding="utf-8")
    print(page)


def walks_of(cell: Cell, people: int, folder: Path, progress: Progress) -> dict[str, np.ndarray]:
    """Vectors (person, markers, vector), covariates (person, markers, 3) and measured joint angles (person, 144) of a
    cell, NaN where there are none."""
    kept = folder / f"cell_{cell.number}_{people}.npz"
    if not kept.exists():
        found = []
        with process_pool(2) as pool:
            tasks = [(cell, FIRST_SEED + 10_000 * cell.number + person) for person in range(people)]
            for number, walk in enumerate(pool.map(walk_of, tasks, chunksize=8), start=1):
                found.append(walk)
                progress(cell.name, number, people)
        part = kept.with_suffix(".part.npz")
        vectors, covariates, cells = (np.array([walk[k] for walk in found]) for k in range(3))
        np.savez_compressed(part, vectors=vectors, covariates=covariates, joint_cells=cells)
        part.replace(kept)
    with np.load(kept) as arrays:
        return dict(arrays)


def walk_of(task: tuple[Cell, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One healthy person's walk as the embedding sees it, with all markers and with fewer."""
    cell, seed = task
    model = load_model()
    size = model.network.config.vector
    low, high = AGES_Y[cell.age]
    patient = sample_patient(seed, age_y=float(np.random.default_rng([seed, _STREAM]).uniform(low, high)))
    try:
        walked = simulate_walk(
            patient, duration_s=6.0, speed_m_s=patient.preferred_speed_m_s * SPEEDS[cell.speed]
        ).recording
        scorable = scorable_clip(replace(walked, events=()))
        clip = scorable.clip
        fewer = [without_slots(clip, hidden) for hidden in (some_hidden(clip, seed), _ABOVE_THE_PELVIS)]
        seen = [model.encode(each) for each in (clip, clip, *fewer)]
    except LtmeError:
        nothing = (len(MARKERS), size), (len(MARKERS), 3), (JOINT_CELLS,)
        vectors, covariates, cells = (np.full(shape, np.nan) for shape in nothing)
        return vectors, covariates, cells
    cells = np.full(JOINT_CELLS, np.nan) if scorable.joint_cells_deg is None else scorable.joint_cells_deg
    return trial_vectors(tuple(seen)), trial_covariates(tuple(seen)), cells


def figures_of(walked: dict[str, dict[str, np.ndarray]], detectors: Sequence[FittedGait]) -> dict[str, Any]:
    """Alarms of every cell, by every split of the reference; by the first the interval and its test."""
    calibrated_on = len(detectors[0].calibration_scores(1))
    rows: dict[str, dict[str, Any]] = {}
    for name, arrays in walked.items():
        for number, markers in enumerate(MARKERS):
            shares = []
            for detector in detectors:
                values, suited = arrays["vectors"][:, number], detector.alone
                if markers == MARKERS[0] and detector.both is not None:
                    values, suited = np.concatenate([values, arrays["joint_cells"]], axis=1), detector.both
                scores = suited.mean_scores(values, arrays["covariates"][:, number], 1)
                scores = scores[np.isfinite(scores)]
                calibration = suited.calibration_scores(1)
                alarms = sum(conformal_p(calibration, score) <= UNUSUAL_P for score in scores)
                shares.append(alarms / max(len(scores), 1))
            scored, alarms = len(scores), round(shares[0] * len(scores))
            rows[f"{name}, {markers}"] = {
                "people": len(arrays["vectors"]),
                "scored": scored,
                "share": shares[0],
                "by_split": shares,
                "interval_99": [count / max(scored, 1) for count in expected(calibrated_on, scored)],
                "p": two_sided_p(calibrated_on, scored, alarms),
            }
    for row, p in zip(rows.values(), holm([row["p"] for row in rows.values()]), strict=True):
        row["p_holm"] = p
    pooled = {
        markers: [
            float(np.mean([row["by_split"][k] for key, row in rows.items() if key.endswith(markers)]))
            for k in range(len(detectors))
        ]
        for markers in MARKERS
    }
    total = {markers: sum(row["scored"] for key, row in rows.items() if key.endswith(markers)) for markers in MARKERS}
    return {
        "calibrated_on": calibrated_on,
        "cells": rows,
        "pooled": {
            markers: {
                "by_split": shares,
                "mean": float(np.mean(shares)),
                "interval_99": [count / total[markers] for count in expected(calibrated_on, total[markers])],
            }
            for markers, shares in pooled.items()
        },
    }


def expected(calibrated_on: int, scored: int) -> tuple[int, int]:
    """Number of false alarms, 99 % interval, where the promise is kept (Vovk 2012: the limit's own error is a beta)."""
    chance = false_alarm_chance(calibrated_on, scored, UNUSUAL_P)
    return int(chance.ppf(0.005)), int(chance.ppf(0.995))


def two_sided_p(calibrated_on: int, scored: int, alarms: int) -> float:
    """How likely so many alarms or more, or so few or fewer, twice the smaller."""
    chance = false_alarm_chance(calibrated_on, scored, UNUSUAL_P)
    return float(min(1.0, 2.0 * min(chance.cdf(alarms), chance.sf(alarms - 1))))


def holm(p_values: list[float]) -> list[float]:
    """Holm's step-down correction (1979), in the order given."""
    order = np.argsort(p_values)
    corrected = np.zeros(len(p_values))
    running = 0.0
    for rank, place in enumerate(order):
        running = max(running, (len(p_values) - rank) * p_values[place])
        corrected[place] = min(1.0, running)
    return [float(p) for p in corrected]


def as_page(figures: dict[str, Any]) -> str:
    """The table, in Markdown."""
    lines = [
        "# Synthetic: false alarms of healthy people, by age, speed and markers",
        "",
        f"Visits of one trial, p <= {UNUSUAL_P:g}, {figures['calibrated_on']} calibrating people. The interval is "
        "where 99 % of such counts lie if the promise is kept; p of each cell is Holm-corrected. The spread is over "
        "ways of sharing the reference between fitting and calibrating.",
        "",
        "| people | scored | false alarms | 99 % interval | p, Holm | over splits |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in figures["cells"].items():
        spread = f"{min(row['by_split']):.3f} to {max(row['by_split']):.3f}"
        interval = f"{row['interval_99'][0]:.3f} to {row['interval_99'][1]:.3f}"
        scored = f"{row['scored']} of {row['people']}"
        shown = (name, scored, f"{row['share']:.3f}", interval, f"{row['p_holm']:.3g}", spread)
        lines.append(f"| {' | '.join(shown)} |")
    for markers, row in figures["pooled"].items():
        interval = f"{row['interval_99'][0]:.3f} to {row['interval_99'][1]:.3f}"
        spread = f"{min(row['by_split']):.3f} to {max(row['by_split']):.3f}"
        lines.append(f"| all, {markers} | | {row['mean']:.3f} | {interval} | | {spread} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
