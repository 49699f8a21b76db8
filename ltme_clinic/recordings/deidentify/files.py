"""De-identifies one file: whose it is and of which visit, then a new file under a name that says neither."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np

from ltme_clinic.recordings.c3d_writing.in_place import sha256_of
from ltme_clinic.recordings.c3d_writing.raw_file import file_bytes, losses, write_raw
from ltme_clinic.recordings.deidentify.content import Replacements, cleaned
from ltme_clinic.recordings.deidentify.dates import dates_in, plausible, shifted, visit_date
from ltme_clinic.recordings.deidentify.key import DeidentificationKey, normalised_name
from ltme_clinic.recordings.deidentify.numbers import checked_rate, without_text_behind
from ltme_clinic.recordings.points import SubjectPoints, sort_points
from ltme_clinic.recordings.raw import ParameterValue, RawC3D, RawReader
from ltme_clinic.recordings.readers import default_reader
from ltme_clinic.recordings.reading import recording_of
from ltme_clinic.types import LtmeError, TrialFacts

UNDATED = "undated"

_TRIAL_DATES = (
    *("DATE", "DATETIME", "DATEANDTIME", "TRIALDATE", "DATEOFTRIAL", "CAPTUREDATE", "RECORDINGDATE", "MEASUREMENTDATE"),
    *("SESSIONDATE", "TESTDATE", "CREATIONDATE", "CREATIONDATEANDTIME", "CREATIONDATETIME", "DATECREATED"),
)
"""Names of parameters that say when a trial was recorded; of several, the first that is there tells."""
_BIRTH = re.compile(r"BIRTH|BORN|DOB|GEB|NAISS|NACIM")

Remember = Callable[[str, str], None]
"""Called with a pseudonym and the name behind it, before a file with that pseudonym appears."""


@dataclass(frozen=True)
class WhoseFiles:
    """How it is told whose a file is.

    Without either, the subject's name inside the file tells: the same name is the same person.
    """

    patient: str = ""
    """All files are this person's."""
    by_folder: bool = False
    """The first folder below the given one names the person, as in PATIENT/2019-03-04/walk.c3d."""
    keep_labels: tuple[str, ...] = ()
    """Marker labels that are known to nobody else, and are no names."""


@dataclass(frozen=True)
class DeidentifiedFile:
    """What became of one file."""

    source: Path
    outputs: tuple[Path, ...]
    """The new files, one for each person in it."""
    pseudonyms: tuple[str, ...]
    source_sha256: str
    written: int = 0
    """How many of the outputs are new or changed; the others stood there already, byte for byte."""
    notes: tuple[str, ...] = field(default=())
    """What was replaced or left out, counted; never the words themselves."""


def deidentify_file(
    path: str | os.PathLike[str],
    out_folder: str | os.PathLike[str],
    key: DeidentificationKey,
    *,
    whose: WhoseFiles | None = None,
    root: Path | None = None,
    remember: Remember | None = None,
    reader: RawReader | None = None,
) -> DeidentifiedFile:
    """Write the de-identified copy of one C3D file to OUT/P-xxxxxxxx/2018-11-20/P-xxxxxxxx_T-xxxxxxxx.c3d.

    The copy is built from an allow-list (see `content`): its positions, residuals, camera masks and analogs are the
    original's to the bit. A file with several people gives one file for each. The visit's date is that of the nearest
    folder that is named by a date, else of TRIAL:DATE, moved by the person's shift; without either it is "undated".
    Sibling files (.enf, .xcp, .vsk, .mp, videos) are never copied.

    Parameters
    ----------
    path : the file
    out_folder : where the copies go; made if it is not there
    key : makes pseudonyms and the shift of dates
    whose : how it is told whose the file is
    root : the folder below which folder names count; by default the file's own folder
    remember : gets each pseudonym and name before the copy appears, for the identity database
    reader : who decodes the bytes

    Raises
    ------
    LtmeError
        The file can't be read or written, names nobody, or holds several people where one is expected.
    """
    path, whose = Path(path), whose or WhoseFiles()
    raw = (reader or default_reader()).read(path)
    if not raw.file_sha256:
        raw = replace(raw, file_sha256=sha256_of(path))
    raw = without_text_behind(raw)
    checked_rate(raw, path.name)
    subjects = sort_points(raw)
    if not subjects:
        raise LtmeError(path.name, "holds no labelled points", "Label the trial's markers and export it again")
    folders = _folders_below(path, root or path.parent)
    names = _names_of(path, subjects, folders, whose)
    outputs: list[Path] = []
    notes: list[str] = []
    written = 0
    for subject, name in zip(subjects, names, strict=True):
        pseudonym = key.patient(name)
        facts = _trial_facts(raw, subject, path, len(subjects))
        content, found = _content(raw, subject, facts, name, key, whose, several=len(subjects) > 1)
        day = _visit_day(raw, folders[1:] if whose.by_folder else folders, name)
        visit = UNDATED if day is None else shifted(day, key.shift_days(name)).isoformat()
        output = Path(out_folder) / pseudonym / visit / f"{pseudonym}_{key.trial(pseudonym, raw.file_sha256)}.c3d"
        if remember is not None:
            remember(pseudonym, name)
        written += _put(output, content)
        outputs.append(output)
        notes += [note for note in found if note not in notes]
    pseudonyms = tuple(key.patient(name) for name in names)
    return DeidentifiedFile(path, tuple(outputs), pseudonyms, raw.file_sha256, written, tuple(notes))


def _content(
    raw: RawC3D,
    subject: SubjectPoints,
    facts: TrialFacts,
    name: str,
    key: DeidentificationKey,
    whose: WhoseFiles,
    *,
    several: bool,
) -> tuple[RawC3D, tuple[str, ...]]:
    """One person's share of the file without identity, and notes on what that cost."""
    day = _trial_day(raw, name)
    new = Replacements(
        key.patient(name),
        name=name,
        examiner=key.examiner(facts.examiner),
        day=None if day is None else shifted(day, key.shift_days(name)),
        keep_labels=frozenset(whose.keep_labels),
    )
    clean = cleaned(raw, subject, facts, new, several=several)
    return clean.raw, (*clean.notes, *losses(clean.raw))


def _put(output: Path, content: RawC3D) -> bool:
    """Write a file unless it stands there already, byte for byte; whether it was written."""
    digest = hashlib.sha256()
    if output.is_file():
        for block in file_bytes(output.name, content):
            digest.update(block)
        if digest.hexdigest() == sha256_of(output):
            return False
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LtmeError(output.parent.name, f"can't be made ({error.strerror or error})", "Check the folder") from error
    write_raw(output, content)
    return True


def _trial_facts(raw: RawC3D, subject: SubjectPoints, path: Path, people: int) -> TrialFacts:
    """What the file, its name and the .enf files beside it say of the trial; what the signals show stays there."""
    facts = recording_of(raw, subject, "", people=people, path=path).trial
    return replace(facts, kind="unknown") if facts.sources.get("kind") == "signals" else facts


def _names_of(
    path: Path, subjects: Sequence[SubjectPoints], folders: Sequence[str], whose: WhoseFiles
) -> tuple[str, ...]:
    """The name that tells whose each subject's points are."""
    if len(subjects) > 1 and (whose.patient or whose.by_folder):
        raise LtmeError(path.name, "holds several people, and one is named", "Give it alone, without naming a patient")
    if whose.by_folder and not whose.patient and not folders:
        raise LtmeError(path.name, "lies in no patient's folder", "Put it into one, or name the patient")
    names: tuple[str, ...]
    if whose.patient or whose.by_folder:
        names = (whose.patient or folders[0],)
    else:
        names = tuple(subject.subject for subject in subjects)
    told = {normalised_name(name) for name in names}
    if "" in told:
        raise LtmeError(path.name, "names no subject", "Name the patient, or let the folders tell")
    if len(told) < len(names):
        raise LtmeError(path.name, "holds several people by one name", "Give each a name of its own")
    return names


def _folders_below(path: Path, root: Path) -> tuple[str, ...]:
    """Names of the folders between the given one and the file; the file's own folder where it is not below."""
    try:
        return Path(path).relative_to(root).parts[:-1]
    except ValueError:
        return ()


def _visit_day(raw: RawC3D, folders: Sequence[str], name: str) -> date | None:
    never = _days_of_no_trial(raw, name)
    found = (visit_date(folder, never) for folder in reversed(folders))
    return next((day for day in found if day is not None), None) or _trial_day(raw, name)


def _trial_day(raw: RawC3D, name: str) -> date | None:
    """The date of the trial that the file's TRIAL group names, by a parameter that says nothing else."""
    never = _days_of_no_trial(raw, name)
    trial = raw.parameters.get("TRIAL", {})
    said = [(_bare(parameter), value) for parameter, value in trial.items() if _bare(parameter) in _TRIAL_DATES]
    for _, value in sorted(said, key=lambda one: _TRIAL_DATES.index(one[0])):
        found = _days_in(value)
        if found and found[0] not in never:
            return found[0]
    return None


def _days_of_no_trial(raw: RawC3D, name: str) -> frozenset[date]:
    """Birthdays: the dates in the person's name, and those that any parameter calls so."""
    born = [
        day
        for values in raw.parameters.values()
        for parameter, value in values.items()
        if _BIRTH.search(_bare(parameter))
        for day in _days_in(value)
    ]
    return frozenset([*born, *(day for day, _ in dates_in(name))])


def _bare(parameter: str) -> str:
    """A parameter's name without what parts its words, and without the number of its repetition."""
    return re.sub(r"[\s_.-]", "", parameter.upper().partition("#")[0])


def _days_in(value: ParameterValue) -> list[date]:
    if isinstance(value, tuple):
        return [day for text in value for day, _ in dates_in(text)]
    return _from_numbers(value)


def _from_numbers(value: np.ndarray) -> list[date]:
    """A date stored as three numbers, the year first or last."""
    numbers = [int(number) for number in value.ravel() if np.isfinite(number)]
    if len(numbers) != 3:
        return []
    year, month, day = numbers if numbers[0] > 31 else reversed(numbers)
    try:
        found = date(year, month, day)
    except ValueError:
        return []
    return [found] if plausible(found) else []
