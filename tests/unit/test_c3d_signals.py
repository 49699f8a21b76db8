"""Points, residuals, camera masks and analogs of files whose every byte is known."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import COMPUTERS, LABELS, c3d_bytes, walker_mm

from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.raw import RawC3D

ENCODINGS = [(name, step) for name in COMPUTERS for step in (None, 0.25)]


def read(folder: Path, content: bytes) -> RawC3D:
    path = folder / "trial.c3d"
    path.write_bytes(content)
    return C3DReader().read(path)


def ramp(frames: int, samples: int, channels: int) -> np.ndarray:
    return np.arange(frames * samples * channels, dtype=float).reshape(frames, samples, channels)


@pytest.mark.parametrize(("computer", "step"), ENCODINGS)
def test_every_computer_and_storage_gives_the_same_trial(tmp_path, computer, step):
    analogs = ramp(40, 5, 3)
    residuals = np.full((40, 12), 0x0507)
    residuals[3, 1] = -1
    content = c3d_bytes(
        walker_mm(),
        computer=COMPUTERS[computer],
        integer_step=step,
        analogs=analogs,
        residuals=residuals,
        first_frame=11,
        rate_hz=59.94,
        events=[("RHS", 0.25), ("LTO", 1.5)],
        groups={
            "ANALOG": {"SCALE": np.array([0.5, 2.0, -3.0]), "OFFSET": np.array([10, 0, -4]), "GEN_SCALE": -0.5},
            "TRIAL": {"CAMERA_RATE": 59.94},
        },
    )
    raw = read(tmp_path, content)
    assert (raw.byte_order, raw.storage) == (computer, "float" if step is None else "integer")
    np.testing.assert_array_equal(raw.points, walker_mm().astype(np.float32))
    assert np.argwhere(raw.missing).tolist() == [[3, 1]]
    size = 0.1 if step is None else step
    np.testing.assert_allclose(raw.residuals[~raw.missing], 7 * size, rtol=1e-6)
    assert raw.residuals[3, 1] == -1.0
    assert (raw.camera_masks[~raw.missing] == 5).all()
    assert raw.camera_masks[3, 1] == 0
    expected = (analogs.reshape(200, 3) - [10, 0, -4]) * np.array([0.5, 2.0, -3.0]) * -0.5
    np.testing.assert_allclose(raw.analogs, expected, rtol=1e-6)
    assert raw.rate_hz == pytest.approx(59.94, rel=1e-6)
    assert raw.analog_rate_hz == pytest.approx(5 * 59.94, rel=1e-6)
    assert raw.number("TRIAL", "CAMERA_RATE") == pytest.approx(59.94, rel=1e-6)
    assert (raw.first_frame, raw.point_labels, raw.analog_labels) == (11, LABELS, ("A0", "A1", "A2"))
    assert raw.header_events == (("RHS", 0.25), ("LTO", 1.5))
    assert raw.file_sha256 == hashlib.sha256(content).hexdigest()
    assert raw.warnings == ()


@pytest.mark.parametrize("step", [None, 0.25])
def test_what_is_decoded_late_is_a_plain_part_of_the_content(tmp_path, step):
    raw = read(tmp_path, c3d_bytes(walker_mm(), analogs=ramp(40, 2, 2), integer_step=step))
    changed = replace(raw, warnings=("changed",))
    sent = pickle.loads(pickle.dumps(raw))
    for field in fields(RawC3D):
        for other in (changed, sent):
            one, two = getattr(raw, field.name), getattr(other, field.name)
            if isinstance(one, np.ndarray):
                np.testing.assert_array_equal(one, two)
            elif field.name not in ("warnings", "parameters", "descriptions"):
                assert one == two
    assert sent.texts("POINT", "LABELS") == LABELS
    assert changed.warnings == ("changed",)


def test_residual_words_of_floats_say_missing_only_where_they_mean_it(tmp_path):
    """Beside a real position a word too large for a residual is noise; at exactly zero it is a -1 read as unsigned."""
    real = [0.0, 5.0, 0x2103, 1.7e38, 65535.0, np.nan]
    gone = [-1.0, -3.0, -1e30, -np.inf]
    words = np.array([real + gone + [65535.0, 1.7e38, 0.0]])
    points = np.full((1, 13, 3), 100.0)
    points[:, 10:] = 0.0
    raw = read(tmp_path, c3d_bytes(points, [f"M{i}" for i in range(13)], residuals=words))
    assert raw.missing[0].tolist() == [False] * 6 + [True] * 4 + [True, True, False]
    np.testing.assert_allclose(raw.residuals[0, :3], [0.0, 0.5, 0.3], rtol=1e-6)
    assert np.isnan(raw.residuals[0, [3, 5]]).all()
    assert raw.camera_masks[0, [2, 3, 5]].tolist() == [0x21, 0, 0]


@pytest.mark.parametrize("computer", list(COMPUTERS))
@pytest.mark.parametrize("step", [None, 0.25])
def test_positions_of_a_file_that_flags_every_point_are_taken_and_said(tmp_path, computer, step):
    points = walker_mm()
    points[3, 1] = 0.0
    content = c3d_bytes(
        points, residuals=np.full((40, 12), -1), computer=COMPUTERS[computer], integer_step=step, analogs=ramp(40, 1, 1)
    )
    raw = read(tmp_path, content)
    assert np.argwhere(raw.missing).tolist() == [[3, 1]]
    np.testing.assert_array_equal(raw.points, points)
    assert np.isnan(raw.residuals[~raw.missing]).all()
    assert raw.residuals[3, 1] == -1.0
    assert not raw.camera_masks.any()
    assert raw.warnings == (
        "every point is flagged as not seen, although positions are stored: these were taken as seen",
    )


@pytest.mark.parametrize("held", [0.0, -9999.0])
def test_a_file_that_saw_nothing_is_not_made_to_see(tmp_path, held):
    raw = read(tmp_path, c3d_bytes(np.full((40, 12, 3), held), residuals=np.full((40, 12), -1)))
    assert raw.missing.all()
    assert raw.warnings == ()


def test_coordinates_that_are_no_numbers_are_missing(tmp_path):
    points = walker_mm()
    points[1, 2, 0], points[2, 3, 1], points[3, 4, 2] = np.nan, np.inf, -np.inf
    raw = read(tmp_path, c3d_bytes(points))
    assert np.argwhere(raw.missing).tolist() == [[1, 2], [2, 3], [3, 4]]


def test_a_start_of_zeros_with_good_residuals_is_kept_for_others_to_judge(tmp_path):
    points = walker_mm()
    points[:5] = 0.0
    raw = read(tmp_path, c3d_bytes(points))
    assert not raw.missing.any()
    assert (raw.points[:5] == 0.0).all()


@pytest.mark.parametrize("computer", list(COMPUTERS))
@pytest.mark.parametrize("declared", ["UNSIGNED", "unsigned ", "UNSIGNED INTEGER", None])
def test_unsigned_words_have_unsigned_offsets(tmp_path, computer, declared):
    """32,768 is stored in 16 bits as -32,768; without a declared format offset and values say so."""
    stored = np.array([32768, 32769, 32667, 65535, 0, 40000], dtype=float).reshape(6, 1, 1)
    analog = {"OFFSET": np.array([-32768]), "SCALE": np.array([0.01])} | ({"FORMAT": [declared]} if declared else {})
    content = c3d_bytes(
        walker_mm(6), analogs=stored, integer_step=0.25, computer=COMPUTERS[computer], groups={"ANALOG": analog}
    )
    raw = read(tmp_path, content)
    np.testing.assert_allclose(raw.analogs[:, 0], [0.0, 0.01, -1.01, 327.67, -327.68, 72.32], rtol=1e-6)
    guessed = "analog channels taken as unsigned, by their offsets and values, for the file does not tell: 1"
    assert raw.warnings == (() if declared else (guessed,))


@pytest.mark.parametrize("declared", ["UNSIGNED", "SIGNED", None])
def test_floats_around_a_wrapped_offset_come_out_around_zero(tmp_path, declared):
    stored = np.array([32768.0, 32700.0, 33000.0]).reshape(3, 1, 1)
    analog = {"OFFSET": np.array([-32768])} | ({"FORMAT": [declared]} if declared else {})
    raw = read(tmp_path, c3d_bytes(walker_mm(3), analogs=stored, groups={"ANALOG": analog}))
    np.testing.assert_allclose(raw.analogs[:, 0], [0.0, -68.0, 232.0])


@pytest.mark.parametrize("computer", list(COMPUTERS))
def test_each_channel_of_undeclared_format_is_judged_by_its_own_words(tmp_path, computer):
    """An offset far from zero says nothing of the other channels; the values of its own lie near to it."""
    stored = np.array([[-500, 300, -19990, 40000], [500, -300, -20010, 30000]], dtype=float).reshape(2, 1, 4)
    analog = {"OFFSET": np.array([0, 0, -20000, 32767])}
    content = c3d_bytes(
        walker_mm(2), analogs=stored, integer_step=0.25, computer=COMPUTERS[computer], groups={"ANALOG": analog}
    )
    raw = read(tmp_path, content)
    assert raw.analogs.tolist() == [[-500.0, 300.0, 10.0, 7233.0], [500.0, -300.0, -10.0, -2767.0]]
    guessed = "analog channels taken as unsigned, by their offsets and values, for the file does not tell: 1"
    assert raw.warnings == (guessed,)


def test_a_signed_channel_around_zero_with_a_far_offset_stays_signed(tmp_path):
    stored = np.array([-400.0, 400.0, -400.0, 400.0]).reshape(4, 1, 1)
    analog = {"OFFSET": np.array([-20000])}
    raw = read(tmp_path, c3d_bytes(walker_mm(4), analogs=stored, integer_step=0.25, groups={"ANALOG": analog}))
    assert raw.analogs[:, 0].tolist() == [19600.0, 20400.0, 19600.0, 20400.0]
    guessed = "analog channels taken as signed, by their offsets and values, for the file does not tell: 1"
    assert raw.warnings == (guessed,)


@pytest.mark.parametrize("offset", [np.array([-20000]), np.array([-32768.0])])
def test_an_offset_of_floats_is_what_it_says(tmp_path, offset):
    """Unless 16 bits may have wrapped it: neither a float nor what lies far from the middle of their range has."""
    raw = read(
        tmp_path, c3d_bytes(walker_mm(2), analogs=np.full((2, 1, 1), 2e4), groups={"ANALOG": {"OFFSET": offset}})
    )
    assert (raw.analogs == 2e4 - offset[0]).all()
    assert raw.warnings == ()


def test_signed_words_keep_their_signs(tmp_path):
    stored = np.array([-32768, -1, 0, 32767], dtype=float).reshape(4, 1, 1)
    analog = {"FORMAT": ["SIGNED"], "OFFSET": np.array([-100])}
    raw = read(tmp_path, c3d_bytes(walker_mm(4), analogs=stored, integer_step=0.25, groups={"ANALOG": analog}))
    assert raw.analogs[:, 0].tolist() == [-32668.0, 99.0, 100.0, 32867.0]


def test_analogs_without_scales_offsets_rate_or_labels_are_kept_as_stored(tmp_path):
    missing = ["ANALOG:SCALE", "ANALOG:OFFSET", "ANALOG:GEN_SCALE", "ANALOG:RATE", "ANALOG:LABELS", "ANALOG:UNITS"]
    raw = read(tmp_path, c3d_bytes(walker_mm(), analogs=ramp(40, 4, 2), leave_out=missing))
    np.testing.assert_array_equal(raw.analogs, ramp(40, 4, 2).reshape(160, 2))
    assert (raw.analog_rate_hz, raw.analog_labels) == (400.0, ("", ""))
    assert raw.warnings == (
        "analog channels without a scale, kept as stored: 2",
        "analog channels without an offset, 0 was taken: 2",
    )


def test_an_analog_group_with_nothing_in_it_leaves_the_header_to_say(tmp_path):
    names = ["USED", "RATE", "LABELS", "UNITS", "GEN_SCALE", "SCALE", "OFFSET"]
    content = c3d_bytes(walker_mm(), analogs=ramp(40, 4, 2), leave_out=[f"ANALOG:{name}" for name in names])
    raw = read(tmp_path, content)
    np.testing.assert_array_equal(raw.points, walker_mm().astype(np.float32))
    np.testing.assert_array_equal(raw.analogs, ramp(40, 4, 2).reshape(160, 2))


def test_a_scale_of_zero_is_obeyed_and_said(tmp_path):
    analog = {"SCALE": np.array([0.0, 2.0])}
    raw = read(tmp_path, c3d_bytes(walker_mm(), analogs=np.ones((40, 1, 2)), groups={"ANALOG": analog}))
    assert (raw.analogs == [0.0, 2.0]).all()
    assert raw.warnings == ("analog channels with a scale of 0, all zero: 1",)


def test_a_list_that_lacks_channels_leaves_those_as_stored(tmp_path):
    analog = {"SCALE": np.array([3.0]), "OFFSET": np.array([1, 2])}
    raw = read(tmp_path, c3d_bytes(walker_mm(), analogs=np.full((40, 1, 3), 7.0), groups={"ANALOG": analog}))
    assert (raw.analogs == [18.0, 5.0, 7.0]).all()
    assert raw.warnings == (
        "analog channels without a scale, kept as stored: 2",
        "analog channels without an offset, 0 was taken: 1",
    )


def test_a_scale_of_all_channels_that_is_no_number_is_said(tmp_path):
    analog = {"GEN_SCALE": np.nan}
    raw = read(tmp_path, c3d_bytes(walker_mm(), analogs=np.ones((40, 1, 2)), groups={"ANALOG": analog}))
    assert (raw.analogs == 1.0).all()
    assert raw.warnings == ("the scale of all analog channels is no number, 1 was taken: 1",)


def test_more_than_255_channels_go_on_in_the_next_list(tmp_path):
    channels = np.arange(300)
    analogs = np.broadcast_to(channels, (8, 2, 300)).astype(float)
    raw = read(
        tmp_path,
        c3d_bytes(
            walker_mm(8),
            analogs=analogs,
            groups={
                "ANALOG": {
                    "SCALE2": np.full(45, 10.0),
                    "OFFSET2": np.full(45, 255),
                    "OFFSET": np.zeros(255, dtype=int),
                }
            },
        ),
    )
    assert raw.analog_labels == tuple(f"A{channel}" for channel in channels)
    expected = np.where(channels < 255, channels, (channels - 255) * 10)
    np.testing.assert_array_equal(raw.analogs, np.broadcast_to(expected, (16, 300)))


def test_analogs_without_points_are_content_too(tmp_path):
    raw = read(tmp_path, c3d_bytes(np.zeros((20, 0, 3)), [], analogs=ramp(20, 3, 2)))
    assert (raw.frames, raw.points.shape, raw.residuals.shape) == (20, (20, 0, 3), (20, 0))
    np.testing.assert_array_equal(raw.analogs, ramp(20, 3, 2).reshape(60, 2))


def test_a_file_of_many_blocks_is_decoded_like_one(tmp_path):
    frames = 30_000
    points = np.arange(frames * 6, dtype=float).reshape(frames, 2, 3) % 30_011
    analogs = ramp(frames, 2, 2) % 30_011
    for step in (None, 1.0):
        raw = read(tmp_path, c3d_bytes(points, LABELS[:2], analogs=analogs, integer_step=step))
        np.testing.assert_array_equal(raw.points, points)
        np.testing.assert_array_equal(raw.analogs, analogs.reshape(-1, 2))


def test_the_six_published_encodings_of_one_trial_agree(shared_data):
    folder = shared_data / "recordings" / "encodings"
    trials = [C3DReader().read(path) for path in sorted(folder.iterdir()) if path.suffix.lower() == ".c3d"]
    assert {(raw.byte_order, raw.storage) for raw in trials} == {
        (order, storage) for order in COMPUTERS for storage in ("float", "integer")
    }
    reference = next(raw for raw in trials if (raw.byte_order, raw.storage) == ("Intel", "float"))
    step = reference.number("POINT", "SCALE")
    for raw in trials:
        np.testing.assert_array_equal(raw.missing, reference.missing)
        seen = ~raw.missing
        # The program that made the copies rounded a few coordinates to the neighbouring step.
        np.testing.assert_allclose(raw.points[seen], reference.points[seen], rtol=0, atol=1.001 * abs(step))
        assert (raw.points[seen] != reference.points[seen]).mean() < 0.02
        # The DEC copy of integers holds 96 camera bytes that are one higher; `c3d` reads the same from its bytes.
        others = 96 if (raw.byte_order, raw.storage) == ("DEC", "integer") else 0
        assert np.count_nonzero(raw.camera_masks != reference.camera_masks) == others
        np.testing.assert_allclose(raw.residuals, reference.residuals, rtol=1e-6)
        np.testing.assert_allclose(raw.analogs, reference.analogs, rtol=1e-6)
        assert (raw.point_labels, raw.analog_labels) == (reference.point_labels, reference.analog_labels)
        assert raw.rate_hz == reference.rate_hz == 50.0
        assert len(raw.header_events) >= 8  # the DEC copy of integers holds one event less
        assert raw.header_events == reference.header_events[: len(raw.header_events)]
        assert {group: set(values) for group, values in raw.parameters.items()} == {
            group: set(values) for group, values in reference.parameters.items()
        }
