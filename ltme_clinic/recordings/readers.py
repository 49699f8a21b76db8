"""Which reader decodes a C3D file's bytes when nobody asks for another."""

from __future__ import annotations

from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.raw import RawReader

_READER = C3DReader()


def default_reader() -> RawReader:
    """This process's reader; it keeps nothing between files, so any number of threads may use it."""
    return _READER
