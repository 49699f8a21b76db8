"""Measures what the motion embedding says about real people, part by part, and keeps the figures."""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path
from typing import Any

from ltme_clinic.progress import Progress, ProgressBar
from studies.motion_embedding.subject import Subject, subject_of
from studies.motion_embedding.tables import as_page
from studies.real_recordings.files import SHARED_DATA
from studies.virtual_lab_realism.run import json_safe

RESULTS = Path(__file__).with_name("results")
PARTS = ("pairs", "cloud", "probe", "identity", "reconstruction", "coherence", "interpolation")
"""Each a module of its own with `measure(subject, progress) -> PartResult` and `draw(detail, folder)`; in the order in
which the page has them."""


def main() -> None:
    """Run the parts that are asked for, then write the page of all parts that were ever run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone; may be given several times")
    parser.add_argument("--checkpoint", type=Path, help="the weights asked about; the shipped ones by default")
    parser.add_argument(
        "--reference", type=Path, help="that checkpoint's virtual reference; the shipped one by default"
    )
    parser.add_argument("--recordings", type=Path, default=SHARED_DATA, help="folder of the real recordings")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where figures and pictures are kept")
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    with ProgressBar("motion embedding") as progress:
        subject = subject_of(options.checkpoint, options.reference, options.recordings, progress)
        for name in options.only or PARTS:
            run_part(name, subject, options.results, progress)
    page = as_page(kept_parts(options.results))
    (options.results / "table.md").write_text(page + "\n", encoding="utf-8")
    print(page)


def run_part(name: str, subject: Subject, results: Path, progress: Progress) -> None:
    """Measure one part and keep its figures and its picture."""
    part = importlib.import_module(f"studies.motion_embedding.{name}")
    result = part.measure(subject, progress).as_dict()
    (results / f"{name}.json").write_text(json.dumps(json_safe(result), indent=1) + "\n", encoding="utf-8")
    part.draw(result["detail"], results)


def kept_parts(folder: Path) -> dict[str, Any]:
    """The parts whose figures lie in a folder, in the page's order."""
    files = {name: folder / f"{name}.json" for name in PARTS}
    return {name: json.loads(file.read_text(encoding="utf-8")) for name, file in files.items() if file.is_file()}


if __name__ == "__main__":
    main()
