"""Which reader decodes a file's bytes when nobody asks for another."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.raw import RawReader

_READER = C3DReader()
_OTHER_FORMATS = {
    ".trc": ("trc", "TRCReader"),
    ".mot": ("mot", "MOTReader"),
    ".sto": ("mot", "MOTReader"),
    ".bvh": ("bvh", "BVHReader"),
    ".amc": ("amc", "AMCReader"),
    ".npz": ("body_model", "BodyModelReader"),
    ".txt": ("exponential_map", "ExponentialMapReader"),
}
"""Suffix -> module of `formats` and the reader in it."""


def default_reader() -> RawReader:
    """This process's reader of C3D files; it keeps nothing between files, so any number of threads may use it."""
    return _READER


def reader_for(path: Path) -> RawReader:
    """The reader of a file's format by its name's suffix; whatever has another suffix is taken for C3D."""
    found = _OTHER_FORMATS.get(path.suffix.lower())
    if found is None:
        return _READER
    module, name = found
    reader: RawReader = getattr(import_module(f"ltme_clinic.recordings.formats.{module}"), name)()
    return reader


def other_suffixes() -> tuple[str, ...]:
    """The suffixes beside .c3d of what can be read, in lower case."""
    return tuple(_OTHER_FORMATS)
