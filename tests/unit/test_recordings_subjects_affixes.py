"""Two people whose labels hardly tell them apart, or not at all: split or refused, and one person left in one piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import LABELS, c3d_bytes, walker_mm

from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import LtmeError, Recording

BESIDE_MM = np.array([0.0, 1500.0, 0.0])
FRAMES = 40


def read(folder: Path, points: np.ndarray, labels: Sequence[str], groups: dict | None = None) -> list[Recording]:
    path = folder / "trial.c3d"
    path.write_bytes(c3d_bytes(points, labels, groups=groups))
    return read_recordings(path)


def striding_mm() -> np.ndarray:
    """The walker with legs that swing, so that distances within the body change as a body's do."""
    points = walker_mm(FRAMES)
    swing = 200.0 * np.sin(np.linspace(0.0, 2.0 * np.pi, FRAMES))
    for i, label in enumerate(LABELS):
        if label[1:] in ("ANK", "HEE", "TOE"):
            points[:, i, 0] += swing if label[0] == "L" else -swing
    return points


def numbered(stem: str, count: int) -> list[str]:
    return [f"{stem}{i}" for i in range(count)]


def standing(count: int, corner_mm: Sequence[float], box_mm: Sequence[float]) -> np.ndarray:
    """Points that do not move, anywhere in a box."""
    places = np.array(corner_mm) + np.random.default_rng(3).uniform(0.0, 1.0, (count, 3)) * box_mm
    return np.broadcast_to(places, (FRAMES, count, 3))


@pytest.mark.parametrize(
    ("ours", "theirs", "names"),
    [
        ("{}_A", "{}_B", ("A", "B")),
        ("A{}", "B{}", ("A", "B")),
        ("{}A", "{}B", ("A", "B")),
        ("1{}", "2{}", ("1", "2")),
        ("{}1", "{}2", ("1", "2")),
        ("{} (1)", "{} (2)", ("1", "2")),
        ("P1{}", "P2{}", ("P1", "P2")),
        ("s1.{}", "s2.{}", ("s1", "s2")),
        ("{}_Ann", "{}_Bo", ("Ann", "Bo")),
    ],
)
def test_two_people_are_told_apart_by_what_is_added_to_every_label(tmp_path, ours, theirs, names):
    points = np.concatenate([walker_mm(), walker_mm() + BESIDE_MM], axis=1)
    labels = [pattern.format(label) for pattern in (ours, theirs) for label in LABELS]
    first, second = read(tmp_path, points, labels)
    assert (first.subject, second.subject) == names
    assert first.marker_labels == second.marker_labels == LABELS
    np.testing.assert_allclose(second.positions_m - first.positions_m, np.broadcast_to([0, 1.5, 0], (40, 12, 3)))


def test_an_affix_that_is_a_listed_name_is_that_subjects(tmp_path):
    points = np.concatenate([walker_mm(), walker_mm() + BESIDE_MM], axis=1)
    labels = [f"{label}_{name}" for name in ("Bo", "Ann") for label in LABELS]
    groups = {"SUBJECTS": {"USED": 2, "NAMES": ["Ann", "Bo"]}, "PROCESSING": {"Bodymass": np.array([50.0, 70.0])}}
    bo, ann = read(tmp_path, points, labels, groups)
    assert (bo.subject, ann.subject) == ("Bo", "Ann")
    assert bo.positions_m[0, 0, 1] < ann.positions_m[0, 0, 1]


def test_a_point_that_bears_no_affix_is_nobodys(tmp_path):
    points = np.concatenate([walker_mm(), walker_mm() + BESIDE_MM, walker_mm()[:, :2]], axis=1)
    labels = [*(f"A{label}" for label in LABELS), *(f"B{label}" for label in LABELS), "Box1", "Q1"]
    for recording in read(tmp_path, points, labels):
        assert recording.marker_labels == LABELS
        assert any("without any subject's prefix, dropped: 2" in warning for warning in recording.warnings)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("{}", "{}2"), ("{}", "{}B"), ("Ann:{}_A", "Ann:{}_B"), ("{}", "{}:1"), ("{}", "L_{}")]
)
def test_two_bodies_of_which_one_has_no_affix_are_refused(tmp_path, ours, theirs):
    points = np.concatenate([walker_mm(), walker_mm() + BESIDE_MM], axis=1)
    labels = [pattern.format(label) for pattern in (ours, theirs) for label in LABELS]
    with pytest.raises(LtmeError, match="two bodies, but its labels do not tell whose they are"):
        read(tmp_path, points, labels)


def test_capitals_alone_tell_nobody_apart(tmp_path):
    points = np.concatenate([walker_mm(), walker_mm() + BESIDE_MM], axis=1)
    with pytest.raises(LtmeError, match="two bodies"):
        read(tmp_path, points, [*LABELS, *(label.lower() for label in LABELS)])


@pytest.mark.parametrize("scale", [1.0, 0.6])
def test_a_second_body_without_known_labels_is_refused_with_its_distance(tmp_path, scale):
    points = np.concatenate([striding_mm(), scale * striding_mm() + BESIDE_MM], axis=1)
    with pytest.raises(LtmeError, match=r"two bodies, 1\.5 m apart, but its labels do not tell") as refused:
        read(tmp_path, points, [*LABELS, *numbered("M", 12)])
    assert "Box1" in refused.value.cure


def test_a_second_body_that_walks_the_other_way_is_refused(tmp_path):
    theirs = striding_mm() * [-1.0, 1.0, 1.0] + [400.0, 1000.0, 0.0]
    with pytest.raises(LtmeError, match="two bodies"):
        read(tmp_path, np.concatenate([striding_mm(), theirs], axis=1), [*LABELS, *numbered("M", 12)])


def around(make: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    return np.concatenate([striding_mm(), make(striding_mm())], axis=1)


WITH_THE_WALKER = np.arange(FRAMES)[:, None, None] * np.array([10.0, 0.0, 0.0])
BESIDE_ONE_PERSON = {
    "a walking frame in the hands": lambda _: standing(10, (200, -300, 0), (500, 600, 900)) + WITH_THE_WALKER,
    "a walking frame that somebody pushes": lambda _: standing(10, (200, 1500, 0), (500, 600, 900)) + WITH_THE_WALKER,
    "a cane": lambda body: body[:, :4] + np.array([0.0, 250.0, 0.0]),
    "a box at two metres": lambda _: standing(8, (2000, 2000, 0), (400, 300, 300)),
    "corners of five plates": lambda _: standing(20, (0, -600, 0), (2500, 1200, 2)),
    "marks on floor and walls": lambda _: standing(40, (-500, 1500, 0), (4000, 3000, 2200)),
    "stairs": lambda _: standing(12, (1500, 1500, 0), (1200, 800, 900)),
    "a helper's hand": lambda body: body[:, [0] * 5] + np.arange(5)[:, None] * 20.0 + np.array([0.0, 200.0, 0.0]),
    "curves that nobody declared": lambda _: np.cumsum(
        np.random.default_rng(1).normal(0.0, 60.0, (FRAMES, 20, 3)), axis=0
    ),
    "places of nothing in one corner": lambda _: standing(12, (5000, 5000, 500), (0, 0, 0)),
}


@pytest.mark.parametrize("make", BESIDE_ONE_PERSON.values(), ids=BESIDE_ONE_PERSON)
def test_what_is_beside_one_person_is_no_second_person(tmp_path, make):
    points = around(make)
    labels = [*LABELS, *numbered("X", points.shape[1] - len(LABELS))]
    (recording,) = read(tmp_path, points, labels)
    assert len(recording.marker_labels) == len(labels)


def test_objects_are_known_by_their_names_even_where_nothing_moves(tmp_path):
    points = np.concatenate(
        [np.repeat(walker_mm(1), FRAMES, axis=0), standing(12, (1500, 1500, 0), (900, 800, 900))], axis=1
    )
    (recording,) = read(tmp_path, points, [*LABELS, *numbered("Stairs", 12)])
    assert len(recording.marker_labels) == 24


@pytest.mark.parametrize(
    "added",
    [
        [f"{side}{part}{i}" for side in "LR" for part in ("TH", "SK", "FT") for i in (1, 2, 3)],
        [f"{label}M" for label in LABELS if label[1:] in ("KNE", "ANK")],
        [f"{side}FA{i}" for side in "LR" for i in (1, 2, 3)],
        [f"{label}1" for label in LABELS],
    ],
)
def test_clusters_and_markers_beside_landmarks_are_no_second_body(tmp_path, added):
    at = [LABELS.index(label[:4]) if label[:4] in LABELS else i % 12 for i, label in enumerate(added)]
    beside = striding_mm()[:, at] + np.array([0.0, 60.0, 60.0])
    (recording,) = read(tmp_path, np.concatenate([striding_mm(), beside], axis=1), [*LABELS, *added])
    assert len(recording.marker_labels) == 12 + len(added)


@pytest.mark.parametrize("pattern", ["{rest}_{side}", "{rest}{side}", "{side}:{rest}", "{side}_{rest}"])
def test_sides_are_no_people_wherever_they_stand(tmp_path, pattern):
    labels = [pattern.format(side=label[0], rest=label[1:]) for label in LABELS]
    assert len(read(tmp_path, walker_mm(), labels)) == 1


def test_three_markers_on_the_foot_of_each_of_two_people_are_two_recordings(tmp_path):
    foot = ["LHEE", "LTOE", "LANK"]
    points = np.concatenate([walker_mm(40, foot), walker_mm(40, foot) + BESIDE_MM], axis=1)
    ann, bo = read(tmp_path, points, [f"{name}:{label}" for name in ("Ann", "Bo") for label in foot])
    assert (ann.subject, bo.subject) == ("Ann", "Bo")
    assert ann.marker_labels == bo.marker_labels == tuple(foot)


@pytest.mark.parametrize(("initials", "name"), [("LA", "Lea Ash"), ("LT", "Lea Tal"), ("RA", "La")])
@pytest.mark.parametrize("said", [{}, {"USES_PREFIXES": 0}, {"USES_PREFIXES": 1}])
def test_initials_that_begin_labels_take_no_letter_off_them(tmp_path, initials, name, said):
    labels = [*LABELS, "LTHI", "LTIB", "LTRO", "LAnkleAngles", "LAnkleMoment", "LAbsAnkleAngle"]
    points = np.concatenate([walker_mm(), walker_mm()[:, :6] + 20.0], axis=1)
    groups = {"SUBJECTS": {"USED": 1, "NAMES": [name], "LABEL_PREFIXES": [initials], **said}}
    (recording,) = read(tmp_path, points, labels, groups)
    assert recording.marker_labels == (*LABELS, "LTHI", "LTIB", "LTRO")
    assert [output.name for output in recording.model_outputs] == ["LAnkleAngles", "LAnkleMoment", "LAbsAnkleAngle"]


@pytest.mark.parametrize("prefix", ["P1", "Ann:", "Ann_"])
def test_a_prefix_that_hides_labels_is_taken_off_whatever_the_file_says(tmp_path, prefix):
    groups = {"SUBJECTS": {"USED": 1, "NAMES": ["Ann"], "LABEL_PREFIXES": [prefix], "USES_PREFIXES": 0}}
    (recording,) = read(tmp_path, walker_mm(), [prefix + label for label in LABELS], groups)
    assert (recording.subject, recording.marker_labels) == ("Ann", LABELS)


def test_a_list_of_more_subjects_than_a_room_holds_is_refused_before_its_labels_are_compared(tmp_path):
    names = [f"S{i}" for i in range(150)]
    with pytest.raises(LtmeError, match="150 subjects"):
        read(tmp_path, walker_mm(), LABELS, {"SUBJECTS": {"USED": 150, "NAMES": names}})


def test_labels_in_a_continuation_alone_or_in_bytes_are_read(tmp_path):
    letters = np.array([[ord(letter) for letter in label] for label in LABELS], dtype=np.uint8).T
    for stored in ({"LABELS2": list(LABELS)}, {"LABELS": letters}):
        path = tmp_path / "trial.c3d"
        leave_out = ["LABELS"] if "LABELS" not in stored else []
        path.write_bytes(c3d_bytes(walker_mm(), groups={"POINT": stored}, leave_out=leave_out))
        (recording,) = read_recordings(path)
        assert recording.marker_labels == LABELS


def test_half_a_list_of_labels_names_no_points(tmp_path):
    path = tmp_path / "trial.c3d"
    path.write_bytes(c3d_bytes(walker_mm(), groups={"POINT": {"LABELS2": list(LABELS[:6])}}, leave_out=["LABELS"]))
    with pytest.raises(LtmeError, match="no labelled points"):
        read_recordings(path)


def test_every_real_file_holds_one_person(shared_data):
    paths = sorted(path for path in (shared_data / "recordings").rglob("*") if path.suffix.lower() == ".c3d")
    assert paths
    for path in paths:
        if path.stem != "Optotrak":  # cut off
            assert len(read_recordings(path)) == 1, path.name
