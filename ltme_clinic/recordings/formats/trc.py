"""TRC files (track row column): markers as Motion Analysis' software and OpenSim keep them, in tab-separated text.

The rows are believed before the header: their number, their columns and their times. The layout is that of OpenSim's
user guide, "Marker (.trc) Files"; blank cells are markers that were not seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.recordings.c3d.text import decode_text
from ltme_clinic.recordings.formats.even_time import even_rate
from ltme_clinic.recordings.formats.number_rows import MOST_COLUMNS, NumberRows, number_rows, plain_lines
from ltme_clinic.recordings.formats.origin_mark import origin_parameters
from ltme_clinic.recordings.formats.whole_file import read_whole, refuse_too_many
from ltme_clinic.recordings.formats.y_up import UP_MARK, from_y_up
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import LtmeError

_TITLE = re.compile(r"PathFileType(?:\s+\d+)?(?:\s+\(X/Y/Z\))?\s*(?P<title>.*)", re.I | re.S)
_MOST_HEADER_LINES, _LONGEST_LINE, LONGEST_NAME = 20, 1 << 20, 255
_LAST_FRAME = 1 << 31
_MOST_HOLES = 1000


class TRCReader:
    """Reads one TRC file; raises LtmeError and nothing else."""

    def read(self, path: Path) -> RawC3D:
        """The markers as the file has them: its unit, its axes, gaps where cells are blank.

        Raises
        ------
        LtmeError
            No line of column names, cells that are no numbers, coordinates that belong to no marker, or times that
            stand still, go back or jump.
        """
        file = read_whole(path)
        header, body = _header(file.name, plain_lines(file.name, file.content))
        rows = number_rows(file.name, body, 2 + 3 * len(header.names))
        labels, label_warnings = _labels(file.name, header, rows)
        frames, rate_hz, time_warnings = _frames(file.name, rows.values, header.number("DataRate"))
        points = _points(file.name, rows.values, frames)
        return file.raw(
            rate_hz=rate_hz,
            labels=labels,
            points=from_y_up(points) if header.is_ours else points,
            unit=header.said.get("units", ""),
            first_frame=_first_frame(rows.values),
            parameters=origin_parameters(header.title),
            warnings=(*rows.warnings, *header.disagreements(rows, len(labels)), *label_warnings, *time_warnings),
        )


@dataclass(frozen=True)
class _Header:
    """What stands above the numbers."""

    title: str
    is_ours: bool
    """Whether our own writer turned the laboratory to y up."""
    said: Mapping[str, str]
    """Name in small letters -> value: "datarate", "numframes", "units" ..."""
    names: tuple[str, ...]
    in_place: bool
    """Whether each name stands over its first column, and not only after the one before it."""

    def number(self, name: str) -> float:
        """A number that the header states; 0 where it states none."""
        try:
            return float(self.said.get(name.lower(), "").replace(",", "."))
        except ValueError:
            return 0.0

    def disagreements(self, rows: NumberRows, markers: int) -> tuple[str, ...]:
        """Where the header's counts and the rows differ; the rows are right."""
        counted = {"NumFrames": len(rows.values), "NumMarkers": markers}
        return tuple(
            f"the header's {name} is {said:.9g}, and the rows hold {count}: the rows were taken"
            for name, count in counted.items()
            if (said := self.number(name)) and said != count
        )


def _header(name: str, text: bytes) -> tuple[_Header, bytes]:
    """The header, and the rows below it."""
    lines, start = [], 0
    for _ in range(_MOST_HEADER_LINES):
        line, start = _line(name, text, start)
        lines.append(line)
        if [cell.strip(' "').lower()[:5] for cell in _cells(line[:100])[:2]] == ["frame", "time"]:
            break
    else:
        raise LtmeError(name, "has no line that begins with Frame# and Time: it is no TRC file", EXPORT_AGAIN)
    start = _after_letters(name, text, start)
    title = (found["title"] if (found := _TITLE.match(lines[0])) else "").strip()
    is_ours = title.endswith(UP_MARK)
    names, in_place = _names(name, lines[-1])
    return _Header(title.removesuffix(UP_MARK).strip(), is_ours, _stated(lines), names, in_place), text[start:]


def _after_letters(name: str, text: bytes, start: int) -> int:
    """Where the rows begin: below the line of X1, Y1, Z1 ... if there is one."""
    after, line = start, ""
    for _ in range(_MOST_HEADER_LINES):
        if not line and after < len(text):
            line, after = _line(name, text, after)
    if not re.match(r"[XYZ]\d*\b", line, re.I):
        return start
    letters = [word[0].upper() for word in line.split()]
    if letters != [*"XYZ"] * (len(letters) // 3):
        raise LtmeError(name, "its columns are not X, Y and Z of each marker in turn", EXPORT_AGAIN)
    return after


def _cells(line: str) -> list[str]:
    """The cells of a line of names: between tabs, or else between blanks."""
    return line.split("\t") if "\t" in line else line.split()


def _line(name: str, text: bytes, start: int) -> tuple[str, int]:
    """One line of the header without what is blank round it, and where the next one begins."""
    end = text.find(b"\n", start, start + _LONGEST_LINE)
    if end < 0 and len(text) - start > _LONGEST_LINE:
        raise LtmeError(name, f"a line of its header is longer than {_LONGEST_LINE} bytes", EXPORT_AGAIN)
    end = len(text) if end < 0 else end
    return decode_text(text[start:end]), end + 1


def _stated(lines: Sequence[str]) -> dict[str, str]:
    """DataRate, NumFrames, Units and their like from the line of names and the line of values below it."""
    for keys, values in pairwise(lines):
        words = keys.split()
        if not any(word.lower() in ("datarate", "nummarkers", "numframes") for word in words):
            continue
        cells = values.split()
        if len(cells) != len(words):  # one is blank, so its place tells
            words, cells = keys.split("\t"), values.split("\t")
        return {word.strip().lower(): cell.strip() for word, cell in zip(words, cells, strict=False)}
    return {}


def _names(name: str, line: str) -> tuple[tuple[str, ...], bool]:
    """The markers' names, and whether they stand over their columns: in every third cell between tabs."""
    if line.count("\t") > MOST_COLUMNS + 2:
        raise LtmeError(name, f"has more than {MOST_COLUMNS} columns", "Export fewer markers at a time")
    cells = [cell.strip(' "') for cell in _cells(line)][2:]
    named = [index for index, cell in enumerate(cells) if cell]
    in_place = "\t" in line and all(index % 3 == 0 for index in named)
    found = tuple(cells[::3]) if in_place else tuple(cells[index] for index in named)
    if (longest := max(map(len, found), default=0)) > LONGEST_NAME:
        raise LtmeError(name, f"a marker's name has {longest} letters (limit {LONGEST_NAME})", EXPORT_AGAIN)
    return found, in_place


def _labels(name: str, header: _Header, rows: NumberRows) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A label for each marker that the rows hold, and what is odd about them."""
    names, coordinates = header.names, rows.values.shape[1] - 2
    all_short = rows.short_rows == len(rows.values)
    if coordinates == 3 * len(names) and (header.in_place or not all_short):
        return names, ()
    if coordinates % 3 or all_short:
        fact = f"its rows do not hold x, y and z of each of the {len(names)} markers that its header names"
        raise LtmeError(name, fact, "Export it with tabs between its columns")
    markers = coordinates // 3
    said = f"the rows hold {markers} markers, and the header names {len(names)}: the others have no name"
    return (*names, *(f"*{number}" for number in range(len(names), markers))), (said,)


def _frames(name: str, values: np.ndarray, declared_hz: float) -> tuple[np.ndarray, float, tuple[str, ...]]:
    """The frame of each row, from 0; the rate; and what was odd about both.

    Times that advance evenly are enough. Where they jump, and the frame numbers jump with them, frames are missing.
    """
    times_s, numbers = values[:, 1], values[:, 0]
    even = np.arange(len(values))
    try:
        beat = even_rate(name, times_s, declared_hz)
    except LtmeError:
        counts = _counted(numbers)
        if counts is None or counts[-1] == len(values) - 1:
            raise
        beat = even_rate(name, times_s, declared_hz, counts)
        missing = int(counts[-1]) + 1 - len(values)
        if missing > len(values) + _MOST_HOLES:
            raise
        said = f"frames that neither the numbers nor the times name, kept as gaps: {missing}"
        return counts, beat.rate_hz, (*beat.warnings, said)
    return even, beat.rate_hz, beat.warnings


def _points(name: str, values: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Positions (frame, marker, 3) in the file's unit, NaN in frames that no row holds."""
    rows = values[:, 2:].reshape(len(values), (values.shape[1] - 2) // 3, 3)
    if int(frames[-1]) + 1 == len(rows):
        return rows
    refuse_too_many(name, int(frames[-1]) + 1, rows.shape[1])
    points = np.full((int(frames[-1]) + 1, *rows.shape[1:]), np.nan)
    points[frames] = rows
    return points


def _counted(numbers: np.ndarray) -> np.ndarray | None:
    """Frame numbers from 0 in steps of 1 where they rise; None where they don't."""
    if not (np.abs(numbers) < _LAST_FRAME).all():
        return None
    steps = np.diff(numbers.astype(np.int64))
    if (steps <= 0).any() or not steps.size:
        return None
    return np.concatenate([[0], np.cumsum(steps)]) // np.gcd.reduce(steps)


def _first_frame(values: np.ndarray) -> int:
    """The file's number of its first row; 1 where it names none."""
    number = float(values[0, 0])
    return int(number) if 1 <= number < _LAST_FRAME else 1
