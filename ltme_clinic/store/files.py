"""Parquet files: written whole or not at all, read back exactly.

A file is never changed once written. Its name holds a random part, so a new version of the same signals is a new file,
and what a row names is always complete; a file that no row names is left over from an interrupted write, and
`Store.sweep` removes it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ltme_clinic.errors import LtmeError

FILE_SCHEMA_VERSION = 2
"""2 keeps signals in few columns of several numbers a row; files of version 1, a column for each number, are read."""
FOLDERS = ("signals", "latents")

MAKE_ROOM = "Free some space and run the same command again; what was stored before is whole"

_HEADER_KEY = b"ltme"
_SUFFIX = ".parquet"


def new_file_name(recording_id: str, kind: str) -> str:
    """A name no file has had before, relative to the store's folder, such as ``signals/ab/ab12...clip.parquet``."""
    is_hash = re.fullmatch(r"[0-9a-f]{64}", recording_id)
    stem = recording_id if is_hash else hashlib.sha256(recording_id.encode()).hexdigest()
    folder = "latents" if kind == "latents" else "signals"
    return f"{folder}/{stem[:2]}/{stem}.{secrets.token_hex(6)}.{kind}{_SUFFIX}"


def write_columns(
    root: Path,
    name: str,
    kind: str,
    columns: dict[str, np.ndarray],
    header: dict[str, Any],
    *,
    durable: bool = True,
) -> None:
    """Write equally long columns and a JSON header as one Parquet file, durable when this returns.

    A column (row, number) becomes fixed-size lists: one wide column costs a tenth of the time that as many narrow ones
    do. Floats are stored with BYTE_STREAM_SPLIT under zstd, which halves motion signals without losing a bit; NaN stays
    NaN (it is not turned into null). With `durable` false, `make_durable` must follow before a row names the file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    described = {"schema_version": FILE_SCHEMA_VERSION, "kind": kind, **header}
    table = pa.Table.from_arrays([_arrow(values) for values in columns.values()], names=list(columns))
    table = table.replace_schema_metadata({_HEADER_KEY: json.dumps(described).encode()})
    split = [
        f"{column}.list.element" if values.ndim == 2 else column
        for column, values in columns.items()
        if values.dtype.kind == "f"
    ]
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
        os.replace(temporary, path)
        if durable:
            make_durable(root, [name])
    except BaseException:
        for unfinished in (temporary, path):
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        raise


def make_durable(root: Path, names: Iterable[str]) -> None:
    """Have the disk hold these files and their names, whatever happens to the machine afterwards."""
    paths = [root / name for name in names]
    for path in paths:
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    for folder in dict.fromkeys(path.parent for path in paths):
        _sync_folder(folder)


def read_columns(root: Path, name: str, kind: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read a file that `write_columns` wrote, of this version or an older.

    Raises
    ------
    LtmeError
        The file is missing, damaged, of another kind, or from a newer version of this program.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    cure = "Add the C3D file again"
    try:
        # from bytes: a path costs four times as much, and a patient has hundreds of small files
        content = pa.BufferReader((root / name).read_bytes())
        table = pq.ParquetFile(content).read(use_threads=False)
        header = json.loads((table.schema.metadata or {})[_HEADER_KEY])
    except FileNotFoundError:
        raise LtmeError(name, "the file is missing from the store", cure) from None
    except (pa.ArrowException, KeyError, ValueError, OSError) as error:
        raise LtmeError(name, f"the file is damaged ({type(error).__name__})", cure) from error
    if header.get("schema_version", 0) > FILE_SCHEMA_VERSION:
        raise LtmeError(name, "the file was written by a newer version", "Update LTME Clinic on this machine")
    if header.get("kind") != kind:
        raise LtmeError(name, f"the file holds {header.get('kind')}, not {kind}", cure)
    return {field.name: _numbers(table.column(i)) for i, field in enumerate(table.schema)}, header


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


@contextmanager
def disk_errors(name: str) -> Iterator[None]:
    """Turn what a disk reports into an `LtmeError` about the store called `name`."""
    try:
        yield
    except OSError as error:
        raise disk_error(name, error) from error


def disk_error(name: str, error: OSError) -> LtmeError:
    """What a disk's complaint means; nothing half-written is ever left in place of a whole file."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return LtmeError(name, f"no room to write ({error.strerror})", MAKE_ROOM)
    return LtmeError(name, f"can't be read or written ({error.strerror or error})", "Check the folder's permissions")


def vector_to_bytes(vector: np.ndarray) -> bytes:
    """A vector as little-endian float32."""
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def vector_from_bytes(stored: bytes) -> np.ndarray:
    """The vector that `vector_to_bytes` stored; read-only."""
    return np.frombuffer(stored, dtype="<f4")


def _arrow(values: np.ndarray) -> Any:
    """A column of numbers, or of fixed-size lists for (row, number)."""
    import pyarrow as pa

    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1]) if values.ndim == 2 else flat


def _numbers(column: Any) -> np.ndarray:
    """What `_arrow` stored."""
    import pyarrow as pa

    if not pa.types.is_fixed_size_list(column.type):
        return column.to_numpy()
    flat = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(-1, column.type.list_size)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows has no such call and needs none."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
