"""Marker sets: each is found from its own labels, however a laboratory writes them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.body import SLOTS
from ltme_clinic.marker_sets import UNKNOWN, detect_marker_set, marker_sets, normalised_label


@pytest.mark.parametrize("name", sorted(marker_sets()))
def test_each_marker_set_is_found_from_its_own_preferred_labels(name: str) -> None:
    marker_set = marker_sets()[name]
    preferred = [labels[0] for labels in marker_set.slots.values()]
    match = detect_marker_set(preferred)
    assert dict(match.slots) == {slot: labels[0] for slot, labels in marker_set.slots.items()}
    assert match.missing == ()
    assert match.confidence == 1.0


def test_detection_does_not_depend_on_the_order_of_the_labels() -> None:
    labels = [labels[0] for labels in marker_sets()["plug-in-gait-full-body"].slots.values()]
    shuffled = labels.copy()
    random.Random(3).shuffle(shuffled)
    assert dict(detect_marker_set(shuffled).slots) == dict(detect_marker_set(labels).slots)


@pytest.mark.parametrize("written", ["LHEE", " lhee ", "Patient 7:LHEE", "LHEE:1", "A:L_HEE:12", "L.Hee", "LHEE:"])
def test_labels_are_compared_without_prefix_suffix_case_and_separators(written: str) -> None:
    assert normalised_label(written) == "LHEE"


def test_the_match_keeps_the_file_s_own_spelling_and_lists_what_it_does_not_know() -> None:
    labels = ["Sue:LASI", "Sue:RASI", "Sue:SACR", "Sue:LKNE", "Sue:RKNE", "*17", "Sue:BOX1"]
    match = detect_marker_set(labels)
    assert match.slots["left_asis"] == "Sue:LASI"
    assert match.unknown == ("*17", "Sue:BOX1")
    assert "left_ankle" in match.missing


def test_sides_are_never_exchanged() -> None:
    for marker_set in marker_sets().values():
        for slot, labels in (*marker_set.slots.items(), *marker_set.optional.items()):
            if slot.startswith("left_"):
                right = {**marker_set.slots, **marker_set.optional}[slot.replace("left_", "right_")]
                assert [normalised_label(a)[0] for a in labels] == ["L"] * len(labels)
                assert [normalised_label(a)[0] for a in right] == ["R"] * len(labels)


@pytest.mark.parametrize("labels", [[], ["A", "B", "C"], ["LASI", "RASI", "SACR"], [f"Marker_{i}" for i in range(54)]])
def test_fewer_than_four_known_labels_are_an_unknown_set(labels: list[str]) -> None:
    match = detect_marker_set(labels)
    assert match.name == UNKNOWN
    assert dict(match.slots) == {}
    assert match.unknown == tuple(labels)


def test_the_lower_body_is_told_from_the_full_body() -> None:
    lower = [labels[0] for labels in marker_sets()["plug-in-gait-lower-body"].slots.values()]
    assert detect_marker_set(lower).name == "plug-in-gait-lower-body"
    assert detect_marker_set([*lower, "C7", "CLAV", "STRN", "LSHO", "RSHO"]).name == "plug-in-gait-full-body"


def test_stored_joint_centres_are_used_but_never_missed() -> None:
    labels = [labels[0] for labels in marker_sets()["plug-in-gait-lower-body"].slots.values()]
    assert not any("centre" in slot for slot in detect_marker_set(labels).missing)
    assert detect_marker_set([*labels, "LFEP", "RFEP"]).slots["left_hip_centre"] == "LFEP"


def test_the_slot_names_themselves_are_a_marker_set() -> None:
    match = detect_marker_set(SLOTS)
    assert match.name == "ltme-slots"
    assert tuple(match.slots) == SLOTS


@pytest.mark.parametrize(
    ("file", "name", "slots"),
    [
        ("children/HC030A05.c3d", "oxford-foot", 35),
        ("opensim/walking2.c3d", "opensim-fullbody-2009", 26),
        ("opensim/doubleLegLanding.c3d", "cortex", 17),
        ("opensim/jogging.c3d", "plug-in-gait-full-body", 37),
        ("overground_adult/exampleOverground.c3d", "plug-in-gait-lower-body", 16),
        ("exercise/cmu_02_05.c3d", "cmu-41", 36),
        ("exercise/squat.c3d", "ariel-53", 36),
        ("qualisys/Qualisys.c3d", "isb-landmarks", 36),
    ],
)
def test_the_marker_set_of_a_real_file_is_found(shared_data: Path, file: str, name: str, slots: int) -> None:
    from ltme_clinic.recordings import read_recordings

    (recording,) = read_recordings(shared_data / "recordings" / file)
    match = detect_marker_set(recording.marker_labels)
    assert match.name == name
    assert len(match.slots) >= slots
    if {"left_asis", "right_asis"} <= set(match.slots):
        width = recording.marker(match.slots["left_asis"]) - recording.marker(match.slots["right_asis"])
        assert 0.15 < np.nanmedian(np.linalg.norm(width, axis=1)) < 0.35
