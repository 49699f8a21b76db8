"""Reads C3D bytes with a native library, safely: a warm child process that may be killed at any moment.

The library segfaults on some damaged files and never returns on others, so it runs in `ezc3d_child.py` with a limit on
time and memory. The child stays alive from file to file; it is replaced when it dies, hangs or could not read a file.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.recordings.oracle.header import BYTE_ORDERS, C3DHeader, read_header
from ltme_clinic.recordings.oracle.native_reply import analog_words, checked_against_length, raw_from_reply
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import LtmeError

_CHILD_PROGRAM = Path(__file__).with_name("ezc3d_child.py")
_MAX_JSON_BYTES = 256 << 20


@dataclass(frozen=True)
class ReadLimits:
    """What one file may cost, growing with its size."""

    base_s: float = 30.0
    """Seconds any file may take (a cold start of the child included)."""
    s_per_gib: float = 300.0
    """Seconds on top for each GiB; the library needs some 45 on an idle core."""
    base_memory_bytes: int = 1 << 30
    """Address space any file may take."""
    memory_per_byte: float = 100.0
    """Address space on top for each byte of the file; the library's largest measured ratio is near 40."""

    def seconds(self, file_bytes: int) -> float:
        return self.base_s + self.s_per_gib * file_bytes / (1 << 30)

    def memory_bytes(self, file_bytes: int) -> int:
        return self.base_memory_bytes + int(self.memory_per_byte * file_bytes)


class ReaderLost(LtmeError):
    """The file ended the native library, or kept it longer than its size allows."""


class _ChildLost(Exception):
    """The child ended or was killed before it had answered."""


class _Child:
    """One child process and its two pipes."""

    def __init__(self) -> None:
        environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.owner = os.getpid()

    def answer(self, request: dict[str, Any], most_bytes: int) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Send one request and read its reply; _ChildLost if the child goes away meanwhile."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise _ChildLost from error
        return _read_reply(self.process.stdout, most_bytes)

    def end(self) -> None:
        """Kill the process and close the pipes; in a forked copy of the parent only close them."""
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


class NativeReader:
    """Reads C3D files through one warm child process; safe to call from several threads (one file at a time)."""

    def __init__(self, limits: ReadLimits | None = None) -> None:
        self.limits = limits or ReadLimits()
        self._child: _Child | None = None
        self._lock = threading.Lock()

    @property
    def child_pid(self) -> int | None:
        """Process id of the warm child, if there is one."""
        return self._child.process.pid if self._child else None

    def read(self, path: Path) -> RawC3D:
        """The decoded contents of a C3D file.

        Raises
        ------
        LtmeError
            If the file is not a C3D file, is damaged or cut short, holds neither points nor a rate, or costs more
            time or memory than its size allows.
        """
        header, raw, words = self._decoded(path)
        _refuse_if_empty(raw)
        return checked_against_length(raw, header, words)

    def opinion(self, path: Path) -> RawC3D:
        """What the library answers, also where `read` would refuse it as empty or as cut off: for comparing only.

        Raises
        ------
        ReaderLost
            If the file ended the library, or kept it too long.
        LtmeError
            If the library, or the first look at the file, refuses it.
        """
        return self._decoded(path)[1]

    def _decoded(self, path: Path) -> tuple[C3DHeader, RawC3D, int]:
        """The file's header, its contents, and how many analog values came with each frame."""
        header = read_header(path)
        with self._lock, _plain_path(path) as plain:
            reply, arrays = self._ask(path.name, plain, header)
        if "error" in reply:
            raise _refused(path.name, str(reply["error"]), header)
        try:
            raw = raw_from_reply(path.name, reply, arrays)
            words = analog_words(arrays)
        except (KeyError, TypeError, ValueError) as error:
            raise LtmeError(path.name, "is damaged: its parts do not fit together", EXPORT_AGAIN) from error
        return header, replace(raw, byte_order=BYTE_ORDERS.get(header.processor, "Intel")), words

    def close(self) -> None:
        """End the child; the next read starts a new one."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def _ask(self, name: str, path: str, header: C3DHeader) -> tuple[dict[str, Any], list[np.ndarray]]:
        child = self._warm_child()
        seconds = self.limits.seconds(header.file_bytes)
        request = {"path": path, "memory_bytes": self.limits.memory_bytes(header.file_bytes)}
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            child.process.kill()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            reply, arrays = child.answer(request, most_bytes=8 * header.file_bytes + (16 << 20))
        except _ChildLost as error:
            self.close()
            if expired.is_set():
                raise ReaderLost(name, f"reading did not finish within {seconds:.0f} s", EXPORT_AGAIN) from error
            raise ReaderLost(name, "is damaged: reading it ended the reader", EXPORT_AGAIN) from error
        except BaseException:
            self.close()  # an interrupted reply leaves the pipe out of step
            raise
        finally:
            timer.cancel()
        if "error" in reply:
            self.close()  # bytes that upset the library may have upset its memory: the next patient gets a fresh one
        return reply, arrays

    def _warm_child(self) -> _Child:
        child = self._child
        if child is not None and (child.owner != os.getpid() or child.process.poll() is not None):
            self.close()
            child = None
        if child is None:
            child = self._child = _Child()
        return child


_shared_reader: NativeReader | None = None
_shared_lock = threading.Lock()


def shared_reader() -> NativeReader:
    """This process's warm reader, made on first use and ended at exit."""
    global _shared_reader
    with _shared_lock:
        if _shared_reader is None:
            _shared_reader = NativeReader()
            atexit.register(_shared_reader.close)
        return _shared_reader


def _forget_shared_reader() -> None:
    """A forked process must not talk through its parent's pipes, nor wait for a lock that another thread held."""
    global _shared_reader, _shared_lock
    _shared_reader, _shared_lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_shared_reader)


def _read_reply(pipe: IO[bytes], most_bytes: int) -> tuple[dict[str, Any], list[np.ndarray]]:
    (json_bytes,) = struct.unpack("<Q", _exactly(pipe, 8, 8))
    try:
        reply = json.loads(_exactly(pipe, json_bytes, _MAX_JSON_BYTES))
        arrays = []
        for described in reply.get("arrays", []):
            shape = tuple(int(size) for size in described["shape"])
            dtype = np.dtype({"<f4": "<f4", "|u1": "|u1"}[described["dtype"]])
            stored = _exactly(pipe, math.prod(shape) * dtype.itemsize, most_bytes)
            arrays.append(np.frombuffer(stored, dtype).reshape(shape))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _ChildLost from error
    return reply, arrays


def _exactly(pipe: IO[bytes], wanted: int, most: int) -> bytes:
    """Exactly `wanted` bytes; a child that ends early, or promises more than the file can hold, is lost."""
    if not 0 <= wanted <= most:
        raise _ChildLost
    stored = pipe.read(wanted)
    if len(stored) != wanted:
        raise _ChildLost
    return stored


@contextmanager
def _plain_path(path: Path) -> Iterator[str]:
    """A path the native library can open: it mangles names outside ASCII on some systems, so those get a copy."""
    absolute = str(path.absolute())
    if absolute.isascii():
        yield absolute
        return
    with tempfile.TemporaryDirectory(prefix="ltme_") as folder:
        copy = Path(folder) / "recording.c3d"
        try:
            copy.write_bytes(path.read_bytes())
        except OSError as error:
            raise LtmeError(path.name, f"can't be read ({error.strerror or error})", "Check the file") from error
        yield str(copy)


def _refused(name: str, reason: str, header: C3DHeader) -> LtmeError:
    if header.missing_bytes:
        return LtmeError(name, f"is cut off: {header.missing_bytes} bytes of its data are missing", EXPORT_AGAIN)
    return LtmeError(name, f"can't be decoded ({reason[:200]})", EXPORT_AGAIN)


def _refuse_if_empty(raw: RawC3D) -> None:
    if not math.isfinite(raw.rate_hz) or raw.rate_hz <= 0:
        raise LtmeError(raw.source_name, "holds no frame rate", "Export the trial with its camera rate")
    if raw.frames == 0 or raw.points.shape[1] == 0:
        raise LtmeError(raw.source_name, "holds no points", "Give a trial with reconstructed markers")
