"""A folder of people: one subfolder each, named by a pseudonym."""

from __future__ import annotations

from pathlib import Path

from ltme_clinic.types import LtmeError

_ONE_FOLDER = "Give each person a folder of their own, named by a pseudonym"


def files_by_person(folder: Path) -> tuple[dict[str, list[Path]], list[str]]:
    """Pseudonym -> C3D files below FOLDER/PERSON, in order, and a line for each file that is nobody's or can't be read.

    Raises
    ------
    LtmeError
        There is no such folder.
    """
    from ltme_clinic.recordings.folders import find_c3d_files

    files, problems = find_c3d_files([folder])
    people: dict[str, list[Path]] = {}
    refused = []
    for file in files:
        inside = file.relative_to(folder).parts
        if len(inside) < 2:
            refused.append(str(LtmeError(file.name, "lies in no person's folder", _ONE_FOLDER)))
        else:
            people.setdefault(inside[0], []).append(file)
    return people, [*refused, *(str(problem) for problem in problems)]
