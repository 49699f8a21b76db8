"""Holds what ARCHITECTURE.md promises about imports: they run down only, and heavy libraries stay where they belong."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("ltme_clinic", "dashboards", "studies")
SIBLINGS_APART = 4
"""The layer whose rooms do not even import each other."""
OUTSIDE = {"ltme_clinic": 99, "bootstrap": 99, "browser": 99}
"""Standard library only: the bottom of everything. `ltme_clinic` is the package's own __init__."""
MAKES_TORCH_WORK = {"embedding", "generator", "training"}
HEAVY_FOR_THE_COMMAND_LINE = ("torch", "pandas", "matplotlib", "streamlit", "scipy", "sklearn", "sqlalchemy", "ezc3d")
CHILD_PROGRAMS = {"ltme_clinic.recordings.oracle.ezc3d_child"}
"""Run by path in a process of their own: nothing imports them."""
MOST_LINES = 500


@cache
def layers() -> dict[str, int]:
    """Room -> number of its layer, as ARCHITECTURE.md lists them (1 is the top)."""
    text = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.split("## Imports run down only", 1)[1].split("\n## ", 1)[0]
    found = {
        room: int(number)
        for number, rooms in re.findall(r"^(\d+)\. (.*)$", section, re.MULTILINE)
        for room in re.findall(r"`(\w+)`", rooms)
    }
    return found | OUTSIDE


@cache
def sources() -> dict[str, Path]:
    """Module name -> its file, for everything that is imported or run from this repository."""
    found = {}
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            parts = path.relative_to(REPOSITORY).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def layer_of(module: str) -> int:
    """The layer of a module's room; 0 for a room that stands nowhere, which a test of its own reports."""
    return layers().get(room_of(module), 0)


def room_of(module: str) -> str:
    """The room a module lives in: `ltme_clinic.store.models` -> `store`, `dashboards.views.visit` -> `dashboards`."""
    parts = module.split(".")
    return parts[1] if parts[0] == "ltme_clinic" and len(parts) > 1 else parts[0]


@cache
def imports(module: str, only_when_loaded: bool = False) -> frozenset[str]:
    """Dotted names a module imports anywhere in its text, or only those that loading it imports."""
    tree = ast.parse(sources()[module].read_text(encoding="utf-8"))
    nodes = at_module_level(tree) if only_when_loaded else list(ast.walk(tree))
    is_package = sources()[module].name == "__init__.py"
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = absolute_name(module, is_package, node)
            names |= {f"{base}.{alias.name}" if f"{base}.{alias.name}" in sources() else base for alias in node.names}
    return frozenset(names)


def at_module_level(tree: ast.Module) -> list[ast.AST]:
    """Nodes that run when the module is loaded: not those in functions, nor under `if TYPE_CHECKING`."""
    waiting: list[ast.AST] = list(tree.body)
    nodes: list[ast.AST] = []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        nodes.append(node)
        waiting.extend(ast.iter_child_nodes(node))
    return nodes


def absolute_name(module: str, is_package: bool, node: ast.ImportFrom) -> str:
    """The package that `from ... import` names, relative dots resolved."""
    if not node.level:
        return node.module or ""
    parts = module.split(".") if is_package else module.split(".")[:-1]
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def ours(names: frozenset[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] in PACKAGES}


def loaded_with(module: str) -> set[str]:
    """Every module, ours or not, that loading this one loads, as far as our own sources tell."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in sources():
            waiting.extend(imports(name, only_when_loaded=True))
            waiting.extend(".".join(name.split(".")[:n]) for n in range(1, name.count(".") + 1))
    return seen


def modules_after(statement: str) -> set[str]:
    """Top-level names in sys.modules after a statement has run in a fresh Python."""
    program = f"import sys, json\n{statement}\nprint(json.dumps(sorted({{n.split('.')[0] for n in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_every_room_stands_in_one_layer() -> None:
    unplaced = {room_of(module) for module in sources()} - set(layers())
    assert not unplaced, f"ARCHITECTURE.md's layers don't name {sorted(unplaced)}"


def test_imports_run_down_only() -> None:
    wrong = [
        f"{module} (layer {layer_of(module)}) imports {name} (layer {layer_of(name)})"
        for module in sources()
        for name in sorted(ours(imports(module)))
        if room_of(module) != room_of(name) and 0 < layer_of(name) < layer_of(module)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_stages_do_not_import_each_other() -> None:
    wrong = [
        f"{module} imports {name}"
        for module in sources()
        for name in sorted(ours(imports(module)))
        if room_of(module) != room_of(name) and layer_of(module) == layer_of(name) == SIBLINGS_APART
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_imports_itself_in_a_circle() -> None:
    circles = [
        module
        for module in sources()
        for name in ours(imports(module, only_when_loaded=True))
        if name != module and not module.startswith(f"{name}.") and module in loaded_by_name(name)
    ]
    assert not circles, f"modules that load each other: {sorted(set(circles))}"


def loaded_by_name(module: str) -> set[str]:
    """Modules of ours that loading this one names, its parent packages left out (they are loaded before it)."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen and name in sources() and sources()[name].name != "__init__.py":
            seen.add(name)
            waiting.extend(ours(imports(name, only_when_loaded=True)))
    return seen


def test_torch_is_imported_in_three_rooms_only() -> None:
    wrong = [
        module
        for module in sources()
        if any(name.split(".")[0] == "torch" for name in imports(module)) and room_of(module) not in MAKES_TORCH_WORK
    ]
    assert not wrong, f"torch is imported in {wrong}"


@pytest.mark.parametrize("module", ["ltme_clinic", "ltme_clinic.bootstrap", "ltme_clinic.browser"])
def test_the_bootstrap_needs_nothing_installed(module: str) -> None:
    outside = {name.split(".")[0] for name in imports(module)} - set(sys.stdlib_module_names) - {"ltme_clinic"}
    assert not outside
    assert ours(imports(module)) <= {"ltme_clinic.browser"}


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "misc", "common", "tools"}
    assert not [module for module in sources() if drawers & set(module.split("."))]


def test_no_file_is_longer_than_one_can_read() -> None:
    tests = {str(path.relative_to(REPOSITORY)): path for path in sorted((REPOSITORY / "tests").rglob("*.py"))}
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in (sources() | tests).items()}
    assert not {name: count for name, count in lines.items() if count > MOST_LINES}


def test_the_command_line_starts_without_heavy_libraries() -> None:
    loaded = modules_after("import ltme_clinic.cli") & set(HEAVY_FOR_THE_COMMAND_LINE)
    assert not loaded, f"import ltme_clinic.cli loads {sorted(loaded)}"


def test_importing_the_package_loads_only_the_standard_library() -> None:
    before = modules_after("pass")
    assert modules_after("import ltme_clinic") - before <= {"ltme_clinic"}


def test_no_page_loads_torch() -> None:
    wrong = [module for module in sources() if room_of(module) == "dashboards" and "torch" in tops(loaded_with(module))]
    assert not wrong, f"torch is loaded with {wrong}"


def tops(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def test_what_the_pages_import_leaves_torch_out_of_the_process() -> None:
    pages = [module for module in sources() if room_of(module) == "dashboards"]
    needed = sorted({name for page in pages for name in ours(imports(page)) if name.startswith("ltme_clinic")})
    statement = "\n".join(f"import {name}" for name in needed if name in sources()) or "pass"
    assert "torch" not in modules_after(statement)


def test_every_module_can_be_imported_alone() -> None:
    scripts = {m for m in sources() if m.startswith("dashboards.views.") or m in {"dashboards.app", *CHILD_PROGRAMS}}
    names = [m for m in sources() if m not in scripts and ".migrations" not in m and not m.startswith("studies.")]
    modules_after("import importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in names))
