"""AMASS-style archives: known poses, markers, and archives that are torn, locked, lying or made to fill the memory."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from processor_time import processor_time_below
from skeleton_files import assert_mutants_read_or_are_refused

from ltme_clinic.clips import make_clip
from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.formats.body_model import BodyModelReader
from ltme_clinic.recordings.formats.typical_body import HEIGHT_M, SMPL_JOINTS
from ltme_clinic.types import LtmeError

UPRIGHT = (np.pi / 2, 0.0, 0.0)
"""The root's turn that brings the model's y up to the laboratory's z up."""
KNEE = SMPL_JOINTS.index("left_knee")


def motion(frames: int = 3, numbers: int = 156, turns: dict[str, tuple[float, float, float]] | None = None):
    """Arrays of an archive: a body upright at the laboratory's origin, its pelvis at 1 m."""
    poses = np.zeros((frames, numbers))
    poses[:, :3] = UPRIGHT
    for joint, turn in (turns or {}).items():
        place = 3 * SMPL_JOINTS.index(joint)
        poses[:, place : place + 3] = turn
    return {
        "poses": poses,
        "trans": np.tile([0.0, 0.0, 1.0], (frames, 1)),
        "mocap_framerate": np.array(120.0),
        "gender": np.array("female"),
        "betas": np.zeros(16),
    }


def saved(folder: Path, arrays: dict, save=np.savez) -> Path:
    path = folder / "trial.npz"
    save(path, **arrays)
    return path


def read(folder: Path, arrays: dict, save=np.savez):
    return BodyModelReader().read(saved(folder, arrays, save))


def refusal(path: Path) -> str:
    with processor_time_below(0.5), pytest.raises(LtmeError) as caught:
        BodyModelReader().read(path)
    line = str(caught.value)
    assert line.startswith("trial.npz: ")
    assert "\n" not in line
    return line


def point(raw, label: str) -> np.ndarray:
    return raw.points[0, raw.point_labels.index(label)]


def test_the_rest_pose_stands_with_arms_out_and_its_left_on_the_left(tmp_path):
    raw = read(tmp_path, motion())
    assert raw.point_labels == SMPL_JOINTS
    assert raw.rate_hz == 120.0
    assert raw.text("POINT", "UNITS") == "m"
    np.testing.assert_allclose(point(raw, "pelvis"), [0, 0, 1], atol=1e-6)
    thigh = point(raw, "left_knee") - point(raw, "left_hip")
    np.testing.assert_allclose(thigh, [0, 0, -0.2425 * HEIGHT_M], atol=1e-5)
    # The model's z, forward, is the laboratory's -y, and its x, to the left, the laboratory's x.
    assert point(raw, "left_foot")[1] < point(raw, "left_ankle")[1]
    assert point(raw, "left_hip")[0] > 0 > point(raw, "right_hip")[0]
    arm = point(raw, "left_wrist") - point(raw, "left_shoulder")
    np.testing.assert_allclose(arm, [(0.1618 + 0.1545) * HEIGHT_M, 0, 0], atol=1e-5)
    assert any("typical body of 1.75 m" in warning for warning in raw.warnings)


def test_a_knee_bent_by_90_degrees_puts_the_ankle_behind(tmp_path):
    raw = read(tmp_path, motion(turns={"left_knee": (np.pi / 2, 0.0, 0.0)}))
    shank = point(raw, "left_ankle") - point(raw, "left_knee")
    np.testing.assert_allclose(shank, [0, 0.2493 * HEIGHT_M, 0], atol=1e-5)


def test_left_and_right_are_each_other_s_mirror_image(tmp_path):
    left, right = {}, {}
    for part, (x, y, z) in {"hip": (0.3, 0.1, 0.4), "knee": (0.9, 0.2, 0.1), "elbow": (0.1, 0.6, 0.2)}.items():
        left[f"left_{part}"], right[f"right_{part}"] = (x, y, z), (x, -y, -z)
    one, other = read(tmp_path, motion(turns=left)), read(tmp_path, motion(turns=right))
    for label in SMPL_JOINTS:
        swapped = label.replace("left", "?").replace("right", "left").replace("?", "right")
        np.testing.assert_allclose(point(other, swapped), point(one, label) * [-1, 1, 1], atol=1e-5)


@pytest.mark.parametrize("numbers", [66, 72, 156, 165])
def test_bodies_with_and_without_hands_and_face_are_read_alike(tmp_path, numbers):
    bent = {"left_knee": (0.5, 0.1, 0.0)}
    expected = read(tmp_path, motion(turns=bent)).points
    np.testing.assert_array_equal(read(tmp_path, motion(numbers=numbers, turns=bent)).points, expected)


def test_arrays_in_other_types_orders_shapes_and_keys_are_read_alike(tmp_path):
    arrays = motion(turns={"left_knee": (0.5, 0.1, 0.0)})
    expected = read(tmp_path, arrays).points
    poses = arrays["poses"]
    split = {key: value for key, value in arrays.items() if key != "poses"}
    for changed in (
        arrays | {"poses": np.asfortranarray(poses)},
        arrays | {"poses": poses.reshape(3, 52, 3)},
        arrays | {"poses": poses.astype(">f8")},
        split | {"root_orient": poses[:, :3], "pose_body": poses[:, 3:66]},
        {key: value for key, value in arrays.items() if key != "mocap_framerate"}
        | {"mocap_frame_rate": np.array([120])},
    ):
        np.testing.assert_allclose(read(tmp_path, changed).points, expected, atol=1e-6)
    np.testing.assert_allclose(read(tmp_path, arrays, np.savez_compressed).points, expected, atol=1e-6)


def test_a_walk_gives_a_clip(tmp_path):
    frames = 400
    arrays = motion(frames)
    arrays["trans"] = np.column_stack([np.zeros(frames), -1.2 * np.arange(frames) / 120, np.full(frames, 0.95)])
    time_s = np.arange(frames) / 120
    for joint, phase in (("left_hip", 0.0), ("right_hip", np.pi)):
        arrays["poses"][:, 3 * SMPL_JOINTS.index(joint)] = 0.4 * np.sin(2 * np.pi * time_s + phase)
    (recording,) = read_recordings(saved(tmp_path, arrays))
    match = detect_marker_set(recording.marker_labels)
    assert match.name == "smpl-joints"
    assert not match.missing
    assert make_clip(recording).velocity_m_s[:, 0].mean() == pytest.approx(1.2, abs=0.02)


@pytest.mark.parametrize(("points", "names"), [("markers", "labels"), ("marker_data", "marker_labels")])
def test_measured_markers_go_before_the_body_model(tmp_path, points, names):
    markers = np.arange(24.0).reshape(2, 4, 3)
    raw = read(tmp_path, motion() | {points: markers, names: np.array(["LASI", "RASI", "LKNE", "RKNE"])})
    assert raw.point_labels == ("LASI", "RASI", "LKNE", "RKNE")
    assert raw.text("POINT", "UNITS") == ""
    assert raw.warnings == ()
    np.testing.assert_array_equal(raw.points, markers)
    rows = np.tile(np.array([b"LASI", b"RASI", b"LKNE", b"RKNE"]), (2, 1))
    assert read(tmp_path, motion() | {points: markers, names: rows}).point_labels == raw.point_labels


@pytest.mark.parametrize(
    ("changed", "fact"),
    [
        ({"trans": None}, "holds no motion of a body model"),
        ({"poses": None}, "holds no 'root_orient'"),
        ({"mocap_framerate": None}, "tells no frame rate"),
        ({"mocap_framerate": np.array([60.0, 120.0])}, "tells no frame rate"),
        ({"mocap_framerate": np.array("120")}, "'mocap_framerate' holds str96, not numbers"),
        ({"mocap_framerate": np.array(0)}, "its rate is 0 Hz"),
        ({"mocap_framerate": np.array(np.nan)}, "its rate is nan Hz"),
        ({"trans": np.zeros((2, 3))}, "(poses (3, 156), trans (2, 3))"),
        ({"trans": np.zeros(3)}, "don't fit together"),
        ({"trans": np.array(1.0)}, "don't fit together"),
        ({"poses": np.array(1.0)}, "don't fit together"),
        ({"poses": np.zeros((0, 156)), "trans": np.zeros((0, 3))}, "holds 0 frames"),
        ({"poses": np.zeros((3, 63))}, "a pose has 63 numbers"),
        ({"poses": np.zeros((3, 157))}, "a pose has 157 numbers"),
        ({"poses": np.zeros((3, 3000))}, "a pose has 3000 numbers"),
        ({"poses": np.zeros((3, 66), complex)}, "'poses' holds complex128, not numbers"),
        ({"poses": np.zeros((3, 66), [("a", "f8")])}, "not numbers"),
        ({"poses": np.zeros((3, 66), bool)}, "'poses' holds bool, not numbers"),
        ({"poses": np.array([[object()]])}, "'poses' holds object, not numbers"),
        ({"markers": np.zeros((2, 4, 2)), "labels": np.array(list("abcd"))}, "markers have the shape (2, 4, 2)"),
        ({"markers": np.zeros((2, 4, 3)), "labels": np.array(list("abc"))}, "for labels of the shape (3,)"),
        ({"markers": np.zeros((2, 4, 3)), "labels": np.array("abcd")}, "for labels of the shape ()"),
        ({"markers": np.zeros((2, 4, 3)), "labels": np.array([list("abcd"), list("bacd")])}, "change from frame"),
        ({"markers": np.zeros((2, 4, 3)), "labels": np.array([object()] * 4)}, "'labels' holds object, not text"),
        ({"markers": np.zeros((2, 1, 3)), "labels": np.array(["a" * 999])}, "more than 255 characters"),
        ({"markers": np.zeros((2, 0, 3)), "labels": np.zeros(0, "U4")}, "holds 2 frames of 0 points"),
    ],
)  # fmt: skip
def test_what_is_absent_or_does_not_fit_is_refused_in_one_line(tmp_path, changed, fact):
    arrays = {key: value for key, value in (motion() | changed).items() if value is not None}
    assert fact in refusal(saved(tmp_path, arrays))


def archive(folder: Path, members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "trial.npz"
    with zipfile.ZipFile(path, "w", packing) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def with_poses(folder: Path, poses: bytes, packing: int = zipfile.ZIP_DEFLATED) -> Path:
    arrays = motion()
    members = {f"{key}.npy": npy(arrays[key]) for key in ("trans", "mocap_framerate")}
    return archive(folder, members | {"poses.npy": poses}, packing)


def header(shape: str, dtype: str = "<f8", order: str = "False") -> bytes:
    words = f"{{'descr': '{dtype}', 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(words)) + words


def test_an_archive_that_would_fill_the_memory_is_refused_before_it_is_unpacked(tmp_path):
    bomb = with_poses(tmp_path, header("(60000, 156)") + bytes(60000 * 156 * 8))
    assert bomb.stat().st_size < 200_000
    assert "'poses' would unpack to 71 MiB" in refusal(bomb)


@pytest.mark.parametrize(
    ("poses", "fact"),
    [
        (b"", "has no header that tells its shape"),
        (b"not numpy at all", "has no header"),
        (b"\x93NUMPY\x09\x00" + bytes(100), "has no header"),
        (header("(3, 66)")[:40], "has no header"),
        (header("(" * 5000 + ")" * 5000), "has no header"),
        (header("__import__('os').abort()"), "has no header"),
        (header("(1000000000000, 66)") + bytes(100), "has 100 bytes for the shape (1000000000000, 66)"),
        (header("(3, 66)") + bytes(100), "has 100 bytes for the shape (3, 66)"),
        (header("(-3, 66)") + bytes(1584), "has the shape (-3, 66)"),
        (header("(0, 66)") + bytes(0), "don't fit together"),
        (header("(3, 66)", "|O") + bytes(1584), "holds object, not numbers"),
        (header("(3, 66)", "|V0") + bytes(0), "not numbers"),
        (header("(1, 1, 1, 1, 1, 1, 1, 3)") + bytes(24), "has the shape (1, 1, 1,"),
    ],
)
def test_an_array_whose_header_lies_is_refused_in_one_line(tmp_path, poses, fact):
    assert fact in refusal(with_poses(tmp_path, poses))


def test_archives_that_are_none_torn_locked_or_packed_otherwise_are_refused(tmp_path):
    path = saved(tmp_path, motion())
    whole = path.read_bytes()
    for kept in (3, 30, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:kept])
        refusal(path)
    path.write_bytes(npy(np.zeros(3)))
    assert "is no .npz archive" in refusal(path)
    assert "packed in a way" in refusal(with_poses(tmp_path, npy(np.zeros((3, 66))), zipfile.ZIP_LZMA))
    locked = bytearray(whole)
    for place in range(len(locked) - 4):  # the flag that says a member is locked
        if locked[place : place + 4] == b"PK\x03\x04":
            locked[place + 6] |= 1
        if locked[place : place + 4] == b"PK\x01\x02":
            locked[place + 8] |= 1
    path.write_bytes(locked)
    assert "is damaged" in refusal(path)
    assert "more than 1000 arrays" in refusal(archive(tmp_path, {f"{n}.npy": b"" for n in range(2000)}))


def test_nothing_is_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    refusal(saved(tmp_path, motion() | {"mocap_framerate": np.array([Trap()], dtype=object)}))
    assert not (tmp_path / "sprung").exists()


def test_three_hundred_mutants_of_both_kinds_each_read_or_are_refused(tmp_path):
    for save, seed in ((np.savez, 31), (np.savez_compressed, 32)):
        path = saved(tmp_path, motion(9, 66), save)
        assert_mutants_read_or_are_refused(path, 300, seed)
