"""Finds the C3D files below some folders, whatever else lies there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ltme_clinic.recordings.c3d.file_bytes import FileBytes
from ltme_clinic.types import LtmeError

SUFFIX = ".c3d"

HIDDEN_FOLDER = "hidden or system folders, not entered"
LINKED_FOLDER = "links to folders, not followed"
HIDDEN_FILE = "hidden or lock files (names that begin with . or ~)"
OTHER_FORMAT = "motion files of other formats, taken only where they are named: most are exports of a C3D trial"

_OTHER_SUFFIXES = (".trc", ".bvh", ".amc", ".mot", ".sto")

_SYSTEM_FOLDERS = frozenset(
    {"__macosx", "$recycle.bin", "system volume information", "lost+found", "@eadir", "#recycle", "#snapshot"}
)
"""What archivers, desktops and file servers put beside a user's folders; its .c3d files are copies or no C3D."""
_HIDDEN_NAME = re.compile(r"[.~]")


@dataclass(frozen=True)
class FoundFile:
    """A path that may be a C3D file: by its name in a folder, or because somebody named it."""

    path: Path
    root: Path
    """The given folder that it lies below; its own folder where the file itself was given."""


@dataclass(frozen=True)
class LeftAside:
    """Something that was passed over on purpose."""

    path: Path
    reason: str


def walk_c3d_files(paths: Iterable[str | os.PathLike[str]]) -> Iterator[FoundFile | LeftAside | LtmeError]:
    """What lies among and below the given paths, one by one, while the walk goes on; a file is given once.

    A path that is not a folder is taken as it is, whatever its suffix, if it exists. In folders files count by their
    suffix in any case; each folder's own files come before those of its subfolders, in order of their names. Nothing is
    opened: what is a pipe, a device or a link that leads nowhere is found out by whoever reads it. Links to files are
    files; links to folders are left aside, so a loop can't trap the walk, and so are hidden and system folders, and
    motion files of other formats: a trial that lies there as C3D and as TRC would count twice. An
    `LtmeError` is a path that does not exist, or a folder that can't be listed or holds no C3D file.
    """
    given = [Path(path) for path in paths]
    met: set[str] | None = set() if len(given) > 1 else None
    for path in given:
        for found in _walk_one(path):
            if isinstance(found, FoundFile) and met is not None:
                place = os.path.abspath(found.path)
                if place in met:
                    continue
                met.add(place)
            yield found


def find_c3d_files(paths: Iterable[str | os.PathLike[str]]) -> tuple[list[Path], list[LtmeError]]:
    """The C3D files of `walk_c3d_files`, sorted, each once, and what could not be looked at."""
    found = list(walk_c3d_files(paths))
    files = sorted(item.path for item in found if isinstance(item, FoundFile))
    return files, [item for item in found if isinstance(item, LtmeError)]


def hash_file(path: str | os.PathLike[str]) -> str:
    """SHA-256 (hex) of a file's bytes; of what is no regular file nothing is opened.

    Raises
    ------
    LtmeError
        It is not there any more, is no regular file, can't be read, or changes while it is read.
    """
    with FileBytes(Path(path)) as file:
        return file.finish()


def _walk_one(path: Path) -> Iterator[FoundFile | LeftAside | LtmeError]:
    try:
        is_folder = path.is_dir()
        exists = is_folder or os.path.lexists(path)
    except (OSError, ValueError) as error:
        yield LtmeError(str(path), f"can't be looked up ({error})", "Check the path")
        return
    if is_folder:
        yield from _walk_folder(path)
    elif exists:
        yield FoundFile(path, path.parent)
    else:
        yield LtmeError(str(path), "no such file or folder", "Check the path")


def _walk_folder(root: Path) -> Iterator[FoundFile | LeftAside | LtmeError]:
    waiting = [str(root)]
    nothing, others = True, 0
    while waiting:
        folder = waiting.pop()
        entries = _listed(folder)
        if isinstance(entries, LtmeError):
            nothing = False  # what is in there nobody knows
            yield entries
            continue
        for name in sorted(entry.name for entry in entries.files if entry.name.lower().endswith(SUFFIX)):
            hidden = _HIDDEN_NAME.match(name)
            nothing = nothing and bool(hidden)
            path = Path(folder, name)
            yield LeftAside(path, HIDDEN_FILE) if hidden else FoundFile(path, root)
        for name in sorted(entry.name for entry in entries.files if entry.name.lower().endswith(_OTHER_SUFFIXES)):
            others += 1
            yield LeftAside(Path(folder, name), OTHER_FORMAT)
        for entry in sorted(entries.linked_folders, key=lambda entry: entry.name):
            yield LeftAside(Path(entry.path), LINKED_FOLDER)
        entered = []
        for entry in sorted(entries.folders, key=lambda entry: entry.name):
            if entry.name.startswith(".") or entry.name.lower() in _SYSTEM_FOLDERS:
                yield LeftAside(Path(entry.path), HIDDEN_FOLDER)
            else:
                entered.append(entry.path)
        waiting += reversed(entered)
    if nothing:
        by_name = f"Name its {others} motion files of other formats one by one"
        cure = by_name if others else "Give a folder of exported trials"
        yield LtmeError(str(root), "holds no .c3d file", cure)


@dataclass(frozen=True)
class _Entries:
    """One folder's content by kind."""

    files: list[os.DirEntry[str]]
    folders: list[os.DirEntry[str]]
    linked_folders: list[os.DirEntry[str]]


def _listed(folder: str) -> _Entries | LtmeError:
    entries = _Entries([], [], [])
    try:
        with os.scandir(folder) as listing:
            for entry in listing:
                if _is_folder(entry, follow_links=False):
                    entries.folders.append(entry)
                elif entry.is_symlink() and _is_folder(entry, follow_links=True):
                    entries.linked_folders.append(entry)
                else:
                    entries.files.append(entry)
    except OSError as error:
        return LtmeError(folder, f"can't be listed ({error.strerror})", "Check the folder's permissions")
    return entries


def _is_folder(entry: os.DirEntry[str], *, follow_links: bool) -> bool:
    """Whether an entry is a folder; what can't be looked up (a loop of links, say) is none."""
    try:
        return entry.is_dir(follow_symlinks=follow_links)
    except OSError:
        return False
