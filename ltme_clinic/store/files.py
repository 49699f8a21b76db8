"""Parquet files: written whole or not at all, read back exactly.

A file is never changed once written. Its name holds a random part, so a new version of the same signals is a new file,
and what a row names is always complete; a file that no row names is left over from an interrupted write, and
`Store.sweep` removes it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ltme_clinic.errors import LtmeError

FILE_SCHEMA_VERSION = 1
FOLDERS = ("signals", "latents")

_HEADER_KEY = b"ltme"
_SUFFIX = ".parquet"


def new_file_name(recording_id: str, kind: str) -> str:
    """A name no file has had before, relative to the store's folder, such as ``signals/ab/ab12...clip.parquet``."""
    is_hash = re.fullmatch(r"[0-9a-f]{64}", recording_id)
    stem = recording_id if is_hash else hashlib.sha256(recording_id.encode()).hexdigest()
    folder = "latents" if kind == "latents" else "signals"
    return f"{folder}/{stem[:2]}/{stem}.{secrets.token_hex(6)}.{kind}{_SUFFIX}"


def write_columns(root: Path, name: str, kind: str, columns: dict[str, np.ndarray], header: dict[str, Any]) -> None:
    """Write equally long columns and a JSON header as one Parquet file, durable when this returns.

    Floats are stored with BYTE_STREAM_SPLIT under zstd, which halves motion signals without losing a bit; NaN stays
    NaN (it is not turned into null).
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_arrays([pa.array(np.ascontiguousarray(c)) for c in columns.values()], names=list(columns))
    described = {"schema_version": FILE_SCHEMA_VERSION, "kind": kind, **header}
    table = table.replace_schema_metadata({_HEADER_KEY: json.dumps(described).encode()})
    split = [column for column, values in columns.items() if values.dtype.kind == "f"]
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as stream:
            pq.write_table(
                table,
                stream,
                compression="zstd",
                use_dictionary=False,
                use_byte_stream_split=split,
                write_statistics=False,
            )
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def read_columns(root: Path, name: str, kind: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read a file that `write_columns` wrote.

    Raises
    ------
    LtmeError
        The file is missing, damaged, of another kind, or from a newer version of this program.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    cure = "Add the C3D file again"
    try:
        table = pq.read_table(root / name, use_threads=False, partitioning=None)
        header = json.loads((table.schema.metadata or {})[_HEADER_KEY])
    except FileNotFoundError:
        raise LtmeError(name, "the file is missing from the store", cure) from None
    except (pa.ArrowException, KeyError, ValueError, OSError) as error:
        raise LtmeError(name, f"the file is damaged ({type(error).__name__})", cure) from error
    if header.get("schema_version", 0) > FILE_SCHEMA_VERSION:
        raise LtmeError(name, "the file was written by a newer version", "Update LTME Clinic on this machine")
    if header.get("kind") != kind:
        raise LtmeError(name, f"the file holds {header.get('kind')}, not {kind}", cure)
    columns = {field.name: table.column(i).to_numpy() for i, field in enumerate(table.schema)}
    return columns, header


def remove_files(root: Path, names: Iterable[str]) -> None:
    """Delete files that no row names any more; what can't be deleted now is left to `Store.sweep`."""
    for name in names:
        with suppress(OSError):
            (root / name).unlink(missing_ok=True)


def stored_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a store's folders, half-written ones too, by its relative name."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file():
                yield str(PurePosixPath(path.relative_to(root))), path


def vector_to_bytes(vector: np.ndarray) -> bytes:
    """A vector as little-endian float32."""
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def vector_from_bytes(stored: bytes) -> np.ndarray:
    """The vector that `vector_to_bytes` stored; read-only."""
    return np.frombuffer(stored, dtype="<f4")


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows has no such call and needs none."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
