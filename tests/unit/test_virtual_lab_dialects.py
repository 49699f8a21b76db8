"""Vendors' files of one virtual walk: each says the same thing in its own way, and that nobody measured it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics import Skeleton, forward_kinematics, landmarks, plate_forces
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.recordings import read_recordings, write_c3d
from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.c3d_writing import write_raw
from ltme_clinic.recordings.c3d_writing.encoding import Encoding
from ltme_clinic.recordings.oracle.opinion import ask_oracle
from ltme_clinic.types import (
    AnalogSignals,
    Anthropometry,
    ForcePlate,
    GaitEvent,
    LtmeError,
    ModelOutput,
    Recording,
)
from ltme_clinic.virtual_lab.dialect_content import channel_label, dialect_content, subject_prefix
from ltme_clinic.virtual_lab.dialects import DIALECTS, write_dialect

FRAMES, RATE_HZ, SAMPLES = 200, 100.0, 10
PLATE_M = np.array([[0.5, -0.5, 0.0], [0.0, -0.5, 0.0], [0.0, 0.0, 0.0], [0.5, 0.0, 0.0]])
"""Corners of a plate whose z points into the floor."""
EVENTS = (
    ("left", "initial_contact", 30),
    ("right", "foot_off", 42),
    ("right", "initial_contact", 85),
    ("left", "foot_off", 97),
    ("left", "initial_contact", 140),
)
WITHOUT_EVENTS = {"motion-analysis", "motion-analysis-pc", "optitrack-motive"}
WITHOUT_SUBJECT = {"vicon-370", "qualisys-qtm", "bts-smart"}
CASES = [(name, marker_set) for name, one in DIALECTS.items() for marker_set in sorted(set(one.marker_sets))]


def walk(marker_set="plug-in-gait-full-body", kind=2, subject="VP-001"):
    """Somebody who stands as a virtual patient does and glides ahead, over two plates."""
    skeleton = Skeleton.from_height(1.75)
    motion = forward_kinematics(skeleton, {}, np.array([[-0.9, 0.0, skeleton.standing_hip_height_m]]))
    slots = marker_sets()[marker_set].slots
    standing_m = landmarks(skeleton, motion)[:, [SLOT_INDEX[slot] for slot in slots]]
    positions_m = standing_m + np.arange(FRAMES)[:, None, None] * np.array([0.012, 0.001, 0.0])
    positions_m[20:25, 3] = np.nan
    events = tuple(GaitEvent(side, what, frame / RATE_HZ, frame) for side, what, frame in EVENTS)
    plates, analogs = two_plates(kind)
    return Recording(
        recording_id="virtual walk",
        origin="virtual",
        source_name="walk.c3d",
        subject=subject,
        rate_hz=RATE_HZ,
        first_file_frame=1,
        marker_labels=tuple(names[0] for names in slots.values()),
        positions_m=positions_m,
        events=events,
        analogs=analogs,
        plates=2,
        force_plates=plates,
        anthropometry=Anthropometry(height_m=skeleton.height_m, mass_kg=70.0),
        manufacturer="SYNTHETIC",
    )


def two_plates(kind):
    """Plates of one type and their channels: a step's half sine of 800 N on the first, nothing on the second."""
    samples = FRAMES * SAMPLES
    step = np.zeros(samples)
    step[500:1200] = np.sin(np.linspace(0.0, np.pi, 700))
    each = {
        1: np.column_stack([60 * step, 20 * step, 800 * step, 30 * step, -40 * step, 4e3 * step]),
        2: np.column_stack([60 * step, 20 * step, 800 * step, 3e4 * step, -2e4 * step, 4e3 * step]),
        3: np.column_stack([30 * step] * 4 + [150 * step, 250 * step, 210 * step, 190 * step]),
        4: np.column_stack([0.06 * step, 0.02 * step, 0.8 * step, 0.3 * step, -0.2 * step, 0.04 * step]),
    }[kind]
    names = ("Fx12 Fx34 Fy14 Fy23 Fz1 Fz2 Fz3 Fz4" if kind == 3 else "Fx Fy Fz Mx My Mz").split()
    calibration = np.diag([1e3, 1e3, 1e3, 1e5, 1e5, 1e5]) if kind == 4 else None
    origin_m = np.array([0.12, 0.2, -0.05]) if kind == 3 else np.array([0.0, 0.0, -0.04])
    width = each.shape[1]
    plates = tuple(
        ForcePlate(
            number + 1,
            kind,
            PLATE_M + np.array([0.51 * number, 0.25, 0.0]),
            origin_m,
            tuple(range(number * width, (number + 1) * width)),
            calibration,
            samples_per_frame=SAMPLES,
        )
        for number in range(2)
    )
    labels = tuple(f"{name}{number}" for number in (1, 2) for name in names)
    units = tuple("V" if kind == 4 else "N" if name.startswith("F") else "Nmm" for _ in (1, 2) for name in names)
    values = np.concatenate([each, np.zeros_like(each)], axis=1).astype(np.float32)
    return plates, AnalogSignals(labels, RATE_HZ * SAMPLES, values, units)


def read_back(tmp_path, recording, dialect):
    (found,) = read_recordings(write_dialect(tmp_path / "walk.c3d", recording, dialect))
    return found


@pytest.mark.parametrize(("name", "marker_set"), CASES)
def test_what_a_vendors_file_says_is_what_was_recorded(tmp_path, name, marker_set):
    recording = walk(marker_set)
    found = read_back(tmp_path, recording, name)
    assert found.marker_labels == recording.marker_labels
    assert np.array_equal(np.isnan(found.positions_m), np.isnan(recording.positions_m))
    resolution_m = np.nanmax(np.abs(recording.positions_m)) / 32_000 / 2
    limit_m = 1.01 * resolution_m if DIALECTS[name].encoding.is_integer else 1e-6
    assert np.nanmax(np.abs(found.positions_m - recording.positions_m)) < limit_m < 1e-4
    assert found.origin == "virtual"
    assert found.subject == ("" if name in WITHOUT_SUBJECT else recording.subject)
    said = [(event.side, event.kind, event.frame) for event in found.events]
    assert said == ([] if name in WITHOUT_EVENTS else list(EVENTS))


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("name", DIALECTS)
def test_the_plates_measure_the_same_force_at_the_same_place(tmp_path, name, kind):
    recording = walk("plug-in-gait-lower-body", kind)
    found = read_back(tmp_path, recording, name)
    for mine, theirs in zip(recording.force_plates, found.force_plates, strict=True):
        true, said = plate_forces(mine, recording.analogs), plate_forces(theirs, found.analogs)
        assert said.force_n == pytest.approx(true.force_n, abs=0.5)
        pressed = true.force_n[:, 2] > 100.0
        places_m = said.centre_of_pressure_m[pressed] - true.centre_of_pressure_m[pressed]
        assert np.abs(places_m).max(initial=0.0) < 1e-3
        assert theirs.corners_m == pytest.approx(mine.corners_m, abs=1e-6)
    assert np.abs(plate_forces(recording.force_plates[0], recording.analogs).force_n[:, 2]).max() > 700.0


@pytest.mark.parametrize("name", DIALECTS)
def test_the_second_reader_agrees_where_it_can_read(tmp_path, name):
    path = write_dialect(tmp_path / "walk.c3d", walk(), name)
    opinion = ask_oracle(path)
    assert opinion.unexplained == ()
    assert opinion.verdict == {"motion-analysis": "refused", "motion-analysis-pc": "disagrees"}.get(name, "agrees")


@pytest.mark.parametrize("name", DIALECTS)
def test_every_file_says_that_it_is_synthetic(tmp_path, name):
    raw = C3DReader().read(write_dialect(tmp_path / "walk.c3d", walk(), name))
    assert raw.text("MANUFACTURER", "COMPANY") == "SYNTHETIC"
    assert raw.text("MANUFACTURER", "SOFTWARE").startswith("LTME virtual laboratory")
    generated = replace(walk(), origin="generated")
    (found,) = read_recordings(write_dialect(tmp_path / "exercise.c3d", generated, name))
    assert found.origin == "generated"


@pytest.mark.parametrize("name", DIALECTS)
def test_each_dialect_keeps_its_vendors_storage(tmp_path, name):
    dialect = DIALECTS[name]
    raw = C3DReader().read(write_dialect(tmp_path / "walk.c3d", walk(), name))
    assert (raw.byte_order, raw.storage) == (dialect.encoding.byte_order, dialect.encoding.storage)
    assert raw.text("POINT", "UNITS") == dialect.unit
    assert raw.first_frame == dialect.first_frame
    assert raw.point_labels[0].startswith("VP-001:") == dialect.has_prefix
    assert bool(raw.header_events) == (dialect.events == "header")
    screen = (raw.text("POINT", "X_SCREEN"), raw.text("POINT", "Y_SCREEN"))
    assert screen == (dialect.screen or ("", ""))


def test_the_default_dialect_is_what_is_written_today(tmp_path):
    recording = walk()
    write_c3d(tmp_path / "today.c3d", recording)
    write_dialect(tmp_path / "dialect.c3d", recording)
    assert (tmp_path / "today.c3d").read_bytes() == (tmp_path / "dialect.c3d").read_bytes()


@pytest.mark.parametrize("name", DIALECTS)
def test_the_same_recording_gives_the_same_bytes(tmp_path, name):
    one = write_dialect(tmp_path / "one.c3d", walk(), name).read_bytes()
    other = write_dialect(tmp_path / "other.c3d", walk(), name).read_bytes()
    assert one == other


@pytest.mark.parametrize("name", DIALECTS)
def test_long_and_odd_names_break_nothing(tmp_path, name):
    for subject in ("", " ", "A:B *C", "Ä" * 300):
        recording = walk("plug-in-gait-lower-body", subject=subject)
        labels = (*recording.marker_labels[:-1], "M" * 200)
        found = read_back(tmp_path, replace(recording, marker_labels=labels), name)
        assert found.positions_m.shape == recording.positions_m.shape
        assert found.marker_labels[:-1] == labels[:-1]


@pytest.mark.parametrize("name", ["vicon-nexus-prefixed", "qualisys-qtm", "motion-analysis"])
def test_more_than_255_points_go_on_in_a_second_list(tmp_path, name):
    recording = walk("plug-in-gait-lower-body")
    more = 300
    extra_m = np.repeat(recording.positions_m[:, :1], more, axis=1) + np.linspace(0.0, 0.3, more)[:, None]
    labels = (*recording.marker_labels, *(f"X{number:03d}" for number in range(more)))
    many = replace(
        recording, marker_labels=labels, positions_m=np.concatenate([recording.positions_m, extra_m], axis=1)
    )
    found = read_back(tmp_path, many, name)
    assert found.marker_labels == labels


@pytest.mark.parametrize("name", ["vicon-nexus-prefixed", "bts-smart", "optitrack-motive"])
def test_angles_and_calculated_points_stay_what_they_were(tmp_path, name):
    angles = np.linspace(-20.0, 60.0, 3 * FRAMES).reshape(FRAMES, 3)
    recording = walk("plug-in-gait-lower-body")
    hip_m = np.nanmean(recording.positions_m[:, :4], axis=1)
    outputs = (ModelOutput("LKneeAngles", "angle", angles, "deg"), ModelOutput("PELO", "point", hip_m, "m"))
    found = {
        one.name: one for one in read_back(tmp_path, replace(recording, model_outputs=outputs), name).model_outputs
    }
    assert found["LKneeAngles"].values == pytest.approx(angles, abs=1e-4)
    assert found["LKneeAngles"].kind == "angle"
    assert found["PELO"].values == pytest.approx(hip_m, abs=1e-6)


def test_more_events_than_a_header_holds_go_to_the_event_group(tmp_path):
    events = tuple(
        GaitEvent("left", "initial_contact" if number % 2 else "foot_off", number * 0.09, number * 9)
        for number in range(22)
    )
    found = read_back(tmp_path, replace(walk(), events=events), "vicon-370")
    assert [(one.kind, one.frame) for one in found.events] == [(one.kind, one.frame) for one in events]


def test_the_prefix_is_the_subjects_name_without_what_parts_labels():
    assert subject_prefix("VP-001") == "VP-001:"
    assert subject_prefix(" A:B *C ") == "A_B_C:"
    assert subject_prefix("") == ""
    assert len(subject_prefix("x" * 500)) == 61


def test_a_plates_channels_have_the_vendors_names():
    assert channel_label("Fz2", DIALECTS["vicon-nexus"]) == "Force.Fz2"
    assert channel_label("Mx1", DIALECTS["qualisys-qtm"]) == "FP1_MX"
    assert channel_label("EMG 1", DIALECTS["qualisys-qtm"]) == "EMG 1"


def test_metres_carry_moments_in_newton_metres():
    recording = walk(kind=2)
    content = dialect_content("walk.c3d", recording, DIALECTS["bts-smart"])
    assert content.analogs[:, 3] == pytest.approx(1e-3 * recording.analogs.values[:, 3], rel=1e-6)
    assert content.analogs[:, 2] == pytest.approx(recording.analogs.values[:, 2])
    assert content.parameters["ANALOG"]["UNITS"][:6] == ("N", "N", "N", "Nm", "Nm", "Nm")


@pytest.mark.parametrize("byte_order", ["Intel", "DEC", "MIPS"])
@pytest.mark.parametrize("storage", ["float", "integer"])
@pytest.mark.parametrize("unsigned", [False, True])
def test_every_encoding_says_the_same(tmp_path, byte_order, storage, unsigned):
    content = dialect_content("walk.c3d", walk(), DIALECTS["vicon-nexus"])
    write_raw(tmp_path / "walk.c3d", content, Encoding(byte_order, storage, unsigned, 0.5))
    found = C3DReader().read(tmp_path / "walk.c3d")
    assert np.array_equal(found.missing, content.missing)
    limit_mm = 0.51 * np.abs(content.points).max() / 32_000 if storage == "integer" else 1e-3
    assert np.abs(found.points - content.points)[~content.missing].max() < limit_mm
    limits = 0.51 * np.abs(content.analogs).max(axis=0) / 32_000 + 1e-3
    assert (np.abs(found.analogs - content.analogs).max(axis=0) < limits).all()
    assert found.texts("EVENT", "CONTEXTS") == content.texts("EVENT", "CONTEXTS")


def test_a_measured_recording_is_never_written_in_a_vendors_name(tmp_path):
    with pytest.raises(LtmeError, match="measured"):
        write_dialect(tmp_path / "walk.c3d", replace(walk(), origin="measured"), "vicon-nexus")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_dialect_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(LtmeError, match="vicon-nexus"):
        write_dialect(tmp_path / "walk.c3d", walk(), "esperanto")


def test_the_usual_marker_sets_of_a_dialect_are_known():
    assert {name for one in DIALECTS.values() for name in one.marker_sets} <= set(marker_sets())
