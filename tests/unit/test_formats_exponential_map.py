"""CMU's exponential maps: the convention against CMU's own file of the same trial, known poses, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from processor_time import processor_time_below
from skeleton_files import assert_mutants_read_or_are_refused, knee_flexion_deg, stance_slide_m_s, unpacked

from ltme_clinic.clips import make_clip
from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.formats import exponential_map
from ltme_clinic.recordings.formats.exponential_map import ExponentialMapReader
from ltme_clinic.recordings.formats.posing import METRES_PER_CMU_UNIT, opens_with_another_pose
from ltme_clinic.recordings.formats.typical_body import HEIGHT_M, cmu_chain
from ltme_clinic.types import LtmeError

ARCHIVE = "motions/cmu_expmap_chaneyddtt_walk_run_jump_soccer_basketball.tar.xz"
AMC_ARCHIVE = "motions/cmu_amc_subj02_03.tar.xz"
STRAIGHT = "data/cmu_mocap/train/walking/walking_1.txt"  # CMU's 02_01
TURNING = "data/cmu_mocap/train/walking_extra/walking_24.txt"
TOES = ("LeftToeBase", "RightToeBase")

LEG_DOWN = {2: (0.0, 0.0, np.radians(20.0)), 8: (0.0, 0.0, np.radians(-20.0))}
"""Vectors that turn the legs, 20 degrees apart at rest, straight down."""
KNEE_BENT = {3: tuple(-np.pi / 2 * np.array([np.cos(np.radians(20)), np.sin(np.radians(20)), 0.0]))}
"""The left knee by 90 degrees about its axis, which lies across the leg at rest."""


def row(vectors: dict[int, tuple[float, ...]], root: tuple[float, ...] = (0.0, 0.0, 0.0)) -> str:
    """One row with the hips 1 m high, and some of its vectors."""
    numbers = np.zeros((39, 3))
    numbers[0] = (0.0, 1.0 / METRES_PER_CMU_UNIT, 0.0)
    numbers[1] = root
    for number, vector in vectors.items():
        numbers[1 + number] = vector
    return ",".join(f"{value:.9g}" for value in numbers.ravel()) + "\n"


def read(folder: Path, text: str):
    path = folder / "trial.txt"
    path.write_text(text)
    return ExponentialMapReader().read(path)


def refusal(folder: Path, text: str) -> str:
    with processor_time_below(0.5), pytest.raises(LtmeError) as caught:
        read(folder, text)
    line = str(caught.value)
    assert line.startswith("trial.txt: ")
    assert "\n" not in line
    return line


def point(raw, label: str, frame: int = 0) -> np.ndarray:
    return raw.points[frame, raw.point_labels.index(label)]


FACING = (0.0, 0.0, 1e-6)
"""A root that is hardly turned: one that is not turned at all is the T-pose's."""


def test_legs_that_are_turned_by_20_degrees_hang_straight_down(tmp_path):
    raw = read(tmp_path, row(LEG_DOWN, FACING))
    for side in ("Left", "Right"):
        thigh = point(raw, f"{side}Leg") - point(raw, f"{side}UpLeg")
        np.testing.assert_allclose(thigh, [0, 0, -0.2425 * HEIGHT_M], atol=1e-5)
    assert point(raw, "Hips")[2] == pytest.approx(1.0)
    # Facing -y once z is up, so the left is where x is.
    assert point(raw, "LeftUpLeg")[0] > 0 > point(raw, "RightUpLeg")[0]
    assert point(raw, "LeftToeBase")[1] < point(raw, "LeftFoot")[1]


def test_a_knee_bent_by_90_degrees_puts_the_ankle_behind(tmp_path):
    raw = read(tmp_path, row(LEG_DOWN | KNEE_BENT, FACING))
    shank = point(raw, "LeftFoot") - point(raw, "LeftLeg")
    np.testing.assert_allclose(shank, [0, 0.2493 * HEIGHT_M, 0], atol=1e-5)


def test_the_first_row_is_dropped_where_the_root_is_not_turned(tmp_path):
    raw = read(tmp_path, row({}) + row(LEG_DOWN, FACING) * 2)
    assert raw.points.shape[0] == 2
    assert raw.first_frame == 2
    assert any("T-pose" in warning for warning in raw.warnings)
    assert read(tmp_path, row(LEG_DOWN, FACING) * 2).first_frame == 1


def test_typical_lengths_and_an_assumed_rate_are_said(tmp_path):
    raw = read(tmp_path, row(LEG_DOWN, FACING))
    assert any("typical body of 1.75 m" in warning for warning in raw.warnings)
    assert any("120 Hz was taken" in warning for warning in raw.warnings)
    assert raw.rate_hz == 120.0


def test_left_and_right_are_each_other_s_mirror_image(tmp_path):
    one = {2: (0.3, 0.1, 0.4), 3: (-0.8, -0.2, 0.1), 22: (0.1, 0.6, 0.2), 13: (0.1, 0.2, 0.3)}
    # A mirror across the body turns the other way about the axes that lie in it.
    other = {number + {2: 6, 3: 6, 22: 9, 13: 0}[number]: (x, -y, -z) for number, (x, y, z) in one.items()}
    raw, mirrored = (read(tmp_path, row(vectors, FACING)) for vectors in (one, other))
    for label in raw.point_labels:
        swapped = label.replace("Left", "?").replace("Right", "Left").replace("?", "Right")
        np.testing.assert_allclose(point(mirrored, swapped), point(raw, label) * [-1, 1, 1], atol=1e-5)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("", "is empty"),
        ("Some notes about a patient.\n", "is not CMU motion text"),
        ("\0" * 9000, "is not CMU motion text"),
        ("1,2,3\n4,5,6\n", "is not CMU motion text"),
        (row({}).replace(",", " "), "is not CMU motion text"),
        ("," * 200_000, "is not CMU motion text"),
        ("1" * 200_000, "is not CMU motion text"),
        (row({6: (0.1, 0, 0)}, FACING), "is not CMU motion text"),  # the tip of the toes has no joint
        (row({3: (70.0, 0, 0)}, FACING), "is not CMU motion text"),  # degrees
        (row({3: (np.nan, 0, 0)}, FACING), "is not CMU motion text"),
        (row(LEG_DOWN, FACING) + "1,2,3\n" + row(LEG_DOWN, FACING), "row 3 holds 117 numbers after a shorter one"),
        (row(LEG_DOWN, FACING) + row(LEG_DOWN, FACING).strip() + ",5\n", "row 2 holds 118 numbers"),
        (row(LEG_DOWN, FACING) + "," * 116 + "\n", "line 2 holds what is no number"),
    ],
)
def test_other_text_is_refused_in_one_line(tmp_path, text, fact):
    assert fact in refusal(tmp_path, text)


def test_a_row_that_the_file_s_end_cut_off_is_dropped(tmp_path):
    whole = row(LEG_DOWN, FACING)
    raw = read(tmp_path, whole + whole[:99])
    assert raw.points.shape[0] == 1
    assert any("ends within a row" in warning for warning in raw.warnings)


def test_three_hundred_mutants_each_read_or_are_refused(tmp_path):
    path = tmp_path / "mutant.txt"
    path.write_text(row({}) + "".join(row(LEG_DOWN, (0.0, 0.01 * n, 0.02)) for n in range(1, 9)))
    assert_mutants_read_or_are_refused(path, 300, seed=21)


@pytest.fixture(scope="module")
def real(shared_data, tmp_path_factory):
    """The files of a straight and of a turning walk."""
    return unpacked(shared_data / ARCHIVE, [STRAIGHT, TURNING], tmp_path_factory.mktemp("expmap"))


def test_turns_and_places_are_those_of_cmu_s_own_file(real, shared_data, tmp_path):
    members = [f"data/CMU/asfamc/subjects/02/{name}" for name in ("02_01.amc", "02.asf")]
    path, _ = unpacked(shared_data / AMC_ARCHIVE, members, tmp_path)
    (cmu,), (ours,) = read_recordings(path), read_recordings(real[0])
    assert ours.frames == cmu.frames
    np.testing.assert_allclose(ours.marker("Hips"), cmu.marker("root"), atol=1e-5)
    bones = {"UpLeg": ("hipjoint", "femur"), "Leg": ("femur", "tibia"), "Arm": ("clavicle", "humerus")}
    ends = {"UpLeg": "Leg", "Leg": "Foot", "Arm": "ForeArm"}
    for side, low in (("Left", "l"), ("Right", "r")):
        for bone, (begin, end) in bones.items():
            told = ours.marker(f"{side}{ends[bone]}") - ours.marker(f"{side}{bone}")
            expected = cmu.marker(low + end) - cmu.marker(low + begin)
            cos = (told * expected).sum(axis=1) / np.linalg.norm(told, axis=1) / np.linalg.norm(expected, axis=1)
            assert np.degrees(np.arccos(np.clip(cos, -1, 1))).max() < 0.05


def test_a_real_walk_goes_forward_upright_with_its_left_on_the_left(real):
    (recording,) = read_recordings(real[0])
    match = detect_marker_set(recording.marker_labels)
    assert match.name == "joint-centres"
    assert match.slots["left_shoulder"] == "LeftArm"
    assert 1.4 < np.median(recording.marker("HeadEnd")[:, 2]) < 1.8
    assert make_clip(recording).velocity_m_s[:, 0].mean() == pytest.approx(1.18, abs=0.02)
    left = recording.marker("LeftUpLeg") - recording.marker("RightUpLeg")
    walked = recording.marker("Hips")[-1] - recording.marker("Hips")[0]
    assert (np.cross(left, walked)[:, 2] < 0).all()
    for side in ("Left", "Right"):
        assert 55 < knee_flexion_deg(recording, f"{side}UpLeg", f"{side}Leg", f"{side}Foot").max() < 80


def test_the_stance_foot_hardly_slides_in_the_unit_taken_and_more_in_others(real, monkeypatch):
    slides = {}
    for scale in (0.8, 1.0, 1.25):
        monkeypatch.setattr(exponential_map, "METRES_PER_CMU_UNIT", scale * METRES_PER_CMU_UNIT)
        (recording,) = read_recordings(real[0])
        slides[scale] = stance_slide_m_s(recording, TOES)
    assert slides[1.0] < 0.12
    assert min(slides[0.8], slides[1.25]) > 1.5 * slides[1.0]


def test_feet_stay_where_they_stand_while_the_body_turns_round(real):
    (recording,) = read_recordings(real[1])
    assert stance_slide_m_s(recording, TOES) < 0.06
    assert np.linalg.norm(np.diff(recording.positions_m, axis=0), axis=2).max() < 0.05  # no joint leaps
    left = recording.marker("LeftUpLeg") - recording.marker("RightUpLeg")
    assert np.ptp(np.unwrap(np.arctan2(left[:, 1], left[:, 0]))) > np.pi


def test_the_rule_for_a_t_pose_finds_the_one_before_these_motions(real):
    for path in real:
        values, _ = exponential_map._values(path.read_text(), path.name)
        pose = exponential_map._pose(cmu_chain(), values)
        centres = exponential_map.posed(cmu_chain(), len(values), pose, path.name)
        assert opens_with_another_pose(centres)
        assert not any(opens_with_another_pose(centres[frame:]) for frame in range(1, len(centres) - 20, 7))
