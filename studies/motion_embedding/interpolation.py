"""Is what lies between two people's codes a walk as well? Straight ways through the code of virtual people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.embedding import LtmeModel
from ltme_clinic.embedding.rhythm import PHASE_NUMBERS
from ltme_clinic.progress import Progress, silent
from ltme_clinic.types import MotionClip, MotionEmbedding
from studies.motion_embedding.coherence import virtual_clip
from studies.motion_embedding.subject import Subject
from studies.virtual_lab_realism.figures import Figure, PartResult, over_people

TITLE = "Between two people's codes (synthetic)"
FIRST_SEED = 60_000_000
PAIRS, SECONDS, STEPS = 40, 5.12, 10
FEET = [SLOT_INDEX[f"{side}_{name}"] for side in SIDES for name in ("heel", "toe")]
BONES = (("hip_centre", "knee_centre"), ("knee_centre", "ankle_centre"))


def measure(subject: Subject, progress: Progress = silent) -> PartResult:
    """How straight and even the decoded way is, how sound the body half way, and whether its code comes back."""
    rows = []
    for pair in range(PAIRS):
        one, other = (virtual_clip(FIRST_SEED + 2 * pair + k, SECONDS) for k in (0, 1))
        rows.append(pair_row(subject.model, one, other))
        progress("interpolation", pair + 1, PAIRS)
    table = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    figures = [
        _figure("way: straight over decoded (1 is straight)", table["straight"], ""),
        _figure("way: largest step over the mean one (1 is even)", table["largest_step"], ""),
        _figure("half way: leg's bones, of the mean of both people's", table["bones"], ""),
        _figure("half way: lowest foot, under the lower of both people's", table["sunk_mm"], "mm"),
        _figure("half way: decoded and encoded again, off by, of the two people's distance", table["back"], ""),
    ]
    remarks = [
        *subject.remarks(),
        f"{PAIRS} pairs of people; vector, posture and what windows add are mixed, the rhythm stays the first one's",
    ]
    return PartResult(TITLE, figures, {"back": np.round(table["back"], 3).tolist()}, remarks)


def pair_row(model: LtmeModel, one: MotionClip, other: MotionClip) -> dict[str, float]:
    """The figures of one pair."""
    first, last = model.encode(one), model.encode(other)
    shares = np.linspace(0.0, 1.0, STEPS + 1)
    codes = [mixed(first, last, float(share)) for share in shares]
    decoded = [model.decode(code) for code in codes]
    steps = np.array([_apart_m(a, b) for a, b in pairwise(decoded)])
    middle = decoded[STEPS // 2]
    back = model.encode(middle).recording_vector
    people = float(np.linalg.norm(first.recording_vector - last.recording_vector))
    return {
        "straight": _apart_m(decoded[0], decoded[-1]) / float(steps.sum()),
        "largest_step": float(steps.max() / steps.mean()),
        "bones": float(_bones_m(middle) / (0.5 * (_bones_m(decoded[0]) + _bones_m(decoded[-1])))),
        "sunk_mm": 1000.0 * max(0.0, min(_lowest_m(decoded[0]), _lowest_m(decoded[-1])) - _lowest_m(middle)),
        "back": float(np.linalg.norm(back - codes[STEPS // 2].recording_vector)) / people,
    }


def mixed(one: MotionEmbedding, other: MotionEmbedding, share: float) -> MotionEmbedding:
    """A code on the straight way between two; windows keep the first one's phases."""
    latents = (1.0 - share) * one.latents + share * other.latents
    latents[:, :PHASE_NUMBERS] = one.latents[:, :PHASE_NUMBERS]
    return replace(
        one,
        recording_vector=((1.0 - share) * one.recording_vector + share * other.recording_vector).astype(np.float32),
        posture_vector=((1.0 - share) * one.posture_vector + share * other.posture_vector).astype(np.float32),
        latents=latents.astype(np.float32),
    )


def _apart_m(one: MotionClip, other: MotionClip) -> float:
    """Root mean square distance over frames and slots."""
    return float(np.sqrt(np.square(one.positions_m - other.positions_m).sum(axis=-1).mean()))


def _bones_m(clip: MotionClip) -> float:
    return float(
        np.mean(
            [
                np.linalg.norm(_slot(clip, side, upper) - _slot(clip, side, lower), axis=1).mean()
                for side in SIDES
                for upper, lower in BONES
            ]
        )
    )


def _lowest_m(clip: MotionClip) -> float:
    return float(clip.positions_m[:, FEET, 2].min())


def _slot(clip: MotionClip, side: str, name: str) -> np.ndarray:
    return clip.positions_m[:, SLOT_INDEX[f"{side}_{name}"]].astype(float)


def _figure(name: str, values: np.ndarray, unit: str) -> Figure:
    return over_people(name, values, lambda drawn: float(drawn.mean()), unit)


def draw(detail: dict[str, Any], folder: Path) -> Sequence[Path]:
    """How near the code of the decoded half way comes to the half way code, a count of pairs."""
    from ltme_clinic.report import style

    figure = style.new_figure(6.0, 2.6)
    axes = figure.subplots()
    style.quiet_axes(axes, grid="y")
    axes.hist(detail["back"], bins=20, color=style.SIDE_COLOUR["right"])
    axes.set_xlabel("distance of the re-encoded half way, over the two people's distance")
    axes.set_title("Synthetic: pairs of people", fontsize=style.SMALL_PT)
    path = folder / "interpolation.png"
    figure.savefig(path, dpi=90)
    return [path]
