"""Labels on the wrong marker, lengths in another unit, other axes: refused by name, or told and left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from odd_walks import (
    FIRM,
    LEG,
    analysed,
    assert_as_walked,
    exchanged,
    moved,
    said,
    sides_exchanged,
    without_events,
)

from ltme_clinic.types import LtmeError, Recording, WalkTruth
from ltme_clinic.virtual_lab import sample_patient, simulate_walk


@pytest.mark.parametrize(
    ("parts", "cause"),
    [
        ((), "left and right are swapped"),
        (("ASI",), "left and right are swapped"),
        (LEG, "Left and right labels of the legs are exchanged"),
        (("ANK", "HEE", "TOE"), "the left ankle marker is nearer to the right knee"),
        (("HEE", "TOE"), "the left heel marker is nearer to the right ankle"),
        (("HEE",), "the left heel marker is nearer to the right ankle"),
        (("TOE",), "the left toe marker is nearer to the right ankle"),
        (("KNE",), "nearer to the right knee"),
        (("THI", "TIB"), "nearer to the right knee"),
        (("SHO", "ELB", "WRA", "WRB", "FIN"), "labels of the arms are exchanged"),
    ],
)
def test_exchanged_sides_are_refused_by_name(walk: Recording, parts: tuple[str, ...], cause: str) -> None:
    with pytest.raises(LtmeError, match=cause):
        analysed(sides_exchanged(walk, *parts))


@pytest.mark.parametrize(
    ("one", "other", "cause"),
    [
        ("LKNE", "LANK", "knee marker lies .* below the left ankle"),
        ("RHEE", "RTOE", "right toe marker lies .* behind the right heel"),
        ("LANK", "LHEE", "does not lie between heel and toe"),
        ("LANK", "LTOE", "does not lie between heel and toe"),
        ("RTIB", "RKNE", "does not lie between ankle and knee"),
        ("RTIB", "RANK", "does not lie between ankle and knee"),
        ("LHEE", "RTOE", "nearer to the right ankle"),
        ("LASI", "LPSI", "iliac spines' markers are crossed"),
        ("SACR", "C7", "sacrum marker lies .* from the left asis marker's height"),
        ("RASI", "STRN", "height"),
    ],
)
def test_two_markers_exchanged_are_refused_by_name(walk: Recording, one: str, other: str, cause: str) -> None:
    with pytest.raises(LtmeError, match=cause):
        analysed(exchanged(walk, one, other))


@pytest.mark.parametrize(("one", "other"), [("C7", "T10"), ("CLAV", "STRN"), ("LFHD", "LBHD"), ("T10", "LFIN")])
def test_labels_exchanged_above_the_pelvis_cost_the_upper_body_and_nothing_else(
    walk: Recording, truth: WalkTruth, one: str, other: str
) -> None:
    plain, analysis = analysed(walk), analysed(exchanged(walk, one, other))
    assert "their labels are exchanged" in said(analysis)
    assert_as_walked(analysis, truth, 0.01)
    part = "head_tilt" if one.endswith("HD") else "trunk_tilt"
    assert (part, "left") in plain.curves
    assert (part, "left") not in analysis.curves or np.isnan(analysis.curves[part, "left"].mean).all()
    assert analysis.figure("gdi", "left") == plain.figure("gdi", "left")


def test_posterior_spines_exchanged_are_told_and_change_nothing(walk: Recording, truth: WalkTruth) -> None:
    analysis = analysed(sides_exchanged(walk, "PSI"))
    assert "posterior iliac spines' labels are exchanged" in said(analysis)
    assert_as_walked(analysis, truth, 0.01)


@pytest.mark.parametrize("factor", [1000.0, 0.001, 0.1, 10.0, 1 / 25.4, 39.37, 2.54])
def test_another_unit_of_length_is_refused(walk: Recording, factor: float) -> None:
    with pytest.raises(LtmeError, match="Check the length unit"):
        analysed(moved(walk, lambda positions_m: positions_m * factor))


@pytest.mark.parametrize("factor", [0.5, 0.6, 1.4])
def test_a_body_of_another_size_than_the_typed_leg_is_refused(walk: Recording, factor: float) -> None:
    with pytest.raises(LtmeError, match="typed in, and the markers show"):
        analysed(moved(walk, lambda positions_m: positions_m * factor))


@pytest.mark.parametrize("factor", [0.88, 1.12])
def test_cameras_calibrated_with_a_wrong_length_are_warned_of(walk: Recording, factor: float) -> None:
    analysis = analysed(moved(walk, lambda positions_m: positions_m * factor))
    assert "cameras calibrated with a wrong length" in said(analysis)


@pytest.mark.parametrize("share", [-0.3, -0.15, 0.3])
def test_a_stretched_way_of_walking_is_warned_of(share: float) -> None:
    ahead = simulate_walk(sample_patient(11), duration_s=6.0, task=replace(FIRM, heading_rad=0.0)).recording
    recording = without_events(ahead)
    assert "looks stretched" not in said(analysed(recording))
    stretched = moved(recording, lambda positions_m: positions_m * [1.0 + share, 1.0, 1.0])
    assert "a horizontal axis looks stretched" in said(analysed(stretched))


@pytest.mark.parametrize(
    ("axes", "signs", "cause"),
    [
        ([0, 2, 1], [1, 1, -1], r"stretches along \+y"),
        ([2, 0, 1], [1, 1, 1], r"stretches along \+x"),
        ([0, 1, 2], [1, 1, -1], "stands on its head"),
        ([0, 1, 2], [1, -1, 1], "an axis is mirrored"),
        ([0, 1, 2], [-1, 1, 1], "an axis is mirrored"),
    ],
)
def test_other_axes_are_refused(walk: Recording, axes: list[int], signs: list[int], cause: str) -> None:
    with pytest.raises(LtmeError, match=cause):
        analysed(moved(walk, lambda positions_m: positions_m[..., axes] * signs))


def test_a_turned_and_shifted_laboratory_changes_nothing(walk: Recording, truth: WalkTruth) -> None:
    analysis = analysed(moved(walk, lambda positions_m: positions_m[..., [1, 0, 2]] * [1, -1, 1] + [1e4, -30, -1]))
    assert_as_walked(analysis, truth, 0.01)
