"""Reading C3D files whose every byte is known, odd ones included."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import LABELS, c3d_bytes, walker_mm

from ltme_clinic.recordings import inspect_file, read_recordings
from ltme_clinic.recordings.body_frame import parse_unit
from ltme_clinic.recordings.events import interpret
from ltme_clinic.recordings.oracle.native_reply import raw_from_reply
from ltme_clinic.types import LtmeError, Recording


def read_one(folder: Path, content: bytes) -> Recording:
    path = folder / "trial.c3d"
    path.write_bytes(content)
    (recording,) = read_recordings(path)
    return recording


def warned(recording: Recording, text: str) -> bool:
    return any(text in warning for warning in recording.warnings)


def events_group(times: np.ndarray, labels: list[str], contexts: list[str] | None = None) -> dict:
    group = {"USED": len(labels), "TIMES": times, "LABELS": labels}
    return {"EVENT": group | ({"CONTEXTS": contexts} if contexts else {})}


def test_a_plain_file_is_read_in_metres_as_it_was_stored(tmp_path):
    recording = read_one(tmp_path, c3d_bytes(walker_mm(), first_frame=7, rate_hz=59.939998626))
    assert recording.marker_labels == LABELS
    np.testing.assert_allclose(recording.positions_m, walker_mm() / 1000.0, atol=1e-6)
    assert recording.rate_hz == pytest.approx(59.94, abs=1e-4)
    assert recording.first_file_frame == 7
    assert recording.origin == "measured"
    assert recording.warnings == ()


def test_a_recording_is_known_by_the_hash_of_its_bytes_and_subject(tmp_path):
    content = c3d_bytes(walker_mm(), groups={"SUBJECTS": {"NAMES": ["P7"], "USED": 1}})
    recording = read_one(tmp_path, content)
    assert recording.subject == "P7"
    assert recording.recording_id == hashlib.sha256(content + b"P7").hexdigest()


def test_two_prefixed_subjects_become_two_recordings_with_their_own_events(tmp_path):
    labels = [f"Ann:{label}" for label in LABELS] + [f"Bo:{label}" for label in LABELS] + ["*12", "table"]
    points = np.concatenate([walker_mm(), walker_mm() + np.array([0.0, 2000.0, 0.0]), walker_mm()[:, :2]], axis=1)
    event = events_group(np.array([[0.0, 0.0], [0.1, 0.2]]), ["Foot Strike", "Foot Strike"], ["Left", "Right"])
    event["EVENT"]["SUBJECTS"] = ["Ann", "Bo"]
    subjects = {"SUBJECTS": {"USED": 2, "NAMES": ["Ann", "Bo"], "LABEL_PREFIXES": ["Ann:", "Bo:"]}}
    path = tmp_path / "two.c3d"
    path.write_bytes(c3d_bytes(points, labels, groups={**event, **subjects}))
    ann, bo = read_recordings(path)
    assert (ann.subject, bo.subject) == ("Ann", "Bo")
    assert ann.marker_labels == bo.marker_labels == LABELS
    assert ann.recording_id != bo.recording_id
    np.testing.assert_allclose(bo.positions_m - ann.positions_m, np.broadcast_to([0, 2, 0], ann.positions_m.shape))
    assert [e.side for e in ann.events] == ["left"]
    assert [e.side for e in bo.events] == ["right"]
    assert warned(ann, "unlabelled points, dropped: 1")
    assert warned(bo, "without any subject's prefix, dropped: 1")
    assert len(inspect_file(path)) == 2


def test_a_suffix_after_a_colon_is_not_a_person(tmp_path):
    labels = [f"{label}:1" for label in LABELS]
    recording = read_one(tmp_path, c3d_bytes(walker_mm(), labels))
    assert recording.marker_labels == tuple(labels)


@pytest.mark.parametrize(("unit", "per_mm"), [("mm", 1.0), ("cm", 0.1), ("m", 0.001), ("MM", 1.0), ("meters", 0.001)])
def test_the_labelled_length_unit_is_used(tmp_path, unit, per_mm):
    recording = read_one(tmp_path, c3d_bytes(walker_mm() * per_mm, units=unit))
    np.testing.assert_allclose(recording.positions_m, walker_mm() / 1000.0, atol=1e-6)
    assert recording.warnings == ()


@pytest.mark.parametrize(("said", "per_mm"), [("mm", 0.001), ("m", 1.0), ("mm", 0.1), ("", 0.001), ("banana", 0.1)])
def test_the_bodys_size_outranks_a_wrong_or_missing_unit(tmp_path, said, per_mm):
    recording = read_one(tmp_path, c3d_bytes(walker_mm() * per_mm, units=said))
    np.testing.assert_allclose(recording.positions_m, walker_mm() / 1000.0, atol=1e-6)
    assert warned(recording, "body's size says")


def test_a_file_without_any_unit_is_read_in_millimetres_and_says_so(tmp_path):
    recording = read_one(tmp_path, c3d_bytes(walker_mm(), units=None))
    np.testing.assert_allclose(recording.positions_m, walker_mm() / 1000.0, atol=1e-6)
    assert warned(recording, "unknown")


def test_a_unit_repeated_for_each_marker_counts_once():
    assert parse_unit("mm" * 54) == "mm"
    assert parse_unit("") is None
    assert parse_unit("m/s") is None


@pytest.mark.parametrize("up", ["+x", "-x", "+y", "-y", "-z"])
def test_a_laboratory_with_another_vertical_is_turned_without_mirroring(tmp_path, up):
    x, y, z = np.moveaxis(walker_mm(), 2, 0)
    stored = {
        "+x": (z, y, -x),
        "-x": (-z, y, x),
        "+y": (x, z, -y),
        "-y": (x, -z, y),
        "-z": (x, -y, -z),
    }[up]
    recording = read_one(tmp_path, c3d_bytes(np.stack(stored, axis=2)))
    np.testing.assert_allclose(recording.positions_m, walker_mm() / 1000.0, atol=1e-6)
    assert warned(recording, f"along {up}")


def test_every_way_of_saying_not_seen_gives_nan(tmp_path):
    points, residuals = walker_mm(), np.zeros((40, 12))
    residuals[3, 0] = -1.0
    points[4, 1] = 0.0
    points[5, 2] = -16512.0
    points[6, 3] = np.nan
    points[7, 4] = (5e8, 0.0, 0.0)
    recording = read_one(tmp_path, c3d_bytes(points, residuals=residuals))
    missing = np.argwhere(np.isnan(recording.positions_m[..., 0])).tolist()
    assert missing == [[3, 0], [4, 1], [5, 2], [6, 3], [7, 4]]
    assert warned(recording, "beyond 100 m, taken as missing: 1")


def test_times_are_minutes_and_seconds_from_the_files_own_first_frame(tmp_path):
    group = events_group(np.array([[0.0, 1.0], [59.9, 0.15]]), ["Foot Strike", "Foot Off"], ["Left", "Right"])
    recording = read_one(tmp_path, c3d_bytes(walker_mm(), first_frame=5986, groups=group))
    assert [(e.side, e.kind, e.frame) for e in recording.events] == [
        ("left", "initial_contact", 5),
        ("right", "foot_off", 30),
    ]
    assert [e.time_s for e in recording.events] == pytest.approx([0.05, 0.30], abs=1e-4)


def test_the_times_of_a_single_event_have_one_dimension(tmp_path):
    group = events_group(np.array([0.0, 0.25]), ["Foot Strike"], ["Right"])
    recording = read_one(tmp_path, c3d_bytes(walker_mm(), groups=group))
    assert [(e.side, e.frame) for e in recording.events] == [("right", 25)]


def test_unsorted_doubled_blank_and_outside_events_are_put_right_and_counted(tmp_path):
    times = np.array([[0.0] * 6, [0.30, 0.10, 0.1001, 5.0, 0.2, -0.5]])
    group = events_group(times, ["LHS", "RTO", "RTO", "LHS", "", "LHS"])
    recording = read_one(tmp_path, c3d_bytes(walker_mm(), groups=group))
    assert [(e.side, e.kind, e.frame) for e in recording.events] == [
        ("right", "foot_off", 10),
        (None, "other", 20),
        ("left", "initial_contact", 30),
    ]
    assert warned(recording, "outside the stored frames, dropped: 2")
    assert warned(recording, "entered twice, dropped: 1")
    assert warned(recording, "without a label, kept as 'other': 1")


@pytest.mark.parametrize(
    ("label", "context", "expected"),
    [
        ("Foot Strike", "Left", ("initial_contact", "left")),
        ("Foot Off", "Right", ("foot_off", "right")),
        ("LON", "", ("initial_contact", "left")),
        ("ROFF", "", ("foot_off", "right")),
        ("LHS", "", ("initial_contact", "left")),
        ("RTO", "", ("foot_off", "right")),
        ("Right Initial Contact", "", ("initial_contact", "right")),
        ("Toe Off L", "", ("foot_off", "left")),
        ("left_toe-off", "", ("foot_off", "left")),
        ("Event", "General", ("other", None)),
        ("", "Left", ("other", "left")),
    ],
)
def test_sides_and_kinds_are_found_in_labels_and_contexts(label, context, expected):
    assert interpret(label, context) == expected


def test_model_outputs_never_sit_among_the_markers(tmp_path):
    names = ["LHipAngles", "LKneeMoment", "LAnklePower", "LNormalisedGRF", "CentreOfMass", "LHJC"]
    segment = [f"LFE{end}" for end in "OALP"]
    labels = [*LABELS, *names, *segment, "LTIO"]
    points = np.concatenate([walker_mm()] + [walker_mm()[:, 4:5]] * (len(labels) - len(LABELS)), axis=1)
    points[:, 12] = (20.0, -5.0, 3.0)
    recording = read_one(tmp_path, c3d_bytes(points, labels, groups={"POINT": {"ANGLE_UNITS": ["deg"]}}))
    kinds = {output.name: output.kind for output in recording.model_outputs}
    assert kinds == {
        "LHipAngles": "angle",
        "LKneeMoment": "moment",
        "LAnklePower": "power",
        "LNormalisedGRF": "force",
        "CentreOfMass": "point",
        "LHJC": "point",
        **dict.fromkeys(segment, "point"),
    }
    assert recording.marker_labels == (*LABELS, "LTIO")  # without its three axes it is somebody's marker
    angle, centre = recording.angles()["LHipAngles"], recording.model_outputs[5]
    np.testing.assert_allclose(angle.values, np.broadcast_to([20.0, -5.0, 3.0], angle.values.shape))
    assert (angle.unit, centre.unit) == ("deg", "m")
    np.testing.assert_allclose(centre.values, recording.marker("LKNE"), atol=1e-6)


def test_declared_groups_outrank_names_and_a_forgotten_gap_of_zeros_is_missing(tmp_path):
    labels = [*LABELS, "LFETBA", "Odd"]
    points = np.concatenate([walker_mm(), np.full((40, 2, 3), 7.0)], axis=1)
    points[9, 12] = 0.0
    groups = {
        "POINT": {"ANGLES": ["LFETBA"], "MYKIND": ["Odd"], "TYPE_GROUPS": ["ANGLES", "ANGLE", "MYKIND", "SCALAR"]}
    }
    recording = read_one(tmp_path, c3d_bytes(points, labels, groups=groups))
    angle, scalar = recording.model_outputs
    assert (angle.name, angle.kind, scalar.kind) == ("LFETBA", "angle", "scalar")
    assert np.flatnonzero(np.isnan(angle.values[:, 0])).tolist() == [9]


def test_of_two_markers_with_one_label_the_more_complete_stays(tmp_path):
    points = np.concatenate([walker_mm(), walker_mm()[:, :1] + 3.0], axis=1)
    points[:30, 0] = 0.0
    recording = read_one(tmp_path, c3d_bytes(points, [*LABELS, "LASI"]))
    assert recording.marker_labels == LABELS
    assert not np.isnan(recording.marker("LASI")).any()
    assert warned(recording, "already in use, dropped: 1 (LASI)")


def test_more_than_255_labels_continue_in_a_second_list(tmp_path):
    labels = [*LABELS, *(f"X{i}" for i in range(300))]
    points = np.concatenate([walker_mm(5)] + [walker_mm(5)[:, :1]] * 300, axis=1)
    recording = read_one(tmp_path, c3d_bytes(points, labels))
    assert recording.marker_labels == tuple(labels)


def test_a_file_too_long_for_its_header_says_what_was_not_read(tmp_path):
    """65,535 frames is where the header's numbers stop; TRIAL holds the true count in two words."""
    frames = 66_000
    points = np.repeat(walker_mm(1)[:, :1], frames, axis=0)
    trial = {"ACTUAL_START_FIELD": np.array([1, 0]), "ACTUAL_END_FIELD": np.array([frames & 0xFFFF, frames >> 16])}
    content = c3d_bytes(points, LABELS[:1], groups={"TRIAL": trial})
    recording = read_one(tmp_path, content)
    assert recording.frames == frames or warned(recording, f"dropped: {frames - recording.frames}")
    with pytest.raises(LtmeError, match="of its 66000 frames"):
        read_one(tmp_path, content[:-20_000])


def test_a_missing_rate_parameter_falls_back_to_the_header(tmp_path):
    for content in (
        c3d_bytes(walker_mm(), rate_hz=0.0, header_rate_hz=120.0),
        c3d_bytes(walker_mm(), header_rate_hz=120.0, leave_out=["RATE"]),
    ):
        recording = read_one(tmp_path, content)
        assert recording.rate_hz == 120.0
        np.testing.assert_allclose(recording.positions_m, walker_mm() / 1000.0, atol=1e-6)


def test_points_are_never_silently_out_of_step_with_analogs(tmp_path):
    """A file with analogs but without a rate parameter reads right or is refused, and never gives shifted points."""
    analogs = np.arange(40 * 5 * 3, dtype=float).reshape(40, 5, 3)
    whole = read_one(tmp_path, c3d_bytes(walker_mm(), analogs=analogs))
    np.testing.assert_allclose(whole.positions_m, walker_mm() / 1000.0, atol=1e-6)
    assert whole.analogs is not None
    assert whole.analogs.rate_hz == 500.0
    np.testing.assert_allclose(whole.analogs.values, analogs.reshape(200, 3))
    try:
        rateless = read_one(tmp_path, c3d_bytes(walker_mm(), analogs=analogs, leave_out=["RATE"]))
    except LtmeError:
        return
    np.testing.assert_allclose(rateless.positions_m, whole.positions_m)


def test_unsigned_integer_analogs_are_left_out_and_said_to_be():
    """The native library gives them a wrong sign; no numbers are better than wrong ones."""
    reply = {
        "first_frame": 1,
        "header_rate_hz": 100.0,
        "analog_rate_hz": 100.0,
        "header_events": [],
        "parameters": {
            "POINT": {
                "LABELS": ["A"],
                "RATE": {"shape": [1], "values": [100.0]},
                "SCALE": {"shape": [1], "values": [0.1]},
            },
            "ANALOG": {"LABELS": ["V1"], "FORMAT": ["UNSIGNED"]},
        },
    }
    arrays = [np.ones((4, 1, 3), np.float32), np.zeros((4, 1), np.uint8), np.ones((4, 1), np.float32)]
    raw = raw_from_reply("trial.c3d", reply, arrays)
    assert raw.analogs.size == 0
    assert raw.warnings == ("1 analog channels stored as unsigned integers were not read",)


def test_a_file_without_any_rate_is_refused(tmp_path):
    with pytest.raises(LtmeError, match="frame rate"):
        read_one(tmp_path, c3d_bytes(walker_mm(), rate_hz=0.0))


def test_body_measures_and_text_outside_ascii_are_understood(tmp_path):
    groups = {
        "PROCESSING": {"Bodymass": 45.8, "Height": 1480.0, "LLegLength": 830.0, "RLegLength": 0.0},
        "SUBJECTS": {"USED": 1, "NAMES": ["Jörg"], "IS_STATIC": 1},
        "MANUFACTURER": {"COMPANY": ["Größe"]},
    }
    recording = read_one(tmp_path, c3d_bytes(walker_mm(), groups=groups))
    body = recording.anthropometry
    assert (body.mass_kg, body.height_m, body.leg_length_left_m) == pytest.approx((45.8, 1.48, 0.83))
    assert body.leg_length_right_m is None
    assert recording.subject == "Jörg"
    assert recording.manufacturer == "Größe"
    assert recording.is_static


def test_standing_still_is_static_and_walking_is_not(tmp_path):
    standing = np.repeat(walker_mm(1), 60, axis=0)
    assert read_one(tmp_path, c3d_bytes(standing)).is_static
    assert not read_one(tmp_path, c3d_bytes(walker_mm())).is_static


@pytest.mark.parametrize(
    ("company", "software", "origin"),
    [
        ("Qualisys AB", "", "measured"),
        ("SYNTHETIC", "LTME virtual laboratory", "virtual"),
        ("SYNTHETIC", "LTME exercise generator", "generated"),
    ],
)
def test_the_origin_is_the_manufacturers(tmp_path, company, software, origin):
    groups = {"MANUFACTURER": {"COMPANY": [company], "SOFTWARE": [software]}}
    assert read_one(tmp_path, c3d_bytes(walker_mm(), groups=groups)).origin == origin


def test_an_inspection_is_plain_json_without_the_subjects_name(tmp_path):
    points = walker_mm()
    points[:10, 0] = 0.0
    group = events_group(np.array([[0.0], [0.1]]), ["LHS"])
    path = tmp_path / "trial.c3d"
    path.write_bytes(
        c3d_bytes(
            points, groups={**group, "SUBJECTS": {"USED": 1, "NAMES": ["Ann Example"]}, "FORCE_PLATFORM": {"USED": 2}}
        )
    )
    (facts,) = inspect_file(path)
    text = json.dumps(facts, allow_nan=False)
    assert "Example" not in text
    assert facts["plates"] == 2
    assert facts["quality"]["missing_share_by_marker"]["LASI"] == 0.25
    assert facts["events"] == [
        {"side": "left", "kind": "initial_contact", "time_s": 0.1, "frame": 10, "source": "entered"}
    ]


def test_points_without_a_single_name_are_refused(tmp_path):
    with pytest.raises(LtmeError, match="no labelled points"):
        read_one(tmp_path, c3d_bytes(walker_mm(), [f"*{i}" for i in range(12)]))
