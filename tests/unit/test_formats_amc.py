"""ASF and AMC: known poses, the skeleton beside the motion, what is refused, and real files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from processor_time import processor_time_below
from skeleton_files import assert_mutants_read_or_are_refused, knee_flexion_deg, stance_slide_m_s, unpacked

from ltme_clinic.clips import make_clip
from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.formats.amc import AMCReader
from ltme_clinic.recordings.formats.posing import METRES_PER_CMU_UNIT
from ltme_clinic.types import LtmeError

ARCHIVE = "motions/cmu_amc_subj02_03.tar.xz"
BVH_ARCHIVE = "motions/cmu_bvh_dragonforged_walks_002_003_007.tar.xz"
FOLDER = "data/CMU/asfamc/subjects/02"

SKELETON = """# a leg
:version 1.10
:name LEG
:units
  mass 1.0
  length 1.0
  angle deg
:documentation
  bones: none of :these count
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    id 1
    name thigh
    direction 0 -1 0
    length 2.0
    axis 0 0 0 XYZ
    dof rx ry rz
    limits (-160.0 20.0)
           (-70.0 70.0)
           (-60.0 70.0)
  end
  begin
    id 2
    name shank
    direction 0 -1 0
    length 1.0
    axis 0 0 90 XYZ
    dof rx
    limits (-10.0 170.0)
  end
:hierarchy
  begin
    root thigh
    thigh shank
  end
"""
MOTION = """#!OML:ASF leg.ASF
:FULLY-SPECIFIED
:DEGREES
1
root 0 5 0 0 0 0
thigh 0 0 0
shank 0
2
root 0 5 0 0 0 0
thigh 90 0 0
shank 90
"""


def read(folder: Path, skeleton: str = SKELETON, motion: str = MOTION, name: str = "leg_01.amc", asf: str = "leg.asf"):
    (folder / asf).write_text(skeleton)
    (folder / name).write_text(motion)
    return AMCReader().read(folder / name)


def refusal(folder: Path, skeleton: str = SKELETON, motion: str = MOTION) -> str:
    with processor_time_below(0.5), pytest.raises(LtmeError) as caught:
        read(folder, skeleton, motion)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_points_are_the_ends_of_the_bones(tmp_path):
    raw = read(tmp_path)
    assert raw.point_labels == ("root", "thigh", "shank")
    assert raw.text("POINT", "UNITS") == ""
    np.testing.assert_allclose(raw.points[0], [[0, 5, 0], [0, 3, 0], [0, 2, 0]], atol=1e-6)


def test_a_bone_turns_about_its_own_axis_carried_by_the_bone_before(tmp_path):
    # The thigh turns about x: its end goes from below to behind (-z). The shank's own x axis is y at rest, its long
    # axis, and turns nothing.
    np.testing.assert_allclose(read(tmp_path).points[1], [[0, 5, 0], [0, 5, -2], [0, 5, -3]], atol=1e-6)
    # Lying along x the shank turns about y, from x to -z; the thigh turns that on to y.
    across = SKELETON.replace("direction 0 -1 0\n    length 1.0", "direction 1 0 0\n    length 1.0")
    np.testing.assert_allclose(read(tmp_path, across).points[1, 2] - [0, 5, -2], [0, 1, 0], atol=1e-6)


def test_turns_are_about_axes_that_stay_the_first_letter_first(tmp_path):
    both = MOTION.replace("thigh 90 0 0", "thigh 90 0 90")  # x: from -y to -z; z: stays
    np.testing.assert_allclose(read(tmp_path, motion=both).points[1, 1], [0, 5, -2], atol=1e-6)
    last_first = SKELETON.replace("axis 0 0 0 XYZ", "axis 0 0 0 ZYX")  # z: from -y to x; x: stays
    np.testing.assert_allclose(read(tmp_path, last_first, both).points[1, 1], [2, 5, 0], atol=1e-6)


def test_numbers_belong_to_the_channels_that_the_skeleton_lists(tmp_path):
    swapped = SKELETON.replace("dof rx ry rz", "dof rz ry rx").replace("TX TY TZ RX RY RZ", "RX RY RZ TZ TY TX")
    motion = MOTION.replace("thigh 90 0 0", "thigh 0 0 90").replace("root 0 5 0 0 0 0", "root 0 0 0 0 5 0")
    np.testing.assert_allclose(read(tmp_path, swapped, motion).points, read(tmp_path).points, atol=1e-6)


def test_radians_and_degrees_are_told_apart_in_both_files(tmp_path):
    in_radians = MOTION.replace("90", str(np.pi / 2)).replace(":DEGREES", ":RADIANS")
    np.testing.assert_allclose(read(tmp_path, motion=in_radians).points, read(tmp_path).points, atol=1e-5)
    skeleton = SKELETON.replace("angle deg", "angle rad").replace("0 0 90 XYZ", f"0 0 {np.pi / 2} XYZ")
    unsaid = in_radians.replace(":RADIANS\n", "")
    np.testing.assert_allclose(read(tmp_path, skeleton, unsaid).points, read(tmp_path).points, atol=1e-5)


def test_only_a_skeleton_of_cmu_s_scale_is_in_inches_with_y_up(tmp_path):
    raw = read(tmp_path, SKELETON.replace("length 1.0\n  angle", "length 0.45\n  angle"))
    assert raw.text("POINT", "UNITS") == "m"
    assert raw.points[0, 0, 2] == pytest.approx(5 * 0.0254 / 0.45)
    assert pytest.approx(0.056444, abs=1e-6) == METRES_PER_CMU_UNIT  # the database's own figure


def test_the_rate_is_the_file_s_or_120_hz_with_a_warning(tmp_path):
    raw = read(tmp_path)
    assert raw.rate_hz == 120.0
    assert any("120 Hz was taken" in warning for warning in raw.warnings)
    told = read(tmp_path, motion=MOTION.replace(":DEGREES", ":DEGREES\n:SAMPLES-PER-SECOND 60"))
    assert told.rate_hz == 60.0
    assert told.warnings == ()


def test_frames_keep_the_file_s_numbers_and_a_torn_one_is_dropped(tmp_path):
    later = MOTION.replace("\n1\n", "\n41\n").replace("\n2\n", "\n42\n")
    assert read(tmp_path, motion=later).first_frame == 41
    torn = read(tmp_path, motion=MOTION.removesuffix("shank 90\n"))
    assert torn.points.shape[0] == 1
    assert any("ends within a frame" in warning for warning in torn.warnings)


def test_the_skeleton_is_the_one_of_the_motion_s_name_or_the_only_one(tmp_path):
    longer = SKELETON.replace("length 2.0", "length 4.0")
    (tmp_path / "other.asf").write_text(longer)
    assert read(tmp_path, name="leg_01_02.AMC").points[0, 1, 1] == 3.0
    assert read(tmp_path, name="Leg.amc").points[0, 1, 1] == 3.0
    (tmp_path / "leg.asf").unlink()
    (tmp_path / "leg_01.amc").write_text(MOTION)
    assert AMCReader().read(tmp_path / "leg_01.amc").points[0, 1, 1] == 1.0
    (tmp_path / "third.ASF").write_text(longer)
    with pytest.raises(LtmeError, match=r"2 skeletons .* none of its name.*leg\.asf"):
        AMCReader().read(tmp_path / "leg_01.amc")
    for skeleton in ("other.asf", "third.ASF"):
        (tmp_path / skeleton).unlink()
    with pytest.raises(LtmeError, match=r"no skeleton .* beside it.*leg\.asf"):
        AMCReader().read(tmp_path / "leg_01.amc")


def test_the_recording_is_the_motion_s_whatever_skeleton_lies_beside_it(tmp_path):
    ids = {read(tmp_path, skeleton).file_sha256 for skeleton in (SKELETON, SKELETON.replace("2.0", "3.0"))}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("motion", "fact"),
    [
        ("", "is empty"),
        ("no frames\n", "is no AMC motion"),
        (MOTION[:40], "is no AMC motion"),
        (MOTION.replace("shank", "foot"), "moves 'foot', which is no bone"),
        (MOTION.replace("shank 0\n", "shank 0\nshank 0\n"), "moves 'shank'"),
        (MOTION.replace("shank 0\n", "shank 0 0\n"), "the 2. frame moves other bones"),
        (MOTION.replace("thigh 90 0 0", "thigh 90 0"), "the 2. frame moves other bones"),
        (MOTION.replace("thigh 90", "shin 90"), "the 2. frame moves other bones"),
        (MOTION.replace("shank 90", "shank ninety"), "'ninety' stands where a number should"),
        (MOTION.replace("\n2\n", "\n3\n"), "frame 1 is not followed"),
        (MOTION.replace("\n2\n", "\n1\n"), "frame 1 is not followed"),
        (MOTION.replace("\n1\n", "\n99999999999\n").replace("\n2\n", "\n100000000000\n"), "is not followed"),
        (":DEGREES\n1\nroot 0 5", "holds no whole frame"),
        (MOTION.replace(":DEGREES", ":SAMPLES-PER-SECOND 0"), "its rate is 0 Hz"),
        (MOTION.replace(":DEGREES", ":SAMPLES-PER-SECOND nan"), "its rate is nan Hz"),
    ],
)
def test_a_damaged_motion_is_refused_in_one_line(tmp_path, motion, fact):
    line = refusal(tmp_path, motion=motion)
    assert line.startswith("leg_01.amc: ")
    assert fact in line


@pytest.mark.parametrize(
    ("skeleton", "fact"),
    [
        ("", "is empty"),
        ("once upon a time\n" * 50, "is no ASF skeleton"),
        ("\0" * 3000, "is no ASF skeleton"),
        (SKELETON.replace("dof rx ry rz", "dof rx ry tz"), "thigh moves along 'TZ'"),
        (SKELETON.replace("dof rx ry rz", "dof rx rx rz"), "thigh moves along 'RX'"),
        (SKELETON.replace("dof rx ry rz", "dof rx ry rz l"), "thigh moves along 'L'"),
        (SKELETON.replace("TX TY TZ RX", "TX TY TZ L"), "root moves along 'L'"),
        (SKELETON.replace("orientation 0 0 0", "orientation 0 90 0"), "root is turned at rest"),
        (SKELETON.replace("axis XYZ", "axis XYX"), "the axes of the root are in the order 'XYX'"),
        (SKELETON.replace("axis 0 0 0 XYZ", "axis 0 0 0 ABC"), "the axes of thigh are in the order 'ABC'"),
        (SKELETON.replace("axis 0 0 90 XYZ", "axis 0 0"), "the axis of shank has 2 numbers"),
        (SKELETON.replace("direction 0 -1 0\n    length 2.0", "length 2.0"), "the direction of thigh has 0 numbers"),
        (SKELETON.replace("length 2.0", "length nan"), "the length of thigh is nan"),
        (SKELETON.replace("length 2.0", "length long"), "'long' stands where a number should"),
        (SKELETON.replace("length 1.0\n  angle", "length inf\n  angle"), "length under :units is inf"),
        (SKELETON.replace("name shank", "name thigh"), "a bone is called 'thigh'"),
        (SKELETON.replace("name shank", "name"), "a bone is called ''"),
        (SKELETON.replace("name shank", "name " + "s" * 999), "a bone is called 'ssss"),
        (SKELETON.replace("  end\n:hierarchy", ":hierarchy"), "has no end"),
        (SKELETON.replace("begin\n    id 2", "id 2"), "'id' stands between the bones"),
        (SKELETON.replace("thigh shank\n", "thigh foot\n"), "hangs 'foot' on 'thigh'"),
        (SKELETON.replace("thigh shank\n", "thigh root\n"), "hangs 'root' on 'thigh'"),
        (SKELETON.replace("thigh shank\n", "shank shank\n"), "the bone shank hangs on nothing"),
        (SKELETON.replace("thigh shank\n", ""), "the bone shank hangs on nothing"),
        (SKELETON.replace("thigh shank\n", "thigh shank\n    root shank\n"), "hangs 'shank' on 'root'"),
        (SKELETON[: SKELETON.index(":hierarchy")], "no :hierarchy"),
    ],
)
def test_a_damaged_skeleton_is_refused_beside_a_harmless_motion(tmp_path, skeleton, fact):
    line = refusal(tmp_path, skeleton)
    assert line.startswith("leg.asf: ")
    assert fact in line


def test_a_skeleton_of_a_hundred_thousand_bones_is_refused_and_exhausts_nothing(tmp_path):
    bones = "".join(f"begin\nname b{n}\ndirection 0 1 0\nlength 1\nend\n" for n in range(20_000))
    head, _ = SKELETON.split(":bonedata")
    assert "more than 1000 bones" in refusal(tmp_path, f"{head}:bonedata\n{bones}:hierarchy\n")
    some = "".join(f"begin\nname b{n}\ndirection 0 1 0\nlength 1\nend\n" for n in range(900))
    chain = "".join(f"{'root' if n == 0 else f'b{n - 1}'} b{n}\n" for n in range(900))
    motion = "".join(f"{n}\nroot 0 0 0 0 0 0\n" for n in range(9000))
    assert "moves 901 joints by 6 numbers" in refusal(tmp_path, f"{head}:bonedata\n{some}:hierarchy\n{chain}", motion)
    assert "MiB" in refusal(tmp_path, SKELETON + "#" * (1 << 20))


def test_mutants_of_motion_and_skeleton_each_read_or_are_refused(tmp_path):
    read(tmp_path, SKELETON, MOTION + MOTION[MOTION.index("\n2\n") + 1 :].replace("2\n", "3\n", 1))
    assert_mutants_read_or_are_refused(tmp_path / "leg_01.amc", 300, seed=3)
    assert_mutants_read_or_are_refused(tmp_path / "leg.asf", 300, seed=4, read=tmp_path / "leg_01.amc")


@pytest.fixture(scope="module")
def walk(shared_data, tmp_path_factory):
    """CMU's trial 02_01."""
    folder = tmp_path_factory.mktemp("amc")
    path, _ = unpacked(shared_data / ARCHIVE, [f"{FOLDER}/02_01.amc", f"{FOLDER}/02.asf"], folder)
    (recording,) = read_recordings(path)
    return recording


def test_a_real_walk_is_a_person_s_who_stands_upright_on_the_floor(walk):
    match = detect_marker_set(walk.marker_labels)
    assert match.name == "cmu-asf"
    assert not match.missing
    assert walk.frames == 343
    assert 1.5 < np.median(walk.marker("head")[:, 2]) < 1.75
    assert abs(walk.marker("ltoes")[:, 2].min()) < 0.05
    left = walk.marker("lhipjoint") - walk.marker("rhipjoint")
    forward = np.cross(left, [0.0, 0.0, 1.0])
    assert (((walk.marker("ltoes") - walk.marker("ltibia")) * forward).sum(axis=1) > 0).mean() > 0.95
    clip = make_clip(walk)
    assert clip.velocity_m_s[:, 0].mean() == pytest.approx(1.18, abs=0.02)
    assert stance_slide_m_s(walk, ("lfoot", "rfoot")) < 0.1


def test_knees_bend_backwards_as_far_as_a_walking_person_s(walk):
    for side in "lr":
        bent_deg = knee_flexion_deg(walk, f"{side}hipjoint", f"{side}femur", f"{side}tibia")
        assert 0 < bent_deg.min() < 20
        assert 55 < bent_deg.max() < 80
        frame = int(np.argmax(bent_deg))
        forward = np.cross(walk.marker("lhipjoint") - walk.marker("rhipjoint"), [0.0, 0.0, 1.0])[frame]
        assert (walk.marker(f"{side}tibia") - walk.marker(f"{side}femur"))[frame] @ forward < 0


def test_the_bvh_of_the_same_trial_bends_the_knees_as_far_and_as_often(walk, shared_data, tmp_path):
    (path,) = unpacked(shared_data / BVH_ARCHIVE, ["All_BVH/subjects/002/002_01.bvh"], tmp_path)
    (retargeted,) = read_recordings(path)
    for side in "LR":
        low = side.lower()
        ours = knee_flexion_deg(walk, f"{low}hipjoint", f"{low}femur", f"{low}tibia")
        theirs = knee_flexion_deg(retargeted, *(f"CC_Base_{side}_{part}" for part in ("Thigh", "Calf", "Foot")))
        length = min(len(ours[::2]), len(theirs))  # 120 and 60 Hz
        assert np.ptp(theirs) == pytest.approx(np.ptp(ours), abs=8.0)
        lags = range(-4, 5)
        alike = [np.corrcoef(ours[::2][5 + lag : length - 5 + lag], theirs[5 : length - 5])[0, 1] for lag in lags]
        assert max(alike) > 0.98  # the same steps at the same times
