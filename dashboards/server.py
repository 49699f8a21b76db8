"""Starts and stops the dashboard's server: one Streamlit process on this machine alone, nothing sent anywhere."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ltme_clinic.types import LtmeError

APP = Path(__file__).parent / "app.py"
HOST = "127.0.0.1"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 10.0


@dataclass
class Server:
    """A running dashboard; also a context manager that stops it."""

    process: subprocess.Popen
    url: str
    log: IO[bytes]
    """What the server prints, kept for the case that it fails."""

    def stop(self) -> None:
        """End the server and whatever it started; safe to call twice."""
        if self.process.poll() is None:
            _ask_to_end(self.process)
            try:
                self.process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                _end_now(self.process)
                self.process.wait(STOP_LIMIT_S)
        self.log.close()

    def is_healthy(self) -> bool:
        """Whether the server answers."""
        return _answers(f"{self.url}/_stcore/health")

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_dashboard(store_location: str | Path, port: int | None = None) -> Server:
    """Serve a store's pages and return once they can be opened.

    Parameters
    ----------
    store_location : a store's folder or database URL
    port : a free one where None

    Raises
    ------
    LtmeError
        The port is taken, or the server ended or stayed silent for a minute; the message holds its last words.
    """
    location = str(store_location)
    if "://" not in location:
        location = str(Path(location).resolve())  # the server's working folder is not ours
    chosen = _checked_port(port)
    log = tempfile.TemporaryFile()  # noqa: SIM115  the server closes it
    process = subprocess.Popen(
        _command(chosen),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=APP.parent,
        env=_environment(location),
        **_own_group(),
    )
    server = Server(process, f"http://{HOST}:{chosen}", log)
    try:
        _wait_until_healthy(server)
    except BaseException:
        server.stop()
        raise
    return server


def _command(port: int) -> list[str]:
    """Streamlit's flags win over any configuration file of the user's, so the server stays local and silent."""
    options = {
        "server.port": str(port),
        "server.address": HOST,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "global.developmentMode": "false",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return [sys.executable, "-m", "streamlit", "run", str(APP), *flags]


def _environment(location: str) -> dict[str, str]:
    """Ours, with the store's place, and this checkout's packages in reach of the server."""
    path = os.pathsep.join(part for part in (str(APP.parents[1]), os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, "LTME_STORE": location, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}


def _own_group() -> dict:
    """A group of its own, so that stopping reaches the server's children and Ctrl-C reaches only us."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _ask_to_end(process: subprocess.Popen) -> None:
    if sys.platform == "win32":
        process.terminate()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)


def _end_now(process: subprocess.Popen) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _checked_port(port: int | None) -> int:
    """The port asked for if nobody has it, else a free one."""
    with socket.socket() as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port or 0))
        except (OSError, OverflowError) as problem:
            raise LtmeError("dashboard", f"port {port} can't be used ({problem})", "Choose another --port") from None
        return int(probe.getsockname()[1])


def _wait_until_healthy(server: Server) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise LtmeError("dashboard", f"the server ended at once: {_last_words(server)}", "See 'ltme doctor'")
        if server.is_healthy():
            return
        time.sleep(0.1)
    fact = f"the server did not answer within {START_LIMIT_S:.0f} s: {_last_words(server)}"
    raise LtmeError("dashboard", fact, "See 'ltme doctor'")


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has no business on this machine
    try:
        with opener.open(url, timeout=2.0) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _last_words(server: Server) -> str:
    server.log.seek(0)
    lines = server.log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
