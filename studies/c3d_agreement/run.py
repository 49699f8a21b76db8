"""Reads every C3D file of a folder with three readers and prints who agrees with whom."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ltme_clinic.progress import ProgressBar
from studies.c3d_agreement.agreement import Agreement, agreements
from studies.c3d_agreement.third_reader import ThirdReader

RESULTS = Path(__file__).with_name("results")


def main() -> None:
    """Parse, read, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--names", action="store_true", help="print each file's name beside its number (not kept)")
    parser.add_argument("--keep", action="store_true", help="keep the table beside this program")
    options = parser.parse_args()
    paths = sorted(path for path in options.folder.rglob("*") if path.suffix.lower() == ".c3d" and path.is_file())
    with ProgressBar("agreement") as progress, ThirdReader() as third:
        rows = list(agreements(paths, third, progress=progress))
    if options.names:
        for row, path in zip(rows, paths, strict=True):
            print(f"{row.number}: {path.relative_to(options.folder)}")
    print(as_table(rows))
    if options.keep:
        rows = [row.without_texts() for row in rows]
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "table.md").write_text(as_table(rows), encoding="utf-8")
        (RESULTS / "figures.json").write_text(json.dumps(figures(rows), indent=1) + "\n", encoding="utf-8")


def figures(rows: Sequence[Agreement]) -> dict[str, Any]:
    """What the table comes to, and its lines."""
    return {
        "files": len(rows),
        "status": dict(Counter(row.status for row in rows)),
        "ezc3d": dict(Counter(row.ezc3d.outcome for row in rows)),
        "c3d": dict(Counter(row.c3d.outcome for row in rows)),
        "rows": [row.as_dict() for row in rows],
    }


def as_table(rows: Sequence[Agreement]) -> str:
    """The table in Markdown."""
    counted = ", ".join(f"{name} {count}" for name, count in Counter(row.status for row in rows).most_common())
    lines = ["# Three readers on every file", "", f"{len(rows)} files: {counted}.", ""]
    lines += ["| file | kB | as we read it | ezc3d | c3d | status | reason |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        cells = (row.number, row.file_bytes // 1000, row.stored, row.ezc3d, row.c3d, row.status, row.reason)
        lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
