"""Events as files hold them: arrays of every shape, words of many languages, and a header with more of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import LABELS, c3d_bytes, walker_mm

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.events import interpret
from ltme_clinic.recordings.events.stored import event_times_s
from ltme_clinic.types import Recording

PAIRS = np.array([[0.0, 0.0, 0.0], [0.1, 0.2, 0.3]])


def read(folder: Path, group: dict, **settings) -> Recording:
    path = folder / "trial.c3d"
    path.write_bytes(c3d_bytes(walker_mm(), groups={"EVENT": group}, **settings))
    (recording,) = read_recordings(path)
    return recording


def told(recording: Recording) -> list[tuple]:
    return [(event.side, event.kind, event.frame) for event in recording.events]


def warned(recording: Recording, text: str) -> bool:
    return any(text in warning for warning in recording.warnings)


THREE = [("left", "initial_contact", 10), ("right", "initial_contact", 20), ("left", "foot_off", 30)]


@pytest.mark.parametrize(
    "times", [PAIRS, PAIRS.T, PAIRS.ravel(order="F"), PAIRS[1], PAIRS[1][None], PAIRS.reshape(2, 3, 1)]
)
@pytest.mark.parametrize("used", [{}, {"USED": 3}])
def test_the_number_of_labels_tells_pairs_from_seconds(tmp_path, times, used):
    recording = read(tmp_path, {"LABELS": ["LHS", "RHS", "LTO"], "TIMES": times, **used})
    assert told(recording) == THREE


def test_two_numbers_are_one_pair_or_two_times_by_the_number_of_events():
    assert event_times_s(np.array([1.0, 5.0]), None).tolist() == [65.0]
    assert event_times_s(np.array([1.0, 5.0]), 1).tolist() == [65.0]
    assert event_times_s(np.array([1.0, 5.0]), 2).tolist() == [1.0, 5.0]


def test_minutes_are_known_by_being_whole_where_pairs_are_stored_the_other_way():
    by_column = np.array([[1.0, 2.5], [0.0, 3.5], [2.0, 4.5]])
    assert event_times_s(by_column, None).tolist() == [62.5, 3.5, 124.5]
    by_row = np.array([1.0, 2.5, 0.0, 3.5, 2.0, 4.5]).reshape(3, 2, order="F")
    assert event_times_s(by_row, None).tolist() == [62.5, 3.5, 124.5]


def test_a_number_in_use_that_is_stored_as_a_byte_may_be_200(tmp_path):
    times = np.stack([np.zeros(200), np.linspace(0.0, 0.39, 200)])
    labels = [f"M{number}" for number in range(200)]
    assert len(read(tmp_path, {"USED": np.uint8(200), "LABELS": labels, "TIMES": times}).events) == 200


@pytest.mark.parametrize("used", [0, 2])
def test_events_beyond_the_number_in_use_are_taken_where_they_are_filled(tmp_path, used):
    group = {"USED": used, "LABELS": ["LHS", "RHS", "LTO"], "TIMES": PAIRS}
    recording = read(tmp_path, group)
    assert told(recording) == THREE
    assert warned(recording, f"{used} events are declared, but 3 are stored")


def test_empty_places_beyond_the_number_in_use_are_no_events(tmp_path):
    group = {"USED": 1, "LABELS": ["LHS", "", ""], "TIMES": PAIRS}
    recording = read(tmp_path, group)
    assert told(recording) == THREE[:1]
    assert not warned(recording, "declared")


def test_a_label_without_a_time_is_counted(tmp_path):
    assert warned(
        read(tmp_path, {"LABELS": ["LHS", "RHS", "LTO", "RTO"], "TIMES": PAIRS}), "without a time, dropped: 1"
    )


def test_labels_of_events_in_bytes_or_in_a_continuation_alone_are_read(tmp_path):
    letters = np.array([[ord(letter) for letter in label] for label in ("LHS", "RHS", "LTO")], dtype=np.uint8).T
    assert told(read(tmp_path, {"USED": 3, "LABELS": letters, "TIMES": PAIRS})) == THREE
    assert told(read(tmp_path, {"USED": 3, "LABELS2": ["LHS", "RHS", "LTO"], "TIMES": PAIRS})) == THREE


def test_events_of_the_header_join_those_of_the_group_and_repeat_none(tmp_path):
    group = {"USED": 1, "LABELS": ["Foot Strike"], "CONTEXTS": ["Left"], "TIMES": PAIRS[:, :1]}
    recording = read(tmp_path, group, events=[("LHS", 0.109), ("RTO", 0.1), ("RHS", 0.2), ("STRT", 0.35)])
    assert [(event.side, event.kind, event.frame, event.label) for event in recording.events] == [
        ("left", "initial_contact", 10, "Foot Strike"),
        ("right", "foot_off", 10, "RTO"),
        ("right", "initial_contact", 20, "RHS"),
        (None, "other", 35, "STRT"),
    ]


def test_events_that_count_from_the_first_stored_frame_are_placed_and_said_to(tmp_path):
    recording = read(tmp_path, {"LABELS": ["LHS", "RHS", "LTO"], "TIMES": PAIRS}, first_frame=501)
    assert told(recording) == THREE
    assert warned(recording, "the events count from the first stored frame")
    some_inside = PAIRS + np.array([[0.0], [5.0]]) * np.array([1.0, 0.0, 0.0])
    recording = read(tmp_path, {"LABELS": ["LHS", "RHS", "LTO"], "TIMES": some_inside}, first_frame=501)
    assert told(recording) == THREE[:1]
    assert warned(recording, "outside the stored frames, dropped: 2")


@pytest.mark.parametrize(
    ("side", "contexts"),
    [
        (
            "left",
            ("L", "L.", "Left", "LEFT SIDE", "left foot", "LeftFoot", "LT", "links", "Linker Fuß", "li", "GAUCHE"),
        ),
        ("left", ("côté gauche", "Izquierda", "izq.", "Sinistra", "sx", "esquerdo", "vänster", "venstre", "左足")),
        ("right", ("R", "RT", "Right", "rechts", "rechte Seite", "re", "droite", "pied droit", "derecha", "dcha")),
        ("right", ("destra", "dx", "Direita", "höger", "høyre", "højre", "右")),
    ],
)
def test_a_side_is_known_in_the_languages_of_laboratories(side, contexts):
    assert {context: interpret("Foot Strike", context) for context in contexts} == dict.fromkeys(
        contexts, ("initial_contact", side)
    )


@pytest.mark.parametrize(
    ("expected", "labels"),
    [
        (
            ("initial_contact", "right"),
            ("eRHS", "RHC", "FS rechts", "R Heel Strike", "Right Foot Contact", "R_IC", "RON"),
        ),
        (("initial_contact", "left"), ("FootStrikeL", "LeftFootStrike", "L-FS", "Contact initial gauche", "FS links")),
        (
            ("initial_contact", None),
            ("Fersenkontakt", "Contacto inicial", "hielcontact", "Hälisättning", "Contatto iniziale"),
        ),
        (
            ("foot_off", "left"),
            ("eLTO", "LFootOff", "left_toe_off", "L.TO", "Zehenablösung links", "despegue izquierdo"),
        ),
        (("foot_off", None), ("Toe Off", "décollement des orteils", "teen los", "tåavstamp", "distacco del piede")),
        (("other", None), ("On", "Off", "RTC", "Light", "Event", "Start", "Left", "Tone", "")),
    ],
)
def test_contacts_and_offs_are_known_in_the_languages_of_laboratories(expected, labels):
    assert {label: interpret(label, "") for label in labels} == dict.fromkeys(labels, expected)


def test_on_and_off_are_a_foots_only_with_a_side(tmp_path):
    assert interpret("On", "General") == ("other", None)
    assert interpret("On", "Left") == interpret("L On", "General") == ("initial_contact", "left")


@pytest.mark.parametrize(
    ("contexts", "side", "warning"),
    [
        (("Left", "Left", "General"), None, "one side in the label and another in the context, kept without a side: 1"),
        (("Left", "Right", "Nobody knows"), "left", "context names no side that we know: 1"),
    ],
)
def test_doubtful_sides_are_counted(tmp_path: Path, contexts: Sequence[str], side, warning):
    recording = read(tmp_path, {"LABELS": ["LHS", "RHS", "LTO"], "CONTEXTS": list(contexts), "TIMES": PAIRS})
    assert warned(recording, warning)
    assert recording.events[1].side == (None if side is None else "right")


def test_a_person_without_a_name_has_nobody_elses_events(tmp_path):
    points = np.concatenate([walker_mm(), walker_mm() + np.array([0.0, 1500.0, 0.0])], axis=1)
    group = {"LABELS": ["LHS", "RHS", "LTO"], "SUBJECTS": ["Ann", "Ann", ""], "TIMES": PAIRS}
    path = tmp_path / "trial.c3d"
    groups = {"EVENT": group, "SUBJECTS": {"USED": 1, "NAMES": ["Ann"]}}
    path.write_bytes(c3d_bytes(points, [*(f"Ann:{label}" for label in LABELS), *LABELS], groups=groups))
    ann, nameless = read_recordings(path)
    assert (len(ann.events), nameless.subject, nameless.events) == (2, "", ())
