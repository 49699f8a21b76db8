"""Intake of whole trees: what is taken, what is refused and why, by one process or several, once and again."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from intake_files import POISON, PoisonedWriter, copies, pair_of

from ltme_clinic.access import local_principal
from ltme_clinic.assignment import Assignment
from ltme_clinic.embedding import load_model
from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.pipeline import (
    add_recordings,
    assign_recording,
    intake_table,
    list_waiting,
    refresh_patients,
    review_patient,
    waiting_table,
)
from ltme_clinic.pipeline.preparing import FileTask, Preparer, Settings
from ltme_clinic.pipeline.workers import WorkerProcesses
from ltme_clinic.recordings import read_recordings, write_recording
from ltme_clinic.store import Store
from ltme_clinic.types import TRACKED_FIGURES, LtmeError, Refused
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

WHO = local_principal()
DAY = date(2024, 3, 5)


@pytest.fixture(scope="module")
def walk(clinic: Path) -> Path:
    return next(clinic.glob("VP-002/*/trial_01.c3d"))


@pytest.fixture
def opened(tmp_path: Path):
    with Store.open(tmp_path / "store", create=True) as store:
        yield store


def stored(store: Store, patient: str) -> list[tuple]:
    """All that a store says of a patient's recordings, and their embeddings to the bit."""
    fingerprint = load_model().fingerprint
    vectors = {
        item.recording_id: (item.embedding.recording_vector.tobytes(), item.embedding.latents.tobytes())
        for item in store.embeddings(WHO, patient, fingerprint)
    }
    return [
        (
            trial.recording_id,
            trial.visit,
            trial.source_name,
            trial.trial,
            store.clip(WHO, trial.recording_id).positions_m.tobytes(),
            vectors[trial.recording_id],
        )
        for trial in store.trials(WHO, patient)
    ]


def test_two_workers_store_exactly_what_one_process_stores(walk: Path, tmp_path: Path) -> None:
    files = tmp_path / "files"
    copies(walk.read_bytes(), files / "P-1" / "2024-03-05", 6)
    copies(walk.read_bytes(), files / "P-2" / "2024-03-05", 3, start=4)  # the first two are P-1's last two
    found = []
    for workers in (1, 2):
        with Store.open(tmp_path / f"store {workers}", create=True) as store:
            report = add_recordings(store, [files], Assignment(by_folder=True), workers=workers)
            assert (report.files, report.taken, report.refused) == (9, 7, report.refused)
            assert [told.file for told in report.refusals] == [f"P-2/2024-03-05/walk_00{n}.c3d" for n in (4, 5)]
            assert all("stored under patient P-1 already" in line for line in report.refused)
            found.append((stored(store, "P-1"), stored(store, "P-2")))
    assert found[0] == found[1]
    assert [len(part) for part in found[0]] == [6, 1]


def test_a_huge_file_that_is_no_recording_is_refused_without_being_read_through(
    walk: Path, opened: Store, tmp_path: Path
) -> None:
    assert add_recordings(opened, [walk], Assignment(patient="P-1"), encode=False).taken == 1  # now files are hashed
    huge = tmp_path / "huge.c3d"
    huge.touch()
    os.truncate(huge, 1 << 36)  # 64 GB of holes
    assert add_recordings(opened, [huge], Assignment(patient="P-1")).refused == [
        "huge.c3d: is not a C3D file. Give a trial exported as .c3d."
    ]


def test_a_refused_file_is_told_once_by_its_own_name(walk: Path, opened: Store, tmp_path: Path) -> None:
    """It holds no walk either, but what was not stored was not stored without an embedding."""
    for patient, name in (("P-1", "ours.c3d"), ("P-2", "theirs.c3d")):
        folder = tmp_path / "files" / patient / "2024-03-05"
        folder.mkdir(parents=True)
        (folder / name).write_bytes(walk.read_bytes())
    manifest = tmp_path / "manifest.csv"
    lines = ["file,patient,visit_date,kind", "ours.c3d,P-1,2024-03-05,static", "theirs.c3d,P-2,2024-03-05,static"]
    manifest.write_text("\n".join(lines) + "\n")
    report = add_recordings(opened, [tmp_path / "files"], Assignment(manifest=manifest), workers=1)
    assert report.not_encoded == ["ours.c3d: a static trial holds no walk."]
    assert [line.split(". ")[0] for line in report.refused] == [
        "theirs.c3d: the same bytes are stored under patient P-1 already"
    ]


def test_known_files_are_not_read_again_and_still_refused_under_another_patient(
    walk: Path, opened: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "files"
    copies(walk.read_bytes(), folder, 3)
    assert add_recordings(opened, [folder], Assignment(patient="P-1"), encode=False).taken == 3
    monkeypatch.setattr(Preparer, "_read", None)  # whoever reads fails
    again = add_recordings(opened, [folder], Assignment(patient="P-1"), encode=False)
    assert (again.taken, again.seen, again.refused, again.patients) == (0, 3, [], {"P-1"})
    other = add_recordings(opened, [folder], Assignment(patient="P-2"), encode=False)
    assert (other.taken, other.seen, len(other.refused)) == (0, 0, 3)
    dated = add_recordings(opened, [folder], Assignment(patient="P-1", visit_date=DAY), encode=False)
    assert (dated.taken, [visit.key for visit in opened.visits(WHO, "P-1")]) == (3, ["2024-03-05"])


def test_what_a_known_file_lacks_is_made_when_it_is_added_again(walk: Path, opened: Store, tmp_path: Path) -> None:
    files = copies(walk.read_bytes(), tmp_path / "files", 2)
    add_recordings(opened, files, Assignment(patient="P-1"), encode=False)
    trials = opened.trials(WHO, "P-1")
    lost = next(opened._files.glob(f"signals/*/{trials[0].recording_id}.*.clip.parquet"))
    lost.unlink()
    assert add_recordings(opened, files, Assignment(patient="P-1"), encode=False).seen == 2
    assert opened.clip(WHO, trials[0].recording_id).frames > 0
    assert add_recordings(opened, files, Assignment(patient="P-1")).seen == 2
    assert len(opened.embeddings(WHO, "P-1", load_model().fingerprint)) == 2
    assert opened.sweep(older_than_s=0).removed == 0


def hostile_tree(folder: Path, content: bytes) -> None:
    """Everything that lies about in 25 years of folders; six files in it are recordings, of which two are the same."""
    copies(content, folder / "Zoë Ångström" / "2019-01-02", 1)[0].rename(folder / "Zoë Ångström" / "ÄÖ.C3D")
    copies(content, folder / "a", 1, start=1)
    (folder / "a" / "copy of it.c3d").symlink_to(folder / "a" / "walk_001.c3d")
    (folder / "a" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "a" / "nowhere.c3d").symlink_to("gone")
    (folder / "a" / "round.c3d").symlink_to("round.c3d")
    copies(content, folder / "b" / "folder.c3d", 1, start=2)
    for hidden in (".git", "__MACOSX", "$RECYCLE.BIN"):
        copies(content, folder / hidden, 1, start=3)
    for name in ("._walk.c3d", "~$walk.c3d", "archive.zip", "walk.c3d.txt"):
        (folder / "b" / name).write_bytes(b"\0\5\x16\7")
    (folder / "b" / "empty.c3d").write_bytes(b"")
    (folder / "b" / "letter.c3d").write_bytes(b"a letter, not a recording\n" * 100)
    if os.name != "nt":
        copies(content, folder / "c", 1, start=4)[0].rename(folder / "c" / os.fsdecode(b"caf\xe9\n.c3d"))
        os.mkfifo(folder / "c" / "pipe.c3d")


@pytest.mark.skipif(os.name == "nt", reason="this system has no such files")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_tree_with_everything_in_it_is_taken_and_the_rest_is_counted(
    walk: Path, opened: Store, tmp_path: Path, workers: int
) -> None:
    folder = tmp_path / "archive"
    hostile_tree(folder, walk.read_bytes())
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()
        os.chdir(folder / "c")  # a socket's path may not be long
        try:
            listening.bind("socket.c3d")
        finally:
            os.chdir(here)
        report = add_recordings(opened, [folder], Assignment(patient="P-1"), workers=workers, encode=False)
    assert (report.taken, report.seen, report.waiting) == (4, 1, 0)
    refused = {told.file: told.error.fact for told in report.refusals}
    assert set(refused) == {
        "a/nowhere.c3d",
        "a/round.c3d",
        "b/empty.c3d",
        "b/letter.c3d",
        "c/pipe.c3d",
        "c/socket.c3d",
    }
    assert refused["c/pipe.c3d"] == refused["c/socket.c3d"] == "is not a regular file"
    table = intake_table(report)
    assert "2  is not a regular file: c/pipe.c3d, c/socket.c3d" in table
    assert "3  hidden or system folders, not entered" in table
    assert "1  links to folders, not followed" in table
    assert "2  hidden or lock files" in table
    assert all(line.isprintable() for line in table.splitlines())
    as_json = json.loads(json.dumps(report.as_dict()))
    assert (as_json["taken"], len(as_json["refused"]), as_json["known_already"]) == (4, 6, 1)


def test_a_file_that_vanishes_while_others_are_read_costs_itself_alone(
    walk: Path, opened: Store, tmp_path: Path
) -> None:
    files = copies(walk.read_bytes(), tmp_path / "files", 9)

    def remove_the_last(_what: str, _done: int, _total: int) -> None:
        files[-1].unlink(missing_ok=True)

    report = add_recordings(
        opened, [tmp_path / "files"], Assignment(patient="P"), encode=False, progress=remove_the_last
    )
    assert (report.taken, report.refused) == (8, ["walk_008.c3d: no such file. Check the path."])


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_and_a_file_without_permission_are_said_and_the_rest_is_taken(
    walk: Path, opened: Store, tmp_path: Path
) -> None:
    files = copies(walk.read_bytes(), tmp_path / "files", 2)
    closed = tmp_path / "files" / "closed"
    closed.mkdir(mode=0)
    files[0].chmod(0)
    report = add_recordings(opened, [tmp_path / "files"], Assignment(patient="P"), encode=False)
    assert (report.taken, len(report.refused)) == (1, 2)


def test_the_progress_knows_how_many_files_come_and_reaches_its_end(walk: Path, opened: Store, tmp_path: Path) -> None:
    copies(walk.read_bytes(), tmp_path / "files", 5)
    said: list[tuple[int, int]] = []
    add_recordings(
        opened, [tmp_path / "files"], Assignment(), encode=False, progress=lambda _what, *numbers: said.append(numbers)
    )
    assert [done for done, _ in said] == [1, 2, 3, 4, 5]
    assert said[-1] == (5, 5)


@pytest.mark.skipif(os.name == "nt", reason="this system has no kill -9")
def test_a_worker_that_dies_costs_the_file_it_was_at_and_the_others_go_on(
    walk: Path, opened: Store, tmp_path: Path
) -> None:
    files = copies(walk.read_bytes(), tmp_path / "files", 9)
    files[3] = files[3].rename(files[3].with_name(POISON))
    writer = PoisonedWriter(opened.signal_writer().root, opened.location)
    tasks = (FileTask(path, path.parent, number=number) for number, path in enumerate(files))
    with WorkerProcesses(Settings(writer, frozenset(), encode=False), workers=2) as crew:
        answers = {file.task.number: file for file in crew.prepared(tasks)}
        assert all(worker.process.poll() is None for worker in crew._workers)
    assert sorted(answers) == list(range(9))
    assert [number for number, file in answers.items() if file.error] == [3]
    assert str(answers[3].error).startswith(f"{POISON}: the process that read it died, 2 times (signal 9)")
    assert all(answers[number].arrivals for number in set(range(9)) - {3})


def test_workers_that_can_not_start_are_said_in_one_line(
    opened: Store, walk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(LtmeError, match=r"ended before it was ready \(exit code 1\)\. Try it with one worker"):
        add_recordings(opened, [walk], Assignment(), workers=2, encode=False)
    assert opened.counts().recordings == 0


def test_people_of_one_file_wait_and_are_assigned_one_by_one(walk: Path, opened: Store, tmp_path: Path) -> None:
    pair = pair_of(walk, tmp_path / "pair.c3d")
    report = add_recordings(opened, [pair], Assignment(patient="P-1", visit_date=DAY))
    assert (report.taken, report.waiting) == (0, 2)
    assert "person 2 of 2" in intake_table(report)
    first, second = list_waiting(opened)
    assert [(item.source_name, item.person, item.people, item.has_walk) for item in (first, second)] == [
        ("pair.c3d", 1, 2, True),
        ("pair.c3d", 2, 2, True),
    ]
    assert waiting_table([first]).startswith(f"{first.recording_id[:12]}  pair.c3d, person 1 of 2")
    assert assign_recording(opened, first.recording_id[:8], "P-1", DAY).visit == "2024-03-05"
    with pytest.raises(Refused, match="another person of the same file"):
        assign_recording(opened, second.recording_id, "P-1", DAY)
    moved = assign_recording(opened, second.recording_id, "P-2", DAY, condition="shoes")
    assert (moved.patients, moved.condition) == (("P-2",), "shoes")
    assert list_waiting(opened) == []
    assert [len(opened.trials(WHO, patient)) for patient in ("P-1", "P-2")] == [1, 1]
    again = add_recordings(opened, [pair], Assignment(patient="P-1", visit_date=DAY))
    assert (again.seen, again.notes, again.refused) == (2, [], [])
    back = assign_recording(opened, first.recording_id, None)
    assert (back.patient, back.patients) == (None, ("P-1",))
    assert [item.recording_id for item in list_waiting(opened)] == [first.recording_id]


@pytest.mark.parametrize("prefix", ["", "abc", "zzzz", "%%%%", "not there"])
def test_an_id_that_names_no_recording_is_refused_in_one_line(opened: Store, prefix: str) -> None:
    with pytest.raises(LtmeError, match="recording"):
        assign_recording(opened, prefix, "P-1")


def test_a_subject_s_label_that_was_not_needed_at_first_assigns_a_waiting_file_later(
    walk: Path, opened: Store, tmp_path: Path
) -> None:
    pair = pair_of(walk, tmp_path / "pair.c3d")
    assert add_recordings(opened, [pair], Assignment(), encode=False).waiting == 2
    named = add_recordings(opened, [pair], Assignment(by_subject=opened.pseudonym_of), encode=False)
    assert (named.taken, len(named.patients), list_waiting(opened)) == (2, 2, [])


def test_a_manifest_s_facts_reach_the_store_and_decide_what_is_scored(
    walk: Path, opened: Store, tmp_path: Path
) -> None:
    files = copies(walk.read_bytes(), tmp_path / "files", 4)
    lines = [
        "file,patient,visit_date,condition,kind,footwear,aid,operated_side,examiner",
        "walk_000.c3d,P-1,2024-03-05,,walk,shoes,cane right,left,Dr Ernestine Exam",
        "walk_001.c3d,P-1,2024-03-05,as he came,walk,shoes,,,Dr Ernestine Exam",
        "walk_002.c3d,P-1,2024-03-05,,ROM,barefoot,,,",
        "walk_003.c3d,P-1,2024-03-05,,static,barefoot,,,",
    ]
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("\n".join(lines))
    report = add_recordings(opened, [tmp_path / "files"], Assignment(manifest=manifest))
    assert (report.taken, report.not_encoded) == (4, ["walk_003.c3d: a static trial holds no walk."])
    trials = opened.trials(WHO, "P-1")
    assert [(trial.kind, trial.condition, trial.is_static) for trial in trials] == [
        ("walk", "shoes, cane right", False),
        ("walk", "as he came", False),
        ("range_of_motion", "barefoot", False),
        ("static", "barefoot", True),
    ]
    assert (trials[0].operated_side, trials[0].trial.examiner) == ("left", "")
    assert trials[0].trial.sources["footwear"] == "manifest"
    everything = b"".join(path.read_bytes() for path in opened._files.rglob("*") if path.is_file())
    assert b"Ernestine" not in everything
    review = review_patient(opened, "P-1")
    assert [finding.condition for finding in review.findings] == ["as he came", "shoes, cane right"]
    assert any("is not scored: it is a range-of-motion trial" in note for note in review.notes)
    assert any("range-of-motion" in line for line in refresh_patients(opened, ["P-1"]))
    again = add_recordings(opened, files, Assignment(manifest=manifest))
    assert (again.seen, again.refused) == (4, [])
    manifest.write_text("file,patient,footwear,examiner\nwalk_000.c3d,P-1,barefoot,\nwalk_001.c3d,P-1,,Dr Other\n")
    changed = add_recordings(opened, files, Assignment(manifest=manifest))
    assert "is stored with footwear 'shoes' already, not 'barefoot'" in changed.refused[0]
    assert "another examiner" in changed.refused[1]
    assert "Other" not in changed.refused[1]


def test_what_is_stated_later_completes_what_the_file_did_not_tell(walk: Path, opened: Store, tmp_path: Path) -> None:
    (file,) = copies(walk.read_bytes(), tmp_path / "files", 1)
    add_recordings(opened, [file], Assignment(patient="P-1", visit_date=DAY))
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,patient,footwear\nwalk_000.c3d,P-1,shoes\n")
    assert add_recordings(opened, [file], Assignment(manifest=manifest)).taken == 1
    (trial,) = opened.trials(WHO, "P-1")
    assert (trial.condition, trial.trial.footwear, trial.visit) == ("shoes", "shoes", "2024-03-05")
    assert add_recordings(opened, [file], Assignment(patient="P-1", condition="with orthosis")).taken == 1
    with_other = add_recordings(opened, [file], Assignment(patient="P-1", condition="barefoot"))
    assert "walked 'with orthosis' already, not 'barefoot'" in with_other.refused[0]
    assert len(opened.embeddings(WHO, "P-1", load_model().fingerprint)) == 1


def test_an_age_that_is_stated_later_makes_the_indices_that_it_takes(opened: Store, tmp_path: Path) -> None:
    child = next(seed for seed in range(100) if 6.0 <= sample_patient(seed).age_y <= 12.0)
    recording = simulate_walk(sample_patient(child), duration_s=6.0, marker_set="plug-in-gait-full-body").recording
    file = tmp_path / "files" / "walk.c3d"
    file.parent.mkdir()
    write_recording(file, replace(recording, trial=replace(recording.trial, age_y="", sources={})))
    add_recordings(opened, [file], Assignment(patient="P-1", visit_date=DAY))
    place = TRACKED_FIGURES.index(("gps_deg", None))

    def gps() -> float:
        (stored,) = opened.embeddings(WHO, "P-1", load_model().fingerprint)
        return float(stored.embedding.gait_figures[place])

    assert np.isnan(gps())
    trends = {trend.metric: trend for trend in review_patient(opened, "P-1").trends}
    assert "column age_y" in trends["gps_deg"].sentence
    assert len(trends["left_step_length_m"].points) == 1
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(f"file,patient,age_y\nwalk.c3d,P-1,{recording.trial.age_y}\n")
    add_recordings(opened, [file], Assignment(manifest=manifest))
    analysis = analyse_gait(read_recordings(file)[0], settings=GaitSettings(age_y=recording.trial.years))
    assert gps() == pytest.approx(analysis.figure("gps_deg", None).value, rel=1e-4)
    assert len(opened.trials(WHO, "P-1")) == 1
    assert add_recordings(opened, [file], Assignment(manifest=manifest)).seen == 1
    (point,) = next(t for t in review_patient(opened, "P-1").trends if t.metric == "gps_deg").points
    assert point.value == pytest.approx(gps(), abs=1e-6)


def test_a_mistake_of_this_program_costs_one_file(
    walk: Path, opened: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = copies(walk.read_bytes(), tmp_path / "files", 2)
    encoded = Preparer._encoded

    def broken(self: Preparer, recording):
        if recording.source_name == files[0].name:
            raise ZeroDivisionError("of ours")
        return encoded(self, recording)

    monkeypatch.setattr(Preparer, "_encoded", broken)
    report = add_recordings(opened, files, Assignment(patient="P-1"), encode=False)
    assert report.taken == 1
    assert "walk_000.c3d: reading it failed (ZeroDivisionError: of ours)" in report.refused[0]


def test_embeddings_made_by_workers_are_those_that_the_model_gives(walk: Path, opened: Store) -> None:
    from ltme_clinic.clips import make_clip
    from ltme_clinic.recordings import read_recordings

    add_recordings(opened, [walk], Assignment(patient="P-1"), workers=2)
    expected = load_model().encode(make_clip(read_recordings(walk)[0]))
    found = opened.load_embedding(WHO, expected.recording_id, expected.fingerprint)
    assert np.allclose(found.recording_vector, expected.recording_vector, atol=1e-5)
    assert found.latents.shape == expected.latents.shape
