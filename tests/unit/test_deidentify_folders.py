"""Folders of files: repeated, stopped, refused, several people, visits and what is never copied."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from deidentify_planting import planted_file
from recordings_c3d_maker import LABELS, c3d_bytes, walker_mm

from ltme_clinic.recordings import read_recordings, write_c3d
from ltme_clinic.recordings.c3d_writing import filled_points
from ltme_clinic.recordings.deidentify import DeidentificationKey, WhoseFiles, deidentify_file, deidentify_folder
from ltme_clinic.store.identities import IdentityDatabase
from ltme_clinic.types import LtmeError

KEY = DeidentificationKey(b"k" * 32)
BY_FOLDER = WhoseFiles(by_folder=True)


def make_archive(folder: Path, people=("Ann Smith", "Bo Jones"), visits=("2019-03-04", "2019-09-02"), trials=2) -> Path:
    seed = 0
    for person in people:
        for visit in visits:
            (folder / person / visit).mkdir(parents=True)
            for trial in range(trials):
                seed += 1
                (folder / person / visit / f"walk {trial}.c3d").write_bytes(planted_file(person, seed=seed))
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_a_second_run_changes_nothing(tmp_path):
    archive, out = make_archive(tmp_path / "in"), tmp_path / "out"
    first = deidentify_folder([archive], out, KEY)
    before = content(out)
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.c3d")}
    second = deidentify_folder([archive], out, KEY)
    assert (first.written, first.already_there) == (8, 0)
    assert (second.written, second.already_there) == (0, 8)
    assert content(out) == before
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.c3d")} == times


def test_another_machine_with_the_same_key_writes_the_same_bytes(tmp_path):
    archive = make_archive(tmp_path / "in")
    deidentify_folder([archive], tmp_path / "one", KEY)
    deidentify_folder([archive], tmp_path / "two", DeidentificationKey(b"k" * 32))
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_visits_move_together_and_intervals_stay(tmp_path):
    archive = make_archive(tmp_path / "in", people=("Ann Smith",))
    deidentify_folder([archive], tmp_path / "out", KEY)
    (person,) = (path for path in (tmp_path / "out").iterdir() if path.is_dir())
    first, second = sorted(date.fromisoformat(path.name) for path in person.iterdir())
    assert second - first == date(2019, 9, 2) - date(2019, 3, 4)
    assert 1 <= (date(2019, 3, 4) - first).days <= 365
    assert person.name == KEY.patient("Ann Smith")


def test_the_names_go_to_the_identity_database_before_a_copy_appears(tmp_path):
    archive, out = make_archive(tmp_path / "in"), tmp_path / "out"
    identities = IdentityDatabase(tmp_path / "identities.sqlite")
    seen = []

    def remember(pseudonym, name):
        assert not (out / pseudonym).exists()
        identities.set_name(pseudonym, name)
        seen.append(pseudonym)

    report = deidentify_folder([archive], out, KEY, remember=remember)
    assert identities.names() == report.identities == {KEY.patient(n): n for n in ("Ann Smith", "Bo Jones")}
    assert len(seen) == 2


def test_progress_is_told_after_each_file(tmp_path):
    told = []
    deidentify_folder([make_archive(tmp_path / "in")], tmp_path / "out", KEY, progress=lambda *step: told.append(step))
    assert [done for _, done, _ in told] == list(range(1, 9))
    assert not any("Smith" in what for what, _, _ in told)


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_killed_run_is_continued(tmp_path):
    archive, out = make_archive(tmp_path / "in", trials=30), tmp_path / "out"
    program = (
        "import sys\n"
        "from ltme_clinic.recordings.deidentify import DeidentificationKey, deidentify_folder\n"
        "deidentify_folder([sys.argv[1]], sys.argv[2], DeidentificationKey(b'k' * 32))\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(archive), str(out)])
    deadline = time.monotonic() + 30
    while len(list(out.rglob("*.c3d"))) < 10 and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert child.returncode == -signal.SIGKILL, "the run ended before it could be killed"
    (out / next(out.glob("P-*")).name / ".ltme_half.part").write_bytes(b"half a copy")
    report = deidentify_folder([archive], out, KEY)
    assert len(report.taken) == 120
    deidentify_folder([archive], tmp_path / "whole", KEY)
    assert content(out) == content(tmp_path / "whole")


def test_an_output_folder_among_the_originals_is_refused(tmp_path):
    archive = make_archive(tmp_path / "in")
    for out in (archive, archive / "Ann Smith" / "copies", tmp_path):
        with pytest.raises(LtmeError, match="among the originals"):
            deidentify_folder([archive], out, KEY)
    assert len(list(tmp_path.rglob("*"))) == 15


def test_a_folder_with_other_files_is_refused(tmp_path):
    archive, out = make_archive(tmp_path / "in"), tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    with pytest.raises(LtmeError, match="not empty"):
        deidentify_folder([archive], out, KEY)
    (out / "notes.txt").unlink()
    deidentify_folder([archive], out, KEY)
    (out / KEY.patient("Ann Smith") / "Ann Smith.txt").write_text("a name")
    with pytest.raises(LtmeError, match="not ours"):
        deidentify_folder([archive], out, KEY)


def test_pseudonyms_of_two_keys_are_never_mixed(tmp_path):
    archive, out = make_archive(tmp_path / "in"), tmp_path / "out"
    deidentify_folder([archive], out, KEY)
    with pytest.raises(LtmeError, match="another key"):
        deidentify_folder([archive], out, DeidentificationKey(b"q" * 32))
    assert json.loads((out / "ltme_deidentified.json").read_text())["key"] == KEY.fingerprint


def test_two_runs_do_not_write_into_one_folder(tmp_path):
    fcntl = pytest.importorskip("fcntl")
    archive, out = make_archive(tmp_path / "in"), tmp_path / "out"
    deidentify_folder([archive], out, KEY)
    with (out / "ltme_deidentified.json").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LtmeError, match="another run"):
            deidentify_folder([archive], out, KEY)


def test_what_is_refused_is_listed_and_the_rest_is_taken(tmp_path):
    archive = make_archive(tmp_path / "in", people=("Ann Smith",), visits=("2019-03-04",), trials=1)
    (archive / "broken.c3d").write_bytes(b"not a recording")
    (archive / "nobody.c3d").write_bytes(c3d_bytes(walker_mm(5)))
    report = deidentify_folder([archive, tmp_path / "absent"], tmp_path / "out", KEY)
    assert len(report.taken) == 1
    assert sorted(error.fact for error in report.refused) == [
        "is not a C3D file",
        "names no subject",
        "no such file or folder",
    ]


def test_two_people_in_a_file_give_two_files(tmp_path):
    positions = np.concatenate([walker_mm(20), walker_mm(20) + np.array([0.0, 900.0, 0.0])], axis=1)
    labels = [f"Ann:{label}" for label in LABELS] + [f"Bo:{label}" for label in LABELS]
    source = tmp_path / "pair.c3d"
    source.write_bytes(c3d_bytes(positions, labels, groups={"SUBJECTS": {"NAMES": ["Ann", "Bo"]}}))
    result = deidentify_file(source, tmp_path / "out", KEY)
    assert result.pseudonyms == (KEY.patient("Ann"), KEY.patient("Bo"))
    for output, share in zip(result.outputs, (positions[:, :12], positions[:, 12:]), strict=True):
        (recording,) = read_recordings(output)
        assert recording.marker_labels == LABELS
        np.testing.assert_allclose(recording.positions_m * 1000.0, share, rtol=1e-6)
    with pytest.raises(LtmeError, match="several people"):
        deidentify_file(source, tmp_path / "out", KEY, whose=WhoseFiles(patient="Ann"))


def test_the_folder_or_the_given_patient_tells_before_the_file(tmp_path):
    archive = make_archive(tmp_path / "in", people=("Ann Smith",), visits=("2019-03-04",), trials=1)
    (source,) = archive.rglob("*.c3d")
    by_folder = deidentify_file(source, tmp_path / "1", KEY, whose=BY_FOLDER, root=tmp_path)
    given = deidentify_file(source, tmp_path / "2", KEY, whose=WhoseFiles(patient="Cy"))
    assert by_folder.pseudonyms == (KEY.patient("in"),)
    assert given.pseudonyms == (KEY.patient("Cy"),)


def test_a_subjects_name_in_several_folders_is_pointed_out(tmp_path):
    for folder in ("first", "second"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        (tmp_path / "in" / folder / "a.c3d").write_bytes(planted_file("Subject", seed=len(folder)))
    report = deidentify_folder([tmp_path / "in"], tmp_path / "out", KEY)
    (warning,) = report.warnings
    assert KEY.patient("Subject") in warning
    assert "2 folders" in warning


def test_the_same_recording_under_two_people_is_pointed_out(tmp_path):
    for person in ("Ann", "Bo"):
        (tmp_path / "in" / person).mkdir(parents=True)
        (tmp_path / "in" / person / "a.c3d").write_bytes(planted_file("Somebody"))
    report = deidentify_folder([tmp_path / "in"], tmp_path / "out", KEY, whose=BY_FOLDER)
    (warning,) = report.warnings
    assert "one of them is wrong" in warning


def test_a_label_that_the_laboratory_vouches_for_is_kept(tmp_path):
    source = tmp_path / "walk.c3d"
    source.write_bytes(c3d_bytes(walker_mm(5), [*LABELS[:11], "Qwert"], groups={"SUBJECTS": {"NAMES": ["Ann"]}}))
    for keep, label in ((), "M012"), (("qwert",), "Qwert"):
        result = deidentify_file(source, tmp_path / f"out{len(keep)}", KEY, whose=WhoseFiles(keep_labels=keep))
        (recording,) = read_recordings(result.outputs[0])
        assert recording.marker_labels[11] == label


@pytest.mark.parametrize("origin", ["virtual", "generated"])
def test_made_up_motion_stays_marked(tmp_path, origin):
    from test_recordings_writing import make_recording

    write_c3d(tmp_path / "v.c3d", make_recording(origin=origin))
    result = deidentify_file(tmp_path / "v.c3d", tmp_path / "out", KEY)
    (recording,) = read_recordings(result.outputs[0])
    assert recording.origin == origin


def test_a_trial_date_counts_where_no_folder_says(tmp_path):
    source = tmp_path / "walk.c3d"
    source.write_bytes(
        c3d_bytes(walker_mm(5), groups={"SUBJECTS": {"NAMES": ["Ann"]}, "TRIAL": {"DATE": ["04.03.2019"]}})
    )
    result = deidentify_file(source, tmp_path / "out", KEY)
    moved = date(2019, 3, 4).toordinal() + KEY.shift_days("Ann")
    assert result.outputs[0].parent.name == date.fromordinal(moved).isoformat()


@pytest.mark.parametrize("name", ["---", "  ", "!?"])
def test_a_name_of_signs_alone_is_nobodys(tmp_path, name):
    source = tmp_path / "walk.c3d"
    source.write_bytes(c3d_bytes(walker_mm(5), groups={"SUBJECTS": {"NAMES": [name]}}))
    for whose in (WhoseFiles(), WhoseFiles(patient=name)):
        with pytest.raises(LtmeError, match="names no subject"):
            deidentify_file(source, tmp_path / "out", KEY, whose=whose)


def test_what_our_own_repairs_say_is_kept(tmp_path):
    from test_recordings_writing import make_recording

    from ltme_clinic.recordings.readers import default_reader
    from ltme_clinic.recordings.repair import fill_gaps, low_pass

    repaired = low_pass(fill_gaps(make_recording(origin="measured"), method="spline"), 6.0)
    assert repaired.filled.any()
    write_c3d(tmp_path / "a.c3d", repaired)
    result = deidentify_file(tmp_path / "a.c3d", tmp_path / "out", KEY)
    before, after = default_reader().read(tmp_path / "a.c3d"), default_reader().read(result.outputs[0])
    assert after.texts("LTME_TRIAL", "PROCESSING") == repaired.processing
    np.testing.assert_array_equal(filled_points(after), filled_points(before))


def test_what_an_enf_file_says_of_the_trial_survives_without_the_examiners_name(tmp_path):
    session = tmp_path / "in" / "Ann Smith"
    session.mkdir(parents=True)
    (session / "t1.c3d").write_bytes(c3d_bytes(walker_mm(), LABELS))
    (session / "t1.Trial.enf").write_text("[TRIAL_INFO]\nFOOTWEAR=shoes\nORTHOSIS=AFO left\nEXAMINER=Bo Jones\n")
    report = deidentify_folder([tmp_path / "in"], tmp_path / "out", KEY, whose=BY_FOLDER)
    (copy,) = (output for file in report.taken for output in file.outputs)
    assert read_recordings(copy)[0].trial.condition == "shoes, AFO left"
    assert b"Jones" not in copy.read_bytes()
