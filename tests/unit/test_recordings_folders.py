"""Finding C3D files below folders, links and holes included."""

from __future__ import annotations

import os

import pytest

from ltme_clinic.recordings import find_c3d_files
from ltme_clinic.recordings.folders import OTHER_FORMAT, FoundFile, LeftAside, hash_file, walk_c3d_files
from ltme_clinic.types import LtmeError


def test_files_are_found_below_folders_in_any_case_sorted_and_once(tmp_path):
    (tmp_path / "b" / "deep").mkdir(parents=True)
    for name in ("b/deep/2.C3D", "b/1.c3d", "a.c3d", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    files, problems = find_c3d_files([tmp_path, tmp_path / "a.c3d"])
    assert [str(f.relative_to(tmp_path)) for f in files] == [
        "a.c3d",
        os.path.join("b", "1.c3d"),
        os.path.join("b", "deep", "2.C3D"),
    ]
    assert problems == []


def test_a_loop_of_links_does_not_trap_the_walk(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.c3d").write_bytes(b"")
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    files, problems = find_c3d_files([tmp_path])
    assert [f.name for f in files] == ["1.c3d"]
    assert problems == []


def test_what_is_absent_or_empty_is_reported(tmp_path):
    (tmp_path / "empty").mkdir()
    files, problems = find_c3d_files([tmp_path / "empty", tmp_path / "absent.c3d", "bad\0name"])
    assert files == []
    assert [p.fact.split(" (")[0] for p in problems] == [
        "holds no .c3d file",
        "no such file or folder",
        "no such file or folder",
    ]


def test_motion_files_of_other_formats_are_left_aside_until_somebody_names_them(tmp_path):
    for name in ("walk.c3d", "walk.TRC", "forces.mot", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    found = list(walk_c3d_files([tmp_path]))
    assert [(item.path.name, item.reason) for item in found if isinstance(item, LeftAside)] == [
        ("forces.mot", OTHER_FORMAT),
        ("walk.TRC", OTHER_FORMAT),
    ]
    assert [item.path.name for item in found if isinstance(item, FoundFile)] == ["walk.c3d"]
    named = list(walk_c3d_files([tmp_path / "walk.TRC"]))
    assert [item.path.name for item in named if isinstance(item, FoundFile)] == ["walk.TRC"]
    (tmp_path / "walk.c3d").unlink()
    (error,) = (item for item in walk_c3d_files([tmp_path]) if isinstance(item, LtmeError))
    assert (error.fact, error.cure) == ("holds no .c3d file", "Name its 2 motion files of other formats one by one")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_is_reported(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    (tmp_path / "1.c3d").write_bytes(b"")
    closed.chmod(0)
    try:
        files, problems = find_c3d_files([tmp_path])
    finally:
        closed.chmod(0o700)
    assert len(files) == 1
    assert "can't be listed" in str(problems[0])


def test_hidden_system_and_lock_files_are_left_aside_with_the_reason(tmp_path):
    for folder in (".git", "__MACOSX", "@eaDir", "visit"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.c3d").write_bytes(b"")
    for name in ("._1.c3d", "~$1.c3d", "1.c3d.zip", "1.zip", ".c3d"):
        (tmp_path / "visit" / name).write_bytes(b"")
    found = list(walk_c3d_files([tmp_path]))
    assert [item.path.name for item in found if isinstance(item, FoundFile)] == ["1.c3d"]
    aside = sorted((item.reason.split(",")[0], item.path.name) for item in found if isinstance(item, LeftAside))
    assert aside == [
        ("hidden or lock files (names that begin with . or ~)", "._1.c3d"),
        ("hidden or lock files (names that begin with . or ~)", ".c3d"),
        ("hidden or lock files (names that begin with . or ~)", "~$1.c3d"),
        ("hidden or system folders", ".git"),
        ("hidden or system folders", "@eaDir"),
        ("hidden or system folders", "__MACOSX"),
    ]


def test_a_hidden_folder_that_somebody_names_is_walked(tmp_path):
    (tmp_path / ".archive").mkdir()
    (tmp_path / ".archive" / "1.c3d").write_bytes(b"")
    files, problems = find_c3d_files([tmp_path / ".archive"])
    assert (len(files), problems) == (1, [])


def test_the_walk_gives_its_first_file_before_it_has_seen_the_last_folder(tmp_path):
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "1.c3d").write_bytes(b"")
    walk = walk_c3d_files([tmp_path])
    first = next(walk)
    assert isinstance(first, FoundFile)
    assert (first.path, first.root) == (tmp_path / "0" / "1.c3d", tmp_path)
    (tmp_path / "2" / "1.c3d").unlink()
    (tmp_path / "2").rmdir()  # a folder that vanishes meanwhile is said
    rest = list(walk)
    assert [type(item) for item in rest] == [FoundFile, LtmeError]
    assert "can't be listed" in str(rest[-1])


def test_a_very_deep_tree_is_walked(tmp_path):
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        for _ in range(300):
            os.mkdir("deeper")
            os.chdir("deeper")
        with open("1.c3d", "wb"):
            pass
    finally:
        os.chdir(here)
    files, problems = find_c3d_files([tmp_path])
    assert (len(files), problems) == (1, [])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_pipe_is_found_and_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.c3d")
    files, _ = find_c3d_files([tmp_path])
    with pytest.raises(LtmeError, match="is not a regular file"):
        hash_file(files[0])


def test_a_file_s_hash_is_the_sha_256_of_its_bytes(tmp_path):
    import hashlib

    content = os.urandom(3_000_001)
    (tmp_path / "1.c3d").write_bytes(content)
    assert hash_file(tmp_path / "1.c3d") == hashlib.sha256(content).hexdigest()
