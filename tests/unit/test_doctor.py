"""The doctor: what it finds, that it changes nothing, and that a sick machine gets an answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic import INTENDED_USE, doctor


def check_named(found: dict, name: str) -> dict:
    return next(check for check in found["checks"] if check["name"] == name)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict:
    monkeypatch.delenv("LTME_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    return doctor.report(probe_accelerator=False)


def test_a_report_survives_json_and_states_the_intended_use(found: dict) -> None:
    assert json.loads(json.dumps(found)) == found
    assert found["schema_version"] == 1
    assert found["intended_use"] == INTENDED_USE


def test_every_requirement_of_the_project_is_looked_for() -> None:
    import re
    import tomllib

    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    wanted = {re.split(r"[\[<>=]", entry)[0] for entry in tomllib.loads(text)["project"]["dependencies"]}
    assert wanted == set(doctor.PACKAGES)


def test_the_installed_versions_are_named(found: dict) -> None:
    assert found["packages"]["numpy"] == np.__version__
    assert check_named(found, "packages")["state"] == "ok"


def test_a_missing_package_is_named_with_its_cure() -> None:
    check = doctor.check_packages({"numpy": "2.4", "torch": None})
    assert (check.state, check.found) == ("missing", "not installed: torch")
    assert "bootstrap" in check.cure


def test_the_readers_child_process_is_really_run(found: dict) -> None:
    assert check_named(found, "C3D reader")["state"] == "ok"


def test_no_named_store_is_no_fault(found: dict) -> None:
    assert check_named(found, "store")["state"] == "not used"


def test_the_store_that_commands_use_unnamed_is_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from ltme_clinic.store import Store

    monkeypatch.delenv("LTME_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    with Store.open("ltme-store", create=True):
        pass
    check = check_named(doctor.report(probe_accelerator=False), "store")
    assert check["state"] == "ok"
    assert "SQLite" in check["found"]


def test_a_folder_without_a_store_is_said_and_left_empty(tmp_path: Path) -> None:
    found = doctor.report(store=str(tmp_path), probe_accelerator=False)
    assert check_named(found, "store")["state"] == "missing"
    assert not found["ok"]
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "ltme.sqlite").write_text("these are not the rows you are looking for" * 100)
    check = check_named(doctor.report(store=str(tmp_path), probe_accelerator=False), "store")
    assert check["state"] == "missing"
    assert "\n" not in check["found"]


def test_a_database_password_is_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LTME_STORE_FILES", str(tmp_path))
    found = doctor.report(store="postgresql://anna:geheim@127.0.0.1:1/clinic", probe_accelerator=False)
    assert check_named(found, "store")["state"] == "missing"
    assert "geheim" not in json.dumps(found)


def test_the_accelerator_is_asked_in_another_process() -> None:
    program = (
        "import sys; from ltme_clinic import doctor; check = doctor.check_accelerator(); "
        "print(check.state, 'torch' in sys.modules, check.found)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    state, loaded_here, library, *_ = done.stdout.split()
    assert (state, loaded_here, library) == ("ok", "False", "torch")


def test_a_checkpoint_is_described_as_the_models_see_it(tmp_path: Path) -> None:
    from ltme_clinic.embedding.checkpoint import save_checkpoint

    arrays = {"a": np.zeros((3, 4), np.float32), "b": np.zeros(5, np.float32)}
    saved = save_checkpoint(tmp_path / "small.safetensors", arrays, {}, {})
    (check,) = doctor.check_checkpoints(tmp_path)
    assert check.state == "ok"
    assert "17 numbers" in check.found
    assert saved.fingerprint[:12] in check.found


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 8,
        b"\xff\xff\xff\xff\xff\xff\xff\x7f{}",
        (2).to_bytes(8, "little") + b"[]",
        (8).to_bytes(8, "little") + b'{"a": 1}',
        (13).to_bytes(8, "little") + b'{"a": {"b":1}',
        (50_000).to_bytes(8, "little") + b"[" * 50_000,
    ],
    ids=["empty", "ones", "huge header", "a list", "no table", "cut short", "deeply nested"],
)
def test_a_damaged_checkpoint_is_said_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.safetensors").write_bytes(content)
    (check,) = doctor.check_checkpoints(tmp_path)
    assert check.state == "missing"
    assert check.found.startswith("bad.safetensors: ")
    assert len(check.found.splitlines()) == 1


def test_no_checkpoint_has_a_cure(tmp_path: Path) -> None:
    (check,) = doctor.check_checkpoints(tmp_path)
    assert (check.state, check.cure) == ("missing", "Run ltme train tiny")


def test_a_check_that_breaks_is_an_answer() -> None:
    def broken() -> doctor.Check:
        raise OSError("libfoo.so: cannot open shared object file\nmore")

    check = doctor.looked("foo", broken)
    assert (check.state, check.found) == ("missing", "OSError: libfoo.so: cannot open shared object file")


def test_the_text_has_a_line_for_each_check_and_its_cure() -> None:
    found = doctor.report(store="/nowhere/at/all", probe_accelerator=False)
    lines = doctor.as_text(found).splitlines()
    for check in found["checks"]:
        line = next(number for number, text in enumerate(lines) if check["found"] in text)
        assert lines[line].startswith(check["state"])
        if check["cure"]:
            assert lines[line + 1].strip() == check["cure"] + "."
