"""Runs the bench on the shipped checkpoint and keeps its figures and its page of pictures beside this file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ltme_clinic.progress import ProgressBar
from ltme_clinic.training.bench import as_text, draw, run_bench
from studies.motion_code.walks import recorded_bench

RESULTS = Path(__file__).with_name("results")


def main() -> None:
    """Parse, measure, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--recordings", type=Path, action="append", default=[])
    options = parser.parse_args()
    with ProgressBar("motion code") as progress:
        walks = recorded_bench(options.people, progress)
        result = run_bench(None, walks=walks, recordings=options.recordings, progress=progress)
    print(as_text(result))
    kept = without_single_recordings(result)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "figures.json").write_text(json.dumps(kept, indent=1) + "\n")
    draw(kept, RESULTS / "motion_code.png")


def without_single_recordings(result: dict[str, Any]) -> dict[str, Any]:
    """The figures to keep: of real recordings only what they come to together."""
    rows = result.pop("recordings", [])
    if rows:
        result["real_recordings"] = {
            "n": len(rows),
            "ltme_mm": sum(row["ltme_mm"] for row in rows) / len(rows),
            "pca_mm": sum(row["pca_mm"] for row in rows) / len(rows),
            "pca_better_in": sum(row["pca_mm"] < row["ltme_mm"] for row in rows),
        }
    return result


if __name__ == "__main__":
    main()
