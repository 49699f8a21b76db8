"""VAX floats and text: the edges."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from recordings_c3d_maker import vax_bytes

from ltme_clinic.recordings.c3d.numbers import BYTE_ORDERS, DEC, INTEL, MIPS, ieee_from_vax
from ltme_clinic.recordings.c3d.text import decode_text, decode_texts


@pytest.fixture(autouse=True)
def smallest_numbers_kept():
    """Training tells this process's processor to take the smallest numbers for zero."""
    import torch

    torch.set_flush_denormal(False)


def vax(sign: int, exponent: int, fraction: int) -> bytes:
    """A VAX F float from its three parts."""
    bits = sign << 31 | exponent << 23 | fraction
    return struct.pack("<HH", bits >> 16, bits & 0xFFFF)


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        (vax(0, 129, 0), 1.0),
        (vax(1, 129, 0), -1.0),
        (vax(0, 128, 0), 0.5),
        (vax(0, 130, 0x490FDB), 3.14159274),
        (vax(0, 0, 0), 0.0),
        (vax(0, 0, 0x7FFFFF), 0.0),  # no exponent is zero, whatever the fraction
        (vax(0, 255, 0x7FFFFF), 1.7014117e38),  # the largest
        (vax(1, 255, 0), -8.5070592e37),
        (vax(0, 3, 0), 2.0**-126),
        (vax(0, 2, 0), 2.0**-127),  # below what IEEE holds in full
        (vax(1, 1, 0), -(2.0**-128)),  # the smallest
    ],
)
def test_a_vax_float_is_the_number_it_was(stored, value):
    assert DEC.float32(stored, 0) == pytest.approx(value, rel=1e-7, abs=0)


def test_the_vax_reserved_operand_is_no_number():
    assert np.isnan(DEC.float32(vax(1, 0, 0), 0))
    assert np.isnan(DEC.float32(vax(1, 0, 5), 0))


def test_encoding_and_decoding_a_vax_float_are_inverses():
    values = np.random.default_rng(3).normal(0.0, 1.0, 5000).astype(np.float32) * np.logspace(-30, 30, 5000)
    values = values.astype(np.float32)
    np.testing.assert_array_equal(ieee_from_vax(np.frombuffer(vax_bytes(values), "<u2")), values)


@pytest.mark.parametrize("order", [INTEL, DEC, MIPS])
def test_a_large_array_is_made_native_in_place(order):
    values = np.linspace(-1e6, 1e6, 600_000).astype(np.float32)
    stored = vax_bytes(values) if order is DEC else values.astype(f"{order.prefix}f4").tobytes()
    words = np.frombuffer(bytearray(stored), np.float32)
    order.make_native_floats(words)
    np.testing.assert_array_equal(words, values)


def test_integers_are_signed_or_not_as_asked():
    assert INTEL.integers(b"\xff\xff\x01\x80", 2, unsigned=False).tolist() == [-1, -32767]
    assert MIPS.integers(b"\xff\xff\x80\x01", 2, unsigned=True).tolist() == [65535, 32769]
    assert DEC.integers(b"\xff\x7f", 1, unsigned=False).tolist() == [-1, 127]
    assert set(BYTE_ORDERS) == {84, 85, 86}


def test_text_is_utf8_or_else_cp1252_without_its_padding():
    assert decode_text("Jörg  ".encode()) == "Jörg"
    assert decode_text("Größe".encode("cp1252")) == "Größe"
    assert decode_text(b"\x81\x8d") == "\ufffd\ufffd"
    assert decode_text(b"LASI\0\0slack") == "LASI"
    assert decode_text(b"\0 \t") == ""


def test_a_list_of_texts_is_decoded_string_by_string():
    assert decode_texts(b"LASIRASI*0  ", 4, 3) == ("LASI", "RASI", "*0")
    assert decode_texts(b"L\0xxR   ", 4, 2) == ("L", "R")
    assert decode_texts("Fuß ".encode("cp1252") + "Fü".encode() + b" ", 4, 2) == ("Fuß", "Fü")
    assert decode_texts(b"", 0, 3) == ("", "", "")
