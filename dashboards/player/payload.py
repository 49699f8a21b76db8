"""A clip as the bytes that the player's JavaScript opens: a JSON header, then plain numbers.

Layout: four bytes with the header's length (little endian), the header as UTF-8 JSON, then blocks whose offsets the
header names. Bodies are int16 tenths of a millimetre, (frame, slot, axis), -32768 where a point is missing; the path is
float32 (frame, 3): x and y in metres, heading in radians. A minute of walking is 0.9 MB instead of JSON's 6 MB.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ltme_clinic.body import BONES, SLOT_INDEX, SLOTS
from ltme_clinic.types import LtmeError, MotionClip

View = Literal["right", "left", "front", "back", "top", "corner"]
"""Where the camera stands: on the walker's right-hand side and so on; `corner` looks obliquely from the right front."""

MISSING = -32768
TENTHS_PER_METRE = 10_000.0
LARGEST_M = 3.2
"""What int16 tenths of a millimetre can hold; a point of a body is never further from its own pelvis."""


@dataclass(frozen=True)
class Interval:
    """A stretch to mark on the player's time bar, in seconds from the recording's first frame."""

    start_s: float
    stop_s: float
    label: str = ""


def player_payload(
    clip: MotionClip,
    *,
    title: str = "",
    reference: MotionClip | None = None,
    reference_label: str = "Reference",
    intervals: Sequence[Interval] = (),
    seek_s: float | None = None,
    view: View = "right",
    height_px: int = 460,
) -> bytes:
    """Bytes for the player's `readClip`.

    Parameters
    ----------
    reference : another clip to draw in grey behind the walker, cut or held to the same number of frames
    intervals : stretches to mark, in seconds from the recording's first frame, as the player's clock counts
    view : the camera at first
    seek_s : where the player stands still at first, on the same clock; the clip's start where None

    Raises
    ------
    LtmeError
        If the clip has no frames.
    """
    if clip.frames == 0:
        raise LtmeError("3D player", "the clip holds no frames", "Choose another trial")
    blocks = [body_tenths(clip.positions_m, clip.valid), floor_path(clip)]
    if reference is not None:
        frames = np.minimum(np.arange(clip.frames), reference.frames - 1)
        blocks.append(body_tenths(reference.positions_m[frames], reference.valid[frames]))
    raw = [_aligned(block.tobytes()) for block in blocks]
    offsets = np.cumsum([0, *(len(block) for block in raw)])
    header = {
        "title": title,
        "origin": clip.origin,
        "frames": clip.frames,
        "start_s": clip.source_start_s,
        "rate_hz": clip.rate_hz,
        "slots": SLOTS,
        "bones": [(SLOT_INDEX[a], SLOT_INDEX[b]) for a, b in BONES],
        "body": {"offset": int(offsets[0])},
        "path": {"offset": int(offsets[1])},
        "reference": None if reference is None else {"offset": int(offsets[2]), "label": reference_label},
        "intervals": [vars(interval) for interval in intervals],
        "view": view,
        "height_px": height_px,
    }
    header["id"] = _identity(header, raw)
    header["seek_s"] = seek_s
    text = json.dumps(header, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "little") + text + b"".join(raw)


def body_tenths(positions_m: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Positions (frame, slot, 3) in metres as int16 tenths of a millimetre, MISSING where there is none."""
    usable = valid & (np.abs(np.nan_to_num(positions_m, nan=np.inf)) < LARGEST_M).all(axis=-1)
    tenths = np.where(usable[..., None], positions_m * TENTHS_PER_METRE, MISSING)
    return np.round(tenths).astype("<i2")


def floor_path(clip: MotionClip) -> np.ndarray:
    """Where the pelvis is and where it faces: (frame, 3) float32 of x, y in metres and heading in radians."""
    step_s = 1.0 / clip.rate_hz
    heading_rad = clip.start_heading_rad + _running_sum(clip.heading_rate_rad_s) * step_s
    forward, leftward = clip.velocity_m_s[:, 0], clip.velocity_m_s[:, 1]
    cosine, sine = np.cos(heading_rad), np.sin(heading_rad)
    x_m = clip.start_m[0] + _running_sum(cosine * forward - sine * leftward) * step_s
    y_m = clip.start_m[1] + _running_sum(sine * forward + cosine * leftward) * step_s
    return np.nan_to_num(np.column_stack([x_m, y_m, heading_rad])).astype("<f4")


def _running_sum(values: np.ndarray) -> np.ndarray:
    """Sum of everything before each frame, so that frame 0 is the start itself."""
    before = np.concatenate([[0.0], np.nan_to_num(np.asarray(values, dtype=np.float64))[:-1]])
    return np.cumsum(before)


def _aligned(block: bytes) -> bytes:
    """The block filled up to a multiple of four bytes, so that the next one may hold floats."""
    return block + b"\0" * (-len(block) % 4)


def _identity(header: dict, blocks: list[bytes]) -> str:
    """Equal for equal pictures: the player keeps running when a page is drawn again with the same clip."""
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()
