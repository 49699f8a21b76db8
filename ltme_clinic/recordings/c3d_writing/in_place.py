"""Puts a file in its place complete or not at all, and never over the file that its content was read from."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ltme_clinic.types import LtmeError

TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".ltme_", ".part"


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write into that takes the name `path` when the block ends well, and vanishes when it does not.

    It lies in the same folder, is flushed to the disk before it is renamed, and gets ordinary permissions.

    Raises
    ------
    LtmeError
        The folder can't be written.
    """
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=TEMPORARY_PREFIX, suffix=TEMPORARY_SUFFIX, delete=False
        ) as file:
            temporary = Path(file.name)
            yield file  # type: ignore[misc]  # the wrapper is a BinaryIO in all but name
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
        temporary = None
        _flush_folder(path.parent)
    except OSError as error:
        raise LtmeError(path.name, f"can't be written ({error.strerror or error})", "Check the folder") from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


def refuse_own_source(path: Path, source_sha256: str) -> None:
    """LtmeError if `path` holds exactly the bytes that the content to be written was read from."""
    if not source_sha256 or not path.is_file():
        return
    if sha256_of(path) == source_sha256:
        raise LtmeError(path.name, "is the original that was read, and is never rewritten", "Give another name")


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes, read in blocks."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise LtmeError(path.name, f"can't be read ({error.strerror or error})", "Check the file") from error
    return digest.hexdigest()


def _flush_folder(folder: Path) -> None:
    """Make a new name survive a power cut, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _umask() -> int:
    """The process's file-creation mask: temporary files are private, what we deliver should not be."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
