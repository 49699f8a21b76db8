"""How numbers are stored in a C3D file: the byte order of one kind of processor, as floats or as scaled integers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

ByteOrder = Literal["Intel", "DEC", "MIPS"]
Storage = Literal["float", "integer"]

_PROCESSORS: dict[ByteOrder, int] = {"Intel": 84, "DEC": 85, "MIPS": 86}
"""The fourth byte of the parameter section (C3D User Guide)."""

_DEC_LARGEST, _DEC_SMALLEST = np.float32(2.0**126), np.float32(2.0**-126)
"""Beyond these the detour over IEEE numbers, four times as large, has no bits."""


@dataclass(frozen=True)
class Encoding:
    """What kind of file the numbers go into; 32-bit floats in Intel order where nothing else is asked for."""

    byte_order: ByteOrder = "Intel"
    storage: Storage = "float"
    unsigned: bool = False
    """Whether integer analogs have no sign (ANALOG:FORMAT)."""
    gen_scale: float = 1.0
    """ANALOG:GEN_SCALE of integer files; the channels' own SCALE makes up for it."""

    @property
    def processor(self) -> int:
        return _PROCESSORS[self.byte_order]

    @property
    def is_integer(self) -> bool:
        return self.storage == "integer"

    def words(self, values: int | list[int] | np.ndarray) -> bytes:
        """16-bit words, the first dimension fastest; numbers beyond 32,767 wrap around, as they do in files."""
        whole = np.asarray(np.asarray(values).astype(np.int64) & 0xFFFF)  # a bare number has the machine's order
        return whole.astype(f"{self._order}u2").tobytes(order="F")

    def floats(self, values: float | np.ndarray, order: Literal["C", "F"] = "F") -> bytes:
        """32-bit floats; DEC's are four times the IEEE number with its halves exchanged.

        DEC knows no NaN, which becomes 0, and no negative zero, whose bits are an illegal number there; what is too
        small for it is 0, and what is too large the largest.
        """
        stored = np.asarray(values, dtype=np.float32)
        if self.byte_order != "DEC":
            return stored.astype(f"{self._order}f4").tobytes(order=order)
        scaled = np.clip(np.nan_to_num(stored), -_DEC_LARGEST, _DEC_LARGEST) * np.float32(4.0)
        scaled = np.where(np.abs(scaled) < _DEC_SMALLEST, np.float32(0.0), scaled)
        halves = np.frombuffer(scaled.astype("<f4").tobytes(order=order), dtype="<u2")
        return halves.reshape(-1, 2)[:, ::-1].tobytes()

    def numbers(self, values: np.ndarray) -> bytes:
        """A parameter's values of one, two or four bytes, the first dimension fastest."""
        if values.dtype.itemsize == 1:
            return values.tobytes(order="F")
        return self.words(values) if values.dtype.kind in "iu" else self.floats(values)

    @property
    def _order(self) -> str:
        return ">" if self.byte_order == "MIPS" else "<"


INTEL_FLOAT = Encoding()
