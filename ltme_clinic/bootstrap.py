"""Makes the project's environment, then runs the demonstration or the tests in it.

    python3 -m ltme_clinic.bootstrap demo [--data DIR] [--out DIR] [--port N]
    python3 -m ltme_clinic.bootstrap demo-check
    python3 -m ltme_clinic.bootstrap test [pytest's own arguments]
    python3 -m ltme_clinic.bootstrap lint | format | environment

Standard library only (and `browser.py`, which is too). Annotations are quoted, and no syntax is newer than Python 3.6,
so that an old python3 can read this file and say in one line what it lacks instead of failing on a comma.
"""

import argparse
import contextlib
import glob
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

from ltme_clinic.browser import NO_BROWSER, BrowserError, find_browser

ROOT = Path(__file__).resolve().parents[1]
OLDEST_PYTHON = (3, 11)
STAMP = "ltme-stamp"
UNFINISHED = "unfinished"
APT_LIMIT_S = 900


class BootstrapError(Exception):
    """What is missing on this machine and how to get it, on one line."""


def main(arguments: "list[str]") -> int:
    """Run one of the jobs; returns the exit code: 0 done, 1 refused, 2 wrong usage, else the child's own."""
    try:
        replacement = newer_python_if_needed()
        if replacement is not None:
            return subprocess.call([replacement, "-m", "ltme_clinic.bootstrap", *arguments])
        options, extra = parser().parse_known_args(arguments)
        if extra and options.job != "test":
            parser().error("unrecognised arguments: " + " ".join(extra))
        return options.run(options, extra)
    except (BootstrapError, BrowserError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """The jobs and their options."""
    top = argparse.ArgumentParser(prog="python3 -m ltme_clinic.bootstrap", description="Makes the environment, then:")
    jobs = top.add_subparsers(dest="job", metavar="JOB")
    jobs.required = True
    for name, run, about in (
        ("demo", run_demo, "virtual patients, or your own C3D files, from file to dashboard"),
        ("demo-check", run_demo_check, "the same, but open one page, stop, and print the times"),
        ("test", run_tests, "every test; further arguments go to pytest"),
        ("lint", run_lint, "ruff and mypy"),
        ("format", run_format, "let ruff put the source in order"),
        ("environment", run_environment, "the environment alone"),
    ):
        job = jobs.add_parser(name, help=about, description=about)
        job.set_defaults(run=run)
        if name.startswith("demo"):
            job.add_argument("--data", metavar="DIR", help="your own C3D files instead of virtual patients")
            job.add_argument("--out", metavar="DIR", help="where everything is written")
            job.add_argument("--port", type=int, metavar="N", help="the dashboard's port")
    return top


# The jobs


def run_demo(options: argparse.Namespace, extra: "list[str]", check: bool = False) -> int:
    """`ltme demo` in the environment; with `check` it opens one page and stops."""
    pip_s = make_environment(environment_folder())
    command = [str(program("ltme")), "demo", *(["--check"] if check else []), *demo_options(options)]
    started = time.monotonic()
    code = run(command, browser_environment(find_browser()))
    if check:
        verdict = "passed" if code == 0 else "FAILED"
        say(f"demo-check {verdict}: {time.monotonic() - started:.0f} s ours, {pip_s:.0f} s the packages' installation")
    return code


def run_demo_check(options: argparse.Namespace, extra: "list[str]") -> int:
    """The demonstration from end to end, without staying up."""
    return run_demo(options, extra, check=True)


def run_tests(options: argparse.Namespace, extra: "list[str]") -> int:
    """Style first, then every test; the code is pytest's, or 1 when only the style or a required browser failed."""
    make_environment(environment_folder())
    browser = browser_for_tests()
    style = run_lint(options, [])
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "tests.xml"
        command = [str(program("python")), "-m", "pytest", f"--junitxml={report}", *extra]
        code = run(command, browser_environment(browser), ROOT)
        skipped = browser_skips(report)
    if skipped:
        say(f"ATTENTION: {skipped} browser test(s) SKIPPED, so no page was opened: {NO_BROWSER}")
        code = code or int(browser_is_required())
    if style:
        say("ruff or mypy found faults: see above pytest's lines")
    return code or style


def run_lint(options: argparse.Namespace, extra: "list[str]") -> int:
    """Ruff's checks, its format, and mypy; 1 if any of them finds a fault."""
    make_environment(environment_folder())
    python = str(program("python"))
    steps = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"])
    return int(any([run([python, "-m", *step], child_environment(), ROOT) for step in steps]))


def run_format(options: argparse.Namespace, extra: "list[str]") -> int:
    """Ruff's fixes, then its format."""
    make_environment(environment_folder())
    python = str(program("python"))
    steps = (["ruff", "check", "--fix", "."], ["ruff", "format", "."])
    return int(any([run([python, "-m", *step], child_environment(), ROOT) for step in steps]))


def run_environment(options: argparse.Namespace, extra: "list[str]") -> int:
    """Only the environment; its folder is printed."""
    folder = environment_folder()
    make_environment(folder)
    print(folder)
    return 0


def demo_options(options: argparse.Namespace) -> "list[str]":
    """The options that were given, as `ltme demo` spells them."""
    given = (("--data", options.data), ("--out", options.out), ("--port", options.port))
    return [str(part) for name, value in given if value is not None for part in (name, value)]


# The environment


def environment_folder() -> Path:
    """`.venv` beside the sources, or the folder that LTME_VENV names."""
    return Path(os.environ.get("LTME_VENV") or ROOT / ".venv").expanduser().absolute()


def program(name: str, folder: "Path | None" = None) -> Path:
    """The path of a program of the environment, as this system spells it."""
    folder = folder or environment_folder()
    return folder / "Scripts" / f"{name}.exe" if os.name == "nt" else folder / "bin" / name


def make_environment(folder: Path) -> float:
    """Make or mend the environment; returns the seconds it took, next to nothing when it stands already.

    What is installed is pyproject.toml under constraints.txt, with pip's settings left as the machine has them. A stamp
    is written last, so an installation that was cut off is known as such and made anew.
    """
    started = time.monotonic()
    if not (ROOT / "pyproject.toml").is_file():
        raise BootstrapError(f"{ROOT} is not a checkout of the sources. Run this from a clone of the repository.")
    wanted = fingerprint(folder)
    if not is_ready(folder, wanted):
        with one_at_a_time():
            if not is_ready(folder, wanted):
                if not is_sound(folder):
                    create(folder)
                write_stamp(folder, UNFINISHED)
                install(folder)
                write_stamp(folder, wanted)
    return time.monotonic() - started


def fingerprint(folder: Path) -> str:
    """What the environment was made from and where: a moved checkout or another Python asks for a new one."""
    digest = hashlib.sha256()
    for part in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / part).read_bytes() + b"\0")
    digest.update(f"{python_version()}\0{ROOT}\0{folder}".encode())
    return digest.hexdigest()


def python_version() -> str:
    """The running Python as major.minor."""
    return "{}.{}".format(*sys.version_info[:2])


def is_ready(folder: Path, wanted: str) -> bool:
    """Whether the environment is complete and made from what lies here now."""
    return program("python", folder).exists() and read_stamp(folder) == wanted


def is_sound(folder: Path) -> bool:
    """Whether packages can be installed into the environment as it stands."""
    python = program("python", folder)
    if read_stamp(folder) == UNFINISHED or not python.exists():
        return False
    ask = "import sys, pip; print('{}.{}'.format(*sys.version_info[:2]))"
    answer = subprocess.run(
        [str(python), "-c", ask], env=child_environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return answer.returncode == 0 and answer.stdout.decode().strip() == python_version()


def create(folder: Path) -> None:
    """An empty environment, in place of one that can't be used; never in place of anything else."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").is_file():
        raise BootstrapError(f"{folder} is in the way: it is no Python environment. Move it, or set LTME_VENV.")
    base = getattr(sys, "_base_executable", sys.executable)  # ours may lie in the folder that is cleared
    require_ensurepip(base)
    command = [base, "-m", "venv", "--clear", str(folder)]
    made = subprocess.run(command, env=child_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        last = (made.stdout.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise BootstrapError(f"{folder} could not be made: {last}. Set LTME_VENV to a folder that may be written.")


def require_ensurepip(python: str) -> None:
    """Debian keeps ensurepip in a package of its own: install it where we may, else name it."""

    def has_ensurepip() -> bool:
        return subprocess.call([python, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL) == 0

    if not has_ensurepip() and not (apt_install(["python3-venv"]) and has_ensurepip()):
        package = f"python3-venv (or python{python_version()}-venv)"
        raise BootstrapError(f"{python} has no ensurepip. On Debian or Ubuntu: apt-get install {package}.")


def install(folder: Path) -> None:
    """The project and everything it needs, as pinned; pip's own lines go to a log, and are shown when it fails."""
    log = folder / "ltme-install.log"
    say(f"Installing the packages into {folder} (once; some minutes) ", end="")
    started = time.monotonic()
    command = [str(program("python", folder)), "-m", "pip", "install", "-c", str(ROOT / "constraints.txt")]
    command += ["-e", f"{ROOT}[dev]"]
    with log.open("w", encoding="utf-8") as lines:
        pip = subprocess.Popen(command, env=child_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert pip.stdout is not None
        for raw in pip.stdout:
            line = raw.decode(errors="replace")
            lines.write(line)
            if line.startswith(("Collecting", "Installing")):
                say(".", end="")
        code = pip.wait()
    say(f" {time.monotonic() - started:.0f} s")
    if code:
        tail = log.read_text(encoding="utf-8").splitlines()[-12:]
        raise BootstrapError("\n".join([*tail, f"pip could not install the packages (all its lines: {log})."]))


def read_stamp(folder: Path) -> str:
    """The stamp's text; empty if there is none."""
    try:
        return (folder / STAMP).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def write_stamp(folder: Path, text: str) -> None:
    """Write the stamp whole or not at all."""
    fresh = folder / f"{STAMP}.{os.getpid()}"
    fresh.write_text(text + "\n", encoding="ascii")
    os.replace(str(fresh), str(folder / STAMP))


@contextlib.contextmanager
def one_at_a_time():
    """Wait while another call makes the environment; without this two would clear each other's half-made folder."""
    with (ROOT / "constraints.txt").open("rb") as lock:
        if sys.platform == "win32":
            import msvcrt

            lock.seek(1 << 24)  # locks are mandatory there: take a byte that nobody reads
            while True:
                try:
                    msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
                    break
                except OSError:
                    time.sleep(1.0)
        else:
            import fcntl

            with contextlib.suppress(OSError):  # some network file systems have no locks: go on without
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# The machine


def newer_python_if_needed() -> "str | None":
    """None when this Python will do; else the path of one that will."""
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return None
    for minor in (11, 12, 13, 14):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            say(f"python3 is Python {python_version()}: using {found} instead")
            return found
    wanted = "{}.{}".format(*OLDEST_PYTHON)
    raise BootstrapError(f"Python {wanted} or newer is needed; {sys.executable} is {python_version()}. Install one.")


def browser_for_tests() -> "str | None":
    """A browser, and PostgreSQL's programs, installed where we may; None with a loud line, or an error if required."""
    browser = find_browser()
    missing = [] if browser else ["chromium"]
    if not (shutil.which("initdb") or glob.glob("/usr/lib/postgresql/*/bin/initdb")):
        missing.append("postgresql")
    if missing and apt_install(missing):
        browser = browser or find_browser()
    if browser is None and browser_is_required():
        raise BootstrapError(f"LTME_REQUIRE_BROWSER is set, and {NO_BROWSER}.")
    if browser is None:
        say(f"ATTENTION: {NO_BROWSER}: the browser tests will be skipped")
    return browser


def browser_is_required() -> bool:
    """Whether a skipped browser test counts as a failure."""
    return os.environ.get("LTME_REQUIRE_BROWSER", "") not in ("", "0")


def apt_install(packages: "list[str]") -> bool:
    """Install Debian packages if we are root and apt is there; False, quietly, when that did not work out."""
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    say(f"Installing {', '.join(packages)} with apt-get")
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"  # dpkg insists on these
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive", PATH=path)
    wait = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    quiet = subprocess.DEVNULL
    try:
        subprocess.call([*wait, "update"], env=environment, stdout=quiet, stderr=quiet, timeout=APT_LIMIT_S)
        command = [*wait, "install", "-y", "--no-install-recommends", *packages]
        return subprocess.call(command, env=environment, stdin=quiet, stdout=quiet, timeout=APT_LIMIT_S) == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def browser_skips(report: Path) -> int:
    """How many tests of a JUnit report were skipped for want of a browser, going by the reasons they gave."""
    if not report.is_file():
        return 0
    reasons = [skip.get("message", "").lower() for skip in ElementTree.parse(str(report)).iter("skipped")]
    return sum("browser" in reason or "chromium" in reason for reason in reasons)


def child_environment() -> "dict[str, str]":
    """This process's environment for a program of the environment: pip's settings stay, another Python's do not."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")}
    folder = environment_folder()
    environment["VIRTUAL_ENV"] = str(folder)
    environment["PATH"] = os.pathsep.join([str(program("python", folder).parent), environment.get("PATH", os.defpath)])
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        environment.setdefault(name, "2")
    return environment


def browser_environment(browser: "str | None") -> "dict[str, str]":
    """The same, naming the browser to use."""
    environment = child_environment()
    if browser:
        environment["LTME_CHROMIUM"] = browser
    return environment


def run(command: "list[str]", environment: "dict[str, str]", folder: "Path | None" = None) -> int:
    """Run a program to its end and return its exit code; an interrupt or a termination reaches it and is waited for."""
    child = subprocess.Popen(command, env=environment, cwd=None if folder is None else str(folder))
    previous = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        while True:
            try:
                code = child.wait()
                return 128 - code if code < 0 else code
            except KeyboardInterrupt:
                continue  # the terminal sent it to the child too, which now closes itself
    finally:
        signal.signal(signal.SIGTERM, previous)


def say(text: str, end: str = "\n") -> None:
    """One line of progress, on standard error."""
    sys.stderr.write(text + end)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
