"""A laboratory's own reference population in one command, and a visit judged against it."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Ltme, from_json, is_one_line

from ltme_clinic.findings import ReferencePopulation
from ltme_clinic.recordings import write_c3d
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

PEOPLE = 13


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder a person with one walk, the first with a second visit; a file that is nobody's; a person who stands."""
    folder = tmp_path_factory.mktemp("controls") / "people"
    for number in range(PEOPLE):
        for visit in range(2 if number == 0 else 1):
            home = folder / f"Secret Name {number:02d}" / f"visit {visit}"
            home.mkdir(parents=True)
            walk = simulate_walk(sample_patient(500 + number), visit=visit, duration_s=4.0).recording
            write_c3d(home / "walk.c3d", walk)
    write_c3d(folder / "loose.c3d", walk)
    return folder


@pytest.fixture(scope="module")
def built(ltme: Ltme, people: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("references") / "deeper" / "ours.safetensors"
    done = ltme("reference", "build", "--recordings", people, "--name", "made-up people", "--out", out)
    assert done.returncode == 3, done.stderr
    assert f"made-up people, {PEOPLE} virtual people (1 measured twice), {PEOPLE + 1} walks" in done.stdout
    assert "loose.c3d: lies in no person's folder" in done.stderr
    return out


def test_the_file_names_nobody_and_says_what_it_was_made_of(built: Path) -> None:
    reference = ReferencePopulation.load(built)
    assert (reference.n, reference.retest_n, reference.origin) == (PEOPLE, 1, "virtual")
    assert reference.card["marker_sets"] == {"plug-in-gait-full-body": PEOPLE + 1}
    assert b"Secret" not in built.read_bytes()


def test_a_visit_is_judged_against_it_by_rank_for_they_are_few(
    ltme: Ltme, built: Path, people: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    ltme("add", people / "Secret Name 03", "--patient", "P-3", "--store", store)
    found = from_json(ltme("findings", "--patient", "P-3", "--store", store, "--reference", built, "--json"))
    (finding,) = found
    assert finding["reference"] == "made-up people"
    assert finding["p_value"] is None
    assert "too few for a p-value" in finding["sentence"]


def test_too_few_people_and_no_name_are_refused_in_one_line(ltme: Ltme, people: Path, tmp_path: Path) -> None:
    out = tmp_path / "few.safetensors"
    few = ltme("reference", "build", "--recordings", people / "Secret Name 00", "--name", "two visits", "--out", out)
    assert (few.returncode, is_one_line(few.stderr.splitlines()[-1])) == (1, True)
    assert "people walk in it, a score takes 12" in few.stderr
    nameless = ltme("reference", "build", "--recordings", people, "--out", out)
    assert (nameless.returncode, is_one_line(nameless.stderr)) == (1, True)
    assert "it has no name" in nameless.stderr
    assert not out.exists()
