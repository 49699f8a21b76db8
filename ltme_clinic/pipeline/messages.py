"""Python values over a pipe between intake and its worker processes: a length, then the pickled value.

Both ends are this program; nothing from a file is ever unpickled.
"""

from __future__ import annotations

import pickle
import struct
from typing import IO, Any

_LENGTH = struct.Struct("<Q")


class PipeClosed(Exception):
    """The other end is gone."""


def send(pipe: IO[bytes], value: Any) -> None:
    """Write one value; `PipeClosed` if nobody reads any more."""
    content = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    try:
        pipe.write(_LENGTH.pack(len(content)) + content)
        pipe.flush()
    except (OSError, ValueError) as error:
        raise PipeClosed from error


def receive(pipe: IO[bytes]) -> Any:
    """Read one value; `PipeClosed` if the other end ended before it was whole."""
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    return pickle.loads(_exactly(pipe, length))


def _exactly(pipe: IO[bytes], wanted: int) -> bytes:
    try:
        content = pipe.read(wanted)
    except (OSError, ValueError) as error:
        raise PipeClosed from error
    if len(content) < wanted:
        raise PipeClosed
    return content
