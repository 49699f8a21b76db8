"""De-identifies folders of files: safe to stop at any moment, to repeat and to continue."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ltme_clinic import __version__
from ltme_clinic.progress import Progress, silent
from ltme_clinic.recordings.c3d_writing.in_place import TEMPORARY_PREFIX, TEMPORARY_SUFFIX, replacing
from ltme_clinic.recordings.deidentify.files import UNDATED, DeidentifiedFile, Remember, WhoseFiles, deidentify_file
from ltme_clinic.recordings.deidentify.key import DeidentificationKey
from ltme_clinic.recordings.folders import find_c3d_files
from ltme_clinic.recordings.raw import RawReader
from ltme_clinic.types import LtmeError

MARK = "ltme_deidentified.json"
"""The file that says that a folder is ours, and which key its pseudonyms are of."""
_SCHEMA_VERSION = 1
_PERSON, _VISIT = r"P-[A-Z2-7]{8}", rf"(?:\d{{4}}-\d{{2}}-\d{{2}}|{UNDATED})"
_OURS = re.compile(rf"{_PERSON}(?:/{_VISIT}(?:/{_PERSON}_T-[A-Z2-7]{{8}}\.c3d)?)?")


@dataclass(frozen=True)
class DeidentificationReport:
    """What became of all files."""

    taken: tuple[DeidentifiedFile, ...]
    refused: tuple[LtmeError, ...]
    identities: dict[str, str] = field(default_factory=dict)
    """Pseudonym -> name: for the identity database, and for nothing else."""
    warnings: tuple[str, ...] = ()
    """What somebody should look at, without a name in it."""

    @property
    def written(self) -> int:
        """Files that are new or changed in the output folder."""
        return sum(file.written for file in self.taken)

    @property
    def already_there(self) -> int:
        """Files that stood in the output folder already, byte for byte."""
        return sum(len(file.outputs) for file in self.taken) - self.written

    @property
    def notes(self) -> dict[str, int]:
        """What was replaced or left out -> how often, over all files."""
        counted: dict[str, int] = {}
        for file in self.taken:
            for note in file.notes:
                what, _, count = note.rpartition(": ")
                known = what and count.isdigit()
                counted[what if known else note] = counted.get(what if known else note, 0) + (
                    int(count) if known else 1
                )
        return counted


def deidentify_folder(
    paths: Sequence[str | os.PathLike[str]],
    out_folder: str | os.PathLike[str],
    key: DeidentificationKey,
    *,
    whose: WhoseFiles | None = None,
    remember: Remember | None = None,
    progress: Progress = silent,
    reader: RawReader | None = None,
) -> DeidentificationReport:
    """Write de-identified copies of all C3D files in and below some folders (see `deidentify_file`).

    A run that was stopped, by kill -9 too, is continued by the same call: a copy appears complete or not at all, one
    that stands there already is not written again, and what a stopped run left half-written is removed.

    Parameters
    ----------
    paths : folders, or single files; they are never changed
    out_folder : a new or empty folder, or the one of an earlier run with the same key
    key : makes pseudonyms and the shift of dates
    whose : how it is told whose a file is
    remember : gets each pseudonym and name before the first copy with it appears, for the identity database
    progress : called after each file
    reader : who decodes the bytes

    Raises
    ------
    LtmeError
        The output folder lies among the input, or the input in it; it holds files that are not ours, or pseudonyms of
        another key; another run is writing there.
    """
    out = Path(out_folder)
    _refuse_nested([Path(path) for path in paths], out)
    with _claimed(out, key):
        files, problems = _found(paths)
        taken: list[DeidentifiedFile] = []
        refused = list(problems)
        identities: dict[str, str] = {}

        def keep(pseudonym: str, name: str) -> None:
            if pseudonym not in identities and remember is not None:
                remember(pseudonym, name)
            identities.setdefault(pseudonym, name)

        for done, (root, file) in enumerate(files, start=1):
            try:
                result = deidentify_file(file, out, key, whose=whose, root=root, remember=keep, reader=reader)
            except LtmeError as error:
                refused.append(error)
            else:
                taken.append(result)
            progress("de-identifying", done, len(files))
        warnings = _warnings(taken, {file: root for root, file in files}, whose or WhoseFiles())
        return DeidentificationReport(tuple(taken), tuple(refused), identities, warnings)


def _warnings(taken: Sequence[DeidentifiedFile], roots: dict[Path, Path], whose: WhoseFiles) -> tuple[str, ...]:
    """Two people who may be one, and one who may be two: only the laboratory can tell."""
    warnings = []
    people: dict[str, set[tuple[str, ...]]] = {}
    folders: dict[str, set[str]] = {}
    for file in taken:
        people.setdefault(file.source_sha256, set()).add(file.pseudonyms)
        below = file.source.relative_to(roots[file.source]).parts[:-1]
        for pseudonym in file.pseudonyms:
            folders.setdefault(pseudonym, set()).add(below[0] if below else "")
    for several in (sorted(p) for p in people.values() if len(p) > 1):
        names = " and ".join(pseudonym for pseudonyms in several for pseudonym in pseudonyms)
        warnings.append(f"the same recording is in the folders of {names}: one of them is wrong")
    if not (whose.patient or whose.by_folder):
        for pseudonym, places in sorted(folders.items()):
            if len(places) > 1:
                warnings.append(
                    f"{pseudonym} has files in {len(places)} folders, by one subject's name: if that is no "
                    "person's name, let the folders tell whose files they are"
                )
    return tuple(warnings)


def _found(paths: Sequence[str | os.PathLike[str]]) -> tuple[list[tuple[Path, Path]], list[LtmeError]]:
    """Each file once, with the given folder that it was found below."""
    files: dict[Path, Path] = {}
    problems: list[LtmeError] = []
    for given in map(Path, paths):
        found, failed = find_c3d_files([given])
        problems += failed
        for file in found:
            files.setdefault(file, given if given.is_dir() else file.parent)
    return [(root, file) for file, root in files.items()], problems


def _refuse_nested(paths: Iterable[Path], out: Path) -> None:
    """The copies must not lie among the originals, nor the originals among the copies."""
    target = out.resolve()
    for path in (path.resolve() for path in paths):
        inside = target == path or path in target.parents
        if inside or target in path.parents:
            raise LtmeError(str(out), "lies among the originals, or they in it", "Give a folder beside them")


@contextmanager
def _claimed(out: Path, key: DeidentificationKey) -> Iterator[None]:
    """The output folder, checked, marked as ours and kept for this run alone."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        mark = out / MARK
        if not mark.is_file():
            if leftover := next((p.name for p in out.iterdir() if not _is_temporary(p.name)), None):
                raise LtmeError(str(out), f"is not empty ({leftover})", "Give a new folder")
            _write_mark(mark, key)
        with _only_run(mark):
            _check_mark(mark, key)
            _check_content(out)
            yield
    except OSError as error:
        raise LtmeError(str(out), f"can't be used ({error.strerror or error})", "Check the folder") from error


def _write_mark(mark: Path, key: DeidentificationKey) -> None:
    content = {"schema_version": _SCHEMA_VERSION, "made_by": f"LTME Clinic {__version__}", "key": key.fingerprint}
    with replacing(mark) as file:
        file.write(json.dumps(content, indent=1).encode() + b"\n")


def _check_mark(mark: Path, key: DeidentificationKey) -> None:
    try:
        content = json.loads(mark.read_text(encoding="utf-8"))
        version, fingerprint = int(content["schema_version"]), str(content["key"])
    except (ValueError, KeyError, TypeError):
        raise LtmeError(mark.name, "can't be read", "Give a new folder") from None
    if version > _SCHEMA_VERSION:
        raise LtmeError(mark.name, "was written by a newer version", "Update LTME Clinic on this machine")
    if fingerprint != key.fingerprint:
        raise LtmeError(str(mark.parent), "holds pseudonyms of another key", "Give that key, or a new folder")


def _check_content(out: Path) -> None:
    """Refuse what is not ours, and remove what a stopped run left half-written."""
    for folder, names, files in os.walk(out, followlinks=False):
        for name in (*names, *files):
            path = Path(folder) / name
            inside = path.relative_to(out).as_posix()
            if _is_temporary(name) and not path.is_dir():
                path.unlink()
            elif inside != MARK and (path.is_symlink() or not _OURS.fullmatch(inside)):
                raise LtmeError(str(out), f"holds what is not ours ({inside})", "Give a new folder")


def _is_temporary(name: str) -> bool:
    return name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX)


@contextmanager
def _only_run(mark: Path) -> Iterator[None]:
    """One run at a time, where the system can tell; the hold ends with the process, however it ends."""
    with mark.open("rb") as file:
        with suppress(ImportError):
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise LtmeError(str(mark.parent), "another run is writing there", "Wait for it to end") from None
        yield
