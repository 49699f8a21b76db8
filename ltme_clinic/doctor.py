"""Looks at this machine: what is installed and working, which accelerator and checkpoint, and the cure for the rest."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from ltme_clinic import INTENDED_USE, __version__
from ltme_clinic.browser import NO_BROWSER, BrowserError, find_browser
from ltme_clinic.errors import LtmeError, one_line

SCHEMA_VERSION = 1
OLDEST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 2 * 2**30
WEIGHTS = Path(__file__).parent / "embedding" / "weights"
DEFAULT_STORE = "ltme-store"
"""The folder that commands use when none is named."""
PROBE_LIMIT_S = 120.0
PACKAGES = (
    "alembic",
    "ezc3d",
    "jsonschema",
    "matplotlib",
    "numpy",
    "pandas",
    "psycopg",
    "pyarrow",
    "PyYAML",
    "rich",
    "safetensors",
    "scikit-learn",
    "scipy",
    "SQLAlchemy",
    "statsmodels",
    "streamlit",
    "threadpoolctl",
    "torch",
    "typer",
)
INSTALL = "Run python3 -m ltme_clinic.bootstrap environment in the sources"

State = Literal["ok", "missing", "not used"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    """`not used`: absent, and nobody asked for it."""
    found: str
    cure: str = ""


def report(store: str | None = None, *, probe_accelerator: bool = True) -> dict[str, Any]:
    """Look at everything, changing nothing.

    Parameters
    ----------
    store
        A store's folder or URL; without it the one LTME_STORE names, else `ltme-store` here if it exists.
    probe_accelerator
        Also ask torch, in a process of its own and some seconds, which device it would use.

    Returns
    -------
    dict
        `schema_version`, `version`, `intended_use`, `ok` (nothing is missing), `packages` (name to version, None where
        absent) and `checks` (each `name`, `state`, `found`, `cure`), ready for JSON.
    """
    versions = {name: installed_version(name) for name in PACKAGES}
    checks = [check_python(), check_packages(versions)]
    looks: dict[str, Callable[[], Check]] = {"accelerator": check_accelerator} if probe_accelerator else {}
    looks |= {"C3D reader": check_c3d_reader, "store": lambda: check_store(store)}
    looks |= {"browser": check_browser, "disk": check_disk}
    checks += [*check_checkpoints(), *(looked(name, look) for name, look in looks.items())]
    return {
        "schema_version": SCHEMA_VERSION,
        "version": __version__,
        "intended_use": INTENDED_USE,
        "ok": all(check.state != "missing" for check in checks),
        "packages": versions,
        "checks": [asdict(check) for check in checks],
    }


def as_text(found: dict[str, Any]) -> str:
    """The report as lines for a terminal: a check each, with its cure, then the packages."""
    lines = [f"LTME Clinic {found['version']}. {found['intended_use']}", ""]
    width = max(len(check["name"]) for check in found["checks"])
    for check in found["checks"]:
        lines.append(f"{check['state']:<9}{check['name']:<{width}}  {check['found']}")
        if check["cure"]:
            lines.append(f"{'':<{width + 9}}  {check['cure']}.")
    packages = [f"{name} {version or 'MISSING'}" for name, version in found["packages"].items()]
    return "\n".join([*lines, "", "Packages: " + ", ".join(packages)])


def looked(name: str, look: Callable[[], Check]) -> Check:
    """A check's answer; whatever goes wrong in it is an answer too, for that is what was asked."""
    try:
        return look()
    except LtmeError as error:
        return Check(name, "missing", f"{error.subject}: {error.fact}", error.cure)
    except Exception as error:  # a broken installation breaks in ways that nobody lists
        fact = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        return Check(name, "missing", one_line(fact), INSTALL)


def installed_version(package: str) -> str | None:
    """A package's version as installed, without importing it."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def check_python() -> Check:
    """Python's version, and the system it runs on."""
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Check("python", "missing", found, "Install Python {}.{} or newer".format(*OLDEST_PYTHON))
    return Check("python", "ok", found)


def check_packages(versions: dict[str, str | None]) -> Check:
    """Whether every package is there."""
    absent = [name for name, version in versions.items() if version is None]
    if absent:
        return Check("packages", "missing", f"not installed: {', '.join(absent)}", INSTALL)
    return Check("packages", "ok", f"all {len(versions)} installed")


def check_accelerator() -> Check:
    """Which device torch would use, asked in a process of its own so that ours never loads torch."""
    question = (
        "import torch\n"
        "device = 'cpu'\n"
        "if torch.cuda.is_available(): device = 'cuda: ' + torch.cuda.get_device_name(0)\n"
        "elif torch.backends.mps.is_available(): device = 'mps'\n"
        "print(f'torch {torch.__version__}, {device}, {torch.get_num_threads()} threads')"
    )
    try:
        answer = subprocess.run(
            [sys.executable, "-P", "-c", question], capture_output=True, text=True, timeout=PROBE_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Check("accelerator", "missing", f"torch did not answer in {PROBE_LIMIT_S:.0f} s", "Try again when idle")
    if answer.returncode:
        last = (answer.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        return Check("accelerator", "missing", f"torch can't be loaded ({one_line(last)})", INSTALL)
    return Check("accelerator", "ok", answer.stdout.strip())


def check_checkpoints(folder: Path = WEIGHTS) -> list[Check]:
    """Each checkpoint that is shipped: its size, fingerprint, schema, and how many numbers it holds."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        return [Check("checkpoint", "missing", "no checkpoint is shipped here", "Run ltme train tiny")]
    return [check_checkpoint(path) for path in files]


def check_checkpoint(path: Path) -> Check:
    """One checkpoint, read as the models read it (without torch)."""
    from ltme_clinic.embedding.checkpoint import load_checkpoint

    try:
        checkpoint = load_checkpoint(path)
    except LtmeError as error:
        return Check("checkpoint", "missing", str(error), "Restore it from the repository")
    numbers = sum(array.size for array in checkpoint.arrays.values())
    size = f"{path.stat().st_size / 2**20:.1f} MiB, {numbers:,} numbers"
    return Check("checkpoint", "ok", f"{path.name}: {size}, fingerprint {checkpoint.fingerprint[:12]}")


def check_c3d_reader() -> Check:
    """Write a small C3D file and read it back through the reader's child process."""
    import numpy as np

    from ltme_clinic.recordings import write_c3d
    from ltme_clinic.recordings.oracle.native import NativeReader
    from ltme_clinic.types import Recording

    positions_m = np.linspace(0.1, 1.7, 8 * 3 * 3).reshape(8, 3, 3)
    recording = Recording("0" * 64, "virtual", "doctor.c3d", "", 100.0, 1, ("A", "B", "C"), positions_m)
    reader = NativeReader()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "doctor.c3d"
        try:
            write_c3d(path, recording)
            raw = reader.read(path)
        finally:
            reader.close()
    if raw.points.shape != positions_m.shape:
        return Check("C3D reader", "missing", f"read {raw.points.shape} for {positions_m.shape}", INSTALL)
    return Check("C3D reader", "ok", "its child process wrote and read a file")


def check_store(store: str | None = None) -> Check:
    """Whether the store can be reached and has the schema that this program writes; nothing is made or changed."""
    location = store or os.environ.get("LTME_STORE") or DEFAULT_STORE
    if location == DEFAULT_STORE and not Path(DEFAULT_STORE).exists():
        return Check("store", "not used", "none named", "Name one with --store or LTME_STORE")
    from ltme_clinic.store.engine import errors_in_one_line, make_engine
    from ltme_clinic.store.location import find_location
    from ltme_clinic.store.schema import check_schema

    place = find_location(location)
    if place.is_sqlite and not place.sqlite_file.is_file():
        return Check("store", "missing", f"{place.name} holds no store", "Add a recording to it first: ltme add")
    engine = make_engine(place, pooled=False)
    try:
        with errors_in_one_line(place.name):
            check_schema(engine, place.name)
    finally:
        engine.dispose()
    kind = "SQLite" if place.is_sqlite else "PostgreSQL"
    return Check("store", "ok", f"{kind} at {place.name}, schema up to date")


def check_browser() -> Check:
    """A browser for the tests and the demonstration's check; anyone's own browser opens the dashboard."""
    try:
        browser = find_browser()
    except BrowserError as error:
        return Check("browser", "missing", str(error).rstrip("."))
    if browser is None:
        return Check("browser", "not used", NO_BROWSER)
    return Check("browser", "ok", browser)


def check_disk() -> Check:
    """Room where the current folder lies."""
    free_bytes = shutil.disk_usage(Path.cwd()).free
    found = f"{free_bytes / 2**30:.1f} GiB free in {Path.cwd()}"
    if free_bytes < LEAST_FREE_BYTES:
        return Check("disk", "missing", found, f"Free at least {LEAST_FREE_BYTES / 2**30:.0f} GiB")
    return Check("disk", "ok", found)
