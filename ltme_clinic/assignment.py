"""Whose recording is it, and of which day? From options, a manifest, or the folders; never from a file's date."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ltme_clinic.types import LtmeError

MANIFEST_COLUMNS = ("file", "patient", "visit_date", "condition")
MANIFEST_CHARACTERS = 50_000_000
"""Half a million recordings; a longer file is no manifest."""


@dataclass(frozen=True)
class Placed:
    """Where one file belongs; `patient` None means it waits until somebody assigns it."""

    patient: str | None
    visit_date: date | None
    condition: str = ""


@dataclass(frozen=True)
class ManifestRow:
    """One line of a manifest."""

    line: int
    file: str
    """As the manifest writes it, with forward slashes."""
    placed: Placed


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
    _rows: dict[str, ManifestRow] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.manifest is not None:
            self._rows.update(read_manifest(self.manifest))
        if self.visit_date is not None and not (self.patient or self.by_folder):
            raise LtmeError("--visit", "a date without a patient", "Name the patient too, with --patient")

    def checked(self, files: Sequence[tuple[Path, Path]]) -> list[str]:
        """What is odd about assigning these (root, file) pairs, a line each, before any of them is taken.

        Raises
        ------
        LtmeError
            One line of the manifest fits several files: it can't be told whose they are.
        """
        fitting: dict[ManifestRow, list[str]] = {row: [] for row in self._rows.values()}
        for root, file in files:
            row = self._row(file, root)
            if row is not None:
                fitting[row].append(_relative(file, root))
        name = self.manifest.name if self.manifest else ""
        for row, fits in fitting.items():
            if len(fits) > 1:
                fact = f"line {row.line} names {row.file}, and {len(fits)} files fit ({fits[0]}, {fits[1]})"
                raise LtmeError(name, fact, "Name each with its folders")
        unused = [row for row, fits in fitting.items() if not fits]
        notes = []
        if unused:
            fact = f"{len(unused)} of its {len(fitting)} lines fit no file (line {unused[0].line}: {unused[0].file})"
            notes.append(str(LtmeError(name, fact, "Check the names, and the folder you gave")))
        return notes + self._undated_folders(files)

    def place(self, file: Path, root: Path, subject: str) -> Placed:
        """Where a file found under `root`, holding `subject`, belongs."""
        row = self._row(file, root)
        if row is not None:
            return row.placed
        placed = Placed(self.patient, self.visit_date, self.condition)
        if self.by_folder:
            placed = _by_folder(file, root, self) or placed
        if placed.patient is None and self.by_subject is not None and subject:
            placed = Placed(self.by_subject(subject), placed.visit_date, placed.condition)
        return placed

    def _row(self, file: Path, root: Path) -> ManifestRow | None:
        keys = (str(file.resolve()), _relative(file, root), file.name)
        return next((self._rows[key] for key in keys if key in self._rows), None) if self._rows else None

    def _undated_folders(self, files: Sequence[tuple[Path, Path]]) -> list[str]:
        """A line for each folder that stands where a date should and is none."""
        if not self.by_folder or self.visit_date is not None:
            return []
        folders = {
            "/".join(parts[:2])
            for root, file in files
            if len(parts := Path(_relative(file, root)).parts[:-1]) > 1
            and self._row(file, root) is None
            and _date(parts[1]) is None
        }
        fact = "the folder is no date, so its recordings are undated and in no trend"
        return [str(LtmeError(folder, fact, "Name it YYYY-MM-DD to track them")) for folder in sorted(folders)]


def read_manifest(path: Path) -> dict[str, ManifestRow]:
    """A CSV with a header: file, patient, and where known visit_date (YYYY-MM-DD) and condition.

    Files are named as the manifest's reader would: relative to the given folder, or relative to the manifest, or by
    name alone.

    Returns
    -------
    Each row twice: by the name it gives, and by the absolute path that this is relative to the manifest.
    """
    rows: dict[str, ManifestRow] = {}
    for line, cells in _manifest_lines(path):
        name = cells.get("file", "").replace("\\", "/")
        if not name:
            continue
        patient, day = cells.get("patient") or None, _manifest_date(path, line, cells.get("visit_date", ""))
        if patient is None and day is not None:
            raise LtmeError(path.name, f"line {line} has a date and no patient", "Name the patient")
        row = ManifestRow(line, name, Placed(patient, day, cells.get("condition", "")))
        for key in (name, str((path.parent / name).resolve())):
            first = rows.setdefault(key, row)
            if first.placed != row.placed:
                fact = f"line {line} assigns {name} a second time, differently (see line {first.line})"
                raise LtmeError(path.name, fact, "Keep one line")
    return rows


def _manifest_lines(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The lines of a manifest with their numbers: column (in small letters) -> stripped text."""
    cure = f"Save it as CSV in UTF-8, with commas and the header {','.join(MANIFEST_COLUMNS)}"
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read(MANIFEST_CHARACTERS + 1)
        if len(text) > MANIFEST_CHARACTERS:
            raise LtmeError(path.name, f"longer than any manifest ({MANIFEST_CHARACTERS:,} characters)", cure)
        if "\0" in text:
            raise LtmeError(path.name, "it holds NUL characters", cure)
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        columns = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in MANIFEST_COLUMNS[:2] if name not in columns]
        if missing:
            raise LtmeError(path.name, f"it has no column {' and '.join(missing)}", cure)
        return [
            (reader.line_num, dict(zip(columns, map(str.strip, cells), strict=False))) for cells in reader if any(cells)
        ]
    except (OSError, ValueError, csv.Error) as error:
        raise LtmeError(path.name, f"the manifest can't be read ({error})", cure) from None


def _manifest_date(path: Path, number: int, text: str) -> date | None:
    if not text:
        return None
    day = _date(text)
    if day is None:
        raise LtmeError(path.name, f"line {number}: '{text}' is not a date", "Write it as YYYY-MM-DD")
    return day


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _by_folder(file: Path, root: Path, options: Assignment) -> Placed | None:
    """Patient and date from the folders between root and file, or None for a file that lies in root itself."""
    parts = Path(_relative(file, root)).parts[:-1]
    if not parts:
        return None
    day = _date(parts[1]) if len(parts) > 1 else None
    return Placed(parts[0], day or options.visit_date, options.condition)


def _relative(file: Path, root: Path) -> str:
    try:
        return file.relative_to(root).as_posix()
    except ValueError:
        return file.name
