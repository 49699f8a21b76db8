"""Which muscle and side a channel's label names, and what is too ambiguous to be read."""

from __future__ import annotations

import pytest

from ltme_clinic.gait.emg import muscle_of


@pytest.mark.parametrize(
    ("label", "muscle", "side"),
    [
        ("LRF", "rectus femoris", "left"),
        ("RRF", "rectus femoris", "right"),
        ("RF_L", "rectus femoris", "left"),
        ("R Gastroc", "gastrocnemius", "right"),
        ("L_TIBANT", "tibialis anterior", "left"),
        ("LTIBANT", "tibialis anterior", "left"),
        ("EMG.RTibAnt", "tibialis anterior", "right"),
        ("Voltage.RBF", "biceps femoris", "right"),
        ("Voltage.LST", "semitendinosus", "left"),
        ("L Tib Post", "tibialis posterior", "left"),
        ("R Rect", "rectus femoris", "right"),
        ("L Hams", "hamstrings", "left"),
        ("RMedHam", "medial hamstrings", "right"),
        ("right lateral hamstrings", "lateral hamstrings", "right"),
        ("R Biceps Femoris", "biceps femoris", "right"),
        ("Left Gastrocnemius Medialis", "medial gastrocnemius", "left"),
        ("RLG", "lateral gastrocnemius", "right"),
        ("LVL", "vastus lateralis", "left"),
        ("TAR", "tibialis anterior", "right"),
        ("Patient:R_SOL", "soleus", "right"),
        ("RT_TIB_ANT 3", "tibialis anterior", "right"),
    ],
)
def test_a_label_names_its_muscle_and_side(label: str, muscle: str, side: str) -> None:
    named = muscle_of(label)
    assert (named.name, named.side, named.is_known) == (muscle, side, True)


@pytest.mark.parametrize("label", ["LGM", "R Tib", "R_EMG4", "L Widget", "R External Obliq"])
def test_an_unknown_or_ambiguous_muscle_keeps_its_label_and_has_no_band(label: str) -> None:
    named = muscle_of(label)
    assert named.name == label
    assert not named.is_known
    assert named.band_name is None


@pytest.mark.parametrize("label", ["EMG 1", "RF", "TA", "LH", "Rectus femoris", "L5 erector spinae"])
def test_a_muscle_without_a_side_has_none(label: str) -> None:
    assert muscle_of(label).side is None


def test_a_number_is_read_from_its_description() -> None:
    named = muscle_of("EMG1", "Left rectus femoris")
    assert (named.name, named.side) == ("rectus femoris", "left")


def test_a_device_s_name_in_the_description_changes_nothing() -> None:
    assert muscle_of("R Hams", "Analog EMG::Voltage [3,4]") == muscle_of("R Hams")


def test_a_label_and_a_description_of_different_sides_leave_the_side_open() -> None:
    assert muscle_of("LTA", "right tibialis anterior").side is None


@pytest.mark.parametrize("name", ["{}RF", "{} Gast", "EMG.{}TibAnt", "{}_SOL", "{}ST"])
def test_left_and_right_labels_are_mirror_images(name: str) -> None:
    left, right = muscle_of(name.format("L")), muscle_of(name.format("R"))
    assert left.name == right.name
    assert (left.side, right.side) == ("left", "right")


@pytest.mark.parametrize(
    ("label", "band"),
    [
        ("LRF", "rectus femoris"),
        ("LST", "medial hamstrings"),
        ("LBF", "lateral hamstrings"),
        ("LTA", "tibialis anterior"),
        ("LMG", "medial gastrocnemius"),
        ("L Hams", None),
        ("LVL", None),
    ],
)
def test_a_muscle_is_compared_with_its_published_one(label: str, band: str | None) -> None:
    assert muscle_of(label).band_name == band
