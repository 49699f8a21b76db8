"""Body measures from a .vsk file: the labelling skeleton that Vicon's software keeps beside a session's trials.

The file is XML that somebody else wrote. It is parsed as a stream: no document type and so no entity is let through,
its size and its number of elements are bounded, and of everything in it only numbers under known names are kept.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from xml.parsers import expat

from ltme_clinic.recordings.c3d import regular_file_bytes
from ltme_clinic.recordings.model_measures import measures_from
from ltme_clinic.types import BodyMeasures, LtmeError

_MOST_BYTES = 8 << 20
"""A full body's skeleton has 60 kB."""
_MOST_ELEMENTS = 200_000
_MOST_NUMBERS = 10_000
_LONGEST_NUMBER = 40
_SIDED = re.compile(r"(left|right)(\w+)", re.IGNORECASE)
_GIVE_VSK = "Give the subject's .vsk as Vicon's software saved it"


class _Refused(Exception):
    """Raised within the parser, with what is wrong with the file."""


def read_vsk(path: str | os.PathLike[str]) -> tuple[BodyMeasures, tuple[str, ...]]:
    """The measures that somebody entered or a static trial gave, and warnings about those that were not taken.

    Lengths in metres, angles in radians. A parameter without a value (its PRIOR is the template's, not the person's)
    stays unknown.

    Raises
    ------
    LtmeError
        No regular file, too large, not XML, with a document type of its own, or without any of a gait model's measures.
    """
    path = Path(path)
    if regular_file_bytes(path) > _MOST_BYTES:
        raise LtmeError(path.name, f"is larger than {_MOST_BYTES >> 20} MiB, which no .vsk is", _GIVE_VSK)
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise LtmeError(path.name, f"can't be read ({error.strerror or error})", "Check the file") from error
    numbers = _numbers(path.name, content)
    measures, warnings = measures_from(numbers.get, "vsk")
    if not measures.sources:
        raise LtmeError(path.name, "holds none of a gait model's measures", _GIVE_VSK)
    return measures, tuple(f"{path.name}: {warning}" for warning in warnings)


def _numbers(name: str, content: bytes) -> dict[str, float]:
    """Names as PROCESSING has them ("LKNEEWIDTH") -> numbers; of a name that stands twice, the first."""
    numbers: dict[str, float] = {}
    elements = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal elements
        elements += 1
        if elements > _MOST_ELEMENTS:
            raise _Refused(f"has more than {_MOST_ELEMENTS} elements")
        if tag != "StaticParameter" or len(numbers) >= _MOST_NUMBERS:
            return
        value = _number(attributes.get("VALUE", ""))
        if value is not None:
            numbers.setdefault(_processing_name(attributes.get("NAME", "")), value)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)
    except _Refused as refused:
        raise LtmeError(name, str(refused), _GIVE_VSK) from None
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise LtmeError(name, f"is not readable XML ({error})", _GIVE_VSK) from None
    return numbers


def _refuse_doctype(*_: object) -> None:
    raise _Refused("declares a document type, which could define entities without end")


def _processing_name(name: str) -> str:
    """ "LeftKneeWidth" -> "LKNEEWIDTH", and anything else in capitals."""
    sided = _SIDED.fullmatch(name)
    return (sided[1][0] + sided[2] if sided else name).upper()


def _number(text: str) -> float | None:
    """A finite decimal number; None for anything else."""
    if len(text) > _LONGEST_NUMBER:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
