"""MOT and STO files: OpenSim's tables of numbers over time, joint angles and ground reactions among them.

The header's forms are those of OpenSim's user guide, "Motion (.mot) Files" and "Storage (.sto) Files". There is no
marker in such a file: what it holds are model outputs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.recordings.c3d.text import decode_text
from ltme_clinic.recordings.formats.even_time import even_rate
from ltme_clinic.recordings.formats.mot_columns import ANGLES_MARK, Output, outputs_in
from ltme_clinic.recordings.formats.number_rows import MOST_COLUMNS, number_rows, plain_lines
from ltme_clinic.recordings.formats.origin_mark import origin_parameters
from ltme_clinic.recordings.formats.whole_file import read_whole, refuse_too_many
from ltme_clinic.recordings.formats.y_up import from_y_up
from ltme_clinic.recordings.raw import ParameterValue, RawC3D
from ltme_clinic.types import LtmeError

_MOST_HEADER_LINES, _LONGEST_LINE, _LONGEST_NAME = 1000, 1 << 20, 255
_GROUPS = {
    "angle": "ANGLES",
    "force": "FORCES",
    "moment": "MOMENTS",
    "scalar": "SCALARS",
    "point": "MODELED_MARKERS",
}
_LAST_FRAME = 1 << 31


class MOTReader:
    """Reads one MOT or STO file; raises LtmeError and nothing else."""

    def read(self, path: Path) -> RawC3D:
        """The columns as points that are declared to be outputs: a scalar stands in x.

        Angles are in degrees, whatever the file's are; ground reactions have z up.

        Raises
        ------
        LtmeError
            No header, no time, cells that are no numbers, rows that fit no columns, or times that are uneven.
        """
        file = read_whole(path)
        header, body = _header(file.name, plain_lines(file.name, file.content))
        rows = number_rows(file.name, body, len(header.names))
        if rows.values.shape[1] != len(header.names) or rows.short_rows:
            fact = f"its rows do not hold as many columns as the {len(header.names)} that its header names"
            raise LtmeError(file.name, fact, EXPORT_AGAIN)
        times_s, values, names = _apart(file.name, header, rows.values)
        outputs = outputs_in(names, header.title, are_angles=header.are_angles)
        refuse_too_many(file.name, len(values), len(outputs))
        in_radians, angle_warnings = _in_radians(header, outputs, path.suffix.lower())
        beat = even_rate(file.name, times_s)
        return file.raw(
            rate_hz=beat.rate_hz,
            labels=[output.name for output in outputs],
            points=_points(values, outputs, in_radians),
            unit="m",
            first_frame=_first_frame(times_s, beat.rate_hz),
            parameters=origin_parameters(header.title) | {"POINT": _declared(outputs)},
            warnings=(*rows.warnings, *header.disagreements(rows.values), *angle_warnings, *_turned(outputs)),
        )


@dataclass(frozen=True)
class _Header:
    """What stands above the numbers."""

    title: str
    said: Mapping[str, str]
    """Name in small letters -> value: "nrows", "indegrees", "range" ..."""
    names: tuple[str, ...]
    are_angles: bool
    """Whether our own writer says that each column is an angle."""

    def number(self, *names: str) -> float:
        """The first of several numbers that the header states; 0 where it states none."""
        text = next((self.said[name] for name in names if name in self.said), "")
        return float(text) if re.fullmatch(r"\d{1,15}", text) else 0.0

    def disagreements(self, values: np.ndarray) -> tuple[str, ...]:
        """Where the header's counts and the rows differ; the rows are right."""
        counted = {
            "rows": (self.number("nrows", "datarows", "nr"), values.shape[0]),
            "columns": (self.number("ncolumns", "datacolumns", "nc"), values.shape[1]),
        }
        return tuple(
            f"the header says {said:.9g} {what}, and there are {count}: these were taken"
            for what, (said, count) in counted.items()
            if said and said != count
        )


def _header(name: str, text: bytes) -> tuple[_Header, bytes]:
    """The header, the columns' names, and the rows below them."""
    lines: list[str] = []
    start, is_over = 0, False
    is_ended = b"endheader" in text[:_LONGEST_LINE].lower()
    while start < len(text) and len(lines) < _MOST_HEADER_LINES:
        end = text.find(b"\n", start, start + _LONGEST_LINE)
        line = decode_text(text[start : end if end >= 0 else start + _LONGEST_LINE])
        start = end + 1 if end >= 0 else len(text)
        if line and (is_over or (not is_ended and re.match(r'"?time"?(?:\s|$)', line, re.I))):
            return _Header(*_stated(name, lines), _names(name, line), ANGLES_MARK in lines), text[start:]
        is_over = is_over or line.lower() == "endheader"
        lines.append(line)
    raise LtmeError(name, "has no header that ends with endheader, or no line of column names", EXPORT_AGAIN)


def _stated(name: str, lines: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The title, and what the header states as "name=value" or "name value"."""
    said: dict[str, str] = {}
    for line in lines:
        key, *value = re.split(r"\s*=\s*|\s+", line, maxsplit=1)
        said.setdefault(key.lower(), "".join(value).strip())
    if (kind := said.get("datatype", "double")).lower() not in ("double", "float", ""):
        raise LtmeError(name, f"its cells are {kind[:20]}, not numbers", "Write it flattened, a column for each number")
    first = next((line for line in lines if line), "")
    title = said["name"] if first.lower().startswith("name ") else first
    return ("" if "=" in title else title), said


def _names(name: str, line: str) -> tuple[str, ...]:
    """The columns' names."""
    if line.count("\t") > MOST_COLUMNS or line.count(" ") > 100 * MOST_COLUMNS:
        raise LtmeError(name, f"has more than {MOST_COLUMNS} columns", "Export fewer at a time")
    names = tuple(cell.strip(' "') for cell in (line.split("\t") if "\t" in line else line.split()))
    if longest := max((len(cell) for cell in names if len(cell) > _LONGEST_NAME), default=0):
        raise LtmeError(name, f"a column's name has {longest} letters (limit {_LONGEST_NAME})", EXPORT_AGAIN)
    return names


def _apart(name: str, header: _Header, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Times in seconds, the other columns, and their names; times from the header's range where no column is time."""
    folded = [column.lower() for column in header.names]
    if "time" in folded:
        place = folded.index("time")
        rest = [column for column in range(len(folded)) if column != place]
        return values[:, place], values[:, rest], tuple(header.names[column] for column in rest)
    ends = header.said.get("range", "").split()
    try:
        first_s, last_s = (float(end) for end in ends)
    except ValueError:
        raise LtmeError(name, "has no column called time", "Export it with its times") from None
    return np.linspace(first_s, last_s, len(values)), values, header.names


def _in_radians(header: _Header, outputs: Sequence[Output], suffix: str) -> tuple[bool, tuple[str, ...]]:
    """Whether angles are in radians, and what was done about that or taken for granted."""
    if not any(output.kind == "angle" for output in outputs):
        return False, ()
    said = header.said.get("indegrees", "").lower()
    words = header.said.get("angles", "").lower()  # "Angles are in degrees."
    if said in ("yes", "y", "true", "1") or "degrees" in words:
        return False, ()
    if said in ("no", "n", "false", "0") or "radians" in words:
        return True, ("the angles are in radians: they were turned into degrees",)
    if suffix == ".sto":
        return True, ("the header does not say in what the angles are: radians were taken, as OpenSim does for .sto",)
    return False, ("the header does not say in what the angles are: degrees were taken",)


def _points(values: np.ndarray, outputs: Sequence[Output], in_radians: bool) -> np.ndarray:
    """The outputs as points (row, output, 3): a vector, or a single value in x with 0 in y and z."""
    points = np.zeros((len(values), len(outputs), 3), dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for place, output in enumerate(outputs):
            part = values[:, list(output.columns)]
            if in_radians and output.kind == "angle":
                part = np.degrees(part)
            points[:, place, : part.shape[1]] = from_y_up(part) if output.of_ground else part
    return points


def _declared(outputs: Sequence[Output]) -> dict[str, ParameterValue]:
    """Which points are outputs of which kind, and their units, as a C3D file declares them."""
    declared: dict[str, ParameterValue] = {}
    for kind, group in _GROUPS.items():
        of_kind = [output for output in outputs if output.kind == kind]
        if of_kind:
            units = {output.unit for output in of_kind}
            declared[group] = tuple(output.name for output in of_kind)
            declared[f"{kind.upper()}_UNITS"] = (units.pop() if len(units) == 1 else "",)
    return declared


def _turned(outputs: Sequence[Output]) -> tuple[str, ...]:
    is_turned = any(output.of_ground for output in outputs)
    return ("ground reactions were turned from y up, as OpenSim keeps them, to z up",) if is_turned else ()


def _first_frame(times_s: np.ndarray, rate_hz: float) -> int:
    """The number of the first row, such that frame 1 is at 0 s."""
    number = round(float(times_s[0]) * rate_hz) + 1
    return number if 1 <= number < _LAST_FRAME else 1
