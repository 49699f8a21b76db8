"""Records the benches, scores them, and keeps the table; a cut run goes on with the next seed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.embedding import load_model
from ltme_clinic.progress import Progress, ProgressBar
from ltme_clinic.training.bench import BenchSettings
from ltme_clinic.training.bench.detection import measure_aurocs, measure_placebo
from ltme_clinic.training.bench.recording import record_bench
from ltme_clinic.training.bench.run import seen_bench
from studies.anomaly_detection.tables import FEATURES, as_page, figures_of

TARGETS = (0.60, 0.70, 0.85, 0.97)
SEEDS = (16, 17, 18, 19, 20)
RESULTS = Path(__file__).with_name("results")


def main() -> None:
    """One bench a seed, then everything together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=40, help="test people and calibration people of each seed")
    parser.add_argument("--seed", type=int, action="append", help="this seed alone; may be given several times")
    parser.add_argument(
        "--runs", type=Path, default=Path("runs/anomaly_detection"), help="where seeds' scores are kept"
    )
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    seeds = tuple(options.seed or SEEDS)
    with ProgressBar("anomaly detection") as progress:
        measured = [measured_seed(seed, options.people, options.runs, progress) for seed in seeds]
    options.results.mkdir(parents=True, exist_ok=True)
    figures = figures_of(measured)
    (options.results / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    page = as_page(figures)
    (options.results / "table.md").write_text(page + "\n", encoding="utf-8")
    print(page)


def measured_seed(seed: int, people: int, runs: Path, progress: Progress) -> dict[str, Any]:
    """AUROCs of one seed under every draw of people, from the folder if this checkpoint's lie there."""
    model = load_model()
    kept = runs / f"{model.fingerprint[:12]}_{seed}_{people}.npz"
    if not kept.exists():
        settings = BenchSettings(people=people, calibration_people=people, targets=TARGETS, seed=seed)
        walks = record_bench(settings, progress)
        bench = seen_bench(model, walks, progress)
        aurocs = measure_aurocs(bench, progress, FEATURES)
        runs.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part.npz")
        np.savez_compressed(
            part,
            unusual=np.stack([aurocs.of(settings.reference_people, "unusual", target) for target in TARGETS]),
            placebo=measure_placebo(bench, FEATURES),
            reached=np.array([[found.reached for found in walks.severities[name]] for name in settings.impairments]),
            severity=np.array([[found.severity for found in walks.severities[name]] for name in settings.impairments]),
        )
        part.replace(kept)
    with np.load(kept) as found:
        arrays = {name: found[name] for name in found.files}
    settings = BenchSettings(targets=TARGETS)
    return {
        **arrays,
        "seed": seed,
        "people": people,
        "fingerprint": model.fingerprint,
        "impairments": settings.impairments,
        "unseen": settings.unseen,
        "targets": TARGETS,
    }


if __name__ == "__main__":
    main()
