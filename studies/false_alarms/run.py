"""Counts alarms on virtual people, healthy and impaired, through the whole line."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from ltme_clinic.clips import make_clip
from ltme_clinic.embedding import LtmeModel, load_model
from ltme_clinic.findings import BaselineTracker, MahalanobisDetector, VisitEmbeddings
from ltme_clinic.pipeline import load_reference
from ltme_clinic.progress import ProgressBar
from ltme_clinic.types import Impairment, LtmeError, MotionClip, Side
from ltme_clinic.types.clinical import REAL_STATES, UNUSUAL_P
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

RESULTS = Path(__file__).with_name("results")
FIRST_SEED = 990_000_000
TRIALS = 3
SEVERITIES = (0.5, 1.0)
ONE_SIDED: tuple[Impairment, ...] = ("stiff_knee", "equinus", "foot_drop")
IMPAIRMENTS: tuple[Impairment, ...] = (*ONE_SIDED, "crouch", "hemiplegic", "trendelenburg", "antalgic")


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    options = parser.parse_args()
    model = load_model()
    detector = MahalanobisDetector().fit(load_reference(model.fingerprint))
    with ProgressBar("false alarms") as progress, ProcessPoolExecutor(2) as pool:
        result = {
            "title": "Synthetic: virtual people of seeds of their own",
            "fingerprint": model.fingerprint,
            "healthy": healthy(model, detector, options.people, pool, progress),
            "impaired": impaired(model, detector, max(options.people // 4, 10), pool, progress),
        }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "figures.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


def healthy(model: LtmeModel, detector: Any, people: int, pool: ProcessPoolExecutor, progress: Any) -> dict[str, Any]:
    """Alarms among people with whom nothing is wrong, and with whom nothing changes."""
    p_values, refused, tracked = [], 0, 0
    changes: Counter[str] = Counter()
    seeds = [FIRST_SEED + number for number in range(people)]
    for number, visits in enumerate(pool.map(walk_twice, seeds, chunksize=4), start=1):
        pair = [as_visit(model, clips, day) for clips, day in zip(visits, (1, 2), strict=True)]
        finding = detector.finding(pair[0], model)
        if finding.p_value is None:
            refused += 1
        else:
            p_values.append(finding.p_value)
        tracked += 1
        changes.update(trend.metric for trend in BaselineTracker().track(pair, detector) if trend.state in REAL_STATES)
        progress("healthy people", number, people)
    alarms = sum(p <= UNUSUAL_P for p in p_values)
    return {
        "people": len(p_values),
        "refused": refused,
        "unusual": share(alarms, len(p_values)),
        "real_change": {metric: share(changes[metric], tracked) for metric in METRICS},
    }


METRICS = ("gait_change", "distance_from_reference", "walking_speed", "cadence")


def impaired(model: LtmeModel, detector: Any, people: int, pool: ProcessPoolExecutor, progress: Any) -> dict[str, Any]:
    """How often an impairment is called unusual, and whether its side is named first."""
    table: dict[str, Any] = {}
    for number, name in enumerate(IMPAIRMENTS, start=1):
        for severity in SEVERITIES:
            tasks = [(FIRST_SEED + person, name, severity) for person in range(people)]
            seen, right_side, with_parts, scored = 0, 0, 0, 0
            for task, clips in zip(tasks, pool.map(walk_impaired, tasks, chunksize=4), strict=True):
                if not clips:
                    continue
                finding = detector.finding(as_visit(model, clips, 1), model)
                scored += finding.p_value is not None
                seen += finding.p_value is not None and finding.p_value <= UNUSUAL_P
                if name in ONE_SIDED and finding.body_parts:
                    with_parts += 1
                    right_side += finding.body_parts[0].side == side_of(task[0])
            row = {"scored": scored, "refused": people - scored, "unusual": share(seen, scored)}
            if with_parts:
                row["impaired_side_named_first"] = share(right_side, with_parts)
            table[f"{name} {severity}"] = row
        progress("impairments", number, len(IMPAIRMENTS))
    return table


def share(count: int, total: int) -> dict[str, Any]:
    """A share with its 95 % Clopper-Pearson interval."""
    from scipy.stats import beta

    if not total:
        return {"share": None, "n": 0}
    low = beta.ppf(0.025, count, total - count + 1) if count else 0.0
    high = beta.ppf(0.975, count + 1, total - count) if count < total else 1.0
    return {"share": round(count / total, 4), "interval_95": [round(float(low), 4), round(float(high), 4)], "n": total}


def side_of(seed: int) -> Side:
    return "left" if seed % 2 else "right"


def walk_twice(seed: int) -> list[list[MotionClip]]:
    """A healthy person's two visits, as clips."""
    patient = sample_patient(seed)
    return [[trial_clip(patient, visit, trial) for trial in range(TRIALS)] for visit in range(2)]


def walk_impaired(task: tuple[int, Impairment, float]) -> list[MotionClip]:
    """One visit of a person with an impairment, as clips; trials that make no clip are left out."""
    seed, impairment, severity = task
    patient = sample_patient(seed, impairment=impairment, severity=severity, side=side_of(seed))
    clips = []
    for trial in range(TRIALS):
        try:
            clips.append(trial_clip(patient, 0, trial))
        except LtmeError:
            continue
    return clips


def trial_clip(patient: Any, visit: int, trial: int) -> MotionClip:
    return make_clip(simulate_walk(patient, visit=visit, trial=trial, duration_s=6.0).recording)


def as_visit(model: LtmeModel, clips: list[MotionClip], day: int) -> VisitEmbeddings:
    """Clips of one visit, encoded."""
    embeddings = tuple(model.encode(clip) for clip in clips)
    return VisitEmbeddings("virtual", f"2026-01-{day:02d}", date(2026, 1, day), "", "virtual", embeddings)


if __name__ == "__main__":
    main()
