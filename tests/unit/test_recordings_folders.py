"""Finding C3D files below folders, links and holes included."""

from __future__ import annotations

import os

import pytest

from ltme_clinic.recordings import find_c3d_files


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
