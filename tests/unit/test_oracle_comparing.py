"""Two decodings of one file held against each other: what differs is found, counted and placed; rounding is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.recordings.oracle.comparing import FLOAT32_STEPS, Disagreement, compare
from ltme_clinic.recordings.raw import RawC3D


def reading() -> RawC3D:
    """Ten frames of three points, the second one missing in frame 4; two channels at ten times the rate."""
    points = np.arange(90, dtype=np.float32).reshape(10, 3, 3) + 1.0
    missing = np.zeros((10, 3), dtype=bool)
    missing[4, 1] = True
    return RawC3D(
        source_name="trial.c3d",
        rate_hz=100.0,
        first_frame=5,
        point_labels=("LASI", "RASI", "SACR"),
        points=points,
        missing=missing,
        analog_rate_hz=1000.0,
        analog_labels=("EMG1", "EMG2"),
        analogs=np.arange(200, dtype=np.float32).reshape(100, 2),
        parameters={"POINT": {"UNITS": ("mm",), "SCALE": np.array([-0.1])}},
        residuals=np.full((10, 3), 0.5, np.float32),
        camera_masks=np.full((10, 3), 7, np.uint8),
    )


def only(found: tuple[Disagreement, ...]) -> Disagreement:
    (one,) = found
    return one


def test_a_reading_agrees_with_itself():
    assert compare(reading(), reading()) == ()


def test_one_moved_coordinate_is_counted_measured_and_placed():
    points = reading().points.copy()
    points[7, 2, 1] += 0.25
    found = only(compare(reading(), replace(reading(), points=points)))
    assert (found.field, found.values, found.where) == ("points", 1, "frame 7, point 2")
    assert found.largest == pytest.approx(0.25)
    assert found.is_signal


@pytest.mark.parametrize(("steps", "agrees"), [(1, True), (FLOAT32_STEPS - 0.5, True), (FLOAT32_STEPS + 1, False)])
def test_rounding_within_a_few_steps_of_float32_is_agreement(steps, agrees):
    points = reading().points.astype(np.float64)
    moved = points * (1.0 + steps * np.finfo(np.float32).eps)
    assert (compare(replace(reading(), points=points), replace(reading(), points=moved)) == ()) is agrees


def test_what_stands_in_the_place_of_a_missing_point_means_nothing():
    points = reading().points.copy()
    points[4, 1] = np.nan
    assert compare(reading(), replace(reading(), points=points)) == ()


def test_a_point_that_one_reader_alone_misses_is_found():
    missing = reading().missing.copy()
    missing[0, 0] = True
    found = only(compare(reading(), replace(reading(), missing=missing)))
    assert (found.field, found.values) == ("missing", 1)


def test_a_lost_frame_is_one_disagreement_and_the_rest_is_still_compared():
    shorter = replace(reading(), points=reading().points[:9], missing=reading().missing[:9])
    shorter = replace(shorter, residuals=None, camera_masks=None)
    found = only(compare(reading(), shorter))
    assert (found.field, found.values) == ("frames", 1)
    other = replace(shorter, points=shorter.points + 1.0)
    assert [one.field for one in compare(reading(), other)] == ["frames", "points"]


def test_rates_first_frame_and_labels_are_compared():
    other = replace(reading(), rate_hz=60.0, first_frame=4, analog_rate_hz=1200.0, point_labels=("LASI", "X", "SACR"))
    assert {one.field for one in compare(reading(), other)} == {
        "rate_hz",
        "first_frame",
        "analog_rate_hz",
        "point_labels",
    }


def test_a_rate_stored_as_float32_equals_the_same_rate_in_double():
    assert compare(replace(reading(), rate_hz=float(np.float32(59.94))), replace(reading(), rate_hz=59.94)) == ()


def test_analogs_differ_by_value_and_by_count():
    analogs = reading().analogs.copy()
    analogs[3, 1] = np.nan
    found = only(compare(reading(), replace(reading(), analogs=analogs)))
    assert (found.field, found.where, found.largest) == ("analogs", "frame 3, channel 1", np.inf)
    fewer = replace(reading(), analogs=reading().analogs[:, :1], analog_labels=("EMG1",))
    assert "2 channels, the other reader finds 1" in only(compare(reading(), fewer)).sentence


def test_an_offset_that_was_subtracted_rounds_as_coarsely_as_it_is_large():
    calibrated = {"ANALOG": {"OFFSET": np.array([32768.0, 0.0]), "SCALE": np.ones(2), "GEN_SCALE": np.array([1.0])}}
    ours = replace(reading(), parameters=calibrated)
    moved = reading().analogs + np.array([0.004, 0.004], np.float32)  # one step of float32 at 32,768
    found = only(compare(ours, replace(ours, analogs=moved)))
    assert (found.field, found.values) == ("analogs", 100)


def test_parameters_are_compared_where_both_have_them():
    parameters = {"POINT": {"UNITS": ("m",), "SCALE": np.array([-0.1]), "X_SCREEN": ("+X",)}, "ANALOG": {}}
    other = replace(reading(), parameters=parameters)
    found = only(compare(reading(), other))
    assert (found.field, found.where) == ("parameters", "POINT:UNITS")
    assert {one.where for one in compare(other, reading())} == {"POINT:UNITS", "POINT:X_SCREEN"}


def test_padding_and_empty_lists_are_no_disagreement():
    padded = {"POINT": {"UNITS": ("mm  ", ""), "SCALE": np.array([[-0.1]]), "DESCRIPTIONS": ()}}
    assert compare(replace(reading(), parameters=padded), reading()) == ()


def test_residuals_and_masks_are_compared_where_both_decode_them():
    assert compare(reading(), replace(reading(), residuals=None, camera_masks=None)) == ()
    other = replace(reading(), residuals=np.ones((10, 3), np.float32), camera_masks=np.zeros((10, 3), np.uint8))
    found = compare(reading(), other)
    assert {one.field for one in found} == {"residuals", "camera_masks"}
    assert {one.values for one in found} == {29}
    assert not any(one.is_signal for one in found)
