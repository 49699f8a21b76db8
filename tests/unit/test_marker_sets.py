"""Marker sets: each is found from its own labels, however a laboratory writes them."""

from __future__ import annotations

import random
import timeit
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.body import SLOTS, mirrored
from ltme_clinic.marker_sets import UNKNOWN, MarkerSet, detect_marker_set, marker_sets, normalised_label


@pytest.mark.parametrize("name", sorted(marker_sets()))
def test_each_marker_set_is_found_from_its_own_preferred_labels(name: str) -> None:
    marker_set = marker_sets()[name]
    preferred = [labels[0] for labels in marker_set.slots.values()]
    match = detect_marker_set([*preferred, *marker_set.also])
    assert match.name == name
    assert {slot: match.slots[slot] for slot in marker_set.slots} == {s: n[0] for s, n in marker_set.slots.items()}
    assert match.missing == ()
    assert match.completeness == 1.0
    assert match.confidence > 0.99
    assert set(match.extras) == set(match.unknown)


@pytest.mark.parametrize("name", sorted(marker_sets()))
def test_a_set_without_its_clusters_is_read_alike_whatever_it_is_called(name: str) -> None:
    slots = marker_sets()[name].slots
    match = detect_marker_set([labels[0] for labels in slots.values()])
    assert dict(match.slots) == {slot: labels[0] for slot, labels in slots.items()}
    assert match.name == name or name in [other.name for other in match.alternatives if other.reads_alike]


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
        both = {**marker_set.slots, **marker_set.optional}
        for slot, labels in both.items():
            for left, right in zip(labels, both[mirrored(slot)], strict=True) if slot.startswith("left_") else ():
                differing = [(a, b) for a, b in zip(left, right, strict=False) if a != b]
                assert left != right
                assert differing[0] in {("L", "R"), ("l", "r")}


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


def test_confidence_is_what_it_says_on_subsets_of_the_known_sets_among_foreign_labels() -> None:
    """A file of any set: bare regions, lost markers, aliases, foreign labels. Right is: every slot read as it was."""
    rng = random.Random(5)
    sure, sure_and_right, named = 0, 0, 0
    sets = list(marker_sets().values())
    for _ in range(600):
        truth = _drawn_file(rng, rng.choice(sets))
        foreign = [f"{rng.choice('ABCDGHKMQXZ')}{rng.choice(['BOX', 'CAL', 'PT', 'RIG', 'TRK'])}{i}" for i in range(8)]
        labels = [*truth, *foreign[: rng.randrange(9)]]
        rng.shuffle(labels)
        match = detect_marker_set(labels)
        named += match.name != UNKNOWN
        if match.confidence >= 0.9:
            sure += 1
            sure_and_right += all(truth.get(label, slot) == slot for slot, label in match.slots.items())
    assert named >= 0.9 * 600
    assert sure >= 0.75 * 600
    assert sure_and_right >= 0.98 * sure


def _drawn_file(rng: random.Random, marker_set: MarkerSet) -> dict[str, str]:
    """Label -> slot of a file that follows a set in part; labels of the set that stand for no slot are "none"."""
    bare = rng.choice([(), (), ("head", "shoulder", "elbow", "wrist", "finger"), ("heel", "toe", "metatarsal")])
    lost = rng.choice([0.0, 0.1, 0.3])
    labels = {}
    for slot, names in marker_set.slots.items():
        part = slot.removeprefix("left_").removeprefix("right_")
        if not part.startswith(tuple(bare) or ("-",)) and rng.random() >= lost:
            labels[rng.choice(names) if rng.random() < 0.2 else names[0]] = slot
    return labels | {label: "none" for label in marker_set.also if rng.random() >= 0.2}


def test_sets_that_fit_nearly_as_well_are_named_as_alternatives() -> None:
    lower = [labels[0] for labels in marker_sets()["cgm2-medial"].slots.values()]
    match = detect_marker_set(lower)
    assert match.name == "cgm2-medial"
    assert {"plug-in-gait-lower-body", "cgm2-clusters"} <= {other.name for other in match.alternatives}
    assert all(other.reads_alike for other in match.alternatives if other.name == "plug-in-gait-lower-body")
    assert sum(other.share for other in match.alternatives) < 1.0


def test_a_label_that_two_sets_read_differently_lowers_the_confidence() -> None:
    """`LKnee` is a joint centre to a video tracker and the lateral condyle to a laboratory with markers."""
    contested = detect_marker_set([f"{side}_{part}" for side in "LR" for part in ("Shoulder", "Knee", "Ankle")])
    clear = detect_marker_set([f"{side}{part}" for side in "LR" for part in ("ASI", "PSI", "KNE", "ANK", "HEE")])
    assert clear.confidence > contested.confidence
    assert [other.name for other in contested.alternatives if not other.reads_alike] == ["helen-hayes-modified"]


def test_a_file_with_every_known_label_does_not_overflow() -> None:
    every = sorted({label for s in marker_sets().values() for labels in s.slots.values() for label in labels})
    match = detect_marker_set(every * 3)
    assert 0.0 <= match.confidence <= 1.0


def test_two_hundred_and_fifty_labels_take_about_a_millisecond() -> None:
    """Held as a multiple of a plain loop over the labels, so that a busy machine does not decide it."""
    labels = [f"Patient:{name}" for name in _full_body_labels()] + [f"Patient:CL{i:03d}" for i in range(211)]
    detect_marker_set(labels)
    detection_s = min(timeit.repeat(lambda: detect_marker_set(labels), number=5, repeat=5)) / 5
    loop_s = min(timeit.repeat(lambda: [normalised_label(label) for label in labels], number=5, repeat=5)) / 5
    assert detection_s < 12 * loop_s + 0.001


def _full_body_labels() -> list[str]:
    return [labels[0] for labels in marker_sets()["plug-in-gait-full-body"].slots.values()]
