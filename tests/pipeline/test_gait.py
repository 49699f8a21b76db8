"""`ltme gait` as a clinician runs it: one walk to events, curves, figures and refusals, and back with corrections."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from command_line import Ltme, from_json, is_one_line

from ltme_clinic.recordings import read_recordings, write_c3d
from ltme_clinic.schemas import validate
from ltme_clinic.types import BodyMeasures, Recording, WalkTruth
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from ltme_clinic.virtual_lab.markers import PERFECT

ANGLES_OF_GDI = 9


@pytest.fixture(scope="module")
def walked() -> tuple[Recording, WalkTruth]:
    walk = simulate_walk(sample_patient(11), duration_s=6.0, cameras=PERFECT)
    return replace(walk.recording, events=()), walk.truth


@pytest.fixture(scope="module")
def walk_file(walked: tuple[Recording, WalkTruth], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("walks") / "walk.c3d"
    write_c3d(path, walked[0])
    return path


@pytest.fixture(scope="module")
def told(ltme: Ltme, walk_file: Path) -> dict:
    return from_json(ltme("gait", walk_file, "--age", "10", "--json"))


def test_everything_it_prints_follows_its_schema(told: dict) -> None:
    validate(told, "gait_analysis", "walk.c3d")
    assert told["origin"] == "virtual"
    assert told["movement"] == "walking"


def test_cadence_step_length_and_stance_are_those_that_were_walked(told: dict, walked) -> None:
    truth = walked[1]
    figures = told["spatiotemporal"]
    assert figures["cadence_spm"]["both"]["value"] == pytest.approx(truth.cadence_spm, rel=0.01)
    # Of both sides: which heel's marker sits further back moves a few millimetres from one side's steps to the other's.
    assert figures["step_length_m"]["both"]["value"] == pytest.approx(np.mean(truth.step_length_m), rel=0.01)
    touched = touched_stance_pct(truth)
    measured = [figures["stance_pct"][side]["value"] for side in ("left", "right")]
    assert np.mean(measured) == pytest.approx(np.mean(list(touched.values())), abs=1.5)
    assert figures["cadence_spm"]["both"]["reference_mean"] > 0


def touched_stance_pct(truth: WalkTruth) -> dict[str, float]:
    """Mean share of the cycle in which the sole is on the floor."""
    found = {}
    for side in ("left", "right"):
        contacts, offs = (
            np.array([e.time_s for e in truth.events if e.side == side and e.kind == kind])
            for kind in ("initial_contact", "foot_off")
        )
        shares = [
            100.0 * (offs[(offs > start) & (offs < stop)][0] - start) / (stop - start)
            for start, stop in pairwise(contacts)
            if ((offs > start) & (offs < stop)).any()
        ]
        found[side] = float(np.mean(shares))
    return found


def test_it_gives_every_angle_over_the_cycle_with_its_strides_and_a_band(told: dict) -> None:
    knee = told["kinematics"]["knee_flexion"]["left"]
    assert len(knee["cycles"]) == len(knee["starts_s"]) == len(knee["counted"])
    counted = np.array(knee["cycles"], dtype=float)[knee["counted"]]
    np.testing.assert_allclose(counted.mean(axis=0), knee["mean"], atol=1e-3)
    assert "typically developing children" in told["bands"]["knee_flexion"]["source"]
    assert told["bands"]["knee_flexion"]["n"] > 50


def test_indices_stand_under_their_names_with_reference_and_error(told: dict) -> None:
    indices = told["indices"]
    assert set(indices["gdi"]) == {"left", "right"}
    assert set(indices["gps"]) == {"left", "right", "both"}
    assert len(indices["map"]) == ANGLES_OF_GDI
    assert indices["gdi"]["left"]["reference_mean"] == 100
    assert "virtual walk against measured controls" in indices["gdi"]["left"]["note"]


def test_an_age_that_nobody_gives_is_the_one_that_the_file_states(ltme: Ltme, walk_file: Path, walked) -> None:
    years = walked[0].trial.years
    stated = from_json(ltme("gait", walk_file, "--json"))
    assert stated["settings"]["age"] == f"{years:g} years"
    assert (stated["indices"]["gdi"] is None) == (not 4.0 <= years < 18.0)


def test_without_an_age_there_is_no_index_and_the_reason_is_given(
    ltme: Ltme, walk_file: Path, walked, tmp_path: Path
) -> None:
    trial = replace(walked[0].trial, age_y="", sources={})
    write_c3d(tmp_path / "walk.c3d", replace(walked[0], trial=trial))
    unknown = from_json(ltme("gait", tmp_path / "walk.c3d", "--json"))
    assert unknown["indices"]["gdi"] is None
    assert any(r["what"] == "gdi" and "age" in r["reason"] for r in unknown["refusals"])
    adult = from_json(ltme("gait", walk_file, "--age", "40", "--json"))
    assert adult["indices"]["gps"] is None
    assert adult["bands"] == {}


def test_the_summary_fits_a_screen_and_says_that_the_walk_is_synthetic(ltme: Ltme, walk_file: Path) -> None:
    done = ltme("gait", walk_file, "--age", "10")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) < 30
    assert "SYNTHETIC (virtual)" in done.stdout
    assert "Cadence (steps/min)" in done.stdout
    assert "age 10 years" in done.stdout
    assert done.stdout.count("variability") == 1
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    assert [line.split()[0] for line in lines if "±" in line][1:3] == ["GDI", "GPS"]


def test_the_summary_says_whose_its_references_are_and_what_a_change_must_exceed(ltme: Ltme, walk_file: Path) -> None:
    said = ltme("gait", walk_file, "--age", "10").stdout
    assert "reference of GDI, GPS: 83 typically developing children" in said
    assert "reference of Cadence, Step length, Stance: " in said
    assert "both 6.1 ± 1.5" in said  # of both sides' GPS, another than one side's
    assert "smaller changes can be measurement error: GDI 17.4 points" in said


@pytest.fixture(scope="module")
def written(ltme: Ltme, walk_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gait") / "out"
    done = ltme("gait", walk_file, "--age", "10", "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_tables_hold_a_row_for_each_frame_and_for_each_cycle(written: Path, told: dict) -> None:
    import pyarrow.parquet as pq

    angles = pq.read_table(written / "angles.parquet")
    assert angles.num_rows == 600
    assert "knee_flexion_deg.left" in angles.column_names
    assert angles.schema.metadata[b"origin"] == b"virtual"
    cycles = pq.read_table(written / "cycles.parquet").to_pylist()
    knees = [row for row in cycles if row["variable"] == "knee_flexion" and row["side"] == "left"]
    assert len(knees) == len(told["kinematics"]["knee_flexion"]["left"]["cycles"])
    assert all(len(row["values"]) == 101 for row in knees)
    assert json.loads((written / "gait.json").read_text()) == told


def test_each_block_has_a_picture(written: Path) -> None:
    pictures = {path.stem: path.stat().st_size for path in written.glob("*.png")}
    assert {"kinematics", "spatiotemporal", "events", "page"} <= set(pictures)
    assert min(pictures.values()) > 5000


def test_corrected_events_are_taken_as_entered_and_everything_follows(
    ltme: Ltme, walk_file: Path, written: Path, told: dict, tmp_path: Path
) -> None:
    rows = list(csv.DictReader((written / "events.csv").open()))
    contacts = [row for row in rows if row["side"] == "left" and row["kind"] == "initial_contact"]
    contacts[1]["time_s"] = f"{float(contacts[1]['time_s']) + 0.1:.4f}"
    corrected = tmp_path / "corrected.csv"
    with corrected.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    after = from_json(ltme("gait", walk_file, "--age", "10", "--events", corrected, "--json"))
    entered = [event for event in after["events"] if event["source"] == "entered"]
    assert [(e["side"], e["kind"], e["time_s"]) for e in entered] == [
        ("left", "initial_contact", pytest.approx(float(contacts[1]["time_s"]), abs=1e-4))
    ]
    assert len(after["events"]) == len(told["events"])
    before_knee, after_knee = (t["kinematics"]["knee_flexion"]["left"]["cycles"] for t in (told, after))
    assert not np.allclose(before_knee[0], after_knee[0], atol=0.5)
    untouched = from_json(ltme("gait", walk_file, "--age", "10", "--events", written / "events.csv", "--json"))
    assert untouched["events"] == told["events"]


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        ("side,kind\nleft,initial_contact\n", "no column time_s"),
        ("side,kind,time_s\nleft,initial_contact,99\n", "line 2: time_s '99' lies outside"),
        ("side,kind,time_s\nleft,initial_contact,nan\n", "line 2: time_s 'nan' lies outside"),
        ("side,kind,time_s\nmiddle,initial_contact,1\n", "side 'middle'"),
        ("\0", "no column"),
    ],
)
def test_what_is_no_table_of_events_is_refused_in_one_line(ltme: Ltme, walk_file, tmp_path, content, fact) -> None:
    path = tmp_path / "events.csv"
    path.write_text(content)
    done = ltme("gait", walk_file, "--events", path)
    assert (done.returncode, is_one_line(done.stderr), done.stdout) == (1, True, "")
    assert fact in done.stderr
    assert "events.csv" in done.stderr


def test_without_body_measures_the_angles_are_sagittal_until_somebody_enters_them(
    ltme: Ltme, walked: tuple[Recording, WalkTruth], tmp_path: Path
) -> None:
    recording = walked[0]
    path = tmp_path / "bare.c3d"
    write_c3d(path, replace(recording, body_measures=BodyMeasures()))
    bare = from_json(ltme("gait", path, "--json"))
    assert "sagittal" in bare["kinematics_model"]
    assert "hip_rotation" not in bare["kinematics"]
    assert any("--measures" in warning or "not known" in warning for warning in bare["warnings"])
    measures = tmp_path / "body.yaml"
    measures.write_text(yaml_of(recording.body_measures, mass_kg=50))
    entered = from_json(ltme("gait", path, "--measures", measures, "--json"))
    assert entered["kinematics_model"] == "conventional gait model"


def yaml_of(body: BodyMeasures, *, mass_kg: float) -> str:
    lines = ["schema_version: 1", f"mass_kg: {mass_kg}"]
    for side in ("left", "right"):
        leg = body.leg(side)
        lines += [f"{side}:"]
        for name in ("leg_length", "knee_width", "ankle_width"):
            lines.append(f"  {name}_mm: {1000 * getattr(leg, f'{name}_m'):.1f}")
        for name in ("thigh_rotation", "shank_rotation", "plantar_flexion", "foot_rotation"):
            value = getattr(leg, f"{name}_rad")
            lines.append(f"  {name}_deg: {np.degrees(value) if value is not None else 0.0:.3f}")
    return "\n".join(lines) + "\n"


def test_impossible_measures_are_refused_with_their_place(ltme: Ltme, walk_file: Path, tmp_path: Path) -> None:
    measures = tmp_path / "body.yaml"
    measures.write_text("schema_version: 1\nleft: {knee_width_mm: 0.1}\n")
    done = ltme("gait", walk_file, "--measures", measures)
    assert (done.returncode, is_one_line(done.stderr)) == (1, True)
    assert "left.knee_width_mm" in done.stderr


def test_unknown_choices_are_refused_with_those_there_are(ltme: Ltme, walk_file: Path) -> None:
    for option, value in (("--method", "guess"), ("--hip-centres", "bell"), ("--sex", "yes")):
        done = ltme("gait", walk_file, option, value)
        assert (done.returncode, is_one_line(done.stderr)) == (1, True)
        assert f"'{value}' is not known" in done.stderr


def test_zeni_as_published_can_be_chosen_and_is_named(ltme: Ltme, walk_file: Path) -> None:
    zeni = from_json(ltme("gait", walk_file, "--method", "zeni", "--json"))
    assert {event["method"] for event in zeni["events"]} == {"zeni"}


def test_gaps_are_filled_and_noise_filtered_only_if_asked_and_that_is_said(
    ltme: Ltme, walked: tuple[Recording, WalkTruth], tmp_path: Path
) -> None:
    positions_m = np.array(walked[0].positions_m)
    positions_m[200:206, walked[0].marker_labels.index("LKNE")] = np.nan
    path = tmp_path / "gap.c3d"
    write_c3d(path, replace(walked[0], positions_m=positions_m))
    plain = from_json(ltme("gait", path, "--json"))
    repaired = from_json(ltme("gait", path, "--fill-gaps", "--low-pass", "8", "--json"))
    assert plain["settings"]["markers"] == "as measured, neither filled nor filtered"
    assert "gaps filled" in repaired["settings"]["markers"]
    assert "8 Hz" in repaired["settings"]["markers"]
    holes = [
        sum(v is None for row in t["kinematics"]["knee_flexion"]["left"]["cycles"] for v in row)
        for t in (plain, repaired)
    ]
    assert holes[0] > 0
    assert holes[1] == 0


def test_a_folder_that_cannot_be_written_is_one_line(ltme: Ltme, walk_file: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    done = ltme("gait", walk_file, "--out", blocked)
    assert done.returncode == 1
    assert is_one_line(done.stderr.strip().splitlines()[-1])
    assert "can't be written" in done.stderr


def test_what_is_no_walk_is_refused_by_the_blocks_and_never_given_a_number(ltme: Ltme, tmp_path: Path) -> None:
    from ltme_clinic.generator import generate

    path = tmp_path / "squat.c3d"
    write_c3d(path, generate("squat", {"repetitions": 1}))
    told = from_json(ltme("gait", path, "--age", "10", "--json"))
    assert told["events"] == []
    assert told["spatiotemporal"] == {}
    assert (told["indices"]["gdi"], told["indices"]["gps"], told["indices"]["map"]) == (None, None, None)
    assert {"spatiotemporal", "gdi"} <= {refusal["what"] for refusal in told["refusals"]}
    (squat,) = read_recordings(path)
    assert told["origin"] == squat.origin == "generated"
