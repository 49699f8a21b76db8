"""Is a long recording said as one? Virtual walks of 60 s and 10 min in one pass, and the longest real ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.clips import clip_from_positions, make_clip
from ltme_clinic.progress import Progress, silent
from ltme_clinic.training.bench.motion_kept import contacts_s
from ltme_clinic.training.bench.reconstruction import Coder, slot_error_mm
from ltme_clinic.types import BLOCK_WINDOWS, CLIP_RATE_HZ, WINDOW_FRAMES, LtmeError, MotionClip
from ltme_clinic.virtual_lab import sample_patient, simulate_slots
from studies.motion_embedding.subject import Subject
from studies.real_recordings.files import labelled_files, read_labelled, shown_name
from studies.virtual_lab_realism.figures import Figure, PartResult, over_people

TITLE = "Long recordings in one pass (virtual walks synthetic)"
FIRST_SEED = 59_000_000
"""Of people who are in no training."""
PEOPLE, MINUTE_S, LONGEST_S = 20, 60.0, 600.0
PIECE_FRAMES = 4 * BLOCK_WINDOWS * WINDOW_FRAMES
"""10.24 s: as long as training's longest walks, and what a walk would be cut into by those who can't take it whole."""
END_S = 10.0
LONG_REAL_S = 15.0
SEAMS = {"windows (0.64 s)": WINDOW_FRAMES, "blocks (2.56 s)": WINDOW_FRAMES * BLOCK_WINDOWS, "pieces": PIECE_FRAMES}


def measure(subject: Subject, progress: Progress = silent) -> PartResult:
    """Errors along the walk, seams, stride times and leg lengths of the model and of PCA."""
    coders: dict[str, Coder] = {"model": subject.model, "PCA": subject.pca}
    clips = []
    for person in range(PEOPLE):
        clips.append(virtual_clip(FIRST_SEED + person, MINUTE_S))
        progress("coherence: walking", person + 1, PEOPLE)
    longest = virtual_clip(FIRST_SEED + PEOPLE, LONGEST_S)
    figures: list[Figure] = []
    traces: dict[str, list[float]] = {}
    for number, (name, coder) in enumerate(coders.items()):
        backs = [coder.decode(coder.encode(clip)) for clip in clips]
        figures += whole_figures(name, clips, backs)
        traces[name] = np.mean([errors_along_mm(*pair) for pair in zip(clips, backs, strict=True)], axis=0).tolist()
        whole = coder.decode(coder.encode(longest))
        figures.append(
            _one(f"{name}, ten minutes: error", slot_error_mm(longest, whole.positions_m, longest.valid), "mm")
        )
        figures.append(_one(f"{name}, ten minutes: last over first 10 s", ends_ratio(longest, whole), ""))
        progress("coherence: one pass", number + 1, len(coders))
    pieces = [cut_and_joined(subject.model, clip) for clip in clips]
    figures += seam_figures("model, cut in pieces of 10.24 s", clips, pieces, ("pieces",))
    figures.append(vector_figure(subject, clips))
    for name, activity, clip in long_recordings():
        figures += real_figures(f"{name} ({activity}, {clip.duration_s:.0f} s)", clip, coders)
    remarks = [
        *subject.remarks(),
        "seam: jerk across borders over jerk elsewhere, decoded over the original's: 1 where no border shows",
        f"real recordings are those of {LONG_REAL_S:g} s or more, whole; slots seen throughout",
    ]
    return PartResult(TITLE, figures, {"error_mm": traces}, remarks)


def virtual_clip(seed: int, seconds: float) -> MotionClip:
    """A healthy adult or child at the own speed, every slot seen by a usual laboratory."""
    positions_m, _ = simulate_slots(sample_patient(seed), duration_s=seconds, rate_hz=CLIP_RATE_HZ)
    return clip_from_positions(positions_m, CLIP_RATE_HZ, str(seed), "virtual")


def long_recordings() -> Iterator[tuple[str, str, MotionClip]]:
    """Name, what is done, and the whole clip of each real recording that is long enough and can be read."""
    for file, label in labelled_files():
        if label is None or label.activity is None:
            continue
        try:
            for recording in read_labelled(file, label):
                if len(recording.positions_m) >= LONG_REAL_S * recording.rate_hz:
                    yield shown_name(file), label.activity, make_clip(recording)
        except LtmeError:
            continue  # `real_material` says which and why


def real_figures(name: str, clip: MotionClip, coders: dict[str, Coder]) -> list[Figure]:
    """Errors and seams of one real recording in one pass."""
    figures: list[Figure] = []
    always = np.asarray(clip.valid.all(axis=0))
    for coder_name, coder in coders.items():
        back = coder.decode(coder.encode(clip))
        seam = seam_ratio(back, WINDOW_FRAMES, always) / seam_ratio(clip, WINDOW_FRAMES, always)
        figures += [
            _one(f"{name}: {coder_name}, error", slot_error_mm(clip, back.positions_m, clip.valid), "mm"),
            _one(f"{name}: {coder_name}, seam of windows", seam, ""),
        ]
    return figures


def whole_figures(name: str, clips: Sequence[MotionClip], backs: Sequence[MotionClip]) -> list[Figure]:
    """Of walks of a minute: error, its growth, seams, stride times, leg lengths."""
    pairs = list(zip(clips, backs, strict=True))
    errors = np.array([slot_error_mm(clip, back.positions_m, clip.valid) for clip, back in pairs])
    return [
        over_people(f"{name}, a minute: error", errors, _mean, "mm"),
        over_people(
            f"{name}, a minute: last over first 10 s", np.array([ends_ratio(*pair) for pair in pairs]), _mean, ""
        ),
        *seam_figures(f"{name}, a minute", clips, backs, tuple(SEAMS)[:2]),
        over_people(
            f"{name}, a minute: r of stride times with the original's",
            np.array([stride_r(*pair) for pair in pairs]),
            _mean,
            "",
        ),
        over_people(
            f"{name}, a minute: SD of the shank's length", np.array([shank_sd_mm(back) for back in backs]), _mean, "mm"
        ),
    ]


def seam_figures(
    name: str, clips: Sequence[MotionClip], backs: Sequence[MotionClip], seams: Sequence[str]
) -> list[Figure]:
    """How much rougher the motion is across borders."""
    return [
        over_people(
            f"{name}: seam, {seam}",
            np.array(
                [seam_ratio(b, SEAMS[seam]) / seam_ratio(a, SEAMS[seam]) for a, b in zip(clips, backs, strict=True)]
            ),
            _mean,
            "",
        )
        for seam in seams
    ]


def seam_ratio(clip: MotionClip, every: int, slots: np.ndarray | slice = slice(None)) -> float:
    """Root mean square second difference of slots across the border of each `every` frames, over elsewhere."""
    places_m = clip.positions_m[:, slots].astype(float)
    jerk = np.linalg.norm(np.diff(places_m, n=2, axis=0), axis=-1).mean(axis=1)
    centre = np.arange(len(jerk)) + 1  # of the three frames
    across = (centre % every == 0) | (centre % every == every - 1)
    across &= (centre >= every - 1) & (centre <= clip.frames - 2)
    return float(np.sqrt(np.mean(jerk[across] ** 2) / np.mean(jerk[~across] ** 2)))


def errors_along_mm(clip: MotionClip, back: MotionClip) -> np.ndarray:
    """(block,) mean slot error of each whole 2.56 s."""
    frames = BLOCK_WINDOWS * WINDOW_FRAMES
    distance_mm = 1000.0 * np.linalg.norm(clip.positions_m - back.positions_m, axis=-1).mean(axis=1)
    whole = len(distance_mm) // frames
    along: np.ndarray = distance_mm[: whole * frames].reshape(whole, frames).mean(axis=1)
    return along


def ends_ratio(clip: MotionClip, back: MotionClip) -> float:
    """Mean error of the last 10 s over that of the first."""
    frames = round(END_S * CLIP_RATE_HZ)
    distance_m = np.linalg.norm(clip.positions_m - back.positions_m, axis=-1).mean(axis=1)
    return float(distance_m[-frames:].mean() / distance_m[:frames].mean())


def stride_r(clip: MotionClip, back: MotionClip) -> float:
    """Correlation of stride times, both sides; NaN where decoding lost or made up a step."""
    values = []
    for side in SIDES:
        first, second = (np.diff(contacts_s(item, side)) for item in (clip, back))
        if len(first) != len(second) or len(first) < 3:
            return float("nan")
        values.append((first - first.mean(), second - second.mean()))
    first, second = (np.concatenate(parts) for parts in zip(*values, strict=True))
    return float((first * second).sum() / np.sqrt((first**2).sum() * (second**2).sum()))


def shank_sd_mm(clip: MotionClip) -> float:
    """How much the decoded distance from knee to ankle centre varies over time, both sides."""
    return float(
        1000.0
        * np.mean(
            [
                np.linalg.norm(_slot(clip, f"{side}_knee_centre") - _slot(clip, f"{side}_ankle_centre"), axis=1).std()
                for side in SIDES
            ]
        )
    )


def _slot(clip: MotionClip, name: str) -> np.ndarray:
    return clip.positions_m[:, SLOT_INDEX[name]].astype(float)


def part_of(clip: MotionClip, first: int, stop: int) -> MotionClip:
    """Some frames of a clip, as a clip of its own."""
    return replace(
        clip,
        positions_m=clip.positions_m[first:stop].copy(),
        valid=clip.valid[first:stop].copy(),
        velocity_m_s=clip.velocity_m_s[first:stop].copy(),
        heading_rate_rad_s=clip.heading_rate_rad_s[first:stop].copy(),
    )


def parts_of(clip: MotionClip) -> list[MotionClip]:
    """Pieces of `PIECE_FRAMES`; a shorter rest joins the last."""
    edges = [*range(0, clip.frames - PIECE_FRAMES + 1, PIECE_FRAMES), clip.frames]
    return [part_of(clip, first, stop) for first, stop in pairwise(edges)]


def cut_and_joined(coder: Coder, clip: MotionClip) -> MotionClip:
    """What comes of encoding and decoding a walk piece by piece."""
    backs = [coder.decode(coder.encode(part)).positions_m for part in parts_of(clip)]
    return replace(clip, positions_m=np.concatenate(backs))


def vector_figure(subject: Subject, clips: Sequence[MotionClip]) -> Figure:
    """How far a piece's recording vector lies from the whole walk's, over how far two people's do."""
    whole = np.array([subject.model.encode(clip).recording_vector for clip in clips])
    own = np.array(
        [
            np.mean([np.linalg.norm(subject.model.encode(part).recording_vector - vector) for part in parts_of(clip)])
            for clip, vector in zip(clips, whole, strict=True)
        ]
    )
    between = np.linalg.norm(whole[:, None] - whole[None], axis=-1)
    apart = between.sum(axis=1) / (len(clips) - 1)
    return over_people("model, a minute: vector of 10 s from the whole's, over other people's", own / apart, _mean, "")


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _one(name: str, value: float, unit: str) -> Figure:
    return Figure(name, value, unit, 1)


def draw(detail: dict[str, Any], folder: Path) -> list[Path]:
    """Error along a walk of a minute."""
    from ltme_clinic.report import style

    figure = style.new_figure(8.0, 3.0)
    axes = figure.subplots()
    style.quiet_axes(axes, grid="y")
    for name, colour in (("model", style.SIDE_COLOUR["right"]), ("PCA", style.QUIET)):
        errors = detail["error_mm"][name]
        seconds = 2.56 * (np.arange(len(errors)) + 0.5)
        axes.plot(seconds, errors, ".-", color=colour, label=name)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("seconds of the walk")
    axes.set_title("Synthetic: marker error along a walk of a minute, mm, mean over people", fontsize=style.SMALL_PT)
    axes.legend(frameon=False)
    path = folder / "coherence.png"
    figure.savefig(path, dpi=90)
    return [path]
