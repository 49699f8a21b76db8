"""Sends recordings the whole way, counts who is refused and why, and keeps figures and page."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.embedding import load_model
from ltme_clinic.findings import VisitEmbeddings, why_not_a_walk
from ltme_clinic.pipeline.references import fitted_detector
from ltme_clinic.pipeline.scorable import scorable_clip
from ltme_clinic.processes import process_pool
from ltme_clinic.progress import Progress, ProgressBar
from ltme_clinic.training.walkers import IMPAIRMENTS, TEST_SEED_OFFSET
from ltme_clinic.types import Anthropometry, Impairment, LtmeError, Recording
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from studies.real_recordings.files import labelled_files, read_labelled, short_reason
from studies.refusals.corruptions import corruptions

RESULTS = Path(__file__).with_name("results")
SEED = 33
HEALTHY, SEVERE, CORRUPTED = 60, 40, 20
TRIALS = 3


def main() -> None:
    """All groups; a minute or two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    with ProgressBar("refusals") as progress, process_pool(2) as pool:

        def each(what: str, done: Any, seeds: Sequence[int]) -> list[Any]:
            found = []
            for number, result in enumerate(pool.map(done, seeds), start=1):
                found.append(result)
                progress(what, number, len(seeds))
            return found

        healthy = each("healthy", partial(refusal_of_a_visit, impairment="none"), seeds("healthy", HEALTHY))
        severe = {
            name: each(name, partial(refusal_of_a_visit, impairment=name), seeds(name, SEVERE)) for name in IMPAIRMENTS
        }
        corrupted = each("corrupted", refusals_of_corruptions, seeds("corrupted", CORRUPTED))
        real = measured_walks(progress)
    figures = {
        "fingerprint": load_model().fingerprint,
        "healthy": told([visit for visit, _ in healthy]),
        "severe": {name: told([visit for visit, _ in found]) for name, found in severe.items()},
        "severe_trials": {name: told([one for _, each in found for one in each]) for name, found in severe.items()},
        "corrupted": {
            way.name: {"kind": way.kind, **told([of_person[number] for of_person in corrupted])}
            for number, way in enumerate(corruptions())
        },
        "measured": told(real),
    }
    (options.results / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    page = as_page(figures)
    (options.results / "table.md").write_text(page + "\n", encoding="utf-8")
    print(page)


def seeds(group: str, count: int) -> range:
    """Nobody is in two groups."""
    groups = ("healthy", "corrupted", *IMPAIRMENTS)
    first = SEED * 1_000_000 + TEST_SEED_OFFSET + 1000 * groups.index(group)
    return range(first, first + count)


def walks_of(seed: int, impairment: Impairment = "none", trials: int = TRIALS) -> list[Recording]:
    """One visit's trials, as severe as can be."""
    patient = sample_patient(seed, impairment=impairment, severity=0.0 if impairment == "none" else 1.0)
    walks = [simulate_walk(patient, trial=trial, duration_s=6.0).recording for trial in range(trials)]
    return [replace(walk, events=()) for walk in walks]


def refusal(recordings: Sequence[Recording]) -> str:
    """Why a visit gets no score; "" where it gets one. A trial that is refused is left out, as in a store."""
    model, embeddings, reasons = load_model(), [], []
    for recording in recordings:
        try:
            embedding = scorable_clip(recording).encoded(model)
            reason = why_not_a_walk(embedding)
        except LtmeError as error:
            reason = short_reason(error)
        if reason:
            reasons.append(reason)
        else:
            embeddings.append(embedding)
    if not embeddings:
        return reasons[0]
    visit = VisitEmbeddings("P1", "visit", None, "", embeddings[0].origin, tuple(embeddings))
    finding = fitted_detector(model.fingerprint).finding(visit, model)
    return "" if finding.anomaly_score is not None else finding.refusals[0]


def refusal_of_a_visit(seed: int, impairment: Impairment) -> tuple[str, list[str]]:
    """Of the whole visit, and of each of its trials alone."""
    walks = walks_of(seed, impairment)
    return refusal(walks), [refusal([walk]) for walk in walks]


def refusals_of_corruptions(seed: int) -> list[str]:
    """One reason a corruption; every second person's file holds no body measures."""
    recording = walks_of(seed, trials=1)[0]
    if seed % 2:
        recording = replace(recording, anthropometry=Anthropometry())
    return [refusal([way.done(recording, np.random.default_rng(seed))]) for way in corruptions()]


def measured_walks(progress: Progress) -> list[str]:
    """One reason for each measured recording of level walking at hand."""
    reasons = []
    for file, label in labelled_files():
        if label is None or label.activity != "walking":
            continue
        try:
            reasons += [refusal([recording]) for recording in read_labelled(file, label)]
        except LtmeError as error:
            reasons.append(short_reason(error))
        progress("measured walks", len(reasons), len(reasons))
    return reasons


def told(reasons: Sequence[str]) -> dict[str, Any]:
    """How many, how many refused, and the commonest reasons."""
    refused = Counter(reason for reason in reasons if reason)
    return {"recordings": len(reasons), "refused": refused.total(), "reasons": dict(refused.most_common(5))}


def as_page(figures: dict[str, Any]) -> str:
    """The table, in Markdown."""
    severe, corrupted = figures["severe"].values(), figures["corrupted"].values()
    healthy, measured = figures["healthy"], figures["measured"]
    lines = [
        "# Synthetic: what is refused",
        "",
        f"Healthy visits: {healthy['refused']} of {healthy['recordings']} refused. Severe visits: {_share(severe)}; "
        f"single trials of them: {_share(figures['severe_trials'].values())}. "
        f"Corrupted recordings: {_share(corrupted)}. "
        f"Measured walks at hand (nothing corrupted): {measured['refused']} of {measured['recordings']} refused.",
        "",
        "| corruption | kind | refused | first reason |",
        "|---|---|---|---|",
    ]
    for name, found in figures["corrupted"].items():
        lines.append(_row(name, found["kind"], f"{found['refused']} of {found['recordings']}", _first(found)))
    lines += ["", "| severe | visits refused | trials refused | first reason |", "|---|---|---|---|"]
    for name, found in figures["severe"].items():
        single = figures["severe_trials"][name]
        counts = [f"{each['refused']} of {each['recordings']}" for each in (found, single)]
        lines.append(_row(name, *counts, _first(single)))
    lines += ["", "| measured walks refused | recordings |", "|---|---|"]
    lines += [_row(reason, str(count)) for reason, count in measured["reasons"].items()]
    return "\n".join(lines)


def _share(groups: Any) -> str:
    refused = sum(group["refused"] for group in groups)
    recordings = sum(group["recordings"] for group in groups)
    return f"{refused} of {recordings} refused ({refused / recordings:.1%})"


def _first(found: dict[str, Any]) -> str:
    return next(iter(found["reasons"]), "")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
