"""Integers and floats in the three byte orders that C3D files come in: Intel, DEC (VAX) and MIPS (SGI)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

Stored = bytes | bytearray | memoryview

_EXPONENT = np.uint32(0x7F80_0000)
_SIGN = np.uint32(0x8000_0000)
_TWO_EXPONENT_STEPS = np.uint32(2 << 23)
_BLOCK_WORDS = 1 << 18


@dataclass(frozen=True)
class ByteOrder:
    """One computer's way to store numbers."""

    name: str
    """Intel, DEC or MIPS."""
    prefix: str
    """'<' or '>', as in struct and numpy. A DEC integer is an Intel integer."""
    has_vax_floats: bool = False

    def uint16(self, stored: Stored, offset: int) -> int:
        """One unsigned 16-bit word."""
        first, second = stored[offset], stored[offset + 1]
        return first << 8 | second if self.prefix == ">" else second << 8 | first

    def float32(self, stored: Stored, offset: int) -> float:
        """One float."""
        if self.has_vax_floats:
            return float(self.floats(stored[offset : offset + 4])[0])
        return float(struct.unpack_from(f"{self.prefix}f", stored, offset)[0])

    def floats(self, stored: Stored) -> np.ndarray:
        """Floats as a new native float32 array."""
        words = np.frombuffer(stored, np.float32).copy()
        self.make_native_floats(words)
        return words

    def integers(self, stored: Stored, width: int, *, unsigned: bool) -> np.ndarray:
        """Integers of one or two bytes as an int32 array."""
        kind = "u" if unsigned else "i"
        return np.frombuffer(stored, f"{self.prefix}{kind}{width}").astype(np.int32)

    def make_native_floats(self, words: np.ndarray) -> None:
        """Turn a contiguous float32 array that holds stored bytes into numbers, in place."""
        if self.has_vax_floats:
            flat = words.reshape(-1)
            for start in range(0, flat.size, _BLOCK_WORDS):
                block = flat[start : start + _BLOCK_WORDS]
                block[...] = ieee_from_vax(block.view("<u2"))
        elif np.dtype(f"{self.prefix}f4") != words.dtype:
            words.byteswap(inplace=True)

    def make_native_words(self, words: np.ndarray) -> None:
        """The same for a contiguous array of 16-bit integers."""
        if np.dtype(f"{self.prefix}i2") != np.dtype(np.int16):
            words.byteswap(inplace=True)


INTEL = ByteOrder("Intel", "<")
DEC = ByteOrder("DEC", "<", has_vax_floats=True)
MIPS = ByteOrder("MIPS", ">")

BYTE_ORDERS = {84: INTEL, 85: DEC, 86: MIPS}
"""By the processor byte of the parameter section."""


def ieee_from_vax(halves: np.ndarray) -> np.ndarray:
    """VAX F floats as IEEE float32.

    A VAX float is two little-endian 16-bit words, the one with sign and exponent first. Its value is
    0.1f x 2^(e - 128): a quarter of what the same bits say in IEEE. Its two smallest exponents give subnormal numbers
    here; exponent 0 is zero whatever the fraction, or, with the sign set, the VAX's reserved operand (NaN here).

    Parameters
    ----------
    halves : (2 n,) uint16, in stored order

    Returns
    -------
    (n,) float32
    """
    bits = (halves[0::2].astype(np.uint32) << np.uint32(16)) | halves[1::2]
    values = (bits - _TWO_EXPONENT_STEPS).view(np.float32)
    small = np.flatnonzero((bits & _EXPONENT) <= _TWO_EXPONENT_STEPS)
    if small.size:
        odd = bits[small]
        quarter = odd.view(np.float32) * np.float32(0.25)
        no_exponent = (odd & _EXPONENT) == 0
        reserved = no_exponent & ((odd & _SIGN) != 0)
        values[small] = np.where(reserved, np.float32(np.nan), np.where(no_exponent, np.float32(0.0), quarter))
    return values
