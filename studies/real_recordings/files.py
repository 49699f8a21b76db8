"""Every file of ../shared/data, archives unpacked for as long as they are read, and what was left out of them.

The recordings lie beside the checkout and are never copied; without them `labelled_files` says so in one line.
"""

from __future__ import annotations

import re
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import LtmeError, Recording
from studies.real_recordings.deepmimic import read_deepmimic
from studies.real_recordings.labels import FileLabel, label_of

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"
MOTION_SUFFIXES = (".amc", ".bvh", ".txt")
_NOT_MOTION = ("readme", "license")


def labelled_files(folder: Path = SHARED_DATA) -> Iterator[tuple[Path, FileLabel | None]]:
    """Every recording with its label, None where no rule knows it.

    Raises
    ------
    LtmeError
        The folder is not there.
    """
    if not (folder / "recordings").is_dir():
        raise LtmeError(str(folder.name), "the real recordings are not beside the checkout", "Get ../shared/data first")
    with tempfile.TemporaryDirectory() as name:
        for path, file in real_files(folder, Path(name)):
            yield file, label_of(path)


def real_files(folder: Path, unpacked: Path) -> Iterator[tuple[str, Path]]:
    """Path under the folder, with archives as folders, and where the file can be opened.

    Archives are unpacked into a folder of the caller's, one at a time as they come up.
    """
    for file in sorted((folder / "recordings").rglob("*.[cC]3[dD]")):
        yield file.relative_to(folder).as_posix(), file
    for archive in sorted((folder / "motions").glob("*.tar.xz")):
        own = unpacked / archive.name.partition(".")[0]
        with tarfile.open(archive) as packed:
            packed.extractall(own, filter="data")
        for file in sorted(path for path in own.rglob("*") if path.suffix in MOTION_SUFFIXES):
            if not file.name.lower().startswith(_NOT_MOTION):
                yield f"motions/{file.relative_to(unpacked).as_posix()}", file


def shown_name(file: Path) -> str:
    """A file's name; of exponential maps, whose names repeat, with the folder of their set."""
    return f"{file.parent.parent.name}/{file.name}" if file.suffix == ".txt" else file.name


def left_out_lines(left_out: Mapping[str, Sequence[str]], most: int = 3) -> list[str]:
    """One line for each reason and its files' names."""
    return [
        f"left out, {why}: {len(names)} ({', '.join(names[:most])}{', ...' if len(names) > most else ''})"
        for why, names in sorted(left_out.items())
    ]


def short_reason(error: LtmeError) -> str:
    """An error's fact without the file's name, its figures in brackets and the cure."""
    message = str(error)
    fact = message.partition(": ")[2].partition(". ")[0].rstrip(". ") or message
    return re.sub(r" \([^)]*\)", "", fact)[:90]


def read_labelled(file: Path, label: FileLabel) -> list[Recording]:
    """What a labelled file holds; DeepMimic's motions are in no format that the program reads."""
    return [read_deepmimic(file)] if label.laboratory == "DeepMimic" else read_recordings(file)
