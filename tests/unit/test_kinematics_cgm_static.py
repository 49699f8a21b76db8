"""Calibration from a standing trial whose offsets are known, and standing trials that don't belong to a walk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gait_model_body import MEASURES, Pose, markers_of, with_legs

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics.cgm import ModelSettings, calibrate_static, model_angles, static_disagreements
from ltme_clinic.types import BodyMeasures

TRUE_DEG = {
    "thigh_rotation_rad": -9.0,
    "shank_rotation_rad": 6.0,
    "tibial_torsion_rad": -18.0,
    "plantar_flexion_rad": 12.0,
    "foot_rotation_rad": 3.0,
}
TRUE = with_legs(**{name: np.radians(value) for name, value in TRUE_DEG.items()})
STANDING = Pose(frames=20, tilt=8.0, hip=(9.0, 1.0, -3.0), knee=(2.0, 0.0, 0.0), toe_up=-12.0)
"""The line from ankle to toe points down by as much as the plantar flexion offset says."""


def without_offsets(measures: BodyMeasures, *kept: str) -> BodyMeasures:
    nothing = dict.fromkeys(name for name in TRUE_DEG if name not in kept)
    legs = {f"{side}_leg": replace(measures.leg(side), **nothing) for side in SIDES}
    return replace(measures, **legs)  # type: ignore[arg-type]


def in_degrees(measures: BodyMeasures, side: str) -> dict[str, float]:
    return {name: float(np.degrees(getattr(measures.leg(side), name))) for name in TRUE_DEG}


@pytest.mark.parametrize("side", SIDES)
def test_a_standing_trial_with_medial_markers_gives_every_offset_back(side: str) -> None:
    calibrated = calibrate_static(markers_of(STANDING, TRUE, medial=True), 100.0, without_offsets(TRUE))
    assert in_degrees(calibrated.measures, side) == pytest.approx(TRUE_DEG, abs=1e-4)
    assert calibrated.measures.sources[f"{side}_leg.tibial_torsion_rad"] == "static"
    assert calibrated.spread_deg[f"{side}_leg.tibial_torsion_rad"] == pytest.approx(0.0, abs=1e-6)
    assert calibrated.settings[f"{side} foot"] == "as its markers stand"


def test_a_typed_thigh_rotation_is_kept_and_contradicted_aloud() -> None:
    typed = without_offsets(with_legs(thigh_rotation_rad=0.0), "thigh_rotation_rad")
    calibrated = calibrate_static(markers_of(STANDING, TRUE, medial=True), 100.0, typed)
    assert calibrated.measures.left_leg.thigh_rotation_rad == 0.0
    assert "the left thigh rotation of 0 deg was kept; the medial knee marker shows -9 deg" in calibrated.warnings


def test_without_medial_markers_torsion_stays_unknown_and_the_foot_is_calibrated() -> None:
    measures = without_offsets(TRUE, "thigh_rotation_rad")
    straight = with_legs(thigh_rotation_rad=np.radians(-9.0), plantar_flexion_rad=np.radians(12.0))
    calibrated = calibrate_static(markers_of(STANDING, straight), 100.0, measures)
    leg = calibrated.measures.left_leg
    assert leg.tibial_torsion_rad is None
    assert leg.shank_rotation_rad is None
    assert np.degrees(leg.plantar_flexion_rad) == pytest.approx(12.0, abs=1e-4)  # type: ignore[arg-type]
    assert any("tibial torsion and shank rotation stay unknown" in line for line in calibrated.warnings)


def test_what_somebody_entered_is_never_replaced() -> None:
    entered = with_legs(tibial_torsion_rad=np.radians(-5.0), thigh_rotation_rad=np.radians(-9.0))
    entered = replace(
        without_offsets(entered, "tibial_torsion_rad", "thigh_rotation_rad"),
        sources={"left_leg.tibial_torsion_rad": "entered"},
    )
    calibrated = calibrate_static(markers_of(STANDING, TRUE, medial=True), 100.0, entered).measures
    assert np.degrees(calibrated.left_leg.tibial_torsion_rad) == pytest.approx(-5.0)  # type: ignore[arg-type]
    assert calibrated.sources["left_leg.tibial_torsion_rad"] == "entered"
    assert np.degrees(calibrated.right_leg.tibial_torsion_rad) == pytest.approx(-18.0, abs=1e-4)  # type: ignore[arg-type]


def test_widths_that_nobody_gave_are_measured_between_a_joints_markers() -> None:
    unknown = replace(TRUE, left_leg=replace(TRUE.left_leg, knee_width_m=None, ankle_width_m=None))
    calibrated = calibrate_static(markers_of(STANDING, TRUE, medial=True), 100.0, unknown).measures
    assert calibrated.left_leg.knee_width_m == pytest.approx(0.106)
    assert calibrated.left_leg.ankle_width_m == pytest.approx(0.076)
    assert calibrated.sources["left_leg.knee_width_m"] == "medial marker"
    bare = calibrate_static(markers_of(STANDING, TRUE), 100.0, unknown).measures
    assert bare.left_leg.knee_width_m is None


def test_angles_with_our_own_calibration_are_the_true_ones() -> None:
    calibrated = calibrate_static(markers_of(STANDING, TRUE, medial=True), 100.0, without_offsets(TRUE)).measures
    walking = Pose(hip=(25.0, 5.0, 8.0), knee=(40.0, 2.0, -6.0))
    own, true = (
        model_angles(markers_of(walking, TRUE), 100.0, measures, heading_rad=np.zeros(4))
        for measures in (calibrated, TRUE)
    )
    for key, values in true.values_deg.items():
        assert own.values_deg[key] == pytest.approx(values, abs=1e-3), key


def test_a_heel_that_stands_high_is_levelled_for_flat_feet_only() -> None:
    # heel and toe 0.2 m apart along the floor, the heel marker 20 mm above the toe's
    positions = markers_of(Pose(frames=5), MEASURES)
    positions[:, SLOT_INDEX["left_heel"], 2] += 0.020
    given = without_offsets(MEASURES, "thigh_rotation_rad")
    found = {
        flat: calibrate_static(positions, 100.0, given, ModelSettings(flat_foot=flat)).measures.left_leg
        for flat in (False, True)
    }
    assert np.degrees(found[True].plantar_flexion_rad) == pytest.approx(0.0, abs=1e-6)  # type: ignore[arg-type]
    down_deg = -np.degrees(np.arctan2(20.0, 200.0))
    assert np.degrees(found[False].plantar_flexion_rad) == pytest.approx(down_deg, abs=1e-6)  # type: ignore[arg-type]


def test_stored_offsets_tell_whether_the_feet_were_flat_and_without_them_the_difference_is_said() -> None:
    positions = markers_of(Pose(frames=5), MEASURES)
    for side in SIDES:
        positions[:, SLOT_INDEX[f"{side}_heel"], 2] += 0.020
    flat = calibrate_static(positions, 100.0, MEASURES)  # stores 0, which a flat foot reproduces
    assert flat.settings["left foot"] == "flat"
    unknown = calibrate_static(positions, 100.0, without_offsets(MEASURES, "thigh_rotation_rad"))
    assert unknown.settings["left foot"] == "as its markers stand"
    said = "if it stood flat on the floor, dorsiflexion is 5.7 deg more"
    assert sum(said in line for line in unknown.warnings) == 2


def calibrated_with(diameter_m: float) -> BodyMeasures:
    """Offsets as a laboratory finds them that takes the markers for others than they are."""
    settings = ModelSettings(marker_diameter_m=diameter_m)
    return calibrate_static(markers_of(STANDING, TRUE, medial=True), 100.0, without_offsets(TRUE), settings).measures


def test_stored_offsets_tell_the_marker_diameter_that_they_were_calculated_with() -> None:
    stored = replace(calibrated_with(0.010), marker_diameter_m=0.010, sources={})
    found = calibrate_static(markers_of(STANDING, TRUE, medial=True), 100.0, stored)
    assert found.settings["marker diameter"] == "10 mm (the stored offsets)"
    assert in_degrees(found.measures, "left") == pytest.approx(in_degrees(stored, "left"), abs=1e-6)
    assert any("10 mm markers, and so were these" in line for line in found.warnings)


@pytest.mark.parametrize("stale_deg", [-8.0, 8.0])
def test_stale_offsets_tell_nothing_of_the_marker_diameter(stale_deg: float) -> None:
    leg = replace(TRUE.left_leg, tibial_torsion_rad=np.radians(-18.0 + stale_deg))
    stale = replace(TRUE, left_leg=leg, marker_diameter_m=0.010)
    found = calibrate_static(markers_of(STANDING, TRUE, medial=True), 100.0, stale)
    assert found.settings["marker diameter"].startswith("14 mm (usual")


@pytest.mark.parametrize("side_of_heel", [1.0, -1.0])
def test_a_heel_marker_to_the_side_is_a_rotation_offset_with_its_sign_mirrored(side_of_heel: float) -> None:
    # both heels shifted to the outside (or inside) by 10 mm: heel to toe then points inwards (or outwards)
    positions = markers_of(Pose(frames=5), MEASURES)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        positions[:, SLOT_INDEX[f"{side}_heel"], 1] += sign * side_of_heel * 0.010
    measures = calibrate_static(positions, 100.0, without_offsets(MEASURES, "thigh_rotation_rad")).measures
    expected_deg = side_of_heel * np.degrees(np.arctan2(10.0, 200.0))
    for side in SIDES:
        assert np.degrees(measures.leg(side).foot_rotation_rad) == pytest.approx(expected_deg, abs=1e-6)  # type: ignore[arg-type]


def test_someone_who_does_not_stand_still_is_noticed() -> None:
    positions = markers_of(STANDING, TRUE, medial=True)
    positions[::2, SLOT_INDEX["left_ankle_medial"], 0] += 0.02
    lines = calibrate_static(positions, 100.0, without_offsets(TRUE)).warnings
    assert any("left tibial torsion wanders by" in line for line in lines)
    assert not any("right" in line and "wanders" in line for line in lines)


def test_a_standing_trial_belongs_to_its_walk() -> None:
    static = markers_of(STANDING, TRUE, medial=True)
    walk = markers_of(Pose(hip=(25.0, 5.0, 8.0), knee=(40.0, 2.0, -6.0)), TRUE)
    calibrated = calibrate_static(static, 100.0, without_offsets(TRUE)).measures
    assert static_disagreements(calibrated, TRUE, static, walk) == ()


def test_feet_that_the_walks_laboratory_took_as_flat_are_no_disagreement() -> None:
    positions = markers_of(Pose(frames=5), MEASURES)
    for side in SIDES:
        positions[:, SLOT_INDEX[f"{side}_heel"], 2] += 0.020
    calibrated = calibrate_static(positions, 100.0, without_offsets(MEASURES, "thigh_rotation_rad")).measures
    assert static_disagreements(calibrated, MEASURES, positions) == ()
    assert static_disagreements(calibrated, MEASURES) == (
        "left plantar flexion offset: -5.7 deg by the static trial, 0.0 deg stored in the walk",
        "right plantar flexion offset: -5.7 deg by the static trial, 0.0 deg stored in the walk",
    )


def test_stale_offsets_other_lengths_and_moved_markers_are_said_in_a_line_each() -> None:
    static = markers_of(STANDING, TRUE, medial=True)
    calibrated = calibrate_static(static, 100.0, without_offsets(TRUE)).measures
    stale = replace(TRUE, left_leg=replace(TRUE.left_leg, tibial_torsion_rad=np.radians(-30.0), leg_length_m=0.93))
    walk = markers_of(STANDING, TRUE)
    walk[:, SLOT_INDEX["right_shank"], 2] += 0.03
    lines = static_disagreements(calibrated, stale, static, walk)
    assert "left leg length: 900 mm in the static trial, 930 mm in the walk" in lines
    assert "left tibial torsion: -18.0 deg by the static trial, -30.0 deg stored in the walk" in lines
    moved = [line for line in lines if line.startswith("right shank to right")]
    assert len(moved) == 2
    assert len(lines) == 4


def test_a_walk_without_measures_is_compared_by_its_markers_alone() -> None:
    static = markers_of(STANDING, TRUE, medial=True)
    calibrated = calibrate_static(static, 100.0, without_offsets(TRUE)).measures
    assert static_disagreements(calibrated, BodyMeasures(), static, static) == ()
    assert static_disagreements(calibrated, BodyMeasures(), static, static * 1.15) != ()
    assert static_disagreements(calibrated, BodyMeasures()) == ()


def test_a_sole_that_is_thicker_at_the_heel_is_not_used_and_said() -> None:
    thick = replace(TRUE, left_leg=replace(TRUE.left_leg, sole_delta_m=0.012))
    lines = calibrate_static(markers_of(STANDING, TRUE, medial=True), 100.0, thick).warnings
    assert "the left sole's thickness difference of 12 mm is not used" in lines


def test_without_leg_lengths_nothing_is_calibrated_and_nothing_breaks() -> None:
    calibrated = calibrate_static(markers_of(STANDING, TRUE, medial=True), 100.0, BodyMeasures())
    assert calibrated.measures.left_leg.tibial_torsion_rad is None
    assert calibrated.measures.left_leg.plantar_flexion_rad is None
    assert calibrated.measures.left_leg.knee_width_m == pytest.approx(0.106)
