"""The bytes of a file that was uploaded by anyone: read once, in order, in blocks, and hashed on the way.

Never mapped into memory: a mapped file that shrinks under the reader kills the process.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from types import TracebackType

from ltme_clinic.errors import LtmeError

EXPORT_AGAIN = "Export or copy the trial again"
_BLOCK_BYTES = 1 << 20
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


def regular_file_bytes(path: Path) -> int:
    """Length of a regular file in bytes; LtmeError for a directory, a pipe, a device or nothing at all."""
    return _regular_file(path).st_size


class FileBytes:
    """One open file, read from its first byte to its last exactly once.

    Use as a context manager: `head` for what lies near the start, `into` for what follows, `finish` for the hash of
    everything. Each raises LtmeError where the file is not what it was when it was opened.
    """

    def __init__(self, path: Path) -> None:
        status = _regular_file(path)
        self.name = path.name
        self.size = status.st_size
        self._path = path
        self._head = b""
        self._position = 0
        self._hash = hashlib.sha256()
        try:
            self._descriptor = os.open(path, _OPEN_FLAGS)
        except OSError as error:
            raise _unreadable(path.name, error) from error
        self._identity = self._identity_of(os.fstat(self._descriptor))
        if self._identity != self._identity_of(status):  # replaced between the look and the opening
            os.close(self._descriptor)
            raise self._changed()

    def __enter__(self) -> FileBytes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def head(self, wanted: int) -> bytes:
        """The first `wanted` bytes of the file or more, or all of it if it is shorter; to be called before `into`."""
        wanted = min(wanted, self.size)
        if wanted > len(self._head):
            more = bytearray(wanted - len(self._head))
            self._fill(memoryview(more))
            self._head += more
        return self._head

    def into(self, start: int, target: memoryview) -> None:
        """Fill `target` with the file's bytes from `start`; `start` may lie in the head, but not before an earlier
        `into` has ended."""
        known = memoryview(self._head)[start : start + len(target)]
        target[: len(known)] = known
        if len(known) == len(target):
            return
        if start > self._position:
            self._skip(start - self._position)
        self._fill(target[len(known) :])

    def finish(self) -> str:
        """Read what is left and check that the file has not changed meanwhile; the SHA-256 (hex) of all its bytes."""
        self._skip(self.size - self._position)
        try:
            now, beyond = os.fstat(self._descriptor), os.read(self._descriptor, 1)
            named = os.stat(self._path)
        except OSError as error:
            raise self._changed() from error
        if beyond or self._identity_of(now) != self._identity or self._identity_of(named) != self._identity:
            raise self._changed()
        return self._hash.hexdigest()

    def sha256(self) -> hashlib._Hash:
        """A copy of the running hash; after `finish`, of the whole file, to which more can be added."""
        return self._hash.copy()

    def _skip(self, count: int) -> None:
        if count <= 0:
            return
        scratch = memoryview(bytearray(min(count, _BLOCK_BYTES)))
        while count > 0:
            part = scratch[: min(count, len(scratch))]
            self._fill(part)
            count -= len(part)

    def _fill(self, target: memoryview) -> None:
        """The next bytes of the file, hashed block by block while they are warm."""
        done = 0
        while done < len(target):
            block = target[done : done + _BLOCK_BYTES]
            try:
                count = os.readv(self._descriptor, [block]) if hasattr(os, "readv") else self._read(block)
            except OSError as error:
                raise _unreadable(self.name, error) from error
            if count == 0:
                raise self._changed()
            self._hash.update(block[:count])
            done += count
        self._position += done

    def _read(self, block: memoryview) -> int:
        stored = os.read(self._descriptor, len(block))
        block[: len(stored)] = stored
        return len(stored)

    def _changed(self) -> LtmeError:
        return LtmeError(self.name, "changed while it was being read", "Read it again once it is completely written")

    @staticmethod
    def _identity_of(status: os.stat_result) -> tuple[int, int, int, int]:
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _regular_file(path: Path) -> os.stat_result:
    name = path.name or str(path)
    try:
        status = os.stat(path)
    except FileNotFoundError:
        fact = "is a link to a file that does not exist" if path.is_symlink() else "no such file"
        raise LtmeError(name, fact, "Check the path") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise LtmeError(name, f"can't be opened ({reason})", "Check the path") from error
    if stat.S_ISDIR(status.st_mode):
        raise LtmeError(name, "is a folder", "Give a .c3d file")
    if not stat.S_ISREG(status.st_mode):
        raise LtmeError(name, "is not a regular file", "Give a .c3d file on disk")
    return status


def _unreadable(name: str, error: OSError) -> LtmeError:
    return LtmeError(name, f"can't be read ({error.strerror or error})", "Check the file's permissions")
