"""TRC files written: byte for byte as OpenSim reads them, and back again, real recordings among them."""

from __future__ import annotations

import numpy as np
import pytest
from recordings_c3d_maker import walker_mm
from test_formats_trc import SIMPLE, read, simple
from test_recordings_writing import make_recording

from ltme_clinic.clips import make_clip
from ltme_clinic.recordings import read_recordings, write_c3d, write_recording
from ltme_clinic.recordings.formats.trc_writing import write_trc
from ltme_clinic.recordings.inspection import describe
from ltme_clinic.types import LtmeError


def test_a_file_is_written_byte_for_byte_as_opensim_reads_it(tmp_path):
    assert write_trc(tmp_path / "walk.trc", simple()) == ()
    assert (tmp_path / "walk.trc").read_text() == SIMPLE


def test_x_stays_forward_y_is_up_and_z_is_to_the_right(tmp_path):
    at = np.array([[[3.0, 2.0, 1.0]]])  # forward, to the left, up
    write_trc(tmp_path / "a.trc", simple(marker_labels=("A",), positions_m=at))
    assert (tmp_path / "a.trc").read_text().splitlines()[-1].split("\t")[2:5] == [
        "3000.00000",
        "1000.00000",
        "-2000.00000",
    ]


@pytest.mark.parametrize("origin", ["virtual", "generated", "measured"])
def test_there_and_back_nothing_of_the_markers_is_lost(tmp_path, origin):
    made = make_recording(origin=origin, rate_hz=59.939998626, first_file_frame=77)
    write_trc(tmp_path / "trial.trc", made)
    (back,) = read_recordings(tmp_path / "trial.trc")
    np.testing.assert_allclose(back.positions_m, made.positions_m, atol=1e-6)
    assert back.marker_labels == made.marker_labels
    assert (back.rate_hz, back.first_file_frame, back.origin) == (59.939998626, 77, origin)


def test_only_synthetic_motion_carries_the_mark(tmp_path):
    for origin in ("measured", "virtual", "generated"):
        write_trc(tmp_path / f"{origin}.trc", make_recording(origin=origin, manufacturer="SYNTHETIC"))
    marked = {path.stem for path in tmp_path.iterdir() if "SYNTHETIC" in path.read_text().splitlines()[0]}
    assert marked == {"virtual", "generated"}


def test_a_measured_file_whose_name_is_the_mark_stays_measured(tmp_path):
    path = tmp_path / "SYNTHETIC LTME exercise generator.trc"
    write_trc(path, simple())
    assert read_recordings(path)[0].origin == "measured"


def test_what_has_no_place_in_the_file_is_said(tmp_path):
    lost = write_trc(tmp_path / "trial.trc", make_recording())
    assert [line for line in lost if "left out" in line] == list(lost)
    assert [line.split()[0] for line in lost] == ["events", "analog", "model", "the"]
    assert lost[0] == "events left out: 3"


def test_names_that_would_break_the_table_are_changed_and_counted(tmp_path):
    made = simple(marker_labels=("L\tASI", "\n"))
    lost = write_trc(tmp_path / "trial.trc", made)
    assert lost == ("markers' names changed: 2",)
    assert read_recordings(tmp_path / "trial.trc")[0].marker_labels == ("L ASI", "marker_2")


def test_the_original_is_never_written_over(tmp_path):
    original = read(tmp_path, SIMPLE)
    with pytest.raises(LtmeError, match="is the original"):
        write_trc(tmp_path / "a.trc", original)
    assert (tmp_path / "a.trc").read_text() == SIMPLE


def test_a_recording_without_markers_or_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(LtmeError, match="no markers"):
        write_trc(tmp_path / "a.trc", simple(marker_labels=(), positions_m=np.zeros((5, 0, 3))))
    with pytest.raises(LtmeError, match="can't be written"):
        write_trc(tmp_path / "nowhere" / "a.trc", simple())
    assert not list(tmp_path.iterdir())


def test_a_suffix_that_is_no_format_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(LtmeError, match=r"'\.bvh' is not written.*\*\.c3d, \*\.trc, \*\.mot or \*\.sto"):
        write_recording(tmp_path / "a.bvh", simple())
    with pytest.raises(LtmeError, match="no choice of content"):
        write_recording(tmp_path / "a.trc", simple(), content="forces")


# Real recordings

REAL = (
    "children/HC030A05.c3d",
    "opensim/jogging.c3d",
    "qualisys/Qualisys.c3d",
    "overground_adult/exampleOverground.c3d",
    "encodings/Dec_real.c3d",
    "exercise/squat.c3d",
)


@pytest.mark.parametrize("name", REAL)
def test_a_real_recording_comes_back_from_a_trc_file_marker_by_marker(tmp_path, shared_data, name):
    (original,) = read_recordings(shared_data / "recordings" / name)
    write_trc(tmp_path / "trial.trc", original)
    (back,) = read_recordings(tmp_path / "trial.trc")
    assert back.marker_labels == original.marker_labels
    np.testing.assert_allclose(back.positions_m, original.positions_m, atol=1e-5)
    assert (back.rate_hz, back.first_file_frame) == (original.rate_hz, original.first_file_frame)


@pytest.mark.parametrize("name", ["children/HC030A05.c3d", "qualisys/Qualisys.c3d", "overground_small/test_small.c3d"])
def test_a_real_walk_makes_the_same_clip_from_a_trc_file(tmp_path, shared_data, name):
    (original,) = read_recordings(shared_data / "recordings" / name)
    write_trc(tmp_path / "walk.trc", original)
    clip, back = make_clip(original), make_clip(read_recordings(tmp_path / "walk.trc")[0])
    both = clip.valid & back.valid
    assert both.mean() > 0.5
    np.testing.assert_allclose(back.positions_m[both], clip.positions_m[both], atol=1e-5)
    np.testing.assert_allclose(back.velocity_m_s, clip.velocity_m_s, atol=1e-3)


def test_a_trc_file_and_a_c3d_file_of_one_walk_are_the_same_walk(tmp_path):
    made = make_recording()
    write_c3d(tmp_path / "a.c3d", made)
    write_trc(tmp_path / "a.trc", made)
    (c3d,), (trc,) = read_recordings(tmp_path / "a.c3d"), read_recordings(tmp_path / "a.trc")
    np.testing.assert_allclose(trc.positions_m, c3d.positions_m, atol=1e-6)
    assert describe(trc)["marker_set"] == describe(c3d)["marker_set"]


def test_markers_that_no_body_tells_apart_come_back_upright_too(tmp_path):
    labels = tuple(f"P{number}" for number in range(12))
    write_trc(tmp_path / "a.trc", simple(marker_labels=labels, positions_m=walker_mm(30) / 1000.0))
    np.testing.assert_allclose(read_recordings(tmp_path / "a.trc")[0].positions_m, walker_mm(30) / 1000.0, atol=1e-6)
