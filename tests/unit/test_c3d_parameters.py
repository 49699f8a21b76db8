"""The parameter section, honest, odd and hostile."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from processor_time import processor_time_below
from recordings_c3d_maker import COMPUTERS, LABELS, MIPS, c3d_bytes, name_lists, parameter_record, walker_mm

from ltme_clinic.errors import LtmeError
from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.raw import RawC3D

POINT_GROUP = 1
WALK = walker_mm().astype(np.float32)
NOT_READ = "damaged parameters, not read: 1 (ODD)"


def read(folder: Path, content: bytes) -> RawC3D:
    path = folder / "trial.c3d"
    path.write_bytes(content)
    return C3DReader().read(path)


@pytest.mark.parametrize("computer", list(COMPUTERS))
def test_every_kind_of_value_comes_back(tmp_path, computer):
    matrix = np.arange(24.0).reshape(2, 3, 4)
    group = {
        "TEXT": "one  ",
        "TEXTS": ["one", "three", ""],
        "BYTES": np.array([-3, 127], dtype=np.int8),
        "WORDS": np.array([[1, -2, 3], [4, 5, -32768]]),
        "FLOATS": matrix,
        "SCALAR": 2.5,
        "NONE": np.zeros(0),
    }
    raw = read(tmp_path, c3d_bytes(walker_mm(), computer=COMPUTERS[computer], groups={"Mine": group}))
    mine = raw.parameters["MINE"]
    assert list(mine) == list(group)
    assert (mine["TEXT"], mine["TEXTS"]) == (("one",), ("one", "three", ""))
    assert mine["BYTES"].tolist() == [-3, 127]
    np.testing.assert_array_equal(mine["WORDS"], group["WORDS"])
    np.testing.assert_array_equal(mine["FLOATS"], matrix)
    assert (mine["SCALAR"].tolist(), mine["NONE"].shape) == ([2.5], (0,))
    assert mine["WORDS"].dtype.kind == "i"
    assert raw.descriptions["MINE"][""] == "about Mine"
    assert "ABSENT" not in mine
    with pytest.raises(KeyError):
        mine["ABSENT"]


def test_text_of_several_dimensions_is_one_list(tmp_path):
    content = struct.pack("<bB3B", -1, 3, 2, 2, 2) + b"abcdefgh"
    raw = read(tmp_path, c3d_bytes(walker_mm(), extra_records=parameter_record(POINT_GROUP, b"CUBE", content)))
    assert raw.texts("POINT", "CUBE") == ("ab", "cd", "ef", "gh")


def test_counts_have_no_sign(tmp_path):
    plates = {"USED": np.array(200, dtype=np.uint8), "CHANNEL": np.array([[250], [40000]])}
    raw = read(tmp_path, c3d_bytes(walker_mm(), groups={"FORCE_PLATFORM": plates}))
    assert raw.number("FORCE_PLATFORM", "USED") == 200
    assert raw.numbers("FORCE_PLATFORM", "CHANNEL").ravel().tolist() == [250, 40000]


def test_names_count_in_any_case(tmp_path):
    content = bytearray(c3d_bytes(walker_mm()))
    for name in (b"POINT", b"LABELS", b"SCALE", b"USED", b"ANALOG"):
        place = content.index(name)
        content[place : place + len(name)] = name.lower()
    raw = read(tmp_path, bytes(content))
    assert raw.point_labels == LABELS
    np.testing.assert_array_equal(raw.points, WALK)


def test_locked_parameters_are_read_like_others(tmp_path):
    content = bytearray(c3d_bytes(walker_mm()))
    for name in (b"LABELS", b"SCALE", b"POINT"):
        content[content.index(name) - 2] = 256 - len(name)
    raw = read(tmp_path, bytes(content))
    assert raw.point_labels == LABELS
    assert raw.warnings == ()


def test_names_outside_ascii_are_read(tmp_path):
    raw = read(tmp_path, c3d_bytes(walker_mm(), groups={"GRÖSSE": {"FUSSLÄNGE": ["später"]}}))
    assert raw.text("GRÖSSE", "FUSSLÄNGE") == "später"


def test_a_name_used_five_times_is_kept_five_times_with_one_warning(tmp_path):
    records = b"".join(
        parameter_record(POINT_GROUP, b"Bodymass", struct.pack("<bBf", 4, 0, mass)) for mass in (50, 60, 70, 80, 90)
    )
    raw = read(tmp_path, c3d_bytes(walker_mm(), extra_records=records))
    names = ["BODYMASS", "BODYMASS#2", "BODYMASS#3", "BODYMASS#4", "BODYMASS#5"]
    assert [raw.number("POINT", name) for name in names] == [50, 60, 70, 80, 90]
    (warning,) = raw.warnings
    assert warning == "parameters with a name already in use, kept as NAME#2: 4 (POINT:BODYMASS)"


def test_two_groups_of_one_name_are_one(tmp_path):
    second = struct.pack("<bb", 5, -9) + b"point" + struct.pack("<HB", 3, 0)
    record = parameter_record(9, b"EXTRA", struct.pack("<bBf", 4, 0, 1.5))
    raw = read(tmp_path, c3d_bytes(walker_mm(), extra_records=second + record))
    assert raw.number("POINT", "EXTRA") == 1.5
    assert raw.point_labels == LABELS


def test_a_parameter_of_no_group_is_kept_and_said(tmp_path):
    record = parameter_record(77, b"LOST", struct.pack("<bBf", 4, 0, 1.5))
    raw = read(tmp_path, c3d_bytes(walker_mm(), extra_records=record))
    assert raw.number("GROUP 77", "LOST") == 1.5
    assert raw.warnings == ("parameters of a group that the file does not name: 1",)


def test_more_than_255_labels_continue_in_further_lists(tmp_path):
    labels = [f"M{index}" for index in range(600)]
    raw = read(tmp_path, c3d_bytes(np.ones((2, 600, 3)), labels))
    assert raw.point_labels == tuple(labels)
    assert raw.warnings == ()


@pytest.mark.parametrize("key", [0, 1, 0x50, 255])
@pytest.mark.parametrize("blocks_said", [None, 0, 1, 255])
def test_the_sections_own_key_and_block_count_may_be_wrong(tmp_path, key, blocks_said):
    groups = {"NOTES": name_lists("TEXT", ["x" * 60] * 100)}
    content = c3d_bytes(walker_mm(400), groups=groups, key=key, blocks_said=blocks_said)
    raw = read(tmp_path, content)
    assert (raw.point_labels, raw.frames, raw.warnings) == (LABELS, 400, ())
    assert len(raw.texts("NOTES", "TEXT")) == 100


def test_a_first_block_without_the_key_is_believed_if_parameters_follow(tmp_path):
    content = bytearray(c3d_bytes(walker_mm()))
    content[1] = 0
    assert read(tmp_path, bytes(content)).point_labels == LABELS
    content[513] = 0
    with pytest.raises(LtmeError, match="not a C3D file"):
        read(tmp_path, bytes(content))


def test_an_unknown_processor_is_worked_out_from_the_header(tmp_path):
    for computer in COMPUTERS.values():
        content = bytearray(c3d_bytes(walker_mm(), computer=computer))
        content[515] = 0
        raw = read(tmp_path, bytes(content))
        np.testing.assert_array_equal(raw.points, WALK)
        assert raw.point_labels == LABELS
        assert any("does not tell its byte order" in warning for warning in raw.warnings)


def test_a_step_left_in_the_other_byte_order_is_followed(tmp_path):
    """A published SGI file has such steps, left by the program that converted it."""
    content = bytearray(c3d_bytes(walker_mm(), computer=MIPS))
    link = content.index(b"LABELS") + len(b"LABELS")
    content[link], content[link + 1] = content[link + 1], content[link]
    raw = read(tmp_path, bytes(content))
    assert raw.point_labels == LABELS
    assert raw.number("POINT", "SCALE") == pytest.approx(-0.1)
    assert raw.warnings == ()


@pytest.mark.parametrize(
    "content",
    [
        struct.pack("<bB7B", 4, 7, *[255] * 7),  # a product of dimensions beyond any file
        struct.pack("<bB2B", -1, 2, 255, 255) + b"short",
        struct.pack("<bB7B", -1, 7, 0, *[255] * 6),  # no width: no bytes, and 2.7e14 strings
        struct.pack("<bB", 4, 255),  # 255 dimensions
        struct.pack("<bB1B", 3, 1, 1) + b"\0\0\0",  # no such type
        b"\x04",
        b"",
    ],
)
def test_a_parameter_that_claims_too_much_is_left_out_and_said(tmp_path, content):
    record = parameter_record(POINT_GROUP, b"ODD", content)
    with processor_time_below(0.5):
        raw = read(tmp_path, c3d_bytes(walker_mm(), extra_records=record))
    assert raw.warnings == (NOT_READ,)
    np.testing.assert_array_equal(raw.points, WALK)


def test_strings_without_width_are_empty(tmp_path):
    record = parameter_record(POINT_GROUP, b"ODD", struct.pack("<bB2B", -1, 2, 0, 3))
    assert read(tmp_path, c3d_bytes(walker_mm(), extra_records=record)).texts("POINT", "ODD") == ("", "", "")


@pytest.mark.parametrize("step", [1, 2, 60_000])
def test_a_step_that_leads_nowhere_ends_the_section_with_a_warning(tmp_path, step):
    record = parameter_record(POINT_GROUP, b"ODD", struct.pack("<bBf", 4, 0, 1.5), step=step)
    raw = read(tmp_path, c3d_bytes(walker_mm(), extra_records=record))
    assert raw.point_labels == LABELS
    assert "what follows the first broken one was not read" in raw.warnings[-1]


def test_a_chain_that_breaks_before_the_labels_refuses_the_file(tmp_path):
    content = bytearray(c3d_bytes(walker_mm()))
    link = content.index(b"FRAMES") + len(b"FRAMES")
    content[link : link + 2] = b"\1\0"
    with pytest.raises(LtmeError, match="parameters are damaged"):
        read(tmp_path, bytes(content))


@pytest.mark.parametrize("many", ["same", "numbered"])
def test_thousands_of_tiny_parameters_take_no_time(tmp_path, many):
    count = 6000
    names = [b"A"] * count if many == "same" else [b"A#%d" % i for i in range(count // 2)] + [b"A"] * (count // 2)
    records = b"".join(parameter_record(POINT_GROUP, name, b"\1\0\5") for name in names)
    content = c3d_bytes(walker_mm(), extra_records=records)
    with processor_time_below(0.5):
        raw = read(tmp_path, content)
    assert len(raw.parameters["POINT"]) == count + 7
    assert len(raw.warnings) == 1


def test_descriptions_are_kept_apart_from_values(tmp_path):
    words = b"what it is"
    record = parameter_record(POINT_GROUP, b"KNOWN", struct.pack("<bBf", 4, 0, 1.5), step=2 + 6 + 1 + len(words))
    described = record[:-1] + bytes([len(words)]) + words
    raw = read(tmp_path, c3d_bytes(walker_mm(), extra_records=described))
    assert raw.descriptions["POINT"]["KNOWN"] == "what it is"
    assert raw.descriptions["POINT"][""] == "about POINT"


def test_a_reading_uses_all_of_this(tmp_path):
    path = tmp_path / "trial.c3d"
    path.write_bytes(c3d_bytes(walker_mm(), computer=MIPS, integer_step=0.1))
    (recording,) = read_recordings(path)
    np.testing.assert_allclose(recording.positions_m, walker_mm() / 1000.0, atol=1e-6)
