"""Which reader decodes a C3D file's bytes when nobody asks for another."""

from __future__ import annotations

from ltme_clinic.recordings.raw import RawReader


def default_reader() -> RawReader:
    """The reader of this process."""
    from ltme_clinic.recordings.native import shared_reader

    return shared_reader()
