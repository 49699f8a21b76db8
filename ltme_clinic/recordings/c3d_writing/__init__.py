"""Writes C3D files: the bytes of a `RawC3D`, and what of a recording goes where in them."""

from ltme_clinic.recordings.c3d_writing.marks import filled_points, filled_runs
from ltme_clinic.recordings.c3d_writing.raw_file import write_raw

__all__ = ["filled_points", "filled_runs", "write_raw"]
