"""A gait model's measures in a file: read in metres, doubted where no body has them, written back, kept."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import c3d_bytes, walker_mm

from ltme_clinic.recordings import read_recordings, write_c3d
from ltme_clinic.recordings.deidentify import DeidentificationKey, WhoseFiles, deidentify_file
from ltme_clinic.recordings.model_measures import known_fields, model_measures_of, processing_numbers
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import Anthropometry, ArmMeasures, BodyMeasures, LegMeasures, Recording

TYPED = {
    "LLegLength": 860.0,
    "RLegLength": 870.0,
    "LKneeWidth": 102.0,
    "RKneeWidth": 104.0,
    "LAnkleWidth": 61.0,
    "LAsisTrocanterDistance": 58.34,
    "RAsisTrocanterDistance": 0.0,
    "LThighRotation": -0.105,
    "RThighRotation": 0.0,
    "LTibialTorsion": -0.283,
    "LStaticPlantFlex": 0.189,
    "LSoleDelta": 0.0,
    "LShoulderOffset": 35.0,
    "RHandThickness": 31.0,
    "InterAsisDistance": 204.0,
    "MarkerDiameter": 10.0,
    "HeadOffset": 0.02,
}


def read_one(folder: Path, typed: dict[str, float]) -> Recording:
    (folder / "walk.c3d").write_bytes(c3d_bytes(walker_mm(60), groups={"PROCESSING": typed}))
    (recording,) = read_recordings(folder / "walk.c3d")
    return recording


def test_measures_are_read_in_metres_and_radians(tmp_path: Path) -> None:
    body = read_one(tmp_path, TYPED).body_measures
    assert body.left_leg.leg_length_m == pytest.approx(0.86)
    assert body.right_leg.leg_length_m == pytest.approx(0.87)
    assert (body.left_leg.knee_width_m, body.right_leg.knee_width_m) == pytest.approx((0.102, 0.104))
    assert body.left_leg.ankle_width_m == pytest.approx(0.061)
    assert body.left_leg.asis_trochanter_m == pytest.approx(0.05834)
    assert body.left_leg.thigh_rotation_rad == pytest.approx(-0.105)
    assert body.left_leg.tibial_torsion_rad == pytest.approx(-0.283)
    assert body.left_leg.plantar_flexion_rad == pytest.approx(0.189)
    assert body.left_arm.shoulder_offset_m == pytest.approx(0.035)
    assert body.right_arm.hand_thickness_m == pytest.approx(0.031)
    assert (body.inter_asis_m, body.marker_diameter_m) == pytest.approx((0.204, 0.010))
    assert body.head_offset_rad == pytest.approx(0.02)


def test_a_length_of_0_was_not_measured_and_an_offset_of_0_was(tmp_path: Path) -> None:
    body = read_one(tmp_path, TYPED).body_measures
    assert body.right_leg.asis_trochanter_m is None
    assert body.right_leg.thigh_rotation_rad == 0.0
    assert body.left_leg.sole_delta_m == 0.0
    assert body.right_leg.tibial_torsion_rad is None
    assert body.right_leg.ankle_width_m is None


def test_every_measure_says_where_it_is_from(tmp_path: Path) -> None:
    body = read_one(tmp_path, TYPED).body_measures
    assert body.sources["left_leg.knee_width_m"] == "file"
    assert set(body.sources) == set(known_fields(body))
    assert len(body.sources) == len(TYPED) - 1  # all but the length of 0


def test_centimetres_are_told_by_the_leg(tmp_path: Path) -> None:
    body = read_one(tmp_path, {"LLegLength": 86.0, "LKneeWidth": 10.2, "InterAsisDistance": 20.4}).body_measures
    assert body.left_leg.leg_length_m == pytest.approx(0.86)
    assert body.left_leg.knee_width_m == pytest.approx(0.102)
    assert body.inter_asis_m == pytest.approx(0.204)


def test_a_width_is_in_the_legs_unit_or_none(tmp_path: Path) -> None:
    # 20 would be a stout person's knee in centimetres, but the leg is in millimetres
    recording = read_one(tmp_path, {"LLegLength": 860.0, "LKneeWidth": 20.0})
    assert recording.body_measures.left_leg.knee_width_m is None
    assert read_one(tmp_path, {"LKneeWidth": 20.0}).body_measures.left_leg.knee_width_m == pytest.approx(0.20)


def test_what_no_body_has_is_left_out_aloud(tmp_path: Path) -> None:
    recording = read_one(tmp_path, TYPED | {"LKneeWidth": 1020.0, "LTibialTorsion": -16.2})
    assert recording.body_measures.left_leg.knee_width_m is None
    assert recording.body_measures.left_leg.tibial_torsion_rad is None
    assert "PROCESSING:LKNEEWIDTH of 1020 is no body's: it was not taken" in recording.warnings
    said = "PROCESSING:LTIBIALTORSION of -16.2 rad is no offset of a marker: it was not taken"
    assert said in recording.warnings


def test_a_leg_in_inches_takes_the_widths_with_it(tmp_path: Path) -> None:
    inches = {"LLegLength": 33.9, "RLegLength": 33.9, "LKneeWidth": 4.0, "LTibialTorsion": -0.283}
    recording = read_one(tmp_path, inches)
    assert recording.body_measures.left_leg == LegMeasures(tibial_torsion_rad=pytest.approx(-0.283))
    assert any("lengths and widths of PROCESSING were not taken" in warning for warning in recording.warnings)


def test_an_offset_that_the_model_does_not_use_is_said(tmp_path: Path) -> None:
    recording = read_one(tmp_path, TYPED | {"LAnkleAbAdd": 0.05, "RAnkleAbAdd": -3e-18})
    assert [w for w in recording.warnings if "ABADD" in w] == [
        "PROCESSING:LANKLEABADD of 0.05 is not used by the gait model"
    ]


def test_a_file_without_measures_has_none(tmp_path: Path) -> None:
    assert read_one(tmp_path, {}).body_measures == BodyMeasures()


def test_of_several_people_only_lists_are_anybodys() -> None:
    raw = RawC3D(
        source_name="two.c3d",
        rate_hz=100.0,
        first_frame=1,
        point_labels=(),
        points=np.empty((0, 0, 3), np.float32),
        missing=np.empty((0, 0), bool),
        analog_rate_hz=0.0,
        analog_labels=(),
        analogs=np.empty((0, 0), np.float32),
        parameters={
            "SUBJECTS": {"NAMES": ("Ann", "Bo")},
            "PROCESSING": {"LKNEEWIDTH": np.array([102.0, 110.0]), "LANKLEWIDTH": np.array([61.0])},
        },
    )
    for number, width_m in enumerate((0.102, 0.110)):
        leg = model_measures_of(raw, number, 2, Anthropometry())[0].left_leg
        assert leg.knee_width_m == pytest.approx(width_m)
        assert leg.ankle_width_m is None


def test_measures_survive_writing_and_reading(tmp_path: Path) -> None:
    leg = LegMeasures(0.86, 0.102, 0.061, 0.058, -0.105, 0.069, -0.283, 0.189, 0.049, 0.002)
    other = LegMeasures(0.87, 0.104, 0.059, 0.059, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    arm = ArmMeasures(0.035, 0.084, 0.050, 0.031)
    whole = BodyMeasures(leg, other, arm, arm, 0.204, 0.010, 0.02)
    made = replace(read_one(tmp_path, TYPED), body_measures=whole)
    write_c3d(tmp_path / "again.c3d", made)
    (back,) = read_recordings(tmp_path / "again.c3d")
    for part in ("left_leg", "right_leg", "left_arm", "right_arm"):
        kept, meant = getattr(back.body_measures, part), getattr(whole, part)
        for field in fields(kept):
            assert getattr(kept, field.name) == pytest.approx(getattr(meant, field.name), rel=1e-6), field.name
    assert back.body_measures.inter_asis_m == pytest.approx(0.204)
    assert back.body_measures.head_offset_rad == pytest.approx(0.02)
    write_c3d(tmp_path / "third.c3d", back)
    (third,) = read_recordings(tmp_path / "third.c3d")
    assert third.body_measures == back.body_measures


def test_what_is_not_known_is_not_written() -> None:
    assert processing_numbers(BodyMeasures()) == {}
    one = BodyMeasures(left_leg=LegMeasures(knee_width_m=0.1, thigh_rotation_rad=0.0))
    assert processing_numbers(one) == {"LKNEEWIDTH": pytest.approx(100.0), "LTHIGHROTATION": 0.0}


def test_real_measures_survive_being_made_anonymous_to_four_digits(tmp_path: Path, shared_data: Path) -> None:
    path = shared_data / "recordings" / "children" / "HC030A05.c3d"
    if not path.is_file():
        pytest.skip("no HC030A05.c3d")
    result = deidentify_file(path, tmp_path, DeidentificationKey(b"k" * 32), whose=WhoseFiles("Anna Petersen"))
    (before,), (after,) = read_recordings(path), read_recordings(result.outputs[0])
    names = known_fields(before.body_measures)
    assert len(names) == 29
    assert names == known_fields(after.body_measures)
    for name in names:
        part, _, field = name.rpartition(".")
        old, new = (getattr(r.body_measures, part) if part else r.body_measures for r in (before, after))
        assert getattr(new, field) == pytest.approx(getattr(old, field), rel=1e-3, abs=1e-6), name
    assert np.isfinite(after.positions_m).any()
