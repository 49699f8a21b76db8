"""Whose recording is it, and of which day? From options, a manifest, or the folders; never from a file's date."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ltme_clinic.types import LtmeError

MANIFEST_COLUMNS = ("file", "patient", "visit_date", "condition")


@dataclass(frozen=True)
class Placed:
    """Where one file belongs; `patient` None means it waits until somebody assigns it."""

    patient: str | None
    visit_date: date | None
    condition: str = ""


@dataclass(frozen=True)
class Assignment:
    """How files are assigned; the manifest wins over folders, folders over the plain options."""

    patient: str | None = None
    visit_date: date | None = None
    condition: str = ""
    manifest: Path | None = None
    by_folder: bool = False
    """Folders below the given path are PATIENT/YYYY-MM-DD/ (deeper ones don't matter)."""
    by_subject: Callable[[str], str] | None = None
    """Makes a pseudonym from the subject's label inside the file, for files that nothing else assigns."""
    _rows: dict[str, Placed] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.manifest is not None:
            self._rows.update(read_manifest(self.manifest))
        if self.visit_date is not None and not (self.patient or self.by_folder):
            raise LtmeError("--visit", "a date without a patient", "Name the patient too, with --patient")

    def place(self, file: Path, root: Path, subject: str) -> Placed:
        """Where a file found under `root`, holding `subject`, belongs."""
        for key in (str(file.resolve()), _relative(file, root), file.name):
            if key in self._rows:
                return self._rows[key]
        placed = Placed(self.patient, self.visit_date, self.condition)
        if self.by_folder:
            placed = _by_folder(file, root, self) or placed
        if placed.patient is None and self.by_subject is not None and subject:
            placed = Placed(self.by_subject(subject), placed.visit_date, placed.condition)
        return placed


def read_manifest(path: Path) -> dict[str, Placed]:
    """A CSV with a header: file, patient, and where known visit_date (YYYY-MM-DD) and condition.

    Files are named as the manifest's reader would: relative to the given folder, or relative to the manifest, or by
    name alone.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            missing = [name for name in MANIFEST_COLUMNS[:2] if name not in columns]
            if missing:
                raise LtmeError(path.name, f"it has no column {' and '.join(missing)}", "Give a header line")
            rows = list(enumerate(reader, start=2))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LtmeError(path.name, f"the manifest can't be read ({error})", "Save it as CSV in UTF-8") from None
    placed: dict[str, Placed] = {}
    for number, row in rows:
        name = (row["file"] or "").strip().replace("\\", "/")
        if not name:
            continue
        entry = Placed(
            (row["patient"] or "").strip() or None,
            _manifest_date(path, number, (row.get("visit_date") or "").strip()),
            (row.get("condition") or "").strip(),
        )
        if name in placed and placed[name] != entry:
            raise LtmeError(path.name, f"line {number} assigns {name} a second time, differently", "Keep one line")
        placed[name] = entry
        placed[str((path.parent / name).resolve())] = entry
    return placed


def _manifest_date(path: Path, number: int, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LtmeError(path.name, f"line {number}: '{text}' is not a date", "Write it as YYYY-MM-DD") from None


def _by_folder(file: Path, root: Path, options: Assignment) -> Placed | None:
    """Patient and date from the folders between root and file, or None for a file that lies in root itself."""
    parts = Path(_relative(file, root)).parts[:-1]
    if not parts:
        return None
    visit_date = options.visit_date
    if len(parts) > 1:
        try:
            visit_date = date.fromisoformat(parts[1])
        except ValueError:
            visit_date = options.visit_date
    return Placed(parts[0], visit_date, options.condition)


def _relative(file: Path, root: Path) -> str:
    try:
        return file.relative_to(root).as_posix()
    except ValueError:
        return file.name
