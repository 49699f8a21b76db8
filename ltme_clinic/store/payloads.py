"""Frozen dataclasses as JSON text and back, exactly: tuples stay tuples, dates dates, NaN NaN."""

from __future__ import annotations

import json
import math
import types
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from ltme_clinic.errors import LtmeError

PAYLOAD_SCHEMA_VERSION = 1

T = TypeVar("T")


def to_json(value: Any) -> str:
    """A dataclass as JSON text with its `schema_version` and type.

    Floats are written so that they read back to the same bits. JSON has no NaN or infinity: they become the
    strings "nan", "inf" and "-inf".
    """
    described = {"schema_version": PAYLOAD_SCHEMA_VERSION, "type": type(value).__name__, **plain(value)}
    return json.dumps(described, allow_nan=False)


def from_json(kind: type[T], text: str) -> T:
    """The dataclass that `to_json` wrote; fields it did not know then take their defaults.

    Raises
    ------
    LtmeError
        The text is of another type, or from a newer version of this program.
    """
    stored = json.loads(text)
    version, written = stored.pop("schema_version", 0), stored.pop("type", "")
    if version > PAYLOAD_SCHEMA_VERSION:
        raise LtmeError(f"stored {kind.__name__}", "was written by a newer version", "Update LTME Clinic here")
    if written != kind.__name__:
        raise LtmeError(f"stored {kind.__name__}", f"the row holds a '{written}'", "Look at the store: 'ltme doctor'")
    return _restore(kind, stored)


def plain(value: Any) -> Any:
    """`value` as JSON's own types: dataclasses become objects, tuples lists, dates ISO text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


def dump(value: Any) -> str:
    """Plain values (a job's payload, a list of warnings) as JSON text."""
    try:
        return json.dumps(value, allow_nan=False, sort_keys=True, default=_shallow)
    except (ValueError, TypeError):  # a number that is not finite, or keys of several kinds
        return json.dumps(plain(value), allow_nan=False, sort_keys=True)


def _shallow(value: Any) -> Any:
    """What json can't write by itself, one level deep; a recording's events are written three times as fast so."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in _field_names(type(value))}
    return plain(value)


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _restore(kind: Any, stored: Any) -> Any:
    if stored is None:
        return None
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        (inner,) = [option for option in get_args(kind) if option is not type(None)]
        return _restore(inner, stored)
    if origin is Literal:
        return stored
    if origin is tuple:
        inner = get_args(kind)
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_restore(inner[0], item) for item in stored)
        return tuple(_restore(each, item) for each, item in zip(inner, stored, strict=True))
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        known = {field.name for field in fields(kind)}
        return kind(**{name: _restore(hints[name], item) for name, item in stored.items() if name in known})
    if kind is date:
        return date.fromisoformat(stored)
    return float(stored) if kind is float else stored


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def restore_all(kind: type[T], text: str) -> tuple[T, ...]:
    """A list of dataclasses written by `dump`, such as a recording's events."""
    return tuple(_restore(kind, item) for item in json.loads(text))


def restore(kind: type[T], text: str) -> T:
    """One dataclass written by `dump`."""
    return _restore(kind, json.loads(text))
