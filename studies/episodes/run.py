"""Simulates the groups, lists their episodes, and counts."""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.stats import binom, binomtest

from ltme_clinic.clips import make_clip
from ltme_clinic.embedding import load_model
from ltme_clinic.findings import why_not_a_walk
from ltme_clinic.findings.windows import episodes
from ltme_clinic.pipeline.references import load_reference
from ltme_clinic.processes import process_pool
from ltme_clinic.progress import ProgressBar
from ltme_clinic.types import EpisodeContribution, LtmeError, Recording
from ltme_clinic.types.virtual import Impairment
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from studies.bent_walks import bent_recording

RESULTS = Path(__file__).with_name("results")
FIRST_SEED = 60_000_000
MARKER_SET = "plug-in-gait-full-body"
PEOPLE, HEALTHY, IMPAIRED = 40, 100, 12
IMPAIRMENTS: tuple[Impairment, ...] = ("hemiplegic", "crouch", "ataxic")
WHOLE = 1.0
DEGREES = (0.0, 0.5, WHOLE)
STUMBLE_DEG = {"trunk_flexion": 25.0, "left_hip_flexion": 20.0, "left_knee_flexion": 30.0}
FATIGUE_DEG = {
    "left_knee_flexion": 10.0,
    "right_knee_flexion": 10.0,
    "left_hip_flexion": 6.0,
    "right_hip_flexion": 6.0,
    "trunk_flexion": 8.0,
}
ONSET_S = 20.0
NEAR_S = 15.0
MOST = 50
"""All episodes are counted, not the few that a page shows."""
_STREAM = 88

Span = tuple[float, float]


@dataclass(frozen=True)
class Case:
    """One recording to be made."""

    group: Literal["freezing", "stumble", "fatigue", "healthy", "impaired"]
    seed: int
    impairment: Impairment = "none"
    degree: float = 0.0


@dataclass(frozen=True)
class Read:
    """What happened when, and what was found."""

    case: Case
    happened: tuple[Span, ...]
    found: tuple[EpisodeContribution, ...]

    @property
    def passing(self) -> list[Span]:
        return [(e.start_s, e.stop_s) for e in self.found if not e.is_lasting]

    @property
    def lasting_s(self) -> float | None:
        return next((e.start_s for e in self.found if e.is_lasting), None)


def main() -> None:
    """Groups are kept; a cut run goes on with the next."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs/episodes"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    fingerprint = load_model().fingerprint
    folder = options.runs / fingerprint[:12]
    folder.mkdir(parents=True, exist_ok=True)
    reads: list[Read] = []
    left_out = {}
    with ProgressBar("episodes") as progress, process_pool(2) as pool:
        for group, cases in groups().items():
            kept = folder / f"{group}.pickle"
            if not kept.exists():
                made = []
                for number, read in enumerate(pool.map(read_case, cases), start=1):
                    made.append(read)
                    progress(group, number, len(cases))
                part = kept.with_suffix(".part")
                part.write_bytes(pickle.dumps(made))
                part.replace(kept)
            made = pickle.loads(kept.read_bytes())
            reads += [read for read in made if read is not None]
            left_out[group] = sum(read is None for read in made)
    figures = figures_of(reads) | {"fingerprint": fingerprint, "left_out": left_out}
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    page = as_page(figures)
    (options.results / "table.md").write_text(page + "\n", encoding="utf-8")
    print(page)


def groups() -> dict[str, list[Case]]:
    """Every recording, by group; nobody is in two."""
    made: dict[str, list[Case]] = {
        "freezing": [Case("freezing", FIRST_SEED + n, "parkinsonian", 0.8) for n in range(PEOPLE)],
        "stumble": [Case("stumble", FIRST_SEED + 1000 + n, degree=d) for d in DEGREES for n in range(PEOPLE)],
        "fatigue": [Case("fatigue", FIRST_SEED + 2000 + n, degree=d) for d in DEGREES for n in range(PEOPLE)],
        "healthy": [Case("healthy", FIRST_SEED + 3000 + n) for n in range(HEALTHY)],
        "impaired": [
            Case("impaired", FIRST_SEED + 4000 + 100 * k + n, name, 0.7)
            for k, name in enumerate(IMPAIRMENTS)
            for n in range(IMPAIRED)
        ],
    }
    return made


def read_case(case: Case) -> Read | None:
    """Walk, record, embed, and list the episodes; None where the recording is no walk to score, as the product says."""
    model = load_model()
    try:
        recording, happened = recorded(case)
        embedding = model.encode(make_clip(recording))
    except LtmeError:
        return None
    if why_not_a_walk(embedding):
        return None
    windows = load_reference(model.fingerprint).windows
    return Read(case, happened, episodes([embedding], windows, most=MOST))


def recorded(case: Case) -> tuple[Recording, tuple[Span, ...]]:
    """A case's recording without events, and when something happened, in seconds."""
    severity = case.degree if case.impairment != "none" else 0.0
    patient = sample_patient(case.seed, impairment=case.impairment, severity=severity)
    seconds = {"fatigue": 90.0, "healthy": 6.0}.get(case.group, 40.0)
    walk = simulate_walk(patient, duration_s=seconds, marker_set=MARKER_SET)
    if case.group not in ("stumble", "fatigue"):
        return replace(walk.recording, events=()), tuple((float(a), float(b)) for a, b in walk.truth.freezes_s)
    time_s = np.arange(walk.recording.frames) / walk.recording.rate_hz
    rng = np.random.default_rng([case.seed, _STREAM])
    if case.group == "stumble":
        start_s = float(rng.uniform(6.0, 33.0))
        course = np.where(np.abs(time_s - start_s - 0.5) < 0.5, np.sin(np.pi * (time_s - start_s)) ** 2, 0.0)
        most_deg, happened = STUMBLE_DEG, (start_s, start_s + 1.0)
    else:
        start_s = float(rng.uniform(30.0, 45.0))
        course = np.clip((time_s - start_s) / ONSET_S, 0.0, 1.0)
        most_deg, happened = FATIGUE_DEG, (start_s, start_s + ONSET_S)
    added = {name: case.degree * most * course for name, most in most_deg.items()}
    return bent_recording(patient, walk, MARKER_SET, added), (happened,) if case.degree else ()


def figures_of(reads: Sequence[Read]) -> dict[str, Any]:
    """Counts with their intervals."""

    def of(group: str, degree: float | None = None) -> list[Read]:
        return [r for r in reads if r.case.group == group and (degree is None or r.case.degree == degree)]

    frozen = of("freezing")
    freezes = [(span, read) for read in frozen for span in read.happened]
    found = [(span, read) for read in frozen for span in read.passing]
    figures: dict[str, Any] = {
        "freezes overlapped": _share([any(_overlap(span, other) for other in r.passing) for span, r in freezes]),
        "episodes that overlap a freeze": _share(
            [any(_overlap(span, other) for other in r.happened) for span, r in found]
        ),
        "overlap with freezes": {"value": float(np.mean([_jaccard(r) for r in frozen if r.happened]))},
    }
    for degree in DEGREES[1:]:
        stumbled, tired = of("stumble", degree), of("fatigue", degree)
        figures[f"stumbles overlapped, {degree:g}"] = _share(
            [any(_overlap(r.happened[0], span) for span in r.passing) for r in stumbled]
        )
        figures[f"stumbled recordings with another episode, {degree:g}"] = _share(
            [any(not _overlap(r.happened[0], span) for span in r.passing) for r in stumbled]
        )
        figures[f"fatigue said, {degree:g}"] = _share([r.lasting_s is not None for r in tired])
        figures[f"fatigue said within {NEAR_S:g} s, {degree:g}"] = _share([_is_near(r) for r in tired])
    for name, healthy in (("6 s", of("healthy")), ("40 s", of("stumble", 0.0)), ("90 s", of("fatigue", 0.0))):
        figures[f"healthy, {name}, with an episode"] = _share([bool(r.passing) for r in healthy])
    figures["healthy, 90 s, with a drift"] = _share([r.lasting_s is not None for r in of("fatigue", 0.0)])
    for name in IMPAIRMENTS:
        own = [r for r in of("impaired") if r.case.impairment == name]
        figures[f"{name}, 40 s, with an episode"] = _share([bool(r.passing) for r in own])
    return {"figures": figures}


def _is_near(read: Read) -> bool:
    start_s, stop_s = read.happened[0]
    return read.lasting_s is not None and abs(read.lasting_s - 0.5 * (start_s + stop_s)) <= NEAR_S


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _jaccard(read: Read) -> float:
    """Time of both over time of either."""
    grid_s = np.arange(0.0, 40.0, 0.02)
    inside = [
        np.any([(grid_s >= a) & (grid_s < b) for a, b in spans] or [np.zeros(len(grid_s), bool)], axis=0)
        for spans in (read.happened, read.passing)
    ]
    return float((inside[0] & inside[1]).sum() / max((inside[0] | inside[1]).sum(), 1))


def _share(hits: Sequence[bool]) -> dict[str, Any]:
    count, of = sum(hits), len(hits)
    if not of:
        return {"count": 0, "of": 0, "value": float("nan")}
    interval = binomtest(count, of).proportion_ci()
    return {"count": count, "of": of, "value": count / of, "low": float(interval.low), "high": float(interval.high)}


BARS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "freezes overlapped": lambda found: found["value"] >= 0.9,
    "episodes that overlap a freeze": lambda found: found["value"] >= 0.8,
    "stumbles overlapped, 1": lambda found: found["value"] >= 0.9,
    "stumbled recordings with another episode, 1": lambda found: found["value"] < 0.05,
    f"fatigue said within {NEAR_S:g} s, 1": lambda found: found["value"] >= 0.8,
    **{
        name: lambda found: found["count"] <= binom.ppf(0.99, found["of"], 0.05)
        for name in (
            "healthy, 6 s, with an episode",
            "healthy, 40 s, with an episode",
            "healthy, 90 s, with an episode",
            "healthy, 90 s, with a drift",
        )
    },
}


def as_page(figures: dict[str, Any]) -> str:
    """The table, in Markdown."""
    lines = [
        "# Synthetic: freezing, stumbles and fatigue, in seconds",
        "",
        "| | share | of | bar |",
        "|---|---|---|---|",
    ]
    for name, found in figures["figures"].items():
        verdict = "" if name not in BARS else "pass" if BARS[name](found) else "MISS"
        interval = f" ({found['low']:.2f} to {found['high']:.2f})" if "low" in found else ""
        lines.append(f"| {name} | {found['value']:.2f}{interval} | {found.get('of', '')} | {verdict} |")
    left_out = ", ".join(f"{count} of {group}" for group, count in figures["left_out"].items() if count)
    lines += [
        "",
        f"Left out as no walk to score (no steps found, too slow), as the product does: {left_out or 'nobody'}.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
