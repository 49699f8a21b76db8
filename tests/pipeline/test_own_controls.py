"""A laboratory's own controls in one command, and what a walk compared with them is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Ltme, from_json, is_one_line

from ltme_clinic.recordings import write_c3d
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from ltme_clinic.virtual_lab.markers import CameraSystem

PEOPLE = 21


@pytest.fixture(scope="module")
def controls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each person with one walk, a file that is nobody's, and everybody's age."""
    folder = tmp_path_factory.mktemp("controls") / "people"
    folder.mkdir()
    ages = ["person,age_y"]
    for number in range(PEOPLE):
        person = folder / f"C{number:02d}"
        person.mkdir()
        walk = simulate_walk(sample_patient(300 + number), duration_s=4.0, cameras=CameraSystem()).recording
        write_c3d(person / "walk.c3d", walk)
        ages.append(f"{person.name},{30 + number}")
    write_c3d(folder / "loose.c3d", walk)
    (folder.parent / "ages.csv").write_text("\n".join(ages))
    return folder


@pytest.fixture(scope="module")
def built(ltme: Ltme, controls: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("norms") / "ours.json"
    ages = controls.parent / "ages.csv"
    done = ltme("norms", "build", controls, "--out", out, "--name", "made-up adults", "--ages", ages)
    assert done.returncode == 3, done.stderr
    assert f"{PEOPLE} made-up adults, {PEOPLE} walks, too few for a GDI scale; 1 left out" in done.stdout
    assert "loose.c3d: lies in no person's folder" in done.stderr
    return out


def test_an_adult_is_measured_against_the_laboratory_s_own_adults(ltme: Ltme, built: Path, controls: Path) -> None:
    walk = controls / "C03" / "walk.c3d"
    alone = from_json(ltme("gait", walk, "--age", "33", "--json"))
    assert (alone["indices"]["gps"], alone["bands"]) == (None, {})
    told = from_json(ltme("gait", walk, "--age", "33", "--controls", built, "--json"))
    gps = told["indices"]["gps"]["both"]
    assert 0 < gps["value"] < 15
    assert f"{PEOPLE} made-up adults" in gps["reference"]
    assert told["bands"]["knee_flexion"]["n"] == PEOPLE
    assert told["indices"]["gdi"] is None
    assert any(r["what"] == "gdi" and "too few" in r["reason"] for r in told["refusals"])


def test_somebody_older_than_every_control_is_refused(ltme: Ltme, built: Path, controls: Path) -> None:
    told = from_json(ltme("gait", controls / "C03" / "walk.c3d", "--age", "80", "--controls", built, "--json"))
    assert told["indices"]["gps"] is None
    assert any("80 years" in refusal["reason"] for refusal in told["refusals"])


def test_the_reference_names_nobody(built: Path) -> None:
    text = built.read_text()
    assert "C03" not in text
    assert "walk.c3d" not in text


def test_too_few_people_make_no_reference(ltme: Ltme, controls: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    (few / "C00").symlink_to(controls / "C00")
    (few / "C01").mkdir()
    (few / "C01" / "walk.c3d").write_bytes((controls / "C01" / "walk.c3d").read_bytes())
    done = ltme("norms", "build", few, "--out", tmp_path / "few.json", "--name", "two people")
    assert (done.returncode, is_one_line(done.stderr.strip().splitlines()[-1])) == (1, True)
    assert "20" in done.stderr
    assert not (tmp_path / "few.json").exists()


def test_a_changed_reference_is_refused_in_one_line(ltme: Ltme, built: Path, controls: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.json"
    changed.write_text(built.read_text().replace("made-up adults", "other adults"))
    done = ltme("gait", controls / "C03" / "walk.c3d", "--controls", changed)
    assert (done.returncode, is_one_line(done.stderr)) == (1, True)
    assert "changed.json" in done.stderr


def test_published_norms_are_listed_with_who_they_are(ltme: Ltme) -> None:
    listed = from_json(ltme("norms", "list", "--json"))
    assert any("83 typically developing children" in item["who"] for item in listed)
