"""The main job through the command line: C3D files in, findings, trends and a page out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import Ltme, counted, from_json, is_one_line

from ltme_clinic.access import local_principal
from ltme_clinic.assignment import Assignment
from ltme_clinic.embedding import load_model, load_pca_model, read_embeddings
from ltme_clinic.pipeline import add_recordings
from ltme_clinic.pipeline.twin import twin_of_trial
from ltme_clinic.recordings import read_recordings, write_c3d
from ltme_clinic.store import Store
from ltme_clinic.types import Refused
from ltme_clinic.types.clinical import FIGURE_METRICS


def test_a_growing_equinus_is_found_on_its_side_and_tracked_away_from_the_reference(store: Path, ltme: Ltme) -> None:
    findings = from_json(ltme("findings", "--patient", "VP-001", "--store", store, "--json"))
    assert [finding["recording_origin"] for finding in findings] == ["virtual"] * 3
    assert findings[0]["p_value"] > 0.05
    assert findings[2]["p_value"] <= 0.05
    assert findings[2]["anomaly_score"] > findings[0]["anomaly_score"]
    worst = findings[2]["body_parts"][0]
    assert worst["side"] == "left"
    parts = {part["variable"]: part for part in findings[2]["body_parts"] if part["side"] == "left"}
    assert parts["ankle_dorsiflexion"]["difference_deg"] < 0
    trends = {
        trend["metric"]: trend for trend in from_json(ltme("track", "--patient", "VP-001", "--store", store, "--json"))
    }
    assert trends["distance_from_reference"]["state"] == "real_change"
    assert trends["distance_from_reference"]["direction"] == "away_from_reference"
    assert trends["walking_speed"]["points"][0]["value"] > trends["walking_speed"]["points"][-1]["value"]


def test_every_stored_walk_has_a_twin_and_it_is_stored_nowhere(store: Path) -> None:
    who = local_principal()
    with Store.open(store) as opened:
        trials = opened.trials(who, "VP-001")
        twins = [twin_of_trial(opened, who, "VP-001", trial.recording_id) for trial in trials if not trial.is_static]
        assert len(twins) == 6
        assert {twin.clip.origin for twin in twins} == {"generated"}
        grown = twins[-1]  # the last visit's left equinus: truly 24 deg less at the ankle, 18 more at the knee above it
        assert grown.part.side == "left"
        assert {"ankle_dorsiflexion": -24.0, "knee_flexion": 18.0}[grown.part.variable] == pytest.approx(
            grown.part.difference_deg, abs=5.0
        )
        assert grown.part.variable.split("_")[0] in grown.sentence
        assert {twin.clip.recording_id for twin in twins}.isdisjoint({trial.recording_id for trial in trials})
        with pytest.raises(Refused, match="not embedded"):
            twin_of_trial(opened, who, "VP-001", "0" * 64)


def test_groups_of_too_few_patients_and_unknown_metrics_are_refused(store: Path, ltme: Ltme, tmp_path: Path) -> None:
    table = tmp_path / "groups.csv"
    table.write_text("patient,group\nVP-001,brace\nVP-002,none\n", encoding="utf-8")
    refused = ltme("track-groups", table, "--store", store)
    assert refused.returncode == 1
    assert is_one_line(refused.stderr)
    assert "1 patients of brace have two visits or more (at least 6)" in refused.stderr
    unknown = ltme("track-groups", table, "--metric", "happiness", "--store", store)
    assert "Choose gait_change, distance_from_reference, walking_speed, cadence" in unknown.stderr
    table.write_text("patient,group\nVP-099,brace\n", encoding="utf-8")
    assert "VP-099" in ltme("track-groups", table, "--store", store).stderr


def test_a_stable_healthy_patient_is_left_in_peace(store: Path, ltme: Ltme) -> None:
    findings = from_json(ltme("findings", "--patient", "VP-002", "--store", store, "--json"))
    assert all(finding["p_value"] > 0.05 for finding in findings)
    trends = from_json(ltme("track", "--patient", "VP-002", "--store", store, "--json"))
    main = [trend for trend in trends if trend["metric"] not in FIGURE_METRICS]
    assert {trend["state"] for trend in main} == {"within_error"}
    assert all(trend["mdc"] > 0 and trend["sem_source"] for trend in trends if trend["points"])


def test_indices_and_steps_are_followed_and_an_adult_s_index_is_refused_with_its_reason(
    store: Path, ltme: Ltme
) -> None:
    trends = {t["metric"]: t for t in from_json(ltme("track", "--patient", "VP-001", "--store", store, "--json"))}
    steps = FIGURE_METRICS - {metric for metric in FIGURE_METRICS if "gps" in metric or "gdi" in metric}
    assert all(len(trends[metric]["points"]) == 3 and trends[metric]["mdc"] > 0.0 for metric in steps)
    assert 0.2 < trends["left_step_length_m"]["points"][0]["value"] < 1.0
    assert (trends["gps_deg"]["points"], "4 to 17 years" in trends["gps_deg"]["sentence"]) == ([], True)


def test_findings_say_their_reference_and_checkpoint_and_name_no_disease(store: Path, ltme: Ltme) -> None:
    for finding in from_json(ltme("findings", "--patient", "VP-001", "--store", store, "--json")):
        assert finding["schema_version"] == 1
        assert finding["fingerprint"] == load_model().fingerprint
        assert finding["reference_n"] >= 100
        assert finding["smallest_p"] == pytest.approx(1 / (finding["reference_n"] + 1))
        assert not any(word in finding["sentence"].lower() for word in ("disease", "equinus", "patholog", "abnormal"))


def test_adding_brings_stored_findings_along_and_reading_commands_store_nothing(store: Path, ltme: Ltme) -> None:
    who = local_principal()
    with Store.open(store) as opened:
        assert len(opened.findings(who, "VP-001")) == 3
        assert len([trend for trend in opened.trends(who, "VP-001") if not trend.is_figure]) == 4
        before = opened.verify_audit().head_hash
    for command in ("findings", "track"):
        assert ltme(command, "--patient", "VP-001", "--store", store).returncode == 0
    with Store.open(store) as opened:
        assert opened.verify_audit().head_hash == before


def test_two_conditions_on_one_day_are_scored_apart_and_one_is_followed(
    clinic: Path, ltme: Ltme, tmp_path: Path
) -> None:
    days = sorted(clinic.glob("VP-002/*"))
    rows = ["file,patient,visit_date,condition"]
    for day in days:
        rows.append(f"{day.name}/trial_01.c3d,P-8,{day.name},barefoot")
    rows.append(f"{days[0].name}/trial_02.c3d,P-8,{days[0].name},shoes")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("\n".join(rows))
    done = ltme("add", clinic / "VP-002", "--manifest", manifest, "--store", tmp_path / "s")
    assert counted(done.stdout, "waiting for a patient") == 2
    assert "2 recordings wait for a patient" in done.stderr
    findings = from_json(ltme("findings", "--patient", "P-8", "--store", tmp_path / "s", "--json"))
    assert [(finding["visit"], finding["condition"], finding["trials"]) for finding in findings] == [
        (days[0].name, "barefoot", 1),
        (days[0].name, "shoes", 1),
        (days[1].name, "barefoot", 1),
        (days[2].name, "barefoot", 1),
    ]
    for trend in from_json(ltme("track", "--patient", "P-8", "--store", tmp_path / "s", "--json")):
        if not trend["points"]:
            assert trend["metric"] in FIGURE_METRICS
            continue
        assert [point["visit"] for point in trend["points"]] == [day.name for day in days]
        assert any("'shoes'" in line for line in trend["refusals"])


def test_adding_again_takes_nothing_and_doubles_nothing(store: Path, clinic: Path, ltme: Ltme) -> None:
    done = ltme("add", clinic, "--by-folder", "--store", store)
    assert done.returncode == 0
    assert [counted(done.stdout, what) for what in ("taken", "known already")] == [0, 12]


def test_the_same_bytes_under_another_patient_are_refused(store: Path, clinic: Path, ltme: Ltme) -> None:
    file = next(clinic.glob("VP-001/*/trial_01.c3d"))
    done = ltme("add", file, "--patient", "VP-002", "--store", store)
    assert done.returncode == 1
    assert is_one_line(done.stderr)
    assert "another patient" in done.stderr or "VP-001" in done.stderr


def test_a_manifest_assigns_and_what_it_leaves_out_waits(clinic: Path, ltme: Ltme, tmp_path: Path) -> None:
    files = sorted(clinic.glob("VP-002/*/trial_01.c3d"))[:2]
    manifest = tmp_path / "manifest.csv"
    name = files[0].relative_to(clinic).as_posix()
    manifest.write_text(f"file,patient,visit_date,condition\n{name},P-7,2025-05-06,barefoot\n")
    done = ltme("add", clinic / "VP-002", "--manifest", manifest, "--store", tmp_path / "s")
    assert done.returncode == 0, done.stderr
    by_name = ltme("add", clinic, "--manifest", manifest, "--store", tmp_path / "s2")
    assert [counted(by_name.stdout, what) for what in ("taken", "waiting for a patient")] == [1, 11]
    findings = from_json(ltme("findings", "--patient", "P-7", "--store", tmp_path / "s2", "--json"))
    assert [finding["visit"] for finding in findings] == ["2025-05-06"]


def test_two_people_of_one_file_are_never_put_under_one_patient(clinic: Path, tmp_path: Path) -> None:
    one = read_recordings(next(clinic.glob("VP-002/*/trial_01.c3d")))[0]
    labels = [f"{who}:{label}" for who in ("Ann", "Bo") for label in one.marker_labels]
    together = replace(
        one,
        marker_labels=tuple(labels),
        positions_m=np.concatenate([one.positions_m, one.positions_m + np.array([0.0, 1.0, 0.0])], axis=1),
        residuals_m=None,
        camera_masks=None,
        model_outputs=(),
        events=(),
    )
    write_c3d(tmp_path / "pair.c3d", together, extra_parameters={"SUBJECTS": {"NAMES": ["Ann", "Bo"]}})
    with Store.open(tmp_path / "s", create=True) as store:
        report = add_recordings(store, [tmp_path / "pair.c3d"], Assignment(patient="P-1"))
        assert (report.taken, report.waiting, report.patients) == (0, 2, set())
        assert "pair.c3d: holds 2 people" in report.notes[0]
        assert store.patients(local_principal()) == []
        named = Assignment(by_subject=store.pseudonym_of)
        report = add_recordings(store, [tmp_path / "pair.c3d"], named)
        assert (report.taken, len(report.patients)) == (2, 2)


def test_the_report_is_a_page_with_finding_and_intended_use(store: Path, ltme: Ltme, tmp_path: Path) -> None:
    from pypdf import PdfReader

    from ltme_clinic import INTENDED_USE

    done = ltme("report", "--patient", "VP-001", "--out", tmp_path / "page.pdf", "--store", store)
    assert done.returncode == 0, done.stderr
    pages = PdfReader(tmp_path / "page.pdf").pages
    assert len(pages) == 2
    for page, expected in zip(pages, ("Latest finding", "Step length, left (m)"), strict=True):
        text = " ".join(page.extract_text().split())
        assert all(words in text for words in ("VP-001", "SYNTHETIC", INTENDED_USE, expected))


def test_embed_writes_a_row_for_each_recording_and_level(clinic: Path, ltme: Ltme, tmp_path: Path) -> None:
    for model, loaded in (("ltme", load_model()), ("pca", load_pca_model())):
        out = tmp_path / f"{model}.parquet"
        done = ltme("embed", clinic / "VP-001", "--out", out, "--model", model)
        assert done.returncode == 0, done.stderr
        embeddings = read_embeddings(out)
        assert len(embeddings) == 6
        assert {embedding.fingerprint for embedding in embeddings} == {loaded.fingerprint}
        assert all(np.isfinite(embedding.window_latents).all() for embedding in embeddings)


def test_forgetting_a_patient_needs_a_yes_and_leaves_nothing(clinic: Path, ltme: Ltme, tmp_path: Path) -> None:
    place = tmp_path / "store"
    ltme("add", clinic / "VP-002", "--patient", "Q-1", "--visit", "2024-02-03", "--store", place)
    assert ltme("forget", "--patient", "Q-1", "--store", place).returncode == 1
    assert ltme("forget", "--patient", "Q-1", "--yes", "--store", place).returncode == 0
    assert ltme("findings", "--patient", "Q-1", "--store", place).returncode == 1


def test_an_exercise_is_generated_on_a_patients_body_and_reads_back_as_synthetic(
    clinic: Path, ltme: Ltme, tmp_path: Path
) -> None:
    out = tmp_path / "squat.c3d"
    like = next(clinic.glob("VP-001/*/trial_01.c3d"))
    done = ltme("generate", "squat", "--out", out, "--param", "repetitions=2", "--like", like)
    assert done.returncode == 0, done.stderr
    subject = from_json(ltme("inspect", out, "--json"))[0]
    assert subject["origin"] == "generated"
    refused = ltme("generate", "squat", "--out", tmp_path / "deep.c3d", "--param", "knee_flexion_deg=170")
    assert refused.returncode == 1
    assert not (tmp_path / "deep.c3d").exists()


def test_generated_motion_never_enters_a_patients_history(store: Path, ltme: Ltme, tmp_path: Path) -> None:
    out = tmp_path / "march.c3d"
    ltme("generate", "marching", "--out", out)
    done = ltme("add", out, "--patient", "VP-002", "--visit", "2025-01-01", "--store", store)
    assert done.returncode == 1
    assert is_one_line(done.stderr)
    assert "generated" in done.stderr
