"""A memory-safe reader of C3D files: bounds-checked Python for the parameters, numpy for the signals.

Bytes flow one way: `file_bytes` (blocks and their hash) -> `header` and `parameters` (what the file declares) ->
`layout` (which of its declarations the file's length bears out) -> `signals` (points, residuals, analogs) -> `reader`.
"""

from __future__ import annotations

from ltme_clinic.recordings.c3d.file_bytes import regular_file_bytes
from ltme_clinic.recordings.c3d.reader import C3DReader

__all__ = ["C3DReader", "regular_file_bytes"]
