"""Which way is up: someone lying on a force plate is not stood up, and feet alone are turned by their plates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import LABELS, c3d_bytes, walker_mm

from ltme_clinic.recordings import read_recordings, write_c3d
from ltme_clinic.recordings.body_frame import turned_upright
from ltme_clinic.types import Recording

AXES = ("+x", "-x", "+y", "-y", "+z", "-z")
CORNERS_MM = np.array([[600.0, 400, 0], [0, 400, 0], [0, 0, 0], [600, 0, 0]])
FEET = [LABELS.index(label) for label in ("LANK", "RANK", "LHEE", "RHEE", "LTOE", "RTOE")]


def in_file(positions: np.ndarray, axis: str) -> np.ndarray:
    """A laboratory with z up as a file stores it whose `axis` is up."""
    return positions @ np.linalg.inv(turned_upright(np.eye(3), axis)).T


def plates(*corners_mm: np.ndarray) -> dict:
    return {"USED": len(corners_mm), "CORNERS": np.stack([corners.T for corners in corners_mm], axis=2)}


def read(
    folder: Path, points: np.ndarray, *corners_mm: np.ndarray, screen: str = "", labels: tuple[str, ...] = LABELS
) -> Recording:
    groups: dict = {"FORCE_PLATFORM": plates(*corners_mm)} if corners_mm else {}
    if screen:
        groups["POINT"] = {"X_SCREEN": ["+X"], "Y_SCREEN": [screen]}
    path = folder / "t.c3d"
    path.write_bytes(c3d_bytes(points, labels, groups=groups))
    (recording,) = read_recordings(path)
    return recording


def lying_mm(frames: int = 100) -> np.ndarray:
    """On the back, on a couch, along x with the feet at the origin."""
    return np.repeat(walker_mm(1), frames, axis=0)[..., [2, 1, 0]] + np.array([0.0, 0.0, 600.0])


def height_m(recording: Recording) -> float:
    return float(np.ptp(recording.positions_m[0, :, 2]))


def axis_warnings(recording: Recording) -> list[str]:
    return [w for w in recording.warnings if "along" in w or " up" in w]


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("points", [walker_mm(100), walker_mm(100)[:, FEET]], ids=["legs", "feet"])
def test_plates_tell_the_axis_whatever_part_of_the_body_is_marked(
    tmp_path: Path, axis: str, points: np.ndarray
) -> None:
    labels = LABELS if points.shape[1] == len(LABELS) else tuple(LABELS[i] for i in FEET)
    recording = read(tmp_path, in_file(points, axis), in_file(CORNERS_MM, axis), labels=labels)
    np.testing.assert_allclose(recording.positions_m, points / 1000.0, atol=1e-6)
    assert len(axis_warnings(recording)) == (axis != "+z")


@pytest.mark.parametrize("mounted", [CORNERS_MM, CORNERS_MM[[1, 0, 3, 2]]], ids=["z up", "z down"])
def test_someone_who_lies_over_a_plate_is_not_stood_up(tmp_path: Path, mounted: np.ndarray) -> None:
    recording = read(tmp_path, lying_mm(), mounted)
    assert height_m(recording) < 0.3
    assert any("the plates were believed" in warning for warning in recording.warnings)


def test_plates_of_zeros_and_walls_leave_the_body_to_tell(tmp_path: Path) -> None:
    walk = in_file(walker_mm(100), "+y")
    assert height_m(read(tmp_path, walk, np.zeros((4, 3)))) == pytest.approx(0.93)
    wall = CORNERS_MM[:, [2, 1, 0]]
    assert height_m(read(tmp_path, walk, in_file(CORNERS_MM, "+y"), in_file(wall, "+y"))) == pytest.approx(0.93)


def test_corners_that_nobody_turned_with_the_markers_do_not_lay_a_walk_down(tmp_path: Path) -> None:
    """Markers with y up beside corners with z up: half the body would be below that floor, or a long walk tells."""
    assert height_m(read(tmp_path, in_file(walker_mm(100), "+y"), CORNERS_MM)) == pytest.approx(0.93)
    beside = walker_mm(300) * np.array([1.5, 1.0, 1.0]) + np.array([0.0, -400.0, 0.0])
    recording = read(tmp_path, in_file(beside, "+y"), CORNERS_MM)
    assert height_m(recording) == pytest.approx(0.93)
    assert any("check them" in warning for warning in recording.warnings)


@pytest.mark.parametrize("slope_deg", [0.0, 10.0, 20.0])
def test_a_ramp_is_no_reason_to_turn_the_laboratory(tmp_path: Path, slope_deg: float) -> None:
    slope = np.radians(slope_deg)
    ramp = CORNERS_MM @ np.array([[np.cos(slope), 0, -np.sin(slope)], [0, 1, 0], [np.sin(slope), 0, np.cos(slope)]]).T
    recording = read(tmp_path, walker_mm(100), ramp)
    assert height_m(recording) == pytest.approx(0.93)
    assert axis_warnings(recording) == []


def test_steps_are_floors_at_several_heights(tmp_path: Path) -> None:
    steps = [CORNERS_MM + np.array([300.0 * i, 0.0, 190.0 * i]) for i in range(4)]
    assert axis_warnings(read(tmp_path, walker_mm(100), *steps)) == []


def test_feet_alone_without_plates_keep_the_file_s_axes_and_say_so(tmp_path: Path) -> None:
    feet, labels = in_file(walker_mm(100)[:, FEET], "+y"), tuple(LABELS[i] for i in FEET)
    recording = read(tmp_path, feet, labels=labels)
    np.testing.assert_allclose(recording.positions_m, feet / 1000.0, atol=1e-6)
    assert any("neither body nor force plates" in warning for warning in recording.warnings)
    assert axis_warnings(read(tmp_path, feet, labels=labels, screen="+Z")) == []


def test_what_a_viewer_is_told_keeps_a_body_lying_but_never_turns_a_file(tmp_path: Path) -> None:
    assert height_m(read(tmp_path, lying_mm(), screen="+Z")) < 0.3
    assert height_m(read(tmp_path, walker_mm(100), screen="+Y")) == pytest.approx(0.93)
    assert height_m(read(tmp_path, in_file(walker_mm(100), "+y"), screen="+Z")) == pytest.approx(0.93)  # it walked


@pytest.mark.parametrize(
    "corners",
    [np.full((3, 4, 2), np.nan), np.ones((4, 3)), np.ones(7), np.full((3, 4, 1), 1e30), np.zeros((3, 4, 0))],
)
def test_hostile_corners_are_no_witness(tmp_path: Path, corners: np.ndarray) -> None:
    groups = {"FORCE_PLATFORM": {"USED": 2, "CORNERS": corners.astype(float)}}
    path = tmp_path / "t.c3d"
    path.write_bytes(c3d_bytes(walker_mm(100), groups=groups))
    (recording,) = read_recordings(path)
    assert height_m(recording) == pytest.approx(0.93)


def test_someone_who_lies_is_still_lying_after_we_wrote_the_file_again(tmp_path: Path) -> None:
    lying = read(tmp_path, lying_mm(), screen="+Z")
    write_c3d(tmp_path / "again.c3d", lying)
    (again,) = read_recordings(tmp_path / "again.c3d")
    np.testing.assert_allclose(again.positions_m, lying.positions_m, atol=1e-5)
