"""Asks every detector for the events of real and virtual walks, and keeps the errors beside this file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltme_clinic.gait.events import DETECTORS, GhoussayniDetector, detect_events
from ltme_clinic.gait.events.detector import event_apart_s
from ltme_clinic.gait.movement import movement_of
from ltme_clinic.types import GaitEvent
from studies.gait_events.judges import Case, real_cases, virtual_cases
from studies.gait_events.picture import draw
from studies.gait_events.tables import as_text, figures

RESULTS = Path(__file__).with_name("results")
DEFAULT = "detect_events"
PAPER_THRESHOLD = "ghoussayni, 0.05 m/s"
ANSWER_S = 0.2


@dataclass(frozen=True)
class Answer:
    """One event that a judge knows, and what a method says of it."""

    judge: str
    laboratory: str
    person: str
    movement: str
    method: str
    kind: str
    error_ms: float
    """NaN for a miss."""
    confidence: float


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, required=True, help="a folder of real C3D files")
    parser.add_argument("--people", type=int, default=20, help="virtual people in each condition")
    parser.add_argument("--seed", type=int, default=400, help="of the first virtual person")
    options = parser.parse_args()
    answers: list[Answer] = []
    false: dict[tuple[str, str], int] = {}
    noise: list[dict[str, object]] = []
    for case in [*real_cases(options.recordings), *virtual_cases(options.people, options.seed)]:
        movement = movement_of(case.walker).kind
        for method, found in detections(case).items():
            for judge, truth in case.truths.items():
                answers += [
                    Answer(judge, case.laboratory, case.person, movement, method, *row) for row in asked(truth, found)
                ]
            if case.whole:
                key = (case.laboratory, method)
                false[key] = false.get(key, 0) + false_events(case, found)
        noise += label_noise(case)
    result = figures(answers, false, noise, options.people)
    text = as_text(result)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "figures.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "table.md").write_text(text + "\n", encoding="utf-8")
    draw(result, RESULTS / "gait_events.png")


def detections(case: Case) -> dict[str, tuple[GaitEvent, ...]]:
    """Method -> events, from the markers alone."""
    found = {DEFAULT: detect_events(case.walker).events}
    found |= {name: detector.detect(case.walker) for name, detector in DETECTORS.items()}
    found[PAPER_THRESHOLD] = GhoussayniDetector(threshold_m_s=0.05).detect(case.walker)
    return found


def asked(truth: Sequence[GaitEvent], found: Sequence[GaitEvent]) -> list[tuple[str, float, float]]:
    """For each true event its kind, the answer's error in ms (NaN for a miss) and the answer's confidence."""
    rows: list[tuple[str, float, float]] = []
    for event in truth:
        alike = [other for other in found if other.side == event.side and other.kind == event.kind]
        nearest = min(alike, key=lambda other: abs(other.time_s - event.time_s), default=None)
        if nearest is None or abs(nearest.time_s - event.time_s) > ANSWER_S:
            rows.append((event.kind, float("nan"), float("nan")))
        else:
            rows.append((event.kind, 1e3 * (nearest.time_s - event.time_s), nearest.confidence))
    return rows


def false_events(case: Case, found: Sequence[GaitEvent]) -> int:
    """How many events no true one answers to, away from the recording's ends."""
    (truth,) = case.truths.values()
    duration_s = case.walker.frames / case.walker.rate_hz
    inside = [event for event in found if 0.4 < event.time_s < duration_s - 0.4]
    return int(np.sum(event_apart_s(inside, truth) > ANSWER_S))


def label_noise(case: Case) -> list[dict[str, object]]:
    """Label minus plate where a file has both: ms."""
    if not case.truths.get("plates") or not case.truths.get("labels"):
        return []
    rows = asked(case.truths["plates"], case.truths["labels"])
    return [{"laboratory": case.laboratory, "kind": kind, "ms": ms} for kind, ms, _ in rows if np.isfinite(ms)]


if __name__ == "__main__":
    main()
