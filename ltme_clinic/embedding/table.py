"""Embeddings as a Parquet table: one row a recording and level."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ltme_clinic.types import BLOCK_WINDOWS, LtmeError, MotionEmbedding

SCHEMA_VERSION = 2
LEVELS = ("recording", "posture", "block", "window")


def write_embeddings(path: Path, embeddings: Iterable[MotionEmbedding], sources: dict[str, str] | None = None) -> None:
    """Write embeddings; `level` is recording, posture, block (2.56 s) or window (0.64 s), and the `start_s` of these is
    in the source's time.

    `sources` maps recording_id to the file it came from.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from ltme_clinic.embedding.features import window_seconds

    rows: list[dict[str, object]] = []
    for item in embeddings:
        identity: dict[str, object] = {
            "schema_version": SCHEMA_VERSION,
            "recording_id": item.recording_id,
            "source": (sources or {}).get(item.recording_id, ""),
            "origin": item.origin,
            "fingerprint": item.fingerprint,
            "clip_version": item.clip_version,
            "frames": item.frames,
            "source_start_s": item.source_start_s,
            "speed_m_s": item.speed_m_s,
            "leg_length_m": item.leg_length_m,
            "cadence_spm": item.cadence_spm,
            "turn_deg": item.turn_deg,
        }
        for level, vector in (("recording", item.recording_vector), ("posture", item.posture_vector)):
            rows.append({**identity, "level": level, "window": 0, "start_s": item.source_start_s, "vector": vector})
        for level, step, latents in (("block", BLOCK_WINDOWS, item.block_latents), ("window", 1, item.window_latents)):
            for window, latent in zip(range(0, item.windows, step), latents, strict=True):
                start_s = window_seconds(window, item.source_start_s)[0]
                rows.append({**identity, "level": level, "window": window, "start_s": start_s, "vector": latent})
    schema = pa.schema(
        [
            ("schema_version", pa.int32()),
            ("recording_id", pa.string()),
            ("source", pa.string()),
            ("origin", pa.string()),
            ("fingerprint", pa.string()),
            ("clip_version", pa.int32()),
            ("frames", pa.int32()),
            ("source_start_s", pa.float64()),
            ("speed_m_s", pa.float64()),
            ("leg_length_m", pa.float64()),
            ("cadence_spm", pa.float64()),
            ("turn_deg", pa.float64()),
            ("level", pa.string()),
            ("window", pa.int32()),
            ("start_s", pa.float64()),
            ("vector", pa.list_(pa.float32())),
        ]
    )
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), part, compression="zstd")
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise LtmeError(path.name, f"it can't be written ({error})", "Choose another folder") from None


def read_embeddings(path: Path) -> list[MotionEmbedding]:
    """Read back what `write_embeddings` wrote."""
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(path).to_pylist()
        grouped: dict[tuple[str, str], list[dict]] = {}
        for row in rows:
            if row["schema_version"] > SCHEMA_VERSION:
                raise LtmeError(path.name, f"schema {row['schema_version']} is newer than this program", "Update it")
            if row["schema_version"] < SCHEMA_VERSION:
                raise LtmeError(path.name, "its embeddings have no blocks of 2.56 s", "Embed the recordings again")
            grouped.setdefault((row["recording_id"], row["fingerprint"]), []).append(row)
        return [_from_rows(group) for group in grouped.values()]
    except LtmeError:
        raise
    except Exception as error:
        raise LtmeError(path.name, f"this is not a table of embeddings ({type(error).__name__})") from None


def _from_rows(rows: list[dict]) -> MotionEmbedding:
    by_level = {level: [row for row in rows if row["level"] == level] for level in LEVELS}
    own, shared = (
        np.array([row["vector"] for row in sorted(by_level[level], key=lambda row: row["window"])], dtype=np.float32)
        for level in ("window", "block")
    )
    first = rows[0]
    return MotionEmbedding(
        recording_id=first["recording_id"],
        origin=first["origin"],
        fingerprint=first["fingerprint"],
        clip_version=first["clip_version"],
        recording_vector=np.array(by_level["recording"][0]["vector"], dtype=np.float32),
        posture_vector=np.array(by_level["posture"][0]["vector"], dtype=np.float32),
        latents=np.concatenate([own, shared.reshape(len(own), -1)], axis=1),
        frames=first["frames"],
        source_start_s=first["source_start_s"],
        speed_m_s=first["speed_m_s"],
        leg_length_m=first["leg_length_m"],
        cadence_spm=first["cadence_spm"],
        turn_deg=first["turn_deg"],
    )
