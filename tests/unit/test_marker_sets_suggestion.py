"""Suggestions for unknown labels: by their words, by where the markers lie, and never below a stated confidence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.marker_sets import (
    MIN_CONFIDENCE,
    detect_marker_set,
    marker_sets,
    slot_of_name,
    suggest_mapping,
    suggested_yaml,
)
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import sample_patient, simulate_slots


@pytest.mark.parametrize(
    ("label", "slot"),
    [
        ("Left lateral malleolus", "left_ankle"),
        ("lmalleolus_ext", "left_ankle"),
        ("Ferse_L", "left_heel"),
        ("KNIE_RE", "right_knee"),
        ("Linker Knöchel außen", "left_ankle"),
        ("Innenknöchel rechts", "right_ankle_medial"),
        ("Genou gauche ext", "left_knee"),
        ("poignet radial droit", "right_wrist_thumb"),
        ("hiel rechts", "right_heel"),
        ("ginocchio dx", "right_knee"),
        ("rodilla izq", "left_knee"),
        ("tobillo derecho medial", "right_ankle_medial"),
        ("R.Knee.Medial", "right_knee_medial"),
        ("Patient 7:l_5th metatarsal head", "left_metatarsal_5"),
        ("LeftSpinaIliacaAnteriorSuperior", "left_asis"),
        ("Left_Maleolus_Lat", "left_ankle"),
        ("kneel", "left_knee"),
        ("RHJC", "right_hip_centre"),
        ("Sacrum", "sacrum"),
    ],
)
def test_a_label_in_words_names_its_slot(label: str, slot: str) -> None:
    reading = slot_of_name(label)
    assert reading is not None
    assert reading.slot == slot
    assert reading.confidence >= MIN_CONFIDENCE


@pytest.mark.parametrize(
    "label", ["knee", "left right knee", "L_sacrum", "M0041", "", ":", "left", "l_mknee", "x" * 9999]
)
def test_a_label_without_a_side_or_a_part_names_nothing(label: str) -> None:
    assert slot_of_name(label) is None


def test_words_agree_with_the_published_sets_wherever_they_are_read() -> None:
    """Joint centres are left out: "LKnee" means the centre to a tracker and the condyle to everyone else."""
    right = wrong = 0
    for marker_set in marker_sets().values():
        for slot, labels in {**marker_set.slots, **marker_set.optional}.items():
            readings = [] if slot.endswith("_centre") else [slot_of_name(label) for label in labels]
            right += sum(reading is not None and reading.slot == slot for reading in readings)
            wrong += sum(reading is not None and reading.slot != slot for reading in readings)
    assert right >= 400
    assert wrong <= 0.02 * right


@pytest.fixture(scope="module")
def walk() -> np.ndarray:
    return simulate_slots(sample_patient(77, age_y=30.0), duration_s=3.0, rate_hz=50.0)[0]


def test_names_that_are_unknown_and_places_that_are_clear_give_most_of_the_slots(walk: np.ndarray) -> None:
    slots = list(marker_sets()["plug-in-gait-full-body"].slots)
    labels = [f"M{number:02d}" for number in range(len(slots))]
    suggestions = suggest_mapping(labels, walk[:, [SLOT_INDEX[slot] for slot in slots]])
    right = sum(slots[labels.index(s.label)] == s.slot for s in suggestions)
    assert len(suggestions) >= 0.4 * len(slots)
    assert right >= 0.95 * len(suggestions)
    assert all(MIN_CONFIDENCE <= s.confidence < 1.0 and s.reason for s in suggestions)


def test_name_and_place_together_are_surer_and_in_contradiction_less_sure(walk: np.ndarray) -> None:
    parts = {"ASI": "asis", "PSI": "psis", "THI": "thigh", "KNE": "knee", "TIB": "shank", "ANK": "ankle", "TOE": "toe"}
    slots = {f"{side[0].upper()}{label}": f"{side}_{part}" for side in SIDES for label, part in parts.items()}
    slots |= {"Schulter links": "left_shoulder", "Schulter rechts": "right_shoulder"}
    positions_m = walk[:, [SLOT_INDEX[slot] for slot in slots.values()]]
    known = replace(detect_marker_set(list(slots)), extras=())
    assert "left_shoulder" not in known.slots
    by_name = {s.slot: s.confidence for s in suggest_mapping(list(slots), known=known)}
    both = {s.slot: s.confidence for s in suggest_mapping(list(slots), positions_m, known=known)}
    assert both["left_shoulder"] > by_name["left_shoulder"]
    exchanged = [*list(slots)[:-2], "Schulter rechts", "Schulter links"]
    doubted = {s.slot: s.confidence for s in suggest_mapping(exchanged, positions_m, known=known)}
    assert doubted.get("left_shoulder", 0.0) < by_name["left_shoulder"]


def test_what_is_known_is_left_alone_and_each_slot_is_suggested_once() -> None:
    labels = ["LASI", "RASI", "LPSI", "RPSI", "LKNE", "RKNE", "Knie links", "Ferse links", "linke Ferse", "KreuzbeinX"]
    known = detect_marker_set(labels)
    suggestions = suggest_mapping(labels, known=known)
    assert not {s.slot for s in suggestions} & set(known.slots)
    assert len({s.slot for s in suggestions}) == len(suggestions)
    assert "left_heel" not in {s.slot for s in suggestions}, "two equally sure labels for one slot"


@pytest.mark.parametrize("kind", ["nothing", "lying", "few", "empty", "heap"])
def test_nothing_is_suggested_where_no_body_stands(walk: np.ndarray, kind: str) -> None:
    positions_m = {
        "nothing": np.full_like(walk, np.nan),
        "lying": walk[..., [2, 1, 0]],
        "few": walk[:, :5],
        "empty": walk[:0],
        "heap": np.random.default_rng(0).normal(0, 0.05, walk.shape),
    }[kind]
    labels = [f"M{number}" for number in range(positions_m.shape[1])]
    assert suggest_mapping(labels, positions_m) == ()


def test_positions_that_do_not_fit_the_labels_are_refused(walk: np.ndarray) -> None:
    with pytest.raises(LtmeError, match="for 2 labels"):
        suggest_mapping(["A", "B"], walk)


def test_the_draft_can_be_saved_as_a_marker_set_and_reads_the_same_file(tmp_path: Path) -> None:
    labels = ["Sue Roe:LASI", "Sue Roe:RASI", "Sue Roe:LPSI", "Sue Roe:RPSI", "Sue Roe:LKNE", "Sue Roe:RKNE"]
    labels += ["Sue Roe:Ferse links", 'Sue Roe:Ferse "rechts" #1']
    known = detect_marker_set(labels)
    suggestions = suggest_mapping(labels, known=known)
    text = suggested_yaml(suggestions, "our-legs", known=known)
    assert "Sue" not in text
    (tmp_path / "ours.yaml").write_text(text, encoding="utf-8")
    match = detect_marker_set(labels, extra=tmp_path)
    assert match.name == "our-legs"
    assert set(match.slots) == set(known.slots) | {s.slot for s in suggestions}


@pytest.mark.parametrize("name", ["", "Ours", "cgm2", "../x", "x" * 61])
def test_a_draft_needs_a_name_of_its_own(name: str) -> None:
    with pytest.raises(LtmeError):
        suggested_yaml(suggest_mapping(["Ferse links"]), name)


def test_a_draft_of_nothing_is_refused() -> None:
    with pytest.raises(LtmeError, match="nothing to write"):
        suggested_yaml((), "ours")


def test_on_real_files_with_labels_hidden_the_suggestions_hold(shared_data: Path) -> None:
    """Position only. Three in ten labels hidden: 155 of 159 suggestions right, 351 hidden; the test asks for less."""
    from ltme_clinic.recordings import read_recordings

    rng = np.random.default_rng(2)
    files = ["children/HC030A05.c3d", "children/HC036A10.c3d", "pycgm/Movement_trial.c3d", "qualisys/Qualisys.c3d"]
    files += ["overground_adult/exampleOverground.c3d", "opensim/walking2.c3d", "overground_small/test_small.c3d"]
    part, all_hidden = np.zeros(3, dtype=int), np.zeros(3, dtype=int)
    for file in files:
        (recording,) = read_recordings(shared_data / "recordings" / file)
        truth = {label: slot for slot, label in detect_marker_set(recording.marker_labels).slots.items()}
        some = set(rng.choice(list(truth), size=int(0.3 * len(truth)), replace=False))
        part += _tally(recording.marker_labels, recording.positions_m, truth, some)
        all_hidden += _tally(recording.marker_labels, recording.positions_m, truth, set(recording.marker_labels))
    right, named, hidden = part
    assert right >= 0.9 * named
    assert right >= 0.3 * hidden
    right, named, hidden = all_hidden
    assert right >= 0.75 * named
    assert right >= 0.25 * hidden


def _tally(labels: tuple[str, ...], positions_m: np.ndarray, truth: dict[str, str], hidden: set[str]) -> np.ndarray:
    """Right suggestions, suggestions, and hidden labels that stand for a slot."""
    new = [f"Q{number:03d}" if label in hidden else label for number, label in enumerate(labels)]
    slot_of = {name: truth.get(label) for name, label in zip(new, labels, strict=True)}
    found = [s for s in suggest_mapping(new, positions_m, known=detect_marker_set(new)) if s.label.startswith("Q0")]
    right = sum(slot_of[s.label] == s.slot for s in found)
    return np.array([right, len(found), sum(label in truth for label in hidden)])


def test_every_suggested_slot_is_a_slot(walk: np.ndarray) -> None:
    assert {s.slot for s in suggest_mapping([f"M{n}" for n in range(len(SLOTS))], walk)} <= set(SLOTS)
