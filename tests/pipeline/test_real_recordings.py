"""Real recordings: every walk is embedded, and the rest embeds or is refused in one line."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.access import local_principal
from ltme_clinic.assignment import Assignment
from ltme_clinic.clips import make_clip
from ltme_clinic.embedding import LtmeModel, load_model, load_pca_model
from ltme_clinic.embedding.features import clip_features
from ltme_clinic.embedding.linear import reconstruction_error_mm
from ltme_clinic.pipeline import add_recordings, embed_files, review_patient
from ltme_clinic.recordings import find_c3d_files, read_recordings
from ltme_clinic.store import Store
from ltme_clinic.types import LtmeError

STATIC = ("A01.c3d", "A04.c3d")


@pytest.fixture(scope="module")
def walks(shared_data: Path) -> list[Path]:
    files = sorted((shared_data / "recordings" / "children").glob("*.c3d"))
    return [file for file in files if not file.name.endswith(STATIC)]


def test_all_sixteen_walks_of_children_are_embedded(walks: list[Path], tmp_path: Path) -> None:
    report = embed_files(walks, tmp_path / "children.parquet")
    assert (len(walks), report.embedded, report.refused) == (16, 16, [])


def test_every_other_file_embeds_or_is_refused_in_one_line(shared_data: Path) -> None:
    model = load_model()
    files, problems = find_c3d_files([shared_data / "recordings"])
    assert not problems
    outcomes = {file.name: embedded_or_refused(file, model) for file in files}
    with open(shared_data / "recordings" / "manifest.csv", newline="") as listed:
        assert len(outcomes) == len(list(csv.DictReader(listed)))
    walking = ("test_walking.c3d", "walking2.c3d", "exampleOverground.c3d", "test_small.c3d", "Qualisys.c3d")
    assert {outcomes[name] for name in walking} == {""}
    for name, refusal in outcomes.items():
        assert not refusal or (len(refusal.splitlines()) == 1 and name in refusal)


def embedded_or_refused(file: Path, model: LtmeModel) -> str:
    """The refusal in words, or nothing if every subject of the file was embedded with finite numbers."""
    try:
        for recording in read_recordings(file):
            embedding = model.encode(make_clip(recording))
            assert np.isfinite(embedding.recording_vector).all()
            assert np.isfinite(embedding.window_latents).all()
    except LtmeError as error:
        return str(error)
    return ""


def test_events_outside_the_crop_are_dropped_with_a_warning(shared_data: Path) -> None:
    recording = read_recordings(shared_data / "recordings" / "children" / "HC040A14.c3d")[0]
    assert all(0 <= event.frame < recording.frames for event in recording.events)
    assert any("event" in warning and "outside" in warning for warning in recording.warnings)


def test_the_cadence_agrees_with_the_events_that_were_entered_within_five_percent(walks: list[Path]) -> None:
    model = load_pca_model()
    compared = 0
    for file in walks:
        recording = read_recordings(file)[0]
        contacts_s = [
            sorted(e.time_s for e in recording.events if (e.side, e.kind) == (side, "initial_contact"))
            for side in ("left", "right")
        ]
        strides_s = np.concatenate([np.diff(times) for times in contacts_s])
        if len(strides_s):
            cadence = model.encode(make_clip(recording)).cadence_spm
            assert cadence == pytest.approx(120.0 / strides_s.mean(), rel=0.05), file.name
            compared += 1
    assert compared >= 5


def test_real_walks_are_reconstructed_no_worse_than_by_pca_on_average(walks: list[Path]) -> None:
    errors = []
    for file in walks:
        clip = make_clip(read_recordings(file)[0])
        rows, seen = clip_features(clip)
        decoded = [coder.decode(coder.encode(clip)) for coder in (load_model(), load_pca_model())]
        errors.append([reconstruction_error_mm(rows, clip_features(item)[0], seen) for item in decoded])
    ours_mm, pca_mm = np.mean(errors, axis=0)
    assert ours_mm <= pca_mm


def test_measured_children_get_a_score_without_p_value_and_are_never_called_unusual(
    walks: list[Path], tmp_path: Path
) -> None:
    with Store.open(tmp_path / "store", create=True) as store:
        report = add_recordings(store, walks[:2], Assignment(patient="C-030"))
        assert (report.taken, report.refused) == (2, [])
        review = review_patient(store, "C-030")
        summary = store.patients(local_principal())[0]
    assert summary.origin == "measured"
    for finding in review.findings:
        assert finding.p_value is None
        assert finding.rank is None
        assert finding.label == "against a virtual reference"
        assert "unusual" not in finding.sentence
        assert finding.refusals
