"""Finds the C3D files below some folders, whatever else lies there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ltme_clinic.types import LtmeError


def find_c3d_files(paths: Iterable[str | os.PathLike[str]]) -> tuple[list[Path], list[LtmeError]]:
    """C3D files among and below the given paths, sorted, each once.

    A path that is not a folder is taken as it is, whatever its suffix, if it exists. Folders are walked without
    following links to folders, so a loop can't trap the walk; files count by their suffix in any case.

    Returns
    -------
    files : the files, sorted
    problems : paths that do not exist, and folders that could not be listed or hold no C3D file
    """
    files: dict[Path, None] = {}
    problems: list[LtmeError] = []
    for path in (Path(given) for given in paths):
        try:
            is_folder = path.is_dir()
            exists = is_folder or os.path.lexists(path)
        except (OSError, ValueError) as error:
            problems.append(LtmeError(str(path), f"can't be looked up ({error})", "Check the path"))
            continue
        if is_folder:
            found = _walk(path, problems)
            if not found:
                problems.append(LtmeError(str(path), "holds no .c3d file", "Give a folder of exported trials"))
            files.update(dict.fromkeys(found))
        elif exists:
            files[path] = None
        else:
            problems.append(LtmeError(str(path), "no such file or folder", "Check the path"))
    return sorted(files), problems


def _walk(folder: Path, problems: list[LtmeError]) -> list[Path]:
    def unreadable(error: OSError) -> None:
        problems.append(
            LtmeError(str(error.filename), f"can't be listed ({error.strerror})", "Check the folder's permissions")
        )

    found = []
    for parent, _, names in os.walk(folder, onerror=unreadable, followlinks=False):
        found += [Path(parent) / name for name in names if name.lower().endswith(".c3d")]
    return found
