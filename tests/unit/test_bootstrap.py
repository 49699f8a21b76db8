"""The set-up: what makes an environment fit or unfit, what is found on a machine, and how failures are said."""

from __future__ import annotations

import argparse
import ast
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ltme_clinic import bootstrap, browser

REPOSITORY = Path(__file__).parents[2]
POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="uses POSIX programs")

# A build backend in the tree, so that real pip makes a real installation without fetching anything.
TINY_BACKEND = """
import zipfile

NAME = "tiny_clinic-1.0"
METADATA = "Metadata-Version: 2.1\\nName: tiny-clinic\\nVersion: 1.0\\nProvides-Extra: dev\\n"
WHEEL = "Wheel-Version: 1.0\\nGenerator: tiny\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{wheel_directory}/{NAME}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_clinic.py", "answer = 42\\n")
        wheel.writestr(f"{NAME}.dist-info/METADATA", METADATA)
        wheel.writestr(f"{NAME}.dist-info/WHEEL", WHEEL)
        wheel.writestr(f"{NAME}.dist-info/RECORD", "")
    return f"{NAME}-py3-none-any.whl"


build_wheel = build_editable
"""
TINY_PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tiny-clinic"
version = "1.0"
"""


@pytest.fixture(autouse=True)
def no_system_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may install anything into the machine itself."""
    monkeypatch.setattr(bootstrap, "apt_install", lambda packages: False)


@pytest.fixture
def tiny_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources with a space and an accent in their path, that install in a second and need nothing from outside."""
    root = tmp_path / "our sources é"
    root.mkdir()
    (root / "pyproject.toml").write_text(TINY_PROJECT)
    (root / "backend.py").write_text(TINY_BACKEND)
    (root / "constraints.txt").write_text("")
    monkeypatch.setattr(bootstrap, "ROOT", root)
    monkeypatch.delenv("LTME_VENV", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return root


@pytest.fixture
def no_variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in ("LTME_CHROMIUM", "LTME_REQUIRE_BROWSER", "LTME_VENV"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def answer_in(folder: Path) -> str:
    """What the installed project says, asked through the environment's own Python."""
    command = [str(bootstrap.program("python", folder)), "-c", "import tiny_clinic; print(tiny_clinic.answer)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_an_environment_is_made_once_follows_the_pins_and_is_made_anew_after_a_failure(tiny_sources: Path) -> None:
    folder = bootstrap.environment_folder()
    bootstrap.make_environment(folder)
    assert answer_in(folder) == "42"
    assert bootstrap.make_environment(folder) < 0.5, "the second call finds it ready"

    (folder / "kept").write_text("")
    (tiny_sources / "constraints.txt").write_text("numpy==2.0\n")
    bootstrap.make_environment(folder)
    assert (folder / "kept").exists(), "new pins are installed into the environment that stands"

    (tiny_sources / "pyproject.toml").write_text(TINY_PROJECT + "# another\n")
    (tiny_sources / "backend.py").write_text(TINY_BACKEND.replace("Provides-Extra: dev", "Requires-Dist: no-such"))
    with pytest.raises(bootstrap.BootstrapError, match=r"no-such(.|\n)*pip could not install"):
        bootstrap.make_environment(folder)
    assert not bootstrap.is_sound(folder), "what a failed or interrupted installation leaves is not trusted"

    (tiny_sources / "backend.py").write_text(TINY_BACKEND)
    bootstrap.make_environment(folder)
    assert not (folder / "kept").exists(), "an unfinished environment is cleared first"
    assert answer_in(folder) == "42"


def test_a_folder_that_is_no_environment_is_never_cleared(tiny_sources: Path) -> None:
    folder = bootstrap.environment_folder()
    folder.mkdir()
    (folder / "thesis.txt").write_text("three years of work")
    with pytest.raises(bootstrap.BootstrapError, match="in the way"):
        bootstrap.make_environment(folder)
    assert (folder / "thesis.txt").read_text() == "three years of work"


def test_a_file_in_the_environments_place_is_said_in_one_line(tiny_sources: Path) -> None:
    folder = bootstrap.environment_folder()
    folder.write_text("")
    with pytest.raises(bootstrap.BootstrapError, match="LTME_VENV"):
        bootstrap.make_environment(folder)


def test_outside_a_checkout_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    with pytest.raises(bootstrap.BootstrapError, match="not a checkout"):
        bootstrap.make_environment(tmp_path / ".venv")


def test_a_moved_checkout_asks_for_another_environment(tiny_sources: Path) -> None:
    assert bootstrap.fingerprint(tiny_sources / ".venv") != bootstrap.fingerprint(tiny_sources / "elsewhere")


def test_ltme_venv_names_the_environments_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTME_VENV", str(tmp_path / "mine"))
    assert bootstrap.environment_folder() == tmp_path / "mine"


@POSIX_ONLY
def test_a_python_without_ensurepip_names_debians_package(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(bootstrap.BootstrapError, match="apt-get install python3-venv"):
        bootstrap.require_ensurepip(str(python))


def test_an_old_python_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    monkeypatch.setenv("PATH", "")
    assert bootstrap.main(["environment"]) == 1
    said = capfd.readouterr().err
    assert said.startswith("Python 3.11 or newer is needed")
    assert said.count("\n") == 1


def test_an_old_python_hands_over_to_a_newer_one_on_the_search_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: sys.executable if name == "python3.12" else None)
    assert bootstrap.newer_python_if_needed() == sys.executable


@pytest.mark.parametrize("name", ["__init__.py", "bootstrap.py", "browser.py"])
def test_what_runs_first_is_readable_by_an_old_python(name: str) -> None:
    source = (REPOSITORY / "ltme_clinic" / name).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
    annotations = [
        a
        for f in ast.walk(tree)
        if isinstance(f, ast.FunctionDef)
        for a in [f.returns, *(arg.annotation for arg in f.args.args)]
    ]
    # list[str] and X | None are evaluated when the function is defined, and mean nothing to an old Python
    assert not [ast.unparse(a) for a in annotations if isinstance(a, ast.Subscript | ast.BinOp)]


@POSIX_ONLY
def test_it_starts_in_an_empty_environment() -> None:
    command = [sys.executable, "-m", "ltme_clinic.bootstrap", "--help"]
    done = subprocess.run(command, cwd=REPOSITORY, env={}, capture_output=True, text=True, check=True)
    for job in ("demo", "demo-check", "test", "lint", "format", "environment"):
        assert f"  {job}" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["dance"], ["demo", "--dat"], ["demo", "--colour", "red"]])
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bootstrap.main(arguments)
    assert ended.value.code == 2


def test_the_demonstrations_options_are_passed_on_as_given() -> None:
    given = argparse.Namespace(data="my files", out=None, port=8600)
    assert bootstrap.demo_options(given) == ["--data", "my files", "--port", "8600"]


def test_the_named_browser_wins_and_a_wrong_name_is_an_error(
    no_variables: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    no_variables.setenv("LTME_CHROMIUM", sys.executable)
    assert browser.find_browser() == sys.executable
    no_variables.setenv("LTME_CHROMIUM", "/nowhere/chrome")
    with pytest.raises(browser.BrowserError, match="/nowhere/chrome, which is no program"):
        browser.find_browser()


@POSIX_ONLY
def test_a_browser_that_is_only_a_stub_is_passed_over(tmp_path: Path, no_variables: pytest.MonkeyPatch) -> None:
    for name, code in (("chromium", 1), ("google-chrome", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    no_variables.setenv("PATH", str(tmp_path))
    no_variables.setattr(browser, "BROWSER_PLACES", ())
    assert browser.find_browser() == str(tmp_path / "google-chrome")


def test_a_missing_browser_is_loud_and_an_error_where_one_is_required(
    no_variables: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    no_variables.setattr(bootstrap, "find_browser", lambda: None)
    assert bootstrap.browser_for_tests() is None
    assert "ATTENTION" in capfd.readouterr().err
    no_variables.setenv("LTME_REQUIRE_BROWSER", "1")
    with pytest.raises(bootstrap.BootstrapError, match="LTME_REQUIRE_BROWSER is set"):
        bootstrap.browser_for_tests()


def test_only_skips_for_want_of_a_browser_are_counted(tmp_path: Path) -> None:
    report = tmp_path / "tests.xml"
    report.write_text(
        "<testsuites><testsuite>"
        '<testcase name="a"><skipped message="no Chromium, Chrome or Edge was found"/></testcase>'
        '<testcase name="b"><skipped message="needs a browser"/></testcase>'
        '<testcase name="c"><skipped message="no ../shared/data beside the checkout"/></testcase>'
        '<testcase name="d"/>'
        "</testsuite></testsuites>"
    )
    assert bootstrap.browser_skips(report) == 2
    assert bootstrap.browser_skips(tmp_path / "none.xml") == 0


def test_a_childs_environment_keeps_pips_settings_and_drops_another_pythons(no_variables: pytest.MonkeyPatch) -> None:
    no_variables.setenv("PIP_INDEX_URL", "file:///somewhere/simple")
    no_variables.setenv("PYTHONPATH", "/another/python")
    no_variables.setenv("OMP_NUM_THREADS", "7")
    child = bootstrap.child_environment()
    assert child["PIP_INDEX_URL"] == "file:///somewhere/simple"
    assert "PYTHONPATH" not in child
    assert child["OMP_NUM_THREADS"] == "7"
    assert child["PATH"].split(os.pathsep)[0] == str(bootstrap.program("python").parent)


def test_a_childs_exit_code_is_passed_on() -> None:
    assert bootstrap.run([sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ)) == 3


@POSIX_ONLY
def test_ending_the_bootstrap_ends_its_child_too(tmp_path: Path) -> None:
    marker = tmp_path / "child"
    program = textwrap.dedent(f"""
        import os, sys
        from ltme_clinic import bootstrap
        child = "import os, pathlib, time; pathlib.Path({str(marker)!r}).write_text(str(os.getpid())); time.sleep(60)"
        sys.exit(bootstrap.run([sys.executable, "-c", child], dict(os.environ)))
    """)
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY)
    deadline = time.monotonic() + 20
    while not (marker.exists() and marker.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(timeout=20) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)
