"""Analyses virtual walks of known truth, and keeps the differences and a picture beside this file."""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from ltme_clinic.progress import ProgressBar
from studies.gait_truth import landings
from studies.gait_truth.tables import as_text, draw, summary
from studies.gait_truth.walks import CAMERAS, SETTINGS, UNANSWERED, judge, unanswered

RESULTS = Path(__file__).with_name("results")


def main() -> None:
    """Walk, analyse, compare, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=24, help="virtual people")
    parser.add_argument("--first", type=int, default=500, help="seed of the first of them")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--recordings", type=Path, help="real C3D files with force plates, to compare the feet with")
    options = parser.parse_args()
    people = range(options.first, options.first + options.people)
    jobs = [(person, setting, markers) for person in people for setting in SETTINGS for markers in CAMERAS]
    odd = [(person, kind) for person in people for kind in UNANSWERED]
    rows, odd_rows = [], []
    with ProgressBar("gait truth") as progress, ProcessPoolExecutor(options.workers) as pool:
        for number, row in enumerate(pool.map(judge, jobs, chunksize=4)):
            progress("walks", number, len(jobs))
            rows.append(row)
        odd_rows = list(pool.map(unanswered, odd, chunksize=4))
    result = summary(rows, odd_rows)
    text = as_text(result)
    if options.recordings is not None:
        result["landings"] = landings.compared(options.recordings, options.people)
        text = f"{text}\n\n{landings.as_text(result['landings'])}"
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "figures.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "table.md").write_text(text + "\n")
    draw(result, RESULTS / "gait_truth.png")


if __name__ == "__main__":
    main()
