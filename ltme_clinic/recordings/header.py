"""The first look at a path: is it a regular file at all? Standard library only, done before a byte is read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ltme_clinic.types import LtmeError

EXPORT_AGAIN = "Export or copy the trial again"


def regular_file_bytes(path: Path) -> int:
    """Length of a regular file in bytes; LtmeError for a directory, a pipe, a device or nothing at all."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        fact = "is a link to a file that does not exist" if path.is_symlink() else "no such file"
        raise LtmeError(path.name or str(path), fact, "Check the path") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise LtmeError(path.name or str(path), f"can't be opened ({reason})", "Check the path") from error
    if stat.S_ISDIR(status.st_mode):
        raise LtmeError(path.name or str(path), "is a folder", "Give a .c3d file")
    if not stat.S_ISREG(status.st_mode):
        raise LtmeError(path.name, "is not a regular file", "Give a .c3d file on disk")
    return status.st_size
