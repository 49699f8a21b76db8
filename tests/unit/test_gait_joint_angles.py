"""Which model and which measures a recording's joint angles come from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.gait.joint_angles import has_offsets, joint_angles, measures_for, merged
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import BodyMeasures, LegMeasures, Recording
from ltme_clinic.virtual_lab import sample_patient, simulate_static, simulate_walk
from ltme_clinic.virtual_lab.markers import PERFECT

SETTINGS = GaitSettings()


@pytest.fixture(scope="module")
def walk() -> Recording:
    return simulate_walk(sample_patient(8), duration_s=3.0, cameras=PERFECT).recording


@pytest.fixture(scope="module")
def walker(walk: Recording) -> Walker:
    return walker_of(walk)


def with_measures(walk: Recording, measures: BodyMeasures) -> Walker:
    return walker_of(replace(walk, body_measures=measures))


def test_a_recording_with_markers_and_measures_gets_the_conventional_gait_model(walker: Walker) -> None:
    angles = joint_angles(walker, None, SETTINGS)
    assert angles.model == "conventional gait model"
    assert np.isfinite(angles.values_deg["hip_rotation", "left"]).all()


def test_without_widths_only_sagittal_angles_are_given_and_that_is_said(walk: Recording) -> None:
    angles = joint_angles(with_measures(walk, BodyMeasures()), None, SETTINGS)
    assert "sagittal" in angles.model
    assert ("knee_flexion", "left") in angles.values_deg
    assert ("hip_rotation", "left") not in angles.values_deg
    assert any("knee width" in warning and "--measures" in warning for warning in angles.warnings)


def test_entered_measures_win_over_the_file_s(walker: Walker) -> None:
    entered = BodyMeasures(left_leg=LegMeasures(knee_width_m=0.123))
    found = measures_for(walker, None, replace(SETTINGS, measures=entered)).measures
    stored = walker.recording.body_measures
    assert found.left_leg.knee_width_m == 0.123
    assert found.left_leg.ankle_width_m == stored.left_leg.ankle_width_m
    assert found.right_leg == stored.right_leg


def test_merging_fills_only_what_is_not_known_and_keeps_who_said_it() -> None:
    first = BodyMeasures(left_leg=LegMeasures(knee_width_m=0.1), sources={"left_leg.knee_width_m": "entered"})
    second = BodyMeasures(
        left_leg=LegMeasures(knee_width_m=0.2, ankle_width_m=0.07),
        inter_asis_m=0.24,
        sources={"left_leg.knee_width_m": "file", "left_leg.ankle_width_m": "file"},
    )
    both = merged(first, second)
    assert (both.left_leg.knee_width_m, both.left_leg.ankle_width_m, both.inter_asis_m) == (0.1, 0.07, 0.24)
    assert both.sources == {"left_leg.knee_width_m": "entered", "left_leg.ankle_width_m": "file"}
    assert merged(both, BodyMeasures()) == both


def test_a_static_of_the_same_visit_gives_the_angles_that_the_stored_offsets_give(walk: Recording) -> None:
    static = walker_of(simulate_static(sample_patient(8), cameras=PERFECT))
    stored = joint_angles(walker_of(walk), None, SETTINGS)
    bare = with_measures(walk, of_lengths(walk.body_measures))
    assert not has_offsets(bare.recording.body_measures)
    own = joint_angles(bare, static, SETTINGS)
    for name in ("knee_flexion", "ankle_dorsiflexion", "hip_flexion"):
        difference = own.values_deg[name, "left"] - stored.values_deg[name, "left"]
        assert np.sqrt(np.nanmean(difference**2)) < 1.0


def of_lengths(measures: BodyMeasures) -> BodyMeasures:
    """The measures that are lengths and widths."""
    names = ("leg_length_m", "knee_width_m", "ankle_width_m", "asis_trochanter_m")
    legs = [LegMeasures(**{name: getattr(measures.leg(side), name) for name in names}) for side in ("left", "right")]
    return replace(measures, left_leg=legs[0], right_leg=legs[1], sources={})


@pytest.mark.parametrize(("person", "walk_number"), [("HC031", "06"), ("HC032", "03"), ("HC039", "31")])
def test_a_real_static_gives_the_angles_that_its_laboratory_s_software_stored(
    shared_data: Path, person: str, walk_number: str
) -> None:
    folder = shared_data / "recordings" / "children"
    (walked,) = read_recordings(folder / f"{person}A{walk_number}.c3d")
    (stood,) = read_recordings(folder / f"{person}A01.c3d")
    angles = joint_angles(walker_of(walked), walker_of(stood), SETTINGS)
    stored = walked.angles()
    for name, column in (("hip_flexion", 0), ("hip_adduction", 1), ("hip_rotation", 2)):
        for side, letter in (("left", "L"), ("right", "R")):
            difference = angles.values_deg[name, side] - stored[f"{letter}HipAngles"].values[:, column]
            assert np.sqrt(np.nanmean(difference**2)) < 0.02
    for side, letter in (("left", "L"), ("right", "R")):
        difference = angles.values_deg["ankle_dorsiflexion", side] - stored[f"{letter}AnkleAngles"].values[:, 0]
        assert np.sqrt(np.nanmean(difference**2)) < 0.02


def test_the_laboratory_s_own_angles_are_held_against_ours(shared_data: Path) -> None:
    (walked,) = read_recordings(shared_data / "recordings" / "children" / "HC031A06.c3d")
    alike = joint_angles(walker_of(walked), None, SETTINGS)
    assert alike.settings["angles stored in the file"] == "ours within 0.001 deg"
    assert not any("stored in the file differ" in warning for warning in alike.warnings)
    wider = BodyMeasures(left_leg=LegMeasures(knee_width_m=0.14), sources={"left_leg.knee_width_m": "entered"})
    unlike = joint_angles(walker_of(walked), None, replace(SETTINGS, measures=wider))
    assert any("stored in the file differ from ours" in warning and "left" in warning for warning in unlike.warnings)


@pytest.mark.parametrize(("walk_name", "static_name"), [("HC036A10", "HC036A01"), ("HC040A14", "HC040A04")])
def test_stale_and_foreign_statics_of_real_files_are_not_used(
    shared_data: Path, walk_name: str, static_name: str
) -> None:
    folder = shared_data / "recordings" / "children"
    (walked,), (stood,) = (read_recordings(folder / f"{name}.c3d") for name in (walk_name, static_name))
    found = measures_for(walker_of(walked), walker_of(stood), SETTINGS)
    assert "does not fit this walk" in found.warnings[0]
    assert found.measures.left_leg == walked.body_measures.left_leg


def test_another_person_s_static_is_not_calibrated_from(walker: Walker) -> None:
    foreign = walker_of(simulate_static(sample_patient(21), cameras=PERFECT))
    found = measures_for(walker, foreign, SETTINGS)
    assert found.warnings[0] == "the static trial does not fit this walk, its offsets were not used"
    assert found.measures.left_leg == walker.recording.body_measures.left_leg
