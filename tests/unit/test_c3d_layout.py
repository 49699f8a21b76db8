"""Header and parameters contradict each other in real files: the file's length says who is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import COMPUTERS, LABELS, MIPS, c3d_bytes, walker_mm

from ltme_clinic.errors import LtmeError
from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.raw import RawC3D

WALK = walker_mm().astype(np.float32)
ANALOGS = np.arange(40 * 5 * 3, dtype=float).reshape(40, 5, 3)

# Words of the header, counted from 0.
POINTS, ANALOG_WORDS, FIRST, LAST, DATA_START, SAMPLES = 1, 2, 3, 4, 8, 9


def read(folder: Path, content: bytes) -> RawC3D:
    path = folder / "trial.c3d"
    path.write_bytes(content)
    return C3DReader().read(path)


def refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(LtmeError) as caught:
        read(folder, content)
    assert str(caught.value).startswith("trial.c3d: ")
    return str(caught.value)


def assert_whole(raw: RawC3D, *, analogs: bool = True) -> None:
    np.testing.assert_array_equal(raw.points, WALK)
    if analogs:
        np.testing.assert_array_equal(raw.analogs, ANALOGS.reshape(200, 3))


@pytest.mark.parametrize("pads", [False, True])
@pytest.mark.parametrize(
    "wrong",
    [
        {POINTS: 11},
        {POINTS: 0},
        {ANALOG_WORDS: 14},
        {ANALOG_WORDS: 0},
        {ANALOG_WORDS: 0, SAMPLES: 0},
        {SAMPLES: 0},
        {SAMPLES: 7},
        {LAST: 41},
        {LAST: 39},
        {FIRST: 0, LAST: 0},
        {FIRST: 0, LAST: 40},
        {DATA_START: 0},
        {DATA_START: 2},
        {DATA_START: 900},
        {POINTS: 13, ANALOG_WORDS: 14},
    ],
)
def test_a_wrong_word_in_the_header_is_seen_through(tmp_path, wrong, pads):
    assert_whole(read(tmp_path, c3d_bytes(walker_mm(), analogs=ANALOGS, header_words=wrong, pads=pads)))


@pytest.mark.parametrize("pads", [False, True])
@pytest.mark.parametrize(
    ("group", "wrong"),
    [
        ("POINT", {"USED": 11}),
        ("POINT", {"FRAMES": 39}),
        ("POINT", {"FRAMES": 0}),
        ("POINT", {"FRAMES": 40.0}),
        ("POINT", {"SCALE": 0.1}),
        ("POINT", {"SCALE": 0.0}),
        ("POINT", {"DATA_START": 77}),
        ("POINT", {"LONG_FRAMES": 44.0}),
        ("ANALOG", {"RATE": 480.0}),
        ("ANALOG", {"RATE": 0.0}),
        ("ANALOG", {"USED": 4}),
        ("TRIAL", {"ACTUAL_START_FIELD": np.array([5, 0]), "ACTUAL_END_FIELD": np.array([9, 0])}),
    ],
)
def test_a_wrong_parameter_is_seen_through(tmp_path, group, wrong, pads):
    raw = read(tmp_path, c3d_bytes(walker_mm(), analogs=ANALOGS, groups={group: wrong}, pads=pads))
    np.testing.assert_array_equal(raw.points, WALK)
    assert_whole(raw)


def test_seventeen_samples_a_frame_at_1000_over_60_hz(tmp_path):
    analogs = np.arange(12 * 17 * 2, dtype=float).reshape(12, 17, 2)
    raw = read(tmp_path, c3d_bytes(walker_mm(12), rate_hz=60.0, analogs=analogs, groups={"ANALOG": {"RATE": 1000.0}}))
    np.testing.assert_array_equal(raw.points, walker_mm(12))
    np.testing.assert_array_equal(raw.analogs, analogs.reshape(-1, 2))
    assert raw.analog_rate_hz == 1020.0
    assert raw.warnings == ("the analog rate is declared as 1000 Hz: 1020 Hz are stored",)


@pytest.mark.parametrize("pads", [False, True])
@pytest.mark.parametrize("integer_step", [None, 1.0])
@pytest.mark.parametrize("told", ["trial", "long", "float", "wrapped", "nothing"])
def test_more_than_65535_frames_all_come_back(tmp_path, told, integer_step, pads):
    frames = 70_000
    points = (np.arange(frames * 3) % 20_011 + 1.0).reshape(frames, 1, 3)
    field = {"ACTUAL_START_FIELD": np.array([1, 0]), "ACTUAL_END_FIELD": np.array([frames & 0xFFFF, frames >> 16])}
    groups = {
        "trial": {"TRIAL": field},
        "long": {"POINT": {"LONG_FRAMES": float(frames)}},
        "float": {"POINT": {"FRAMES": float(frames)}},
        "wrapped": {"POINT": {"FRAMES": frames & 0xFFFF}},
        "nothing": {},
    }[told]
    words = {LAST: frames & 0xFFFF} if told == "wrapped" else {}
    content = c3d_bytes(points, LABELS[:1], groups=groups, header_words=words, integer_step=integer_step, pads=pads)
    raw = read(tmp_path, content)
    np.testing.assert_array_equal(raw.points, points)
    assert raw.first_frame == 1
    cut = content[: -len(content) // 5]
    if told in ("trial", "long", "float"):
        assert "of its 70000 frames" in refusal(tmp_path, cut)
    elif told == "nothing":
        assert "of its 65535 frames" in refusal(tmp_path, cut)


def test_more_than_32767_frames_are_not_negative(tmp_path):
    points = np.ones((40_000, 1, 3))
    assert read(tmp_path, c3d_bytes(points, LABELS[:1])).frames == 40_000
    assert read(tmp_path, c3d_bytes(points, LABELS[:1], header_words={FIRST: 0, LAST: 0})).frames == 40_000


@pytest.mark.parametrize("pads", [False, True])
def test_frames_that_nothing_declares_are_counted_by_the_files_length(tmp_path, pads):
    content = c3d_bytes(
        walker_mm(), analogs=ANALOGS, groups={"POINT": {"FRAMES": 0}}, header_words={FIRST: 0, LAST: 0}, pads=pads
    )
    raw = read(tmp_path, content)
    assert_whole(raw)
    assert any("its length bears out 40" in warning for warning in raw.warnings)


FRAMES_UNDECLARED = {"groups": {"POINT": {"FRAMES": 0}}, "header_words": {FIRST: 0, LAST: 0}}
FRAMES_DISPUTED = {"groups": {"POINT": {"FRAMES": 41}}}
LAST_DISPUTED = {"header_words": {LAST: 41}}


@pytest.mark.parametrize("said", [FRAMES_UNDECLARED, FRAMES_DISPUTED, LAST_DISPUTED])
@pytest.mark.parametrize("computer", list(COMPUTERS))
@pytest.mark.parametrize("step", [None, 0.1])
@pytest.mark.parametrize("filling", ["zeros", "text", "noise", "the block before"])
def test_padding_is_no_frame_whatever_it_holds(tmp_path, said, computer, step, filling):
    walk = walker_mm(labels=LABELS[:3])
    content = c3d_bytes(walk, LABELS[:3], integer_step=step, computer=COMPUTERS[computer], **said)
    room = -len(content) % 512  # for two frames and a bit
    noise = np.random.default_rng(4).integers(0, 255, room, dtype=np.uint8).tobytes()
    padding = {"zeros": b"\0" * room, "text": (b"somebody 1984-03-23 " * 9)[:room], "noise": noise}
    raw = read(tmp_path, content + padding.get(filling, content[-512:][:room]))
    np.testing.assert_array_equal(raw.points, walk.astype(np.float32))
    assert any("its length bears out 40" in warning for warning in raw.warnings)


@pytest.mark.parametrize("computer", list(COMPUTERS))
@pytest.mark.parametrize("step", [None, 0.1])
def test_a_disputed_frame_that_goes_on_with_the_others_is_kept(tmp_path, computer, step):
    content = c3d_bytes(
        walker_mm(), integer_step=step, computer=COMPUTERS[computer], header_words={LAST: 39}, pads=True
    )
    raw = read(tmp_path, content)
    np.testing.assert_array_equal(raw.points, WALK)
    assert raw.warnings == (
        "the file declares 40 frames and 39: its length bears out 40, and the last of them go on with the others",
    )


def test_a_file_cut_short_says_how_many_frames_it_holds(tmp_path):
    content = c3d_bytes(walker_mm())
    assert "is cut off: it holds 32 of its 40 frames" in refusal(tmp_path, content[: -8 * 192])
    assert "is cut off: it holds 39 of its 40 frames" in refusal(tmp_path, content[:-1])
    assert "is cut off" in refusal(tmp_path, content[: -40 * 192])
    for kept in (1, 300, 511, 512, 513, 600, 1024):
        refusal(tmp_path, content[:kept])


def test_a_file_cut_short_is_not_read_by_a_count_that_happens_to_fit(tmp_path):
    """The low 16 bits of the true count lie within what is left of the file."""
    frames = 70_000
    field = {"ACTUAL_START_FIELD": np.array([1, 0]), "ACTUAL_END_FIELD": np.array([frames & 0xFFFF, frames >> 16])}
    groups = {"TRIAL": field, "POINT": {"FRAMES": frames & 0xFFFF}}
    content = c3d_bytes(np.ones((frames, 1, 3)), LABELS[:1], groups=groups)
    assert "it holds 60000 of its 70000 frames" in refusal(tmp_path, content[: -10_000 * 16])


def test_what_follows_the_last_frame_is_left_and_said(tmp_path):
    raw = read(tmp_path, c3d_bytes(walker_mm()) + b"\1" * 5000)
    assert raw.frames == 40
    assert raw.warnings == ("5000 bytes after the last declared frame were not read",)


def test_segment_rotations_end_the_points_and_are_counted(tmp_path):
    plain = c3d_bytes(walker_mm(), pads=True, groups={"ROTATION": {"USED": 3, "DATA_START": 100}})
    start = len(plain) // 512 + 1
    content = c3d_bytes(
        walker_mm(),
        pads=True,
        groups={"ROTATION": {"USED": 3, "DATA_START": start}, "POINT": {"FRAMES": 0}},
        header_words={FIRST: 0, LAST: 0},
    )
    raw = read(tmp_path, content + b"\7" * 40 * 3 * 17 * 4)
    np.testing.assert_array_equal(raw.points, WALK)
    assert "3 stored segment rotations were not read" in raw.warnings


def test_the_first_frame_is_the_one_that_fits_the_frames_found(tmp_path):
    field = {"ACTUAL_START_FIELD": np.array([4465, 1]), "ACTUAL_END_FIELD": np.array([4504, 1])}
    assert read(tmp_path, c3d_bytes(walker_mm(), groups={"TRIAL": field})).first_frame == 70_001
    stale = {"ACTUAL_START_FIELD": np.array([1, 0]), "ACTUAL_END_FIELD": np.array([500, 0])}
    assert read(tmp_path, c3d_bytes(walker_mm(), first_frame=101, groups={"TRIAL": stale})).first_frame == 101


@pytest.mark.parametrize("stored", [70_001.0, np.array([70_001.0])])
def test_a_first_frame_in_one_number_is_that_number(tmp_path, stored):
    field = {"ACTUAL_START_FIELD": stored, "ACTUAL_END_FIELD": stored + 39}
    assert read(tmp_path, c3d_bytes(walker_mm(), groups={"TRIAL": field})).first_frame == 70_001


@pytest.mark.parametrize("first", [2, 255, 32767, 65535])
def test_a_first_frame_that_fits_no_range_is_not_believed(tmp_path, first):
    raw = read(tmp_path, c3d_bytes(walker_mm(), header_words={FIRST: first}))
    assert (raw.frames, raw.first_frame) == (40, 1)
    assert any(f"the header's frames {first} to 40 are not the 40 read" in warning for warning in raw.warnings)


def test_two_first_frames_that_both_fit_are_said(tmp_path):
    field = {"ACTUAL_START_FIELD": np.array([101, 0]), "ACTUAL_END_FIELD": np.array([140, 0])}
    raw = read(tmp_path, c3d_bytes(walker_mm(), groups={"TRIAL": field}))
    assert raw.first_frame == 101
    assert raw.warnings == ("the first frame is number 101 by TRIAL, 1 by the header: 101 was used",)


@pytest.mark.parametrize("computer", list(COMPUTERS))
@pytest.mark.parametrize("wrong", ["parameter", "header"])
def test_two_rates_are_settled_by_the_analog_rate(tmp_path, computer, wrong):
    where = {"groups": {"POINT": {"RATE": 50.0}}} if wrong == "parameter" else {"header_rate_hz": 50.0}
    raw = read(tmp_path, c3d_bytes(walker_mm(), analogs=ANALOGS, computer=COMPUTERS[computer], **where))
    assert_whole(raw)
    assert (raw.rate_hz, raw.analog_rate_hz) == (100.0, 500.0)
    (warning,) = raw.warnings
    assert warning.endswith(": the analog rate bears out 100 Hz")


def test_two_rates_without_a_third_witness_are_the_parameters_and_said(tmp_path):
    raw = read(tmp_path, c3d_bytes(walker_mm(), rate_hz=50.0, header_rate_hz=100.0))
    assert raw.rate_hz == 50.0
    assert raw.warnings == (
        "the parameters declare 50 Hz and the header 100 Hz: 50 Hz was used, and times may be wrong",
    )


def test_a_rate_that_only_analogs_tell_is_theirs_and_said(tmp_path):
    for points, labels in ((walker_mm(), LABELS), (np.zeros((40, 0, 3)), [])):
        said = {"POINT": {"RATE": 0.0}, "ANALOG": {"RATE": 500.0}}
        raw = read(tmp_path, c3d_bytes(points, labels, rate_hz=0.0, analogs=ANALOGS, groups=said))
        assert (raw.rate_hz, raw.analog_rate_hz) == (100.0, 500.0)
        assert raw.warnings == ("the file tells no camera rate: its analog rate amounts to 100 Hz",)


@pytest.mark.parametrize("computer", list(COMPUTERS))
def test_two_scales_of_integers_are_refused_and_of_floats_mean_nothing(tmp_path, computer):
    scale = {"POINT": {"SCALE": 0.05}}
    content = c3d_bytes(walker_mm(), integer_step=0.1, computer=COMPUTERS[computer], groups=scale)
    assert "by 0.05 in the parameters and by 0.1 in the header" in refusal(tmp_path, content)
    content = c3d_bytes(walker_mm(), computer=COMPUTERS[computer], groups={"POINT": {"SCALE": -0.05}})
    np.testing.assert_array_equal(read(tmp_path, content).points, WALK)


@pytest.mark.parametrize("used", [1, 3, 5, 15, 30])
@pytest.mark.parametrize("step", [None, 0.1])
def test_a_wrong_number_of_channels_is_outvoted_and_said(tmp_path, used, step):
    content = c3d_bytes(walker_mm(), analogs=ANALOGS, integer_step=step, groups={"ANALOG": {"USED": used}})
    raw = read(tmp_path, content)
    assert_whole(raw)
    said = ("header and parameters declare different analogs: 3 channels with 5 samples a frame were read",)
    assert raw.warnings == (said if used != 3 else ())


def test_counts_that_contradict_each_other_and_fit_nothing_are_refused(tmp_path):
    content = c3d_bytes(walker_mm(100), groups={"POINT": {"USED": 11}}, header_words={POINTS: 10})
    assert "contradicts itself on its data" in refusal(tmp_path, content)


def test_a_missing_rate_is_the_headers_and_none_at_all_is_refused(tmp_path):
    for wrong in (0.0, np.nan, -100.0, np.inf, 1e-30):
        raw = read(
            tmp_path,
            c3d_bytes(walker_mm(), analogs=ANALOGS, groups={"POINT": {"RATE": wrong}}, header_rate_hz=120.0),
        )
        assert_whole(raw)
        assert raw.rate_hz == 120.0
        assert "the header's 120 Hz was used" in raw.warnings[0]
        both = c3d_bytes(walker_mm(), groups={"POINT": {"RATE": wrong}}, header_rate_hz=wrong)
        assert "holds no frame rate" in refusal(tmp_path, both)
    without = c3d_bytes(walker_mm(), analogs=ANALOGS, leave_out=["RATE"])
    assert_whole(read(tmp_path, without))


def test_a_file_without_parameters_gives_its_points_by_the_header(tmp_path):
    for words in ({}, {0: 0x5000}):
        raw = read(tmp_path, c3d_bytes(walker_mm(), has_parameters=False, header_words=words))
        np.testing.assert_array_equal(raw.points, WALK)
        assert raw.point_labels == ("",) * 12
        assert raw.rate_hz == 100.0
        assert any("holds no parameters" in warning for warning in raw.warnings)
    raw = read(tmp_path, c3d_bytes(walker_mm(), has_parameters=False, computer=MIPS, header_words={0: 0x0050}))
    np.testing.assert_array_equal(raw.points, WALK)
    assert raw.byte_order == "MIPS"


def test_events_in_the_header_have_names_of_four_letters_or_of_two(tmp_path):
    events = [(f"E{index}", index / 4) for index in range(18)]
    assert read(tmp_path, c3d_bytes(walker_mm(), events=events)).header_events == tuple(events)
    content = bytearray(c3d_bytes(walker_mm(), events=events[:3], header_words={149: 0}))
    content[396:402] = b"LHRHLT"
    assert [label for label, _ in read(tmp_path, bytes(content)).header_events] == ["LH", "RH", "LT"]


@pytest.mark.parametrize("words", [{150: 19}, {150: 65535}, {149: 0, 198: 1}])
def test_what_only_looks_like_events_in_the_header_is_not_read(tmp_path, words):
    assert read(tmp_path, c3d_bytes(walker_mm(), events=[("E", 0.5)], header_words=words)).header_events == ()


def test_neither_points_nor_analogs_nor_frames_are_refused(tmp_path):
    assert "holds no points" in refusal(tmp_path, c3d_bytes(np.zeros((20, 0, 3)), []))
    rotations = c3d_bytes(np.zeros((20, 0, 3)), [], groups={"ROTATION": {"USED": 17, "DATA_START": 9}})
    assert "holds 17 segment rotations and no points. Export the joint centres" in refusal(tmp_path, rotations)
    empty = c3d_bytes(np.zeros((0, 12, 3)), header_words={FIRST: 0, LAST: 0})
    assert "holds no frames" in refusal(tmp_path, empty)
