"""How commands print: results on standard output, notes on standard error; no label from a file steers a terminal."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ltme_clinic.errors import one_line


def print_json(value: Any) -> None:
    """JSON on standard output, in ASCII so that no label reaches the terminal; numbers that can't be given are null."""
    print(json_text(value))


def json_text(value: Any) -> str:
    """The JSON that `print_json` prints."""
    return json.dumps(_json_safe(value), indent=2, allow_nan=False, default=str)


def print_notes(notes: Iterable[str]) -> None:
    """A line each on standard error."""
    for note in notes:
        print(one_line(note), file=sys.stderr)


def as_dict(item: Any) -> dict[str, Any]:
    """A dataclass as JSON prints it, with its `schema_version`."""
    return {"schema_version": 1, **asdict(item)}


def plain(value: Any) -> str:
    """A value from a file as one printable line."""
    if isinstance(value, dict):
        return ", ".join(f"{plain(key)} {plain(item)}" for key, item in value.items()) or "-"
    if isinstance(value, list | tuple):
        return "; ".join(plain(item) for item in value) or "-"
    return f"{value:.3g}" if isinstance(value, float) else one_line(str(value))


def _json_safe(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_safe(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
