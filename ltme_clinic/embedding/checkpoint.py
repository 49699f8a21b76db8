"""Checkpoint files: safetensors with the network, its linear skeleton, their sizes and a data card.

Nothing in a checkpoint is executed on loading. The fingerprint is the SHA-256 of all arrays and sizes, not of the card,
so that two embeddings can be compared only if the same numbers made them.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.types import LtmeError

SCHEMA_VERSION = 1
SHIPPED = Path(__file__).with_name("weights") / "ltme-tiny.safetensors"
_HALF_FROM = 2_000
"""Arrays of at least so many numbers are stored as float16."""


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint's contents: arrays by name (`net.*`, and the skeleton's), sizes, and how it was made."""

    arrays: dict[str, np.ndarray]
    config: dict[str, int]
    card: dict[str, Any]
    fingerprint: str

    def network(self) -> dict[str, np.ndarray]:
        return {name.removeprefix("net."): value for name, value in self.arrays.items() if name.startswith("net.")}


def save_checkpoint(
    path: Path, arrays: dict[str, np.ndarray], config: dict[str, int], card: dict[str, Any]
) -> Checkpoint:
    """Write a checkpoint whole or not at all, and give it back as it will be read (with half-precision rounding)."""
    from safetensors.numpy import save

    stored = {name: _stored(name, value) for name, value in arrays.items()}
    metadata = {
        "format": "ltme-checkpoint",
        "schema_version": str(SCHEMA_VERSION),
        "config": json.dumps(config),
        "card": json.dumps(card),
    }
    content = save(stored, metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise LtmeError(path.name, f"the checkpoint can't be written ({error.strerror})", "Free some space") from None
    return load_checkpoint(path)


def load_checkpoint(path: Path | None = None) -> Checkpoint:
    """Read and check a checkpoint; the shipped one by default.

    Raises LtmeError for a file that is missing, not a checkpoint, or of a newer schema.
    """
    from safetensors.numpy import load

    path = Path(path) if path is not None else SHIPPED
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LtmeError(
            path.name, f"the checkpoint can't be read ({error.strerror})", "Run ltme train tiny, or name another file"
        ) from None
    try:
        metadata = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
        if metadata["format"] != "ltme-checkpoint":
            raise ValueError("format")
        version = int(metadata["schema_version"])
        config, card = json.loads(metadata["config"]), json.loads(metadata["card"])
        stored = load(content)
    except Exception:
        raise LtmeError(
            path.name, "this is not an LTME checkpoint", "Name a .safetensors file that ltme train wrote"
        ) from None
    if version > SCHEMA_VERSION:
        raise LtmeError(
            path.name, f"the checkpoint has schema {version}, this program reads {SCHEMA_VERSION}", "Update LTME Clinic"
        )
    arrays = {name: _restored(name, value) for name, value in stored.items()}
    return Checkpoint(arrays, config, card, fingerprint(stored, config))


def fingerprint(stored: dict[str, np.ndarray], config: dict[str, int]) -> str:
    """SHA-256 (hex) over sizes and every array's name, type, shape and bytes."""
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    for name in sorted(stored):
        digest.update(f"{name} {stored[name].dtype} {stored[name].shape}".encode())
        digest.update(np.ascontiguousarray(stored[name]).tobytes())
    return digest.hexdigest()


def _stored(name: str, value: np.ndarray) -> np.ndarray:
    """As it lies in the file: large arrays in half precision, a covariance as its lower triangle."""
    if "covariance" in name:
        return np.ascontiguousarray(value[np.tril_indices(len(value))], dtype=np.float32)
    return np.ascontiguousarray(value, dtype=np.float16 if value.size >= _HALF_FROM else np.float32)


def _restored(name: str, value: np.ndarray) -> np.ndarray:
    """What `_stored` made of an array, float32 again."""
    if "covariance" in name and value.ndim == 1:
        size = round((np.sqrt(8 * value.size + 1) - 1) / 2)
        whole = np.zeros((size, size), dtype=np.float32)
        whole[np.tril_indices(size)] = value
        return whole + np.tril(whole, -1).T
    return value.astype(np.float32)
