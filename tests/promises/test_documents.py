"""Holds the documents to the truth: what README, the decisions and the version say is what is here."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import ltme_clinic

REPOSITORY = Path(__file__).parents[2]
MOST_BYTES = 10 * 2**20
MOTION_SUFFIXES = {".c3d", ".trc", ".mot", ".sto", ".bvh", ".amc", ".asf", ".fbx", ".qtm", ".trb", ".anb", ".mdf"}
MACHINE_PATHS = re.compile(
    r"(?<![\w.:/$}])/(?:work|root|mnt|opt/(?!google)\w+)/\w"
    r"|/(?:home|Users)/(?!runner\b|\$|<|\{)[a-z][\w.-]*/"
    r"|[A-Z]:\\{1,2}(?:Users|work)\\"
)


def tracked_files() -> list[Path]:
    """Files that are, or are about to be, in the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a git checkout: what is tracked can't be told")
    files = [REPOSITORY / name.decode() for name in listed.split(b"\0") if name]
    return [path for path in files if path.is_file()]


def documents() -> list[Path]:
    """The project's own Markdown files, without those of bundled libraries."""
    return [path for path in tracked_files() if path.suffix == ".md" and "player" not in path.parts]


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def commands_of_the_program() -> set[str]:
    """The names that `ltme --help` lists."""
    import typer.main

    from ltme_clinic.cli import app

    group = typer.main.get_command(app)
    return {name for name, command in group.commands.items() if not command.hidden}  # type: ignore[attr-defined]


def test_the_readme_states_the_intended_use() -> None:
    assert ltme_clinic.INTENDED_USE in read("README.md")


@pytest.mark.parametrize("job", ["demo", "test"])
def test_the_readme_names_each_command_with_and_without_make(job: str) -> None:
    assert f"`make {job}`" in read("README.md")
    assert f"`python3 -m ltme_clinic.bootstrap {job}`" in read("README.md")


def test_every_make_command_in_a_document_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+(?: [a-z-]+)*):(?!=)", read("Makefile"), re.MULTILINE))
    targets = {name for line in targets for name in line.split()}
    named = {name for path in documents() for name in re.findall(r"(?:`|^ {4})make ([a-z-]+)", path.read_text(), re.M)}
    assert {"demo", "demo-check", "test"} <= named
    assert named <= targets


def test_every_link_of_a_document_leads_somewhere() -> None:
    broken = []
    for path in documents():
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:|#", target) and not (path.parent / target.split("#")[0]).exists():
                broken.append(f"{path.relative_to(REPOSITORY)} -> {target}")
    assert not broken, "\n".join(broken)


def test_every_path_a_document_names_exists() -> None:
    """Paths in backticks that begin in one of our own folders."""
    ours = re.compile(r"`((?:ltme_clinic|dashboards|studies|tests|docs|data_schemas|\.ci)/[\w./-]*)`")
    missing = [
        f"{path.relative_to(REPOSITORY)} -> {name}"
        for path in documents()
        if path.name != "CHANGELOG.md"
        for name in ours.findall(path.read_text(encoding="utf-8"))
        if not (REPOSITORY / name).exists()
    ]
    assert not missing, "\n".join(missing)


def test_every_command_is_documented_and_every_documented_command_exists() -> None:
    documented = set(re.findall(r"^\| `ltme ([a-z-]+)", read("README.md"), re.MULTILINE))
    assert documented == commands_of_the_program()


def test_commands_in_the_documents_text_exist() -> None:
    named = {
        name
        for path in documents()
        for name in re.findall(r"(?:`|^ {4}(?:\S*/)?)ltme ([a-z][a-z-]*)", path.read_text(encoding="utf-8"), re.M)
    }
    assert named <= commands_of_the_program()


def test_options_in_the_documents_examples_exist() -> None:
    wrong = []
    for path in documents():
        for line in re.findall(r"^ {4}(?:\S*/)?ltme (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            words = line.split()
            known = options_of(words)
            wrong += [f"{path.name}: ltme {words[0]} {w}" for w in words if w.startswith("--") and w not in known]
    assert not wrong, "\n".join(wrong)


def options_of(words: list[str]) -> set[str]:
    """The options of the command that a line's first words name, through its groups."""
    import typer.main

    from ltme_clinic.cli import app

    command = typer.main.get_command(app)
    for word in words:
        if word not in getattr(command, "commands", {}):
            break
        command = command.commands[word]  # type: ignore[attr-defined]
    return {option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]}


def test_no_recording_of_motion_is_tracked() -> None:
    assert not [path.name for path in tracked_files() if path.suffix.lower() in MOTION_SUFFIXES]


def test_no_tracked_file_is_big() -> None:
    assert not {path.name: path.stat().st_size for path in tracked_files() if path.stat().st_size > MOST_BYTES}


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    found = []
    for path in tracked_files():
        if path.suffix in {".png", ".safetensors", ".npz"} or path == Path(__file__) or "build" in path.parts:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        hits = (m for m in MACHINE_PATHS.finditer(text))
        found += [f"{path.relative_to(REPOSITORY)}: {text[hit.start() : hit.end() + 20]!r}" for hit in hits]
    assert not found, "\n".join(found)


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    newest = re.search(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert project["version"] == ltme_clinic.__version__ == newest[1]


def test_every_decision_is_in_the_index() -> None:
    folder = REPOSITORY / "docs" / "decisions"
    pages = {path.name for path in folder.glob("[0-9]*.md")}
    indexed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(indexed) == sorted(pages)


def test_every_decision_states_context_choice_and_price() -> None:
    for path in (REPOSITORY / "docs" / "decisions").glob("[0-9]*.md"):
        headings = re.findall(r"^## (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings[:3] == ["Context", "Choice", "Price"], path.name


def test_the_licence_is_apache_2() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert project["license"] == "Apache-2.0"
    assert re.search(r"Apache License\s+Version 2\.0, January 2004", read("LICENSE"))


def test_every_dependency_is_pinned_once_and_exactly() -> None:
    lines = [line for line in read("constraints.txt").splitlines() if line and not line.startswith("#")]
    pins = [re.fullmatch(r"([A-Za-z0-9_.-]+)==([0-9][0-9a-z.]*)", line) for line in lines]
    assert all(pins), [line for line, pin in zip(lines, pins, strict=True) if not pin]
    names = [plain(pin[1]) for pin in pins if pin]
    assert len(names) == len(set(names))
    project = tomllib.loads(read("pyproject.toml"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    assert {plain(re.split(r"[\[<>=!~ ]", entry)[0]) for entry in wanted} <= set(names)


def plain(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
