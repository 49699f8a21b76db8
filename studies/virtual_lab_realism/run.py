"""Measures how like a hospital's the virtual laboratory's recordings are, part by part, and keeps the figures."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import inspect
import json
from pathlib import Path
from typing import Any

from ltme_clinic.progress import ProgressBar
from studies.virtual_lab_realism.tables import as_page

RESULTS = Path(__file__).with_name("results")
PARTS = ("curves", "retest", "physics", "placebo", "speed", "transfer", "classifier")
"""Each a module of its own with `measure(people, workers, progress) -> PartResult`, its usual number `PEOPLE`, and
`draw(detail, folder)` where it has a picture; in the order in which the page has them."""


def main() -> None:
    """Run the parts that are asked for, then write the page of all parts that were ever run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, help="virtual people of each group; each part has its own usual number")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone; may be given several times")
    parser.add_argument(
        "--recordings", type=Path, help="folder of real recordings, for the parts that compare with them"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="where figures and pictures are kept")
    parser.add_argument("--pictures", type=Path, help="draw the pages of healthy and impaired walks there, and stop")
    options = parser.parse_args()
    if options.pictures is not None:
        from studies.virtual_lab_realism import pictures

        for path in pictures.draw_all(options.pictures):
            print(path)
        return
    options.results.mkdir(parents=True, exist_ok=True)
    with ProgressBar("virtual lab realism") as progress:
        for name in options.only or [name for name in PARTS if importlib.util.find_spec(f"{__package__}.{name}")]:
            run_part(name, options, progress)
    page = as_page(kept_parts(options.results))
    (options.results / "table.md").write_text(page + "\n", encoding="utf-8")
    print(page)


def run_part(name: str, options: argparse.Namespace, progress: ProgressBar) -> None:
    """Measure one part and keep its figures, and its pictures where it has some."""
    part = importlib.import_module(f"studies.virtual_lab_realism.{name}")
    extra = {}
    if options.recordings is not None and "recordings" in inspect.signature(part.measure).parameters:
        extra["recordings"] = options.recordings
    result = part.measure(options.people or part.PEOPLE, options.workers, progress, **extra).as_dict()
    file = options.results / f"{name}.json"
    file.write_text(json.dumps(json_safe(result), indent=1) + "\n", encoding="utf-8")
    if hasattr(part, "draw"):
        part.draw(result["detail"], options.results)


def kept_parts(folder: Path) -> dict[str, Any]:
    """The parts whose figures lie in a folder, in the page's order."""
    files = {name: folder / f"{name}.json" for name in PARTS}
    return {name: json.loads(file.read_text(encoding="utf-8")) for name, file in files.items() if file.is_file()}


def json_safe(value: Any) -> Any:
    """The same with None for numbers that JSON doesn't have, and no more digits than anybody reads."""
    if isinstance(value, dict):
        return {key: json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(item) for item in value]
    if isinstance(value, float):
        return round(value, 6) if abs(value) != float("inf") and value == value else None
    return value


if __name__ == "__main__":
    main()
