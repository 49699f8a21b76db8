"""A recording's signals as Parquet columns and back: the clip at 50 Hz, the stored joint angles at the file's rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ltme_clinic.body import SLOTS
from ltme_clinic.errors import LtmeError, one_line
from ltme_clinic.store.cleaning import FileWords
from ltme_clinic.store.files import new_file_name, read_columns, write_columns
from ltme_clinic.types.motion import MotionClip
from ltme_clinic.types.recording import GaitEvent, ModelOutput

_AXES = "xyz"


@dataclass(frozen=True)
class Signals:
    """What the store keeps of a recording besides its clip."""

    recording_id: str
    rate_hz: float
    """The file's own rate: one row of an angle's values is 1 / rate_hz."""
    frames: int
    events: tuple[GaitEvent, ...]
    angles: dict[str, ModelOutput]
    """Joint angles that the laboratory's software stored, by name; values (frame, 3) float32, NaN where missing."""


def write_clip(root: Path, clip: MotionClip, *, durable: bool = True) -> str:
    """Write a clip, a row for each frame, and return its file's relative name."""
    columns = {
        "positions_m": clip.positions_m.reshape(clip.frames, -1).astype(np.float32, copy=False),
        "valid": clip.valid.astype(bool, copy=False),
        "velocity_m_s": clip.velocity_m_s.astype(np.float32, copy=False),
        "heading_rate_rad_s": clip.heading_rate_rad_s.astype(np.float32, copy=False),
    }
    header = {
        "recording_id": clip.recording_id,
        "origin": clip.origin,
        "slots": list(SLOTS),
        "start_m": [float(value) for value in clip.start_m],
        "start_heading_rad": float(clip.start_heading_rad),
        "source_start_s": float(clip.source_start_s),
        "treadmill_speed_m_s": float(clip.treadmill_speed_m_s),
        "rate_hz": float(clip.rate_hz),
        "clip_version": int(clip.clip_version),
        "warnings": list(clip.warnings),
    }
    name = new_file_name(clip.recording_id, "clip")
    write_columns(root, name, "clip", columns, header, durable=durable)
    return name


def read_clip(root: Path, name: str) -> MotionClip:
    """The clip that `write_clip` wrote, bit for bit."""
    columns, header = read_columns(root, name, "clip")
    if "positions_m" not in columns:
        columns = _clip_of_narrow_columns(columns, name)
    if header.get("slots", list(SLOTS)) != list(SLOTS):
        fact = f"the clip (version {header.get('clip_version')}) has other slots than this program's"
        raise LtmeError(name, fact, "Add the C3D file again")
    return MotionClip(
        recording_id=header["recording_id"],
        origin=header["origin"],
        positions_m=columns["positions_m"].reshape(-1, len(SLOTS), 3),
        valid=columns["valid"],
        velocity_m_s=columns["velocity_m_s"],
        heading_rate_rad_s=columns["heading_rate_rad_s"].copy(),
        start_m=np.array(header["start_m"]),
        start_heading_rad=header["start_heading_rad"],
        source_start_s=header["source_start_s"],
        treadmill_speed_m_s=header["treadmill_speed_m_s"],
        rate_hz=header["rate_hz"],
        clip_version=header["clip_version"],
        warnings=tuple(header["warnings"]),
    )


def _clip_of_narrow_columns(columns: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """The columns of a clip from a file of version 1, which has one for each slot and axis."""
    try:
        return {
            "positions_m": np.stack([columns[f"{slot}_{axis}_m"] for slot in SLOTS for axis in _AXES], axis=1),
            "valid": np.stack([columns[f"{slot}_valid"] for slot in SLOTS], axis=1),
            "velocity_m_s": np.stack([columns["velocity_forward_m_s"], columns["velocity_leftward_m_s"]], axis=1),
            "heading_rate_rad_s": columns["heading_rate_rad_s"],
        }
    except KeyError as error:
        raise LtmeError(name, f"the clip has no {error}", "Add the C3D file again") from error


def write_angles(root: Path, recording_id: str, angles: Sequence[ModelOutput], *, durable: bool = True) -> str | None:
    """Write stored joint angles and return their file's relative name; None where there are none."""
    if not angles:
        return None
    rows = max(len(angle.values) for angle in angles)
    values = np.full((rows, len(angles), 3), np.nan, dtype=np.float32)
    for number, angle in enumerate(angles):
        values[: len(angle.values), number] = angle.values
    described = [{"name": angle.name, "unit": angle.unit, "frames": len(angle.values)} for angle in angles]
    name = new_file_name(recording_id, "angles")
    header = {"recording_id": recording_id, "angles": described}
    write_columns(root, name, "angles", {"values": values.reshape(rows, -1)}, header, durable=durable)
    return name


def read_angles(root: Path, name: str | None) -> dict[str, ModelOutput]:
    """The angles that `write_angles` wrote, by name."""
    if name is None:
        return {}
    columns, header = read_columns(root, name, "angles")
    listed = header["angles"]
    if "values" in columns:
        values = columns["values"].reshape(-1, len(listed), 3)
    else:
        values = _angles_of_narrow_columns(columns, [described["name"] for described in listed])
    return {
        described["name"]: ModelOutput(
            described["name"], "angle", values[: described["frames"], number].copy(), described["unit"]
        )
        for number, described in enumerate(listed)
    }


def clean_again(root: Path, name: str, words: FileWords) -> str:
    """Write a clip or angles once more without what may name somebody, and return the new file's name.

    Empty where there was nothing to be done.
    """
    kind = name.rsplit(".", 2)[-2]
    if kind == "clip":
        clip = read_clip(root, name)
        clean = words.warnings(clip.warnings)
        return write_clip(root, replace(clip, warnings=clean)) if clean != clip.warnings else ""
    angles = list(read_angles(root, name).values())
    named = words.angles(angles)
    if [(a.name, a.unit) for a in named] == [(a.name, a.unit) for a in angles]:
        return ""
    recording_id = read_columns(root, name, "angles")[1]["recording_id"]
    return write_angles(root, recording_id, named) or ""


def write_latents(root: Path, recording_id: str, latents: np.ndarray, *, durable: bool = True) -> str:
    """Write window latents (window, latent) as float32 and return their file's relative name."""
    values = np.asarray(latents, dtype=np.float32)
    name = new_file_name(recording_id, "latents")
    columns = {"latents": values} if values.size else {}
    header = {"recording_id": recording_id, "shape": list(values.shape)}
    write_columns(root, name, "latents", columns, header, durable=durable)
    return name


def read_latents(root: Path, name: str) -> np.ndarray:
    """The window latents that `write_latents` wrote, (window, latent) float32."""
    columns, header = read_columns(root, name, "latents")
    if "latents" in columns:
        return columns["latents"]
    windows, size = header["shape"]
    narrow = list(columns.values())
    return np.stack(narrow, axis=1) if narrow else np.empty((windows, size), dtype=np.float32)


def _angles_of_narrow_columns(columns: dict[str, np.ndarray], names: Sequence[str]) -> np.ndarray:
    """(frame, angle, axis) from a file of version 1, whose columns are numbered: labels may differ in unprintable
    bytes alone."""
    labels = [f"{number}_{one_line(name)}_{axis}" for number, name in enumerate(names) for axis in _AXES]
    return np.stack([columns[label] for label in labels], axis=1).reshape(-1, len(names), 3)
