"""Whose recording is it: manifests, folders and options, and every way in which a file could go to the wrong person."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ltme_clinic.assignment import Assignment, Placed, read_manifest
from ltme_clinic.types import LtmeError

DAY = date(2024, 3, 5)


def manifest(folder: Path, text: str | bytes) -> Path:
    path = folder / "manifest.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_manifest_names_files_by_folder_or_by_name_and_wins_over_options(tmp_path: Path) -> None:
    listed = manifest(tmp_path, "file,patient,visit_date,condition\nA/1.c3d,P1,2024-03-05,shoes\n2.c3d,P2,,\n")
    assignment = Assignment(patient="P9", manifest=listed)
    root = tmp_path
    assert assignment.place(root / "A" / "1.c3d", root, "") == Placed("P1", DAY, "shoes")
    assert assignment.place(root / "B" / "2.c3d", root, "") == Placed("P2", None, "")
    assert assignment.place(root / "B" / "1.c3d", root, "") == Placed("P9", None, "")


@pytest.mark.parametrize("header", ["\ufefffile,patient", "File , PATIENT", "patient,notes,file"])
def test_a_header_may_have_a_byte_order_mark_capitals_and_other_columns(tmp_path: Path, header: str) -> None:
    line = "P1,=1+1,1.c3d" if header.startswith("patient") else "1.c3d,P1"
    assert read_manifest(manifest(tmp_path, f"{header}\r\n{line}\r\n"))["1.c3d"].placed == Placed("P1", None)


def test_one_name_that_fits_two_files_is_refused_before_anything_is_taken(tmp_path: Path) -> None:
    assignment = Assignment(manifest=manifest(tmp_path, "file,patient\ntrial_01.c3d,P1\n"))
    files = [(tmp_path, tmp_path / person / "trial_01.c3d") for person in ("A", "B")]
    with pytest.raises(LtmeError, match=r"line 2 names trial_01\.c3d, and 2 files fit"):
        assignment.checked(files)
    assert assignment.checked(files[:1]) == []


def test_lines_that_fit_no_file_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    assignment = Assignment(manifest=manifest(tmp_path, "file,patient\n1.c3d,P1\n\nl.c3d,P2\nm.c3d,P2\n"))
    (note,) = assignment.checked([(tmp_path, tmp_path / "1.c3d")])
    assert "2 of its 3 lines fit no file (line 4: l.c3d)" in note


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("file;patient\n1.c3d;P1\n", "no column file and patient"),
        ("", "no column file and patient"),
        ("file,patient\n1.c3d,P\0\n", "NUL"),
        (b"file,patient\n1.c3d,M\xfcller\n", "can't be read"),
        ('file,patient\n"1.c3d,P1\n', "can't be read"),
        ("file,patient\n" + "x" * 200_000 + ",P1\n", "can't be read"),
        ("file,patient,visit_date\n1.c3d,P1,05.03.2024\n", "line 2: '05.03.2024' is not a date"),
        ("file,patient,visit_date\n1.c3d,,2024-03-05\n", "line 2 has a date and no patient"),
        ("file,patient,kind\n1.c3d,P1,dance\n", "line 2: kind 'dance' is not one of walk"),
        ("file,patient,operated_side\n1.c3d,P1,middle\n", "line 2: operated_side 'middle' is not one of"),
        ("file,patient,kind\n1.c3d,P1,walk\n./1.c3d,P1,static\n", "a second time, differently"),
        ("file,patient\n1.c3d,P1\n./1.c3d,P2\n", r"line 3 assigns ./1.c3d a second time, differently \(see line 2\)"),
    ],
)
def test_a_manifest_that_can_not_be_trusted_is_refused_in_one_line(
    tmp_path: Path, text: str | bytes, says: str
) -> None:
    with pytest.raises(LtmeError, match=says) as refusal:
        read_manifest(manifest(tmp_path, text))
    assert len(str(refusal.value).splitlines()) == 1


def test_a_manifest_longer_than_any_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ltme_clinic.assignment.MANIFEST_CHARACTERS", 30)
    with pytest.raises(LtmeError, match="longer than any manifest"):
        read_manifest(manifest(tmp_path, "file,patient\n" + "1.c3d,P1\n" * 3))


def test_folders_say_patient_and_day_and_a_folder_that_is_no_date_is_named(tmp_path: Path) -> None:
    files = [(tmp_path, tmp_path / name) for name in ("P1/2024-03-05/a/1.c3d", "P1/spring/2.c3d", "P1/3.c3d", "4.c3d")]
    assignment = Assignment(by_folder=True)
    placed = [assignment.place(file, root, "") for root, file in files]
    assert placed == [Placed("P1", DAY), Placed("P1", None), Placed("P1", None), Placed(None, None)]
    (note,) = assignment.checked(files)
    assert note.startswith("P1/spring: the folder is no date")


def test_a_day_without_a_patient_is_refused() -> None:
    with pytest.raises(LtmeError, match="a date without a patient"):
        Assignment(visit_date=DAY)


def test_a_manifest_may_state_what_was_done_and_worn(tmp_path: Path) -> None:
    listed = manifest(tmp_path, "file,patient,Kind,footwear,operated_side\n1.c3d,P1,ROM,,L\n2.c3d,P1,,shoes,\n")
    assignment = Assignment(manifest=listed)
    stated = [assignment.facts_of(tmp_path / name, tmp_path) for name in ("1.c3d", "2.c3d", "3.c3d")]
    assert stated == [(("kind", "ROM"), ("operated_side", "L")), (("footwear", "shoes"),), ()]
