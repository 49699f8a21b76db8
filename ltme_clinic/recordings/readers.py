"""Which reader decodes a file's bytes when nobody asks for another."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from ltme_clinic.recordings.c3d import C3DReader, regular_file_bytes
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
_LARGE_BYTES = 64 << 20
"""Reading so much through takes longer than looking at a file's first blocks."""


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


def refuse_large_impostor(path: Path) -> None:
    """LtmeError for a large file that is no C3D file, before anybody reads it through: files of other formats have a
    limit of their own."""
    if path.suffix.lower() not in _OTHER_FORMATS and regular_file_bytes(path) > _LARGE_BYTES:
        _READER.look_at(path)
