"""The rows of a text table of numbers: tabs or blanks between cells, points or commas in them, rows of uneven length.

pyarrow's parser takes them some megabytes at a time; cells that it does not know are looked at one by one. Nothing is
allocated by what a header declares: rows and cells are counted first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.recordings.formats.whole_file import refuse_too_many
from ltme_clinic.types import LtmeError

MOST_COLUMNS = 1 << 13
_PIECE_BYTES = 4 << 20
_FREE_CELLS, _MOST_PADDING = 1 << 20, 16
"""A table may have this many cells, or else this many times those that its rows hold: one long row makes it wide."""
_MISSING = ("", "nan", "NaN", "NAN", "-nan", "nan(ind)", "-nan(ind)", "NA", "N/A", "n/a", "#N/A", "null", "NULL")
_OTHER_MISSING = re.compile(r"[+-]?(?:nan\b.*|1\.#.*|n/?a|#n/a|null|none|-+|\*+)?", re.I)


@dataclass(frozen=True)
class NumberRows:
    """A table's numbers, and what became of rows that were not whole."""

    values: np.ndarray  # (row, column) float64, at least as wide as was asked for; NaN where a cell holds nothing
    short_rows: int = 0
    """Rows that ended early, filled up with NaN."""
    is_cut: bool = False
    """The file ended within its last row, which was dropped."""

    @property
    def warnings(self) -> tuple[str, ...]:
        counted = f"rows with fewer columns than are named, their last cells taken as missing: {self.short_rows}"
        cut = "the file ends within its last row, which was dropped"
        return (*((counted,) if self.short_rows else ()), *((cut,) if self.is_cut else ()))


def number_rows(name: str, text: bytes, columns: int) -> NumberRows:
    """The numbers of a table whose header has been taken off.

    Between tabs a cell may be empty; between blanks none may, and each row must hold as many. Commas are decimal
    commas where there is no point. Rows without any number are left out.

    Parameters
    ----------
    name : the file, for what is said about it
    text : lines that end in a line feed (see `plain_lines`)
    columns : how many the header names; more are kept where a row holds more

    Raises
    ------
    LtmeError
        No row, a cell that is no number, rows of different lengths between blanks, or more cells than memory may take.
    """
    by_blanks = b"\t" not in text
    text = _one_tab_between_cells(text, by_blanks)
    if not text:
        raise LtmeError(name, "holds no row of numbers", EXPORT_AGAIN)
    refuse_too_many(name, text.count(b"\n") + 1, 1)
    text, cells, is_cut = _without_cut_row(text, _cells_a_row(text))
    widest = int(cells.max())
    if max(widest, columns) > MOST_COLUMNS:
        raise LtmeError(name, f"has {max(widest, columns)} columns (limit {MOST_COLUMNS})", "Export fewer at a time")
    if by_blanks and int(cells.min()) != widest:
        fact = f"row {int(np.argmin(cells)) + 1} of its numbers holds {cells.min()} columns, and others {widest}"
        raise LtmeError(name, fact, "Export it with tabs between its columns")
    width = max(widest, columns)
    refuse_too_many(name, len(cells), -(-width // 3))
    if len(cells) * width > max(_FREE_CELLS, _MOST_PADDING * int(cells.sum())):
        raise LtmeError(name, f"its rows hold {cells.min()} to {widest} columns, of {columns} named", EXPORT_AGAIN)
    values = np.full((len(cells), width), np.nan)
    for rows, piece in _pieces(text, cells):
        values[rows, :widest] = _parsed(name, piece, rows.start, widest)
    values = _kept_columns(values, columns)
    is_blank = np.isnan(values).all(axis=1)
    if is_blank.all():
        raise LtmeError(name, "holds no row of numbers", EXPORT_AGAIN)
    short_rows = int(((cells < columns) & ~is_blank).sum())
    return NumberRows(values[~is_blank] if is_blank.any() else values, short_rows, is_cut)


def plain_lines(name: str, content: bytes) -> bytes:
    """A text file's bytes with line feeds between lines, whatever system wrote them, and without a mark at its start.

    Raises
    ------
    LtmeError
        It holds NUL bytes, as no text does.
    """
    if b"\0" in content:
        raise LtmeError(name, "holds NUL bytes: it is no plain text, or was not completely written", EXPORT_AGAIN)
    content = content.removeprefix(b"\xef\xbb\xbf").rstrip(b"\x1a")  # byte order mark, and the end of file of old
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in content else content


def _one_tab_between_cells(text: bytes, by_blanks: bool) -> bytes:
    """The rows with exactly one tab between two cells, no blank beside it, no empty row and points for commas."""
    if b" " in text:
        text = _without_runs(text, b" ")
        for beside, plain in ((b" \n", b"\n"), (b"\n ", b"\n"), (b" \t", b"\t"), (b"\t ", b"\t")):
            text = text.replace(beside, plain)
        text = text.strip(b" ")
        if by_blanks:
            text = text.replace(b" ", b"\t")
    if b"," in text and b"." not in text:
        text = text.replace(b",", b".")
    return _without_blank_end(_without_runs(text, b"\n").lstrip(b"\n"))


def _without_runs(text: bytes, byte: bytes) -> bytes:
    """The text with one byte for each run of that byte."""
    while byte * 2 in text:
        text = text.replace(byte * 2, byte)
    return text


def _without_blank_end(text: bytes) -> bytes:
    """The text up to the end of its last row that holds more than tabs."""
    end = len(text)
    while end and not text[(start := text.rfind(b"\n", 0, end - 1) + 1) : end].strip():
        end = start
    return text[:end]


def _cells_a_row(text: bytes) -> np.ndarray:
    """How many cells each row holds, (row,) int."""
    counts = []
    for start, stop in _spans(text):
        piece = np.frombuffer(text, np.uint8, stop - start, start)
        ends = np.flatnonzero(piece == ord("\n"))
        if not len(ends) or ends[-1] != len(piece) - 1:
            ends = np.append(ends, len(piece))
        tabs = np.flatnonzero(piece == ord("\t"))
        counts.append(np.diff(np.searchsorted(tabs, ends), prepend=0) + 1)
    return np.concatenate(counts)


def _spans(text: bytes) -> Iterator[tuple[int, int]]:
    """Where the text may be taken apart: runs of whole rows."""
    start = 0
    while start < len(text):
        stop = text.find(b"\n", start + _PIECE_BYTES) + 1 or len(text)
        yield start, stop
        start = stop


def _without_cut_row(text: bytes, cells: np.ndarray) -> tuple[bytes, np.ndarray, bool]:
    """The text and its cells without a last row that the file's end cut off.

    It is one that alone is shorter than the usual row, or that ends without a line feed within a number.
    """
    if len(cells) < 2:
        return text, cells, False
    usual = int(np.bincount(cells).argmax())
    start = text.rfind(b"\n", 0, len(text) - 1) + 1
    is_whole = text.endswith(b"\n")
    is_short = cells[-1] < usual and (not is_whole or bool((cells[:-1] >= usual).all()))
    if is_short or (not is_whole and _is_torn(text[text.rfind(b"\n", 0, start - 1) + 1 : start], text[start:])):
        return text[:start], cells[:-1], True
    return text, cells, False


def _is_torn(before: bytes, last: bytes) -> bool:
    """Whether a row ends within a number: its last cell is none, or has fewer decimals than the row before it."""
    cell, same = (row.rstrip(b"\n").rpartition(b"\t")[2].decode("latin-1") for row in (last, before))
    decimals = [len(number.partition(".")[2]) for number in (cell, same)]
    return _number(cell) is None or (bool(cell) and decimals[0] < decimals[1])


def _pieces(text: bytes, cells: np.ndarray) -> Iterator[tuple[slice, bytes]]:
    """Runs of rows, each row filled up with tabs to the widest."""
    widest, row = int(cells.max()), 0
    for start, stop in _spans(text):
        piece = text[start:stop]
        here = cells[row : row + piece.count(b"\n") + (not piece.endswith(b"\n"))]
        if int(here.min()) != widest:
            lines = piece.removesuffix(b"\n").split(b"\n")
            piece = b"\n".join(line + b"\t" * int(widest - n) for line, n in zip(lines, here, strict=True))
        yield slice(row, row + len(here)), piece
        row += len(here)


def _parsed(name: str, piece: bytes, first_row: int, width: int) -> np.ndarray:
    """The numbers of some rows, (row, column) float64, NaN where a cell holds nothing."""
    import pyarrow as pa
    from pyarrow import csv

    names = [str(column) for column in range(width)]
    if width == 1:
        return _cell_by_cell(name, piece, first_row, width)  # an empty row would be no row at all
    try:
        table = csv.read_csv(
            pa.py_buffer(piece),
            csv.ReadOptions(column_names=names, use_threads=False, block_size=len(piece) + 1),
            csv.ParseOptions(delimiter="\t", quote_char=False, double_quote=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float64()), null_values=_MISSING, check_utf8=False),
        )
        (batch,) = table.to_batches()
        numbers: np.ndarray = batch.to_tensor(null_to_nan=True, row_major=True).to_numpy()
    except (pa.ArrowException, ValueError):
        return _cell_by_cell(name, piece, first_row, width)
    return numbers


def _cell_by_cell(name: str, piece: bytes, first_row: int, width: int) -> np.ndarray:
    """As `_parsed`, slowly: for cells that only a person would read, and to say which one nobody can."""
    lines = piece.decode("latin-1").removesuffix("\n").split("\n")
    values = np.empty((len(lines), width))
    for row, line in enumerate(lines):
        for column, cell in enumerate(line.split("\t")):
            number = _number(cell)
            if number is None:
                fact = f"row {first_row + row + 1}, column {column + 1} of its numbers holds '{cell[:20]}'"
                raise LtmeError(name, fact, "Export it with plain numbers, tabs between them and blanks for gaps")
            values[row, column] = number
    return values


def _number(cell: str) -> float | None:
    """A cell's number, NaN for one of the ways to say that there is none, None for anything else."""
    cell = cell.strip()
    if _OTHER_MISSING.fullmatch(cell):
        return float("nan")
    try:
        return float(cell) if "_" not in cell else None
    except ValueError:
        return None


def _kept_columns(values: np.ndarray, columns: int) -> np.ndarray:
    """The named columns, and those beyond them up to the last that holds anything."""
    beyond = np.flatnonzero(~np.isnan(values[:, columns:]).all(axis=0))
    return values[:, : columns + (int(beyond[-1]) + 1 if len(beyond) else 0)]
