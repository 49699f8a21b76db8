"""Whose recording is it, and of which day? From options, a manifest, or the folders; never from a file's date."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ltme_clinic.types import LtmeError, TrialFacts
from ltme_clinic.types.trial import FACTS, with_given

MANIFEST_COLUMNS = ("file", "patient", "visit_date", "condition")
FACT_COLUMNS = FACTS
"""Further columns that are understood: what was done, worn and leant on, and who measured."""
MANIFEST_CHARACTERS = 50_000_000
"""Half a million recordings; a longer file is no manifest."""


@dataclass(frozen=True)
class Placed:
    """Where one file belongs; `patient` None means it waits until somebody assigns it."""

    patient: str | None
    visit_date: date | None
    condition: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    """Facts of the trial that somebody states, such as ("footwear", "shoes")."""


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

    def checked(self, files: Iterable[tuple[Path, Path]]) -> list[str]:
        """What is odd about assigning these (root, file) pairs, a line each, before any of them is taken.

        Raises
        ------
        LtmeError
            One line of the manifest fits several files: it can't be told whose they are.
        """
        watch = AssignmentWatch(self)
        for root, file in files:
            watch.see(root, file)
        return watch.notes()

    def place(self, file: Path, root: Path, subject: str) -> Placed:
        """Where a file found under `root`, holding `subject`, belongs."""
        row = self.row_of(file, root)
        if row is not None:
            return row.placed
        placed = Placed(self.patient, self.visit_date, self.condition)
        if self.by_folder:
            placed = _by_folder(file, root, self) or placed
        if placed.patient is None and self.by_subject is not None and subject:
            placed = Placed(self.by_subject(subject), placed.visit_date, placed.condition)
        return placed

    def facts_of(self, file: Path, root: Path) -> tuple[tuple[str, str], ...]:
        """What the manifest states of a file's trial, whoever is in it."""
        row = self.row_of(file, root)
        return row.placed.facts if row is not None else ()

    def row_of(self, file: Path, root: Path) -> ManifestRow | None:
        """The manifest's line about a file."""
        if not self._rows:
            return None
        keys = (str(file.resolve()), _relative(file, root), file.name)
        return next((self._rows[key] for key in keys if key in self._rows), None)

    @property
    def rows(self) -> set[ManifestRow]:
        """Every line of the manifest."""
        return set(self._rows.values())


class AssignmentWatch:
    """Looks at files one by one, as they are found, for what is odd about assigning them."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._manifest = assignment.manifest.name if assignment.manifest else ""
        self._fitting: dict[ManifestRow, str] = {}
        self._undated: set[str] = set()

    def see(self, root: Path, file: Path) -> None:
        """Look at one file; `LtmeError` if a line of the manifest fits an earlier one too."""
        row, name = self._assignment.row_of(file, root), _relative(file, root)
        if row is not None:
            if row in self._fitting:
                fact = f"line {row.line} names {row.file}, and 2 files fit ({self._fitting[row]}, {name})"
                raise LtmeError(self._manifest, fact, "Name each with its folders")
            self._fitting[row] = name
        elif self._assignment.by_folder and self._assignment.visit_date is None:
            parts = Path(name).parts[:-1]
            if len(parts) > 1 and _date(parts[1]) is None:
                self._undated.add("/".join(parts[:2]))

    def notes(self) -> list[str]:
        """A line for each oddity of the files seen so far."""
        notes = []
        rows = self._assignment.rows
        unused = sorted(rows - self._fitting.keys(), key=lambda row: row.line)
        if unused:
            fact = f"{len(unused)} of its {len(rows)} lines fit no file (line {unused[0].line}: {unused[0].file})"
            notes.append(str(LtmeError(self._manifest, fact, "Check the names, and the folder you gave")))
        fact = "the folder is no date, so its recordings are undated and in no trend"
        return notes + [
            str(LtmeError(folder, fact, "Name it YYYY-MM-DD to track them")) for folder in sorted(self._undated)
        ]


def read_manifest(path: Path) -> dict[str, ManifestRow]:
    """A CSV with a header: file, patient, and where known visit_date (YYYY-MM-DD), condition, and facts of the trial
    (kind, footwear, orthosis, aid, assistance, medication, operated_side, examiner).

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
        facts = _manifest_facts(path, line, cells)
        row = ManifestRow(line, name, Placed(patient, day, cells.get("condition", ""), facts))
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


def _manifest_facts(path: Path, number: int, cells: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The facts of a line that are stated, checked."""
    stated = {name: cells[name] for name in FACT_COLUMNS if cells.get(name)}
    try:
        with_given(TrialFacts(), stated)
    except LtmeError as error:
        raise LtmeError(path.name, f"line {number}: {error.fact}", error.cure) from None
    return tuple(stated.items())


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
