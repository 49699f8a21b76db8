"""Small CSV tables that somebody wrote by hand: read whole, checked for size, encoding and columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from ltme_clinic.types import LtmeError

MOST_BYTES = 4_000_000


def read_table(path: Path, columns: Sequence[str], cure: str) -> list[dict[str, str]]:
    """The rows of a table by column, row 0 from the file's second line.

    Parameters
    ----------
    columns : those that it must have
    cure : what to do about one that it lacks

    Raises
    ------
    LtmeError
        It can't be read, is too large, is not UTF-8 or no CSV, or lacks a column.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise LtmeError(path.name, f"it can't be read ({error.strerror or 'not a file'})", "Check the path") from None
    except UnicodeDecodeError:
        raise LtmeError(path.name, "it is not UTF-8 text", "Save it as CSV in UTF-8") from None
    if len(content) > MOST_BYTES:
        raise LtmeError(path.name, f"it is larger than {MOST_BYTES} bytes", "A table like this is small")
    try:
        reader = csv.DictReader(io.StringIO(text), restval="")
        absent = [name for name in columns if name not in (reader.fieldnames or ())]
        if absent:
            raise LtmeError(path.name, f"it has no column {' and no column '.join(absent)}", cure)
        return list(reader)
    except csv.Error as error:
        raise LtmeError(path.name, f"it is not a CSV table ({error})", "Save it as CSV in UTF-8") from None
