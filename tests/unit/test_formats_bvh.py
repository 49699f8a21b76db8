"""BVH: known poses, every way of writing them down, what is refused, and real files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from processor_time import processor_time_below
from skeleton_files import assert_mutants_read_or_are_refused, unpacked

from ltme_clinic.clips import make_clip
from ltme_clinic.kinematics.rotations import rotation_about_axes
from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.formats.bvh import BVHReader
from ltme_clinic.recordings.formats.posing import METRES_PER_CMU_UNIT
from ltme_clinic.recordings.formats.typical_body import cmu_chain
from ltme_clinic.types import LtmeError

ARCHIVE = "motions/cmu_bvh_dragonforged_walks_002_003_007.tar.xz"
TURNS = "Zrotation Xrotation Yrotation"
LEG = f"""HIERARCHY
ROOT Hip
{{
  OFFSET 0.0 0.0 0.0
  CHANNELS 6 Xposition Yposition Zposition {TURNS}
  JOINT Knee
  {{
    OFFSET 0.0 -1.0 0.0
    CHANNELS 3 {TURNS}
    End Site
    {{
      OFFSET 0.0 -1.0 0.0
    }}
  }}
}}
MOTION
Frames: 2
Frame Time: 0.01
0 2 0 0 0 0 0 0 0
0 2 0 0 0 0 90 0 0
"""


def read(folder: Path, text: str | bytes):
    path = folder / "trial.bvh"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return BVHReader().read(path)


def refusal(folder: Path, text: str | bytes) -> str:
    with processor_time_below(0.5), pytest.raises(LtmeError) as caught:
        read(folder, text)
    line = str(caught.value)
    assert line.startswith("trial.bvh: ")
    assert "\n" not in line
    return line


def test_a_leg_with_its_knee_turned_90_degrees_about_z_points_to_x(tmp_path):
    raw = read(tmp_path, LEG)
    assert raw.point_labels == ("Hip", "Knee", "KneeEnd")
    assert raw.rate_hz == 100.0
    assert raw.first_frame == 1
    assert raw.warnings == ()
    np.testing.assert_allclose(raw.points[0], [[0, 2, 0], [0, 1, 0], [0, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(raw.points[1], [[0, 2, 0], [0, 1, 0], [1, 1, 0]], atol=1e-6)


@pytest.mark.parametrize(
    ("channels", "angles", "end"),
    [
        ("Zrotation Xrotation Yrotation", "90 90 0", [0, 1, -1]),  # about x first, which lays it back, then about z
        ("Xrotation Zrotation Yrotation", "90 90 0", [1, 1, 0]),
        ("Yrotation Zrotation Yrotation", "90 90 0", [0, 1, -1]),  # an axis may come twice
    ],
)
def test_turns_follow_the_order_of_the_channels(tmp_path, channels, angles, end):
    text = LEG.replace(f"CHANNELS 3 {TURNS}", f"CHANNELS 3 {channels}").replace("0 0 0 90 0 0", f"0 0 0 {angles}")
    np.testing.assert_allclose(read(tmp_path, text).points[1, 2], end, atol=1e-6)


def test_a_joint_may_have_no_channels_or_one(tmp_path):
    rigid = LEG.replace(f"CHANNELS 3 {TURNS}", "CHANNELS 0").replace("0 0 0 0 0 0 0 0", "0 0 0 0 0")
    rigid = rigid.replace("0 2 0 0 0 0 0 0 0", "0 2 0 0 0 0").replace("0 2 0 0 0 0 90 0 0", "0 2 0 90 0 0")
    np.testing.assert_allclose(read(tmp_path, rigid).points[1], [[0, 2, 0], [1, 2, 0], [2, 2, 0]], atol=1e-6)
    hinge = LEG.replace(f"CHANNELS 3 {TURNS}", "CHANNELS 1 Zrotation")
    hinge = hinge.replace("0 2 0 0 0 0 0 0 0", "0 2 0 0 0 0 0").replace("0 2 0 0 0 0 90 0 0", "0 2 0 0 0 0 90")
    np.testing.assert_allclose(read(tmp_path, hinge).points[1], read(tmp_path, LEG).points[1], atol=1e-6)


@pytest.mark.parametrize(("places", "knee"), [("0 0 0", [0, 1, 0]), ("0 -1 0", [0, 1, 0]), ("0 -0.2 0", [0, 0.8, 0])])
def test_position_channels_add_to_the_offset_unless_they_repeat_it(tmp_path, places, knee):
    text = LEG.replace(f"CHANNELS 3 {TURNS}", f"CHANNELS 6 Xposition Yposition Zposition {TURNS}")
    text = text.replace("0 2 0 0 0 0 0 0 0", f"0 2 0 0 0 0 {places} 0 0 0")
    text = text.replace("0 2 0 0 0 0 90 0 0", f"0 2 0 0 0 0 {places} 90 0 0")
    np.testing.assert_allclose(read(tmp_path, text).points[:, 1], [knee, knee], atol=1e-6)


@pytest.mark.parametrize(
    "written",
    [
        LEG.replace("\n", "\r\n"),
        LEG.replace("  ", "\t").replace(" 90 ", "\t90 "),
        LEG.lower().replace("joint knee", "joint Knee").replace("root hip", "root Hip"),
        LEG.upper().replace("KNEE", "Knee").replace("HIP", "Hip").replace("END SITE", "End site"),
        LEG.replace("90", "9.0E+01").replace("-1.0", "-1e0"),
        LEG.replace("0.01", "0,01").replace("-1.0", "-1,0").replace("0.0", "0,0").replace("90", "+90,0"),
        LEG.replace("0 2 0 0 0 0 0 0 0\n", "0 2 0 0\n0 0 0\n0 0\n"),
        LEG.replace("0 0 0\n0 2", "0 0 0 0 2"),
        LEG.replace("0 2 0 0 0 0 0 0 0\n", "0 2 0\n0 0 0 0 0 0\n"),
        LEG.replace("Frames: 2", "Frames 2").replace("Frame Time:", "Frame Time"),
        LEG.replace("\n{", " {").replace("Site\n    {", "Site{"),
        "\ufeff" + LEG,
        LEG.rstrip(),
        LEG + "\n \n\n",
    ],
)
def test_the_same_motion_is_read_however_it_is_written(tmp_path, written):
    raw = read(tmp_path, written)
    assert raw.point_labels == ("Hip", "Knee", "KneeEnd")
    np.testing.assert_allclose(raw.points, read(tmp_path, LEG).points, atol=1e-6)
    assert raw.warnings == ()


def test_names_of_several_words_are_kept_and_a_service_s_namespace_is_taken_off(tmp_path):
    text = LEG.replace("ROOT Hip", "ROOT Bip01 Pelvis").replace("JOINT Knee", "JOINT mixamorig5:LeftLeg")
    assert read(tmp_path, text).point_labels == ("Bip01 Pelvis", "LeftLeg", "LeftLegEnd")


def test_an_end_without_a_length_is_no_point_of_its_own(tmp_path):
    text = LEG.replace("      OFFSET 0.0 -1.0 0.0", "      OFFSET 0 0 0")
    assert read(tmp_path, text).point_labels == ("Hip", "Knee")


def test_two_roots_are_two_subjects(tmp_path):
    walker = body_bvh(np.zeros((3, 3)))
    hierarchy, motion = walker.split("MOTION")
    rows = [row for row in motion.splitlines() if row.strip()][2:]
    doubled = hierarchy + hierarchy.replace("HIERARCHY", "") + "MOTION\nFrames: 3\nFrame Time: 0.01\n"
    doubled += "\n".join(f"{row} {row.replace('0.000000', '50.000000', 1)}" for row in rows)
    path = tmp_path / "two.bvh"
    path.write_text(doubled)
    assert [recording.subject for recording in read_recordings(path)] == ["skeleton 1", "skeleton 2"]
    named = doubled.replace("Left", "A:Left", 6)
    assert len({recording.subject for recording in _reread(path, named)}) == 2


def _reread(path: Path, text: str):
    path.write_text(text)
    return read_recordings(path)


def test_frames_that_are_not_there_or_not_declared_are_told(tmp_path):
    assert read(tmp_path, LEG.replace("Frames: 2", "Frames: 9")).warnings == ("the file declares 9 frames and holds 2",)
    assert read(tmp_path, LEG.replace("Frames: 2", "Frames: 1")).points.shape[0] == 2
    cut = read(tmp_path, LEG.replace("0 2 0 0 0 0 90 0 0\n", "0 2 0 0 0 0 9"))
    assert cut.points.shape[0] == 1
    assert any("ends within a frame" in warning for warning in cut.warnings)


@pytest.mark.parametrize(("seconds", "rate_hz"), [("0.0083333", 120.0), ("0.016667", 60.0), ("0.0334", 1 / 0.0334)])
def test_a_rate_that_rounding_has_roughened_is_a_whole_number(tmp_path, seconds, rate_hz):
    assert read(tmp_path, LEG.replace("0.01\n", seconds + "\n")).rate_hz == pytest.approx(rate_hz, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "doesn't begin with HIERARCHY"),
        ("\0" * 5000, "doesn't begin with HIERARCHY"),
        ("HIERARCHY", "holds no MOTION"),
        ("HIERARCHY MOTION", "holds no joint"),
        (LEG.replace("MOTION", ""), "'FRAMES:' stands outside every joint"),
        (LEG.replace("}\nMOTION", "MOTION"), "1 braces of its hierarchy are not closed"),
        (LEG.replace("MOTION", "}\nMOTION"), "outside every joint"),
        (LEG.replace("ROOT Hip\n{", "ROOT Hip"), "not opened by a brace"),
        (LEG.replace("JOINT Knee", "ROOT Knee"), "inside another joint"),
        (LEG.replace("ROOT Hip", "JOINT Hip"), "outside every joint"),
        (LEG.replace("JOINT Knee", "JOINT"), "has no name"),
        (LEG.replace("Knee", "K" * 5000), "too long"),
        (LEG.replace("OFFSET 0.0 -1.0 0.0\n    CHANNELS", "OFFSET 0.0 -1.0\n    CHANNELS"), "'CHANNELS' stands where"),
        (LEG.replace("OFFSET 0.0 -1.0", "OFFSET nan -1.0"), "is no place"),
        (LEG.replace("CHANNELS 3", "CHANNELS 999999999"), "'999999999' channels"),
        (LEG.replace("CHANNELS 3", "CHANNELS -3"), "'-3' channels"),
        (LEG.replace("CHANNELS 3", "CHANNELS 4"), "a channel 'End'"),
        (LEG.replace("CHANNELS 3 Zrotation", "CHANNELS 3 Wrotation"), "'Wrotation', which is not known"),
        (LEG.replace("Frame Time: 0.01", "Frame Time: 0"), "Frame Time is 0 s"),
        (LEG.replace("Frame Time: 0.01", "Frame Time: nan"), "Frame Time is nan s"),
        (LEG.replace("Frame Time: 0.01", "Frame Time: -1"), "Frame Time is -1 s"),
        (LEG.replace("Frames: 2\n", ""), "not followed by Frames:"),
        (LEG.replace("0 2 0 0 0 0 0 0 0\n", "0 2 0 0 0 0 0 0\n"), "row 1 of the motion holds 8 numbers instead of 9"),
        (LEG.replace("90 0 0", "90 0 0 1"), "row 2 of the motion holds 10"),
        (LEG.replace("0 0 0\n0 2", "0 0 0 0 2").replace("90 0 0", "90 0 0 1"), "no whole frames of 9"),
        (LEG.replace("90", "ninety"), "'ninety' stands where a number should"),
        (LEG.replace("90", "1,234.5"), "'1,234.5' stands where a number should"),
        (LEG[: LEG.index("0 2 0")], "holds no whole frame"),
        (re.sub("CHANNELS .*", "", LEG), "no joint of its hierarchy has a channel"),
    ],
)  # fmt: skip
def test_what_is_damaged_is_refused_in_one_line(tmp_path, text, fact):
    assert fact in refusal(tmp_path, text)


def test_a_hundred_thousand_nested_joints_are_refused_and_exhaust_nothing(tmp_path):
    nested = "HIERARCHY\nROOT a\n{\n" + "JOINT b\n{\nOFFSET 0 1 0\n" * 100_000
    assert "more than 1000 joints" in refusal(tmp_path, nested)
    assert "'{' stands where OFFSET" in refusal(tmp_path, "HIERARCHY ROOT a { " + "{" * 100_000)
    wide = "HIERARCHY ROOT a { OFFSET 0 0 0 CHANNELS 1 Xposition " + "JOINT b { OFFSET 0 1 0 } " * 900
    wide += "} MOTION\nFrames: 1\nFrame Time: 1\n" + "1\n" * 40_000
    assert "moves 901 joints by 1 numbers a frame" in refusal(tmp_path, wide)


def body_bvh(places: np.ndarray, mirrored: bool = False, turns_deg: dict[str, float] | None = None) -> str:
    """A typical body in CMU's rest pose, y up, in centimetres, its root at (frame, 3), or its mirror image."""
    chain = cmu_chain()
    children: dict[int, list[int]] = {}
    for joint, parent in enumerate(chain.parents):
        children.setdefault(parent, []).append(joint)
    order: list[int] = []

    def entry(joint: int) -> str:
        order.append(joint)
        x, y, z = (100.0 * chain.offsets[joint]).tolist()
        name = chain.names[joint]
        if mirrored:
            x = -x
            name = name.replace("Left", "?").replace("Right", "Left").replace("?", "Right")
        channels = "CHANNELS 6 Xposition Yposition Zposition" if joint == 0 else "CHANNELS 3"
        inside = "".join(entry(child) for child in children.get(joint, []))
        kind = "ROOT" if joint == 0 else "JOINT"
        return f"{kind} {name}\n{{\nOFFSET {x} {y} {z}\n{channels} Zrotation Yrotation Xrotation\n{inside}}}\n"

    hierarchy = entry(0)
    side = -1.0 if mirrored else 1.0
    rows = []
    for place in places:
        numbers = [side * place[0], place[1], place[2]]
        for joint in order:
            about_x = (turns_deg or {}).get(chain.names[joint], 0.0)
            numbers += [0.0, 0.0, about_x]
        rows.append(" ".join(f"{number:.6f}" for number in numbers))
    return f"HIERARCHY\n{hierarchy}MOTION\nFrames: {len(rows)}\nFrame Time: 0.01\n" + "\n".join(rows) + "\n"


def test_the_mirror_image_of_a_body_has_left_and_right_exchanged(tmp_path):
    places = np.array([[3.0, 95.0, 0.0], [3.0, 95.0, 1.0]])
    turns = {"LeftLeg": 60.0, "RightArm": -30.0}
    one, other = (read(tmp_path, body_bvh(places, mirrored, turns)) for mirrored in (False, True))
    for place, label in enumerate(one.point_labels):
        swapped = label.replace("Left", "?").replace("Right", "Left").replace("?", "Right")
        expected = one.points[:, place] * np.array([-1.0, 1.0, 1.0])
        np.testing.assert_allclose(other.points[:, other.point_labels.index(swapped)], expected, atol=1e-4)


def test_a_body_without_a_unit_and_with_y_up_stands_upright_in_metres(tmp_path):
    forward = np.column_stack([np.zeros(120), np.full(120, 97.0), np.arange(120.0)])
    path = tmp_path / "walk.bvh"
    path.write_text(body_bvh(forward, turns_deg={"LeftLeg": 90.0}))
    (recording,) = read_recordings(path)
    match = detect_marker_set(recording.marker_labels)
    assert match.name == "joint-centres"
    assert match.slots["left_shoulder"] == "LeftArm"  # LeftShoulder is where the collar bone begins
    assert "body's size says cm" in " ".join(recording.warnings)
    assert recording.file_unit == "cm"
    head, hip, knee, ankle = (recording.marker(n)[0] for n in ("HeadEnd", "LeftUpLeg", "LeftLeg", "LeftFoot"))
    assert head[2] == pytest.approx(1.55, abs=0.15)
    assert ankle[2] == pytest.approx(knee[2], abs=1e-3)  # bent 90 degrees
    walked = recording.marker("Hips")[-1] - recording.marker("Hips")[0]
    assert (ankle - knee) @ walked < 0  # backwards
    assert np.cross(walked, hip - recording.marker("RightUpLeg")[0])[2] > 0  # the left hip lies to the left


def test_a_skeleton_of_cmu_s_is_in_inches_over_0_45(tmp_path):
    text = body_bvh(np.array([[0.0, 97.0, 0.0]] * 5)).replace("LeftShoulder", "LHipJoint")
    text = text.replace("RightShoulder", "RHipJoint")
    raw = read(tmp_path, _scaled(text, 0.01 / METRES_PER_CMU_UNIT))
    assert raw.text("POINT", "UNITS") == "m"
    assert raw.points[0, raw.point_labels.index("Hips"), 1] == pytest.approx(0.97, abs=1e-4)
    assert any("inches over 0.45" in warning for warning in raw.warnings)


def _scaled(text: str, scale: float) -> str:
    """All offsets, and the root's places, multiplied."""
    lines = []
    for line in text.splitlines():
        words = line.split()
        if words and words[0] == "OFFSET":
            words[1:] = [str(scale * float(word)) for word in words[1:]]
        elif words and words[0][0] in "-0123456789":
            words[:3] = [str(scale * float(word)) for word in words[:3]]
        lines.append(" ".join(words))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("rate_hz", [30.0, 120.0])
def test_a_t_pose_before_the_motion_is_dropped_and_said(tmp_path, rate_hz):
    time_s = np.arange(90) / rate_hz
    swing = 40.0 * np.sin(2 * np.pi * time_s)
    rows = body_bvh(np.column_stack([np.zeros(90), np.full(90, 97.0), 130.0 * time_s])).splitlines()
    names = [line.split()[1] for line in rows if line.startswith(("ROOT", "JOINT"))]
    first = next(place for place, line in enumerate(rows) if line.startswith("Frame Time")) + 1
    for frame in range(1, 90):
        words = rows[first + frame].split()
        for name, angle in (("LeftArm", -75.0), ("RightArm", 75.0)):
            words[3 + 3 * names.index(name)] = f"{angle:.3f}"  # the arms hang
        words[3 + 3 * names.index("LeftUpLeg") + 2] = f"{swing[frame]:.3f}"
        rows[first + frame] = " ".join(words)
    raw = read(tmp_path, "\n".join(rows))
    assert raw.first_frame == 2
    assert raw.points.shape[0] == 89
    assert any("first frame is a pose far from" in warning for warning in raw.warnings)
    without = read(tmp_path, "\n".join(rows[:first] + rows[first + 1 :]).replace("Frames: 90", "Frames: 89"))
    assert without.first_frame == 1
    np.testing.assert_allclose(without.points, raw.points, atol=1e-6)


def test_three_hundred_mutants_each_read_or_are_refused(tmp_path):
    path = tmp_path / "mutant.bvh"
    path.write_text(body_bvh(np.column_stack([np.zeros(9), np.full(9, 97.0), np.arange(9.0)])))
    assert_mutants_read_or_are_refused(path, 300, seed=11)


def test_the_last_of_eighty_joints_lies_where_all_turns_before_it_put_it(tmp_path):
    joints, frames = 80, 7200
    head = "HIERARCHY\nROOT j0\n{\nOFFSET 0 0 0\nCHANNELS 3 Zrotation Yrotation Xrotation\n"
    head += "".join(
        f"JOINT j{n}\n{{\nOFFSET 1 0 0\nCHANNELS 3 Zrotation Yrotation Xrotation\n" for n in range(1, joints)
    )
    angles = np.random.default_rng(5).uniform(-90, 90, 3 * joints)
    row = " ".join(f"{angle:.6f}" for angle in angles)
    path = tmp_path / "long.bvh"
    path.write_text(f"{head}{'}' * joints}\nMOTION\nFrames: {frames}\nFrame Time: 0.0083333\n" + f"{row}\n" * frames)
    raw = BVHReader().read(path)
    turn, place = np.eye(3), np.zeros(3)
    for joint in range(joints - 1):
        turn = turn @ rotation_about_axes("zyx", np.radians(angles[3 * joint : 3 * joint + 3]))
        place = place + turn[:, 0]
    np.testing.assert_allclose(raw.points[-1, -1], place, atol=1e-4)


REAL = ("002/002_01", "007/007_01", "007/007_04", "007/007_08")


def test_real_walks_are_walks_of_people_who_stand_upright(tmp_path, shared_data):
    members = [f"All_BVH/subjects/{name}.bvh" for name in REAL]
    for path in unpacked(shared_data / ARCHIVE, members, tmp_path):
        (recording,) = read_recordings(path)
        match = detect_marker_set(recording.marker_labels)
        assert match.name == "character-creator"
        assert not match.missing
        assert recording.rate_hz == 60.0
        height_m = recording.marker("CC_Base_Head")[:, 2] - recording.marker("CC_Base_L_ToeBase")[:, 2]
        assert 1.3 < np.median(height_m) < 1.9
        clip = make_clip(recording)
        assert 0.8 < clip.velocity_m_s[:, 0].mean() < 1.8
        assert recording.trial.kind == "walk"
        assert recording.first_file_frame == (2 if path.stem in ("007_04", "007_08") else 1)
