"""The 34 quirks of real C3D files, each met by a file written byte by byte and by what a recording then holds.

The table at the end says which tests meet each quirk; what is decided in the bytes alone is tested beside the decoder.
"""

from __future__ import annotations

import ast
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import COMPUTERS, LABELS, Computer, c3d_bytes, walker_mm

from ltme_clinic.kinematics import plate_forces
from ltme_clinic.recordings import inspect_file, read_recordings, write_c3d
from ltme_clinic.recordings.emg import emg_channels
from ltme_clinic.recordings.inspection import file_parameters
from ltme_clinic.types import LtmeError, Recording


def read(folder: Path, content: bytes, name: str = "trial.c3d") -> Recording:
    path = folder / name
    path.write_bytes(content)
    (recording,) = read_recordings(path)
    return recording


def warned(recording: Recording, text: str) -> bool:
    return any(text in warning for warning in recording.warnings)


def in_place(recording: Recording) -> None:
    """The walker is where the file's maker put it."""
    np.testing.assert_allclose(recording.positions_m, walker_mm(recording.frames) / 1000.0, atol=1e-6)


def event_group(times_s: list[float], labels: list[str], **more) -> dict:
    times = np.array([[0.0] * len(times_s), times_s])
    return {"EVENT": {"USED": len(times_s), "TIMES": times, "LABELS": labels, **more}}


def told(recording: Recording) -> list[tuple]:
    return [(event.side, event.kind, event.frame) for event in recording.events]


# Time and frames


def test_quirk_01_a_missing_rate_is_the_headers(tmp_path):
    recording = read(tmp_path, c3d_bytes(walker_mm(), header_rate_hz=120.0, leave_out=["RATE"]))
    assert recording.rate_hz == 120.0
    in_place(recording)


def test_quirk_02_a_rate_of_zero_is_refused(tmp_path):
    with pytest.raises(LtmeError, match="frame rate"):
        read(tmp_path, c3d_bytes(walker_mm(), rate_hz=0.0))


def test_quirk_03_rates_need_not_be_whole(tmp_path):
    analogs = np.arange(40 * 17 * 2, dtype=float).reshape(40, 17, 2)
    recording = read(tmp_path, c3d_bytes(walker_mm(), rate_hz=59.939998626, analogs=analogs))
    assert recording.rate_hz == pytest.approx(59.939998626, abs=1e-5)
    assert recording.duration_s == pytest.approx(40 / 59.94, abs=1e-4)
    assert recording.analogs is not None
    np.testing.assert_allclose(recording.analogs.values, analogs.reshape(-1, 2))


def test_quirk_04_more_than_65535_frames_keep_their_events(tmp_path):
    frames = 66_000
    trial = {"ACTUAL_START_FIELD": np.array([1, 0]), "ACTUAL_END_FIELD": np.array([frames & 0xFFFF, frames >> 16])}
    groups = {"TRIAL": trial, **event_group([659.5], ["LHS"])}
    recording = read(tmp_path, c3d_bytes(np.repeat(walker_mm(1)[:, :1], frames, axis=0), LABELS[:1], groups=groups))
    assert recording.frames == frames
    assert told(recording) == [("left", "initial_contact", 65_950)]


@pytest.mark.parametrize("stored", [np.array(40_000), 40_000.0, np.array(0)])
def test_quirk_05_a_frame_count_may_be_unsigned_a_float_or_zero(tmp_path, stored):
    points = np.repeat(walker_mm(1)[:, :1], 40_000, axis=0)
    assert read(tmp_path, c3d_bytes(points, LABELS[:1], groups={"POINT": {"FRAMES": stored}})).frames == 40_000


def test_quirk_06_a_late_first_frame_shifts_no_event(tmp_path):
    late = read(tmp_path, c3d_bytes(walker_mm(), first_frame=201, groups=event_group([2.05, 2.3], ["LHS", "RTO"])))
    early = read(tmp_path, c3d_bytes(walker_mm(), groups=event_group([0.05, 0.3], ["LHS", "RTO"])))
    assert told(late) == told(early) == [("left", "initial_contact", 5), ("right", "foot_off", 30)]
    assert [e.time_s for e in late.events] == pytest.approx([0.05, 0.3], abs=1e-5)


def test_quirk_07_a_truncated_file_is_refused_with_both_counts(tmp_path):
    content = c3d_bytes(walker_mm(300))
    with pytest.raises(LtmeError, match="268 of its 300 frames"):
        read(tmp_path, content[: -32 * 16 * 12])


def test_quirk_08_a_start_of_zeros_is_missing_and_nothing_else_is(tmp_path):
    points = walker_mm()
    points[:7] = 0.0
    recording = read(tmp_path, c3d_bytes(points))
    assert np.isnan(recording.positions_m[:7]).all()
    np.testing.assert_allclose(recording.positions_m[7:], walker_mm()[7:] / 1000.0, atol=1e-6)


# Events


def test_quirk_09_times_are_minutes_and_seconds(tmp_path):
    group = {"EVENT": {"USED": 1, "TIMES": np.array([[1.0], [5.0]]), "LABELS": ["LHS"]}}
    recording = read(tmp_path, c3d_bytes(walker_mm(600), rate_hz=8.0, groups=group))
    assert recording.events[0].time_s == pytest.approx(65.0)


def test_quirk_10_contexts_may_be_absent(tmp_path):
    recording = read(tmp_path, c3d_bytes(walker_mm(), groups=event_group([0.1], ["Left Foot Strike"])))
    assert told(recording) == [("left", "initial_contact", 10)]


def test_quirk_11_blank_labels_sides_in_labels_and_disorder_are_put_right(tmp_path):
    group = event_group([0.3, 0.1, 0.2], ["RON", "LOFF", ""])
    assert told(read(tmp_path, c3d_bytes(walker_mm(), groups=group))) == [
        ("left", "foot_off", 10),
        (None, "other", 20),
        ("right", "initial_contact", 30),
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"ICON_IDS": np.array([1, 2])},
        {"DESCRIPTIONS": ["The instant the heel strikes the ground", "The instant the toe leaves the ground"]},
    ],
)
def test_quirk_11_a_blank_label_is_told_by_its_icon_or_description(tmp_path, more):
    group = event_group([0.1, 0.2], ["", ""], CONTEXTS=["Left", "Right"], **more)
    recording = read(tmp_path, c3d_bytes(walker_mm(), groups=group))
    assert told(recording) == [("left", "initial_contact", 10), ("right", "foot_off", 20)]
    assert not warned(recording, "without a label")


def test_quirk_12_an_empty_event_group_holds_no_event(tmp_path):
    empty = {"EVENT": {"USED": 0, "TIMES": np.zeros((2, 0)), "LABELS": [], "CONTEXTS": []}}
    assert read(tmp_path, c3d_bytes(walker_mm(), groups=empty)).events == ()


def test_quirk_12_events_in_a_file_without_points_are_kept_with_its_channels(tmp_path):
    group = event_group([0.1], ["LHS"])
    content = c3d_bytes(np.zeros((40, 0, 3)), [], analogs=np.ones((40, 10, 2)), groups=group)
    recording = read(tmp_path, content)
    assert told(recording) == [("left", "initial_contact", 10)]
    assert recording.positions_m.shape == (40, 0, 3)
    assert recording.analogs is not None
    assert recording.analogs.values.shape == (400, 2)
    assert warned(recording, "no points, only analog channels")
    assert inspect_file(tmp_path / "trial.c3d")[0]["analogs"] == 2


def test_quirk_12_one_strike_entered_twice_a_millisecond_apart_is_one(tmp_path):
    group = event_group([0.3046, 0.3054, 0.2, 0.2], ["LHS", "LHS", "LHS", "RHS"])
    recording = read(tmp_path, c3d_bytes(walker_mm(), groups=group))
    assert told(recording) == [
        ("left", "initial_contact", 20),
        ("right", "initial_contact", 20),
        ("left", "initial_contact", 30),
    ]
    assert warned(recording, "entered twice, dropped: 1")


def test_quirk_12_events_may_stand_in_the_header(tmp_path):
    recording = read(tmp_path, c3d_bytes(walker_mm(), events=[("RHS", 0.1), ("LTO", 0.25)]))
    assert told(recording) == [("right", "initial_contact", 10), ("left", "foot_off", 25)]
    cut = read(tmp_path, c3d_bytes(walker_mm(), events=[("RHS", 0.1)], first_frame=501))
    assert told(cut) == [("right", "initial_contact", 10)]
    assert warned(cut, "count from the first stored frame")
    kept = read(tmp_path, c3d_bytes(walker_mm(), events=[("RHS", 5.1)], first_frame=501))
    assert told(kept) == [("right", "initial_contact", 10)]


# Points


def missing_after(folder: Path, points: np.ndarray, **settings) -> list[list[int]]:
    recording = read(folder, c3d_bytes(points, **settings))
    return np.argwhere(np.isnan(recording.positions_m).all(axis=2)).tolist()


def test_quirk_13_a_negative_residual_is_missing(tmp_path):
    residuals = np.zeros((40, 12))
    residuals[3, 2] = -1.0
    assert missing_after(tmp_path, walker_mm(), residuals=residuals) == [[3, 2]]
    recording = read(tmp_path, c3d_bytes(walker_mm(), residuals=residuals))
    assert recording.residuals_m is not None
    assert np.argwhere(np.isnan(recording.residuals_m)).tolist() == [[3, 2]]


def test_quirk_14_exact_zeros_that_nobody_flagged_are_missing(tmp_path):
    points = walker_mm()
    points[5, 1] = 0.0
    assert missing_after(tmp_path, points) == [[5, 1]]


@pytest.mark.parametrize("sentinel", [-16512.0, 99999.0, 1e30, np.nan, (9e9, 0.0, 1.0)])
def test_quirk_15_sentinels_are_missing(tmp_path, sentinel):
    points = walker_mm()
    points[6, 3] = sentinel
    assert missing_after(tmp_path, points) == [[6, 3]]


def test_quirk_16_no_residual_is_too_large_to_be_believed(tmp_path):
    residuals = np.full((40, 12), 25_000.0)
    recording = read(tmp_path, c3d_bytes(walker_mm(), residuals=residuals))
    in_place(recording)
    assert recording.residuals_m is not None
    assert recording.camera_masks is not None
    assert np.isfinite(recording.residuals_m).all()


@pytest.mark.parametrize("scale", [-0.1, -1.0, -0.001])
def test_quirk_17_the_scale_of_a_file_of_floats_is_no_unit(tmp_path, scale):
    in_place(read(tmp_path, c3d_bytes(walker_mm(), groups={"POINT": {"SCALE": scale}})))


@pytest.mark.parametrize(
    ("said", "per_mm"),
    [("m", 0.001), ("mm", 1.0), ("cm", 0.1), ("", 1.0), ("", 0.001), ("m", 1.0), ("mm", 0.001)],
)
def test_quirk_18_the_unit_is_read_and_held_against_the_body(tmp_path, said, per_mm):
    recording = read(tmp_path, c3d_bytes(walker_mm() * per_mm, units=said))
    in_place(recording)
    assert warned(recording, "unit") == ((said, per_mm) not in {("m", 0.001), ("mm", 1.0), ("cm", 0.1)})


def test_quirk_19_model_outputs_are_kept_apart_by_group_and_never_scaled(tmp_path):
    names = ["Bend", "Push", "Twist", "Drive", "Score", "Centre", "Both"]
    groups = ("ANGLES", "FORCES", "MOMENTS", "POWERS", "SCALARS", "MODELED_MARKERS", "REACTIONS")
    declared = {group: [name] for group, name in zip(groups, names, strict=True)}
    units = {"UNITS": ["m"], "ANGLE_UNITS": ["rad"], "MOMENT_UNITS": ["Nm"]}
    values = np.full((40, len(names), 3), 0.5)
    content = c3d_bytes(
        np.concatenate([walker_mm() / 1000.0, values], axis=1),
        [*LABELS, *names],
        groups={"POINT": {**declared, **units}},
    )
    recording = read(tmp_path, content)
    in_place(recording)
    assert {output.name: (output.kind, output.unit) for output in recording.model_outputs} == {
        "Bend": ("angle", "rad"),
        "Push": ("force", "N"),
        "Twist": ("moment", "Nm"),
        "Drive": ("power", "W"),
        "Score": ("scalar", ""),
        "Centre": ("point", "m"),
        "Both": ("force", "N"),
    }
    for output in recording.model_outputs:
        np.testing.assert_array_equal(output.values, values[:, 0])


def test_quirk_20_labels_need_not_be_as_many_as_points_nor_fewer_than_256(tmp_path):
    many = [*LABELS, *(f"X{i}" for i in range(300))]
    points = np.concatenate([walker_mm(5), np.full((5, 300, 3), 500.0) + np.arange(300)[:, None]], axis=1)
    assert read(tmp_path, c3d_bytes(points, many)).marker_labels == tuple(many)
    few = read(tmp_path, c3d_bytes(walker_mm(), LABELS[:10], groups={"POINT": {"USED": 12}}))
    assert few.marker_labels == LABELS[:10]
    assert warned(few, "10 labels for 12 points")
    assert warned(few, "unlabelled points, dropped: 2")


def test_quirk_21_starred_doubled_and_empty_labels_name_no_marker(tmp_path):
    points = np.concatenate([walker_mm(), walker_mm()[:, :4] + 20.0], axis=1)
    recording = read(tmp_path, c3d_bytes(points, [*LABELS, "*0", "", "uname*12", "LASI"]))
    assert recording.marker_labels == LABELS
    assert warned(recording, "unlabelled points, dropped: 3")
    assert warned(recording, "already in use, dropped: 1 (LASI)")


def test_quirk_22_a_subjects_prefix_is_taken_off_and_a_suffix_is_kept(tmp_path):
    recording = read(tmp_path, c3d_bytes(walker_mm(), [f"Ann:{label}" for label in LABELS]))
    assert (recording.subject, recording.marker_labels) == ("Ann", LABELS)
    suffixed = [f"{label}:1" for label in LABELS]
    assert read(tmp_path, c3d_bytes(walker_mm(), suffixed)).marker_labels == tuple(suffixed)


def test_quirk_23_spaces_around_labels_do_not_count(tmp_path):
    padded = [f"{label}   " for label in LABELS[:6]] + [label.ljust(30) for label in LABELS[6:]]
    assert read(tmp_path, c3d_bytes(walker_mm(), padded)).marker_labels == LABELS


def test_quirk_24_markers_and_channels_that_are_empty_throughout_are_kept_and_named(tmp_path):
    points = np.concatenate([walker_mm(), np.zeros((40, 2, 3))], axis=1)
    recording = read(tmp_path, c3d_bytes(points, [*LABELS, "V1", "V2"], analogs=np.zeros((40, 2, 3))))
    assert recording.marker_labels == (*LABELS, "V1", "V2")
    assert np.isnan(recording.marker("V1")).all()
    assert inspect_file(tmp_path / "trial.c3d")[0]["quality"]["markers_never_seen"] == ["V1", "V2"]
    assert recording.analogs is not None
    assert not recording.analogs.values.any()


def test_quirk_25_joint_centres_padded_with_zeros_and_moved_are_missing(tmp_path):
    points = np.concatenate([walker_mm(), walker_mm()[:, 4:6]], axis=1)
    points[10:20, 12] = 0.0
    points[15:25, 13] = (-4000.0, 2500.0, 0.0)  # zeros, after somebody turned and shifted the laboratory
    recording = read(tmp_path, c3d_bytes(points, [*LABELS, "LKJC", "RKJC"]))
    left, right = (np.flatnonzero(np.isnan(output.values[:, 0])).tolist() for output in recording.model_outputs)
    assert (left, right) == (list(range(10, 20)), list(range(15, 25)))
    assert warned(recording, "outside the capture volume, taken as missing: 10")


# Analogs and plates


def test_quirk_26_an_incomplete_analog_group_is_made_up_for(tmp_path):
    analogs = np.arange(40 * 4 * 2, dtype=float).reshape(40, 4, 2)
    bare = read(tmp_path, c3d_bytes(walker_mm(), analogs=analogs, leave_out=["ANALOG:RATE", "ANALOG:LABELS"]))
    assert bare.analogs is not None
    assert (bare.analogs.rate_hz, bare.analogs.labels, bare.analogs.units) == (400.0, ("", ""), ("V", "V"))
    np.testing.assert_array_equal(bare.analogs.values, analogs.reshape(-1, 2))
    assert emg_channels(bare.analogs) == ()


def test_quirk_27_unsigned_words_offsets_and_scales_give_volts(tmp_path):
    analogs = np.full((40, 1, 1), 34_768.0)
    settings = {"FORMAT": ["UNSIGNED"], "OFFSET": np.array([32_768]), "SCALE": np.array([0.001]), "GEN_SCALE": 0.5}
    content = c3d_bytes(walker_mm(), analogs=analogs, groups={"ANALOG": settings}, integer_step=0.1)
    recording = read(tmp_path, content)
    assert recording.analogs is not None
    np.testing.assert_allclose(recording.analogs.values, 1.0, atol=1e-6)


CORNERS_MM = np.array([[400.0, 300, 0], [0, 300, 0], [0, 0, 0], [400, 0, 0]]).T[..., None]


def plate_group(**changes) -> dict:
    group = {
        "USED": 1,
        "TYPE": np.array([2]),
        "CORNERS": CORNERS_MM,
        "ORIGIN": np.array([[0.0], [0.0], [-40.0]]),
        "CHANNEL": np.arange(1, 7)[:, None],
        "ZERO": np.array([1, 0]),
    }
    return {
        "FORCE_PLATFORM": {name: value for name, value in (group | changes).items() if value is not None},
        "ANALOG": {"UNITS": ["N"] * 3 + ["Nmm"] * 3},
    }


@pytest.mark.parametrize(
    ("changes", "usable"),
    [
        ({}, True),
        ({"USED": np.array(1, dtype=np.uint8)}, True),
        ({"CORNERS": None}, False),
        ({"CHANNEL": np.zeros((6, 1), dtype=int)}, False),
        ({"TYPE": np.array([9])}, False),
    ],
)
def test_quirk_28_odd_plates_spoil_no_recording_and_say_why_they_are_of_no_use(tmp_path, changes, usable):
    analogs = np.ones((40, 2, 6))
    recording = read(tmp_path, c3d_bytes(walker_mm(), analogs=analogs, groups=plate_group(**changes)))
    in_place(recording)
    assert recording.plates == 1
    (plate,) = recording.force_plates
    assert plate.usable == usable
    assert usable or plate.refusal
    (facts,) = inspect_file(tmp_path / "trial.c3d")
    assert facts["force_plates"][0]["usable"] == usable
    assert facts["plates"] == 1


def test_quirk_29_an_unloaded_plate_has_no_centre_of_pressure(tmp_path):
    analogs = np.zeros((40, 2, 6))
    analogs[20:, :, 2] = -700.0  # the plate's z points down: someone stands on it
    recording = read(tmp_path, c3d_bytes(walker_mm(), analogs=analogs, groups=plate_group()))
    assert recording.analogs is not None
    forces = plate_forces(recording.force_plates[0], recording.analogs)
    assert np.isnan(forces.centre_of_pressure_m[:40]).all()
    np.testing.assert_allclose(forces.centre_of_pressure_m[40:, :2], [[0.2, 0.15]] * 40, atol=1e-6)
    np.testing.assert_allclose(forces.force_n[40:, 2], 700.0)


# Bytes and text


@pytest.mark.parametrize("computer", COMPUTERS.values(), ids=COMPUTERS)
def test_quirk_30_every_computers_bytes_give_the_same_walker(tmp_path, computer: Computer):
    recording = read(tmp_path, c3d_bytes(walker_mm(), computer=computer, key=0x00))
    in_place(recording)
    assert recording.parameters["byte_order"] in ("Intel", "DEC", "MIPS")
    assert COMPUTERS[recording.parameters["byte_order"]] == computer


def test_quirk_31_names_and_paths_outside_ascii_are_read(tmp_path):
    groups = {"SUBJECTS": {"NAMES": ["Jörg Größe"], "USED": 1}}
    recording = read(tmp_path, c3d_bytes(walker_mm(), groups=groups), "Größe é 步行.c3d")
    assert (recording.subject, recording.source_name) == ("Jörg Größe", "Größe é 步行.c3d")


def test_quirk_32_what_is_no_trial_is_refused_for_what_it_is(tmp_path):
    (tmp_path / "folder.c3d").mkdir()
    os.mkfifo(tmp_path / "pipe.c3d")
    (tmp_path / "link.c3d").symlink_to(tmp_path / "nowhere")
    contents = {
        "empty.c3d": b"",
        "header.c3d": c3d_bytes(walker_mm())[:512],
        "text.c3d": b"no trial\n" * 400,
        "zip.c3d": b"PK\x03\x04" + bytes(2000),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    for name in (*contents, "folder.c3d", "pipe.c3d", "link.c3d", "absent.c3d"):
        with pytest.raises(LtmeError) as refused:
            read_recordings(tmp_path / name)
        assert name in str(refused.value)
        assert refused.value.cure, name


def test_quirk_33_an_inspection_names_neither_patient_nor_examiner_and_the_parameters_do(tmp_path):
    groups = {
        "SUBJECTS": {"USED": 1, "NAMES": ["Ann Example"], "LABEL_PREFIXES": ["Ann Example:"]},
        "TRIAL": {"DATE": ["2018-11-20"], "EXAMINER": ["Dr. Example"]},
        "PATIENT": {"NOTES": ["lives in Example Street"]},
    }
    recording = read(tmp_path, c3d_bytes(walker_mm(), [f"Ann Example:{label}" for label in LABELS], groups=groups))
    assert recording.trial.examiner == "Dr. Example"
    assert "Example" not in str(inspect_file(tmp_path / "trial.c3d"))
    assert file_parameters(tmp_path / "trial.c3d")["PATIENT"]["NOTES"] == "lives in Example Street"


def test_quirk_34_reading_and_writing_leave_the_original_alone_and_lose_nothing_that_is_read(tmp_path):
    groups = plate_group() | event_group([0.1], ["LHS"]) | {"LTME_TRIAL": {"AID": ["cane right"]}}
    content = c3d_bytes(walker_mm(), groups=groups, analogs=np.ones((40, 2, 6)), first_frame=7)
    recording = read(tmp_path, content)
    write_c3d(tmp_path / "copy.c3d", recording)
    (copy,) = read_recordings(tmp_path / "copy.c3d")
    assert (tmp_path / "trial.c3d").read_bytes() == content
    assert recording.file_sha256 == hashlib.sha256(content).hexdigest()
    np.testing.assert_allclose(copy.positions_m, recording.positions_m, atol=1e-6)
    assert (copy.events, copy.trial, copy.first_file_frame) == (recording.events, recording.trial, 7)
    np.testing.assert_allclose(copy.force_plates[0].corners_m, recording.force_plates[0].corners_m, atol=1e-6)


# The table

DECODER = {
    1: ("test_c3d_layout", "test_a_missing_rate_is_the_headers_and_none_at_all_is_refused"),
    3: ("test_c3d_layout", "test_seventeen_samples_a_frame_at_1000_over_60_hz"),
    4: ("test_c3d_layout", "test_more_than_65535_frames_all_come_back"),
    5: ("test_c3d_layout", "test_more_than_32767_frames_are_not_negative"),
    7: ("test_c3d_layout", "test_a_file_cut_short_says_how_many_frames_it_holds"),
    12: ("test_c3d_layout", "test_events_in_the_header_have_names_of_four_letters_or_of_two"),
    13: ("test_c3d_signals", "test_residual_words_of_floats_say_missing_only_where_they_mean_it"),
    20: ("test_c3d_parameters", "test_more_than_255_labels_continue_in_further_lists"),
    22: ("test_recordings_subjects", "test_two_people_are_told_apart_by_any_prefix"),
    26: ("test_c3d_signals", "test_analogs_without_scales_offsets_rate_or_labels_are_kept_as_stored"),
    27: ("test_c3d_signals", "test_floats_around_a_wrapped_offset_come_out_around_zero"),
    28: ("test_recordings_force_plates", "test_each_type_is_read_as_it_was_declared"),
    29: ("test_kinematics_force_plates", "test_an_empty_plate_has_no_centre_of_pressure"),
    30: ("test_c3d_signals", "test_every_computer_and_storage_gives_the_same_trial"),
    31: ("test_c3d_numbers", "test_text_is_utf8_or_else_cp1252_without_its_padding"),
    32: ("test_c3d_files", "test_what_is_no_regular_file_is_refused_for_what_it_is"),
    33: ("test_deidentify_proof", "test_a_planted_name_is_nowhere_afterwards"),
    34: ("test_recordings_writing_raw", "test_a_raw_file_comes_back_bit_for_bit"),
}
"""Quirk -> a test of the bytes or of another room that meets it too."""


def test_every_quirk_of_the_list_is_met_by_a_test():
    here = _tests_in(Path(__file__))
    for quirk in range(1, 35):
        assert any(name.startswith(f"test_quirk_{quirk:02}_") for name in here), quirk
    for quirk, (module, name) in DECODER.items():
        assert name in _tests_in(Path(__file__).with_name(f"{module}.py")), quirk


def _tests_in(file: Path) -> set[str]:
    return {node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}
