"""Measured recordings as material: for training, as walks whose truth nobody knows, and for the bench."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from ltme_clinic.clips import make_clip
from ltme_clinic.embedding.deviations import Role
from ltme_clinic.embedding.features import clip_features
from ltme_clinic.recordings import find_c3d_files, read_recordings
from ltme_clinic.training.walkers import Walker
from ltme_clinic.types import CLIP_RATE_HZ, LtmeError, MotionClip


def read_clips(paths: Iterable[Path]) -> tuple[dict[str, MotionClip], list[str]]:
    """Clips of moving people by file name and subject, and why other recordings are not among them.

    Folders are searched for C3D files; a file that is named itself may be of any format that can be read.
    """
    files, problems = find_c3d_files(list(paths))
    clips: dict[str, MotionClip] = {}
    refused = [str(problem) for problem in problems]
    for file in files:
        try:
            for recording in read_recordings(file):
                if not recording.is_static:
                    name = file.name if file.name not in clips else f"{file.parent.name}/{file.name}"
                    clips[f"{name} {recording.subject}" if name in clips else name] = make_clip(recording)
        except LtmeError as error:
            refused.append(str(error))
    return clips, refused


@dataclass(frozen=True, eq=False)
class Measured:
    """A measured clip to learn from."""

    clip: MotionClip
    healthy_walk: bool = False
    """Whether somebody healthy walks in it, so that nothing in it counts as unusual."""


def recorded_walkers(measured: Iterable[Measured], longest_s: float) -> list[Walker]:
    """Measured clips as walks whose truth nobody knows, in equal pieces of at most `longest_s`."""
    walkers = []
    for item in measured:
        clip, role = item.clip, cast(Role, "measured" if item.healthy_walk else "other")
        rows, seen = clip_features(clip)
        shown = np.where(seen, rows, np.nan).astype(np.float32)
        pieces = max(1, math.ceil(len(rows) / (longest_s * CLIP_RATE_HZ)))
        walkers += [Walker(clip.recording_id, piece, role=role) for piece in np.array_split(shown, pieces)]
    return walkers
