"""What a C3D file holds, decoded but not interpreted: the seam between a reader of bytes and everything above.

Our own decoder fills a `RawC3D`, and so does the native library in its child process, as the oracle that ours is held
against; nothing above this module knows which reader did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

ParameterValue = tuple[str, ...] | np.ndarray


@dataclass(frozen=True)
class RawC3D:
    """All points, analogs and parameters of one C3D file, in the file's own units.

    `parameters` is by group and name, both in capitals; text is a tuple of strings (stripped), numbers are an array
    with the file's dimensions (the first runs fastest in the file, and is the array's first): float64 for floats, and
    from our own decoder int32 for the file's integers. A name that a group holds twice is kept as NAME and NAME#2.
    Label lists that continue in LABELS2, LABELS3 are already joined in `point_labels`.
    """

    source_name: str
    """The file's name without its folder."""
    rate_hz: float
    """POINT:RATE, or the header's where the parameter is missing or 0; 0 where neither holds one."""
    first_frame: int
    """The file's own number of the first stored frame; files count from 1."""
    point_labels: tuple[str, ...]
    points: np.ndarray  # (frame, point, axis) float32, file units; NaN or anything where `missing`
    missing: np.ndarray  # (frame, point) bool: the file's residual word says the point was not seen
    analog_rate_hz: float
    analog_labels: tuple[str, ...]
    analogs: np.ndarray  # (sample, channel) float32, physical units
    parameters: Mapping[str, Mapping[str, ParameterValue]]
    header_events: tuple[tuple[str, float], ...] = ()
    """Events stored in the header block: label, seconds."""
    warnings: tuple[str, ...] = ()
    residuals: np.ndarray | None = None  # (frame, point) float32, file units, -1 where missing; None if not decoded
    """NaN where the file's word is no residual although the point was seen."""
    camera_masks: np.ndarray | None = None  # (frame, point) uint8, 0 where missing; None if not decoded
    descriptions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Group -> name -> the file's own words about it; the group's own under the name ''."""
    byte_order: str = "Intel"
    """Intel, DEC or MIPS."""
    storage: str = "float"
    """float or integer: how points and analogs are stored."""
    file_sha256: str = ""
    """SHA-256 (hex) of exactly the bytes that were decoded; empty where the reader did not see them itself."""

    def sha256_followed_by(self, more: bytes) -> str:
        """SHA-256 (hex) of the file's bytes and `more` after them; empty where the reader did not see the bytes."""
        del more
        return ""

    def forget_late_signals(self) -> None:
        """Let go of what can be decoded again, where the reader keeps it; a large file's would fill the memory."""

    @property
    def frames(self) -> int:
        return int(self.points.shape[0])

    def texts(self, group: str, name: str) -> tuple[str, ...]:
        """A text parameter as a tuple of strings, with its continuations (NAME2, NAME3 ...); empty if absent."""
        return texts(self.parameters, group, name)

    def text(self, group: str, name: str) -> str:
        """The first string of a text parameter; empty if absent."""
        first = self.parameters.get(group, {}).get(name)
        if isinstance(first, tuple) and first:
            return first[0]
        found = texts(self.parameters, group, name)
        return found[0] if found else ""

    def numbers(self, group: str, name: str) -> np.ndarray:
        """A numeric parameter with the file's dimensions; an empty array if absent or text."""
        return numbers(self.parameters, group, name)

    def number(self, group: str, name: str) -> float | None:
        """The first value of a numeric parameter; None if absent or not finite."""
        return number(self.parameters, group, name)


class RawReader(Protocol):
    """Reads the bytes of one C3D file; raises LtmeError, never crashes and always returns."""

    def read(self, path: Path) -> RawC3D: ...


def texts(parameters: Mapping[str, Mapping[str, ParameterValue]], group: str, name: str) -> tuple[str, ...]:
    """A text parameter and its continuations as one tuple."""
    values = parameters.get(group, {})
    joined: list[str] = []
    continuation = 1
    while isinstance(part := values.get(name if continuation == 1 else f"{name}{continuation}"), tuple):
        joined.extend(part)
        continuation += 1
    return tuple(joined)


def numbers(parameters: Mapping[str, Mapping[str, ParameterValue]], group: str, name: str) -> np.ndarray:
    """A numeric parameter, or an empty array."""
    value = parameters.get(group, {}).get(name)
    return value if isinstance(value, np.ndarray) else np.empty(0)


def number(parameters: Mapping[str, Mapping[str, ParameterValue]], group: str, name: str) -> float | None:
    """The first finite value of a numeric parameter, or None."""
    value = numbers(parameters, group, name).ravel()
    return float(value[0]) if value.size and np.isfinite(value[0]) else None
