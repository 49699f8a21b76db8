"""The upper body against the angles and joint centres that Vicon Nexus stored in the same recordings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics.cgm.arms import ELBOW_ANGLES, SHOULDER_ANGLES, WRIST_ANGLES
from ltme_clinic.kinematics.cgm.head import HEAD_ANGLES, NECK_ANGLES
from ltme_clinic.kinematics.cgm.pelvis import pelvis_of
from ltme_clinic.kinematics.cgm.trunk import SPINE_ANGLES, TRUNK_ANGLES
from ltme_clinic.kinematics.cgm.upper_body import UpperBody, upper_body
from ltme_clinic.kinematics.rotations import rotation_z
from ltme_clinic.kinematics.slot_positions import fill_midpoints, slot_positions
from ltme_clinic.recordings.reading import read_recordings
from ltme_clinic.types import ArmMeasures, Recording

STORED = {
    "Thorax": TRUNK_ANGLES,
    "Spine": SPINE_ANGLES,
    "Head": HEAD_ANGLES,
    "Neck": NECK_ANGLES,
    "Shoulder": SHOULDER_ANGLES,
    "Elbow": ELBOW_ANGLES,
    "Wrist": WRIST_ANGLES,
}
CENTRES = {"shoulder": "CLO", "elbow": "HUO", "wrist": "RAO"}
WALKS = {
    **dict.fromkeys(
        (
            "children/HC030A05.c3d",
            "children/HC030A22.c3d",
            "children/HC031A06.c3d",
            "children/HC031A23.c3d",
            "children/HC032A03.c3d",
            "children/HC032A18.c3d",
            "children/HC033A10.c3d",
            "children/HC033A22.c3d",
            "children/HC038A11.c3d",
            "children/HC038A27.c3d",
            "children/HC039A17.c3d",
            "children/HC039A31.c3d",
            "children/HC040A14.c3d",
        ),
        90,
    ),
    "children/HC036A10.c3d": 270,
    "children/HC036A23.c3d": 0,
    "children/HC040A40.c3d": 0,
    "overground_small/test_small.c3d": 0,
    "pycgm/Movement_trial.c3d": 180,
    "pycgm/Static_trial.c3d": 0,
}
"""Recording -> the direction from the laboratory's x that Nexus took for the walk's, in degrees."""
TOLERANCE_DEG = 0.001
"""The files hold single precision: a spine's angle is stored to some 0.00003 degrees."""
TOLERANCE_M = 1e-5


def _read(shared_data: Path, name: str) -> Recording:
    path = shared_data / "recordings" / name
    if not path.is_file():
        pytest.skip(f"{name} is not there")
    return read_recordings(path)[0]


def _analysed(recording: Recording, direction_deg: float, diameter_m: float = 0.014) -> UpperBody:
    positions_m = slot_positions(recording).positions_m
    fill_midpoints(positions_m)
    ahead = rotation_z(np.full(len(positions_m), np.radians(direction_deg)))
    return upper_body(positions_m, recording.body_measures, pelvis_of(positions_m).axes, diameter_m, ahead)


def _stored(recording: Recording, name: str) -> np.ndarray:
    """A stored output (frame, 3), NaN where Nexus wrote zeros for want of a marker; points in metres."""
    output = next(o for o in recording.model_outputs if o.name == name)
    values = output.values.astype(float)
    values[(values == 0).all(axis=1)] = np.nan
    return values / 1000.0 if output.kind == "point" and output.unit == "mm" else values


def _rmse_deg(recording: Recording, body: UpperBody, stored: str, column: int, side: str) -> float:
    angle_deg = body.values_deg[STORED[stored][column], side]
    difference = angle_deg - _stored(recording, f"{side[0].upper()}{stored}Angles")[:, column]
    assert np.isfinite(difference).sum() > 50
    return float(np.sqrt(np.nanmean(((difference + 180.0) % 360.0 - 180.0) ** 2)))


@pytest.mark.parametrize(("name", "direction_deg"), WALKS.items())
def test_angles_and_joint_centres_are_those_that_nexus_stored(shared_data, name, direction_deg):
    recording = _read(shared_data, name)
    body = _analysed(recording, direction_deg)
    assert not body.missing
    for side in SIDES:
        for stored, names in STORED.items():
            for column in range(len(names)):
                assert _rmse_deg(recording, body, stored, column, side) < TOLERANCE_DEG, (stored, column, side)
        for joint, ending in CENTRES.items():
            apart_m = body.joint_centres_m[f"{side}_{joint}"] - _stored(recording, f"{side[0].upper()}{ending}")
            assert np.nanmax(np.linalg.norm(apart_m, axis=1)) < TOLERANCE_M, (joint, side)


def test_a_wrong_marker_diameter_fails_the_comparison(shared_data):
    recording = _read(shared_data, "children/HC032A03.c3d")
    body = _analysed(recording, 90, diameter_m=0.010)
    assert _rmse_deg(recording, body, "Shoulder", 2, "left") > 0.1
    assert _rmse_deg(recording, body, "Elbow", 0, "left") > 0.1
    apart_m = body.joint_centres_m["left_shoulder"] - _stored(recording, "LCLO")
    assert np.nanmin(np.linalg.norm(apart_m, axis=1)) > 0.0015


def test_a_wrong_direction_of_progression_fails_the_comparison(shared_data):
    recording = _read(shared_data, "children/HC036A23.c3d")
    body = _analysed(recording, 90)
    assert _rmse_deg(recording, body, "Thorax", 2, "left") > 80
    assert _rmse_deg(recording, body, "Spine", 2, "left") < TOLERANCE_DEG


def test_a_trial_that_nexus_calculated_without_measures_is_not_reproduced_with_them(shared_data):
    """HC040A04 was calculated with 10 mm markers and empty measures, which are zeros to Nexus."""
    recording = _read(shared_data, "children/HC040A04.c3d")
    body = _analysed(recording, 270, diameter_m=0.010)
    assert _rmse_deg(recording, body, "Thorax", 0, "left") < TOLERANCE_DEG
    assert _rmse_deg(recording, body, "Elbow", 0, "left") > 10
    empty = ArmMeasures(0.0, 0.0, 0.0, 0.0)
    unmeasured = replace(recording.body_measures, left_arm=empty, right_arm=empty)
    again = _analysed(replace(recording, body_measures=unmeasured), 270, diameter_m=0.010)
    for column in range(3):
        assert _rmse_deg(recording, again, "Shoulder", column, "left") < TOLERANCE_DEG
    assert _rmse_deg(recording, again, "Elbow", 0, "left") < TOLERANCE_DEG


def test_the_children_whose_left_wrist_markers_are_exchanged_are_found_and_no_others(shared_data):
    warned = {name for name, deg in WALKS.items() if _exchanged(_analysed(_read(shared_data, name), deg))}
    assert warned == {"children/HC030A05.c3d", "children/HC030A22.c3d"}


def _exchanged(body: UpperBody) -> bool:
    return any("look exchanged" in warning for warning in body.warnings)
