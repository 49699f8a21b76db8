"""A recording's signals as Parquet columns and back: the clip at 50 Hz, the stored joint angles at the file's rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltme_clinic.body import SLOTS
from ltme_clinic.errors import LtmeError, one_line
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


def write_clip(root: Path, clip: MotionClip) -> str:
    """Write a clip and return its file's relative name."""
    columns: dict[str, np.ndarray] = {}
    for s, slot in enumerate(SLOTS):
        for a, axis in enumerate(_AXES):
            columns[f"{slot}_{axis}_m"] = clip.positions_m[:, s, a].astype(np.float32, copy=False)
    for s, slot in enumerate(SLOTS):
        columns[f"{slot}_valid"] = clip.valid[:, s].astype(bool, copy=False)
    columns["velocity_forward_m_s"] = clip.velocity_m_s[:, 0].astype(np.float32, copy=False)
    columns["velocity_leftward_m_s"] = clip.velocity_m_s[:, 1].astype(np.float32, copy=False)
    columns["heading_rate_rad_s"] = clip.heading_rate_rad_s.astype(np.float32, copy=False)
    header = {
        "recording_id": clip.recording_id,
        "origin": clip.origin,
        "start_m": [float(value) for value in clip.start_m],
        "start_heading_rad": float(clip.start_heading_rad),
        "source_start_s": float(clip.source_start_s),
        "treadmill_speed_m_s": float(clip.treadmill_speed_m_s),
        "rate_hz": float(clip.rate_hz),
        "clip_version": int(clip.clip_version),
        "warnings": list(clip.warnings),
    }
    name = new_file_name(clip.recording_id, "clip")
    write_columns(root, name, "clip", columns, header)
    return name


def read_clip(root: Path, name: str) -> MotionClip:
    """The clip that `write_clip` wrote, bit for bit."""
    columns, header = read_columns(root, name, "clip")
    try:
        positions = np.stack([columns[f"{slot}_{axis}_m"] for slot in SLOTS for axis in _AXES], axis=1)
        return MotionClip(
            recording_id=header["recording_id"],
            origin=header["origin"],
            positions_m=positions.reshape(-1, len(SLOTS), 3),
            valid=np.stack([columns[f"{slot}_valid"] for slot in SLOTS], axis=1),
            velocity_m_s=np.stack([columns["velocity_forward_m_s"], columns["velocity_leftward_m_s"]], axis=1),
            heading_rate_rad_s=columns["heading_rate_rad_s"].copy(),
            start_m=np.array(header["start_m"]),
            start_heading_rad=header["start_heading_rad"],
            source_start_s=header["source_start_s"],
            treadmill_speed_m_s=header["treadmill_speed_m_s"],
            rate_hz=header["rate_hz"],
            clip_version=header["clip_version"],
            warnings=tuple(header["warnings"]),
        )
    except KeyError as error:
        version = header.get("clip_version")
        fact = f"the clip (version {version}) has no {error}"
        raise LtmeError(name, fact, "Add the C3D file again") from error


def write_angles(root: Path, recording_id: str, angles: Sequence[ModelOutput]) -> str | None:
    """Write stored joint angles and return their file's relative name; None where there are none."""
    if not angles:
        return None
    rows = max(len(angle.values) for angle in angles)
    columns: dict[str, np.ndarray] = {}
    labels = _angle_columns([angle.name for angle in angles])
    for angle, names in zip(angles, labels, strict=True):
        values = np.full((rows, 3), np.nan, dtype=np.float32)
        values[: len(angle.values)] = angle.values
        columns |= {name: values[:, axis] for axis, name in enumerate(names)}
    described = [{"name": angle.name, "unit": angle.unit, "frames": len(angle.values)} for angle in angles]
    name = new_file_name(recording_id, "angles")
    write_columns(root, name, "angles", columns, {"recording_id": recording_id, "angles": described})
    return name


def read_angles(root: Path, name: str | None) -> dict[str, ModelOutput]:
    """The angles that `write_angles` wrote, by name."""
    if name is None:
        return {}
    columns, header = read_columns(root, name, "angles")
    angles = {}
    labels = _angle_columns([described["name"] for described in header["angles"]])
    for described, names in zip(header["angles"], labels, strict=True):
        values = np.stack([columns[name] for name in names], axis=1)[: described["frames"]]
        angles[described["name"]] = ModelOutput(described["name"], "angle", values, described["unit"])
    return angles


def write_latents(root: Path, recording_id: str, latents: np.ndarray) -> str:
    """Write window latents (window, latent) as float32 and return their file's relative name."""
    values = np.asarray(latents, dtype=np.float32)
    columns = {f"latent_{n:03d}": values[:, n] for n in range(values.shape[1])}
    name = new_file_name(recording_id, "latents")
    write_columns(root, name, "latents", columns, {"recording_id": recording_id, "shape": list(values.shape)})
    return name


def read_latents(root: Path, name: str) -> np.ndarray:
    """The window latents that `write_latents` wrote, (window, latent) float32."""
    columns, header = read_columns(root, name, "latents")
    windows, size = header["shape"]
    return np.stack(list(columns.values()), axis=1) if size else np.empty((windows, 0), dtype=np.float32)


def _angle_columns(names: Sequence[str]) -> list[list[str]]:
    """Column names of each angle's three axes; numbered, since labels may differ in unprintable bytes alone."""
    return [[f"{n}_{one_line(name)}_{axis}" for axis in _AXES] for n, name in enumerate(names)]
