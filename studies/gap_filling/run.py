"""Hides stretches of measured markers, fills them in every way, and keeps the errors and a picture beside this file."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.progress import ProgressBar
from ltme_clinic.recordings import find_c3d_files, read_recordings
from ltme_clinic.recordings.repair import Method, fill_gaps_in_detail
from ltme_clinic.recordings.repair.gaps import Gap
from ltme_clinic.recordings.repair.principal import principal_residual
from ltme_clinic.types import LtmeError, Recording
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from studies.gap_filling.tables import as_text, draw, summary

RESULTS = Path(__file__).with_name("results")
LENGTHS_S = (0.1, 0.2, 0.5, 1.0)
HIDDEN_MARKERS = (1, 3)
METHODS = ("spline", "pchip", "rigid", "pca as published", "pca joined", "auto")
DESIGN = (
    "HC030",
    "HC032",
    "HC036",
    "HC039",
    "test_walking",
    "walking2",
    "Qualisys",
    "squat",
    "test_small",
    "DEC_INT",
    "Dec_real",
    "pc_int",
    "pc_real",
    "sgi_int",
    "sgi_real",
)
"""Beginnings of the names of the files that were looked at while the methods were worked out."""
KEPT_JOINTS = re.compile(
    r".*(?:Waist|Spine0\d|Head|Clavicle|Upperarm|Forearm|Hand|Thigh|Calf|Foot|ToeBase|BigToe1|PinkyToe1|Mid1)"
)
"""The joints that carry a body; a character's face and single fingers are left out."""
_SEEN_BESIDE_S = 0.1
_SHORTEST_S = 1.3
_FIRST_SEED = 880_000_000
_NO_LIMIT_M = 1000.0


@dataclass(frozen=True)
class Trial:
    """A recording, whose it is, and which part of the study it belongs to."""

    recording: Recording
    person: str
    group: str


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, required=True, help="a folder of real C3D files")
    parser.add_argument("--motions", type=Path, help="a folder of BVH files")
    parser.add_argument("--gaps", type=int, default=8, help="gaps for each file, length and number of markers")
    parser.add_argument("--walkers", type=int, default=8, help="virtual people")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    trials = [*real_trials(options.recordings), *virtual_trials(options.walkers)]
    trials += motion_trials(options.motions) if options.motions else []
    jobs = [(trial, options.gaps, options.seed + number) for number, trial in enumerate(trials)]
    rows: list[dict[str, Any]] = []
    with ProgressBar("gap filling") as progress, ProcessPoolExecutor(2) as pool:
        for number, found in enumerate(pool.map(measure, jobs)):
            progress("recordings", number, len(jobs))
            rows += found
    result = {"gaps_each": options.gaps, "seed": options.seed, **summary(rows, METHODS, LENGTHS_S, HIDDEN_MARKERS)}
    print(as_text(result))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "figures.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "table.md").write_text(as_text(result) + "\n")
    draw(result, RESULTS / "gap_filling.png")


def real_trials(folder: Path) -> Iterator[Trial]:
    """Moving trials that are long enough, one of several copies of the same trial, in the two halves."""
    seen: set[tuple[int, int]] = set()
    files, _ = find_c3d_files([folder])
    for path in files:
        try:
            recordings = read_recordings(path)
        except LtmeError:
            continue
        for recording in recordings:
            shape = (recording.frames, len(recording.marker_labels))
            if recording.is_static or recording.duration_s < _SHORTEST_S or "static" in path.name.lower():
                continue
            if shape in seen and "encod" in str(path):
                continue
            seen.add(shape)
            group = "design" if path.name.startswith(DESIGN) else "held out"
            person = path.name[:5] if path.parent.name == "children" else path.stem
            yield Trial(recording, person, group)


def virtual_trials(walkers: int) -> Iterator[Trial]:
    """Virtual people with skin motion and camera noise."""
    for number in range(walkers):
        patient = sample_patient(_FIRST_SEED + number)
        yield Trial(simulate_walk(patient, rate_hz=(100.0, 200.0)[number % 2]).recording, patient.name, "virtual")


def motion_trials(folder: Path) -> Iterator[Trial]:
    """BVH walks, by the subject their file name begins with."""
    for path in sorted(folder.rglob("*.bvh")):
        yield Trial(main_joints(path), path.stem.split("_")[0], "CMU joints")


def main_joints(path: Path) -> Recording:
    """The joints of a BVH file that carry a body, from the file's second frame on: the first may be a T-pose."""
    (recording,) = read_recordings(path)
    kept = [index for index, label in enumerate(recording.marker_labels) if KEPT_JOINTS.fullmatch(label)]
    dropped = max(0, 2 - recording.first_file_frame)
    return replace(
        recording,
        first_file_frame=recording.first_file_frame + dropped,
        marker_labels=tuple(recording.marker_labels[index] for index in kept),
        positions_m=np.ascontiguousarray(recording.positions_m[dropped:, kept]),
    )


def measure(job: tuple[Trial, int, int]) -> list[dict[str, Any]]:
    """Errors of every method on every gap drawn in one recording."""
    trial, gaps, seed = job
    rng = np.random.default_rng(seed)
    rows = []
    for length_s in LENGTHS_S:
        for several in HIDDEN_MARKERS:
            for start, end, markers in drawn_gaps(trial.recording, length_s, several, gaps, rng):
                errors = _errors_mm(trial.recording, start, end, markers)
                rows.append(
                    {"person": trial.person, "group": trial.group, "length_s": length_s, "markers": several} | errors
                )
    return rows


def drawn_gaps(
    recording: Recording, length_s: float, several: int, gaps: int, rng: np.random.Generator
) -> Iterator[tuple[int, int, list[int]]]:
    """Stretches [start, end) in which markers are seen throughout and 0.1 s on either side."""
    seen = ~np.isnan(recording.positions_m[..., 0])
    length, beside = round(length_s * recording.rate_hz), round(_SEEN_BESIDE_S * recording.rate_hz)
    last = recording.frames - length - beside
    found = 0
    for _ in range(30 * gaps if last > beside else 0):
        start, marker = int(rng.integers(beside, last)), int(rng.integers(seen.shape[1]))
        whole = seen[start - beside : start + length + beside].all(axis=0)
        place_m = recording.positions_m[start]
        near = np.argsort(np.linalg.norm(place_m - place_m[marker], axis=1))
        hidden = [int(other) for other in near if whole[other]][:several]
        if whole[marker] and len(hidden) == several:
            found += 1
            yield start, start + length, hidden
        if found == gaps:
            return


def _errors_mm(recording: Recording, start: int, end: int, markers: list[int]) -> dict[str, Any]:
    """Root mean square error of each method over the hidden markers; for those left open the spline's counts."""
    hidden_m = recording.positions_m.copy()
    hidden_m[start:end, markers] = np.nan
    damaged = replace(recording, positions_m=hidden_m)
    truth_m = recording.positions_m[start:end, markers]
    spline_m = _splines(hidden_m, start, end, markers, "cubic")
    fills = {"spline": spline_m, "pchip": _splines(hidden_m, start, end, markers, "pchip")}
    fills["pca as published"] = _published(hidden_m, start, end, markers)
    expected_mm = float("nan")
    methods: Iterable[tuple[str, Method]] = (("rigid", "rigid"), ("pca joined", "pca"), ("auto", "auto"))
    for name, method in methods:
        filling = fill_gaps_in_detail(
            damaged, method=method, max_error_m=_NO_LIMIT_M, markers={recording.marker_labels[m] for m in markers}
        )
        fills[name] = filling.recording.positions_m[start:end, markers]
        if method == "auto":
            own = [gap for gap in filling.gaps if abs(gap.start_s * recording.rate_hz - start) < 0.5 and gap.filled]
            squares = [gap.expected_error_m**2 for gap in own]
            expected_mm = 1e3 * float(np.sqrt(np.mean(squares))) if squares else float("nan")
    rows: dict[str, Any] = {"expected_mm": expected_mm}
    for name, fill_m in fills.items():
        open_ = np.isnan(fill_m).any(axis=(0, 2))
        used_m = np.where(np.isnan(fill_m), spline_m, fill_m)
        rows[name] = 1e3 * float(np.sqrt(((used_m - truth_m) ** 2).sum(axis=2).mean()))
        rows[f"{name} open"] = float(open_.mean())
    return rows


def _splines(hidden_m: np.ndarray, start: int, end: int, markers: list[int], kind: str) -> np.ndarray:
    from scipy.interpolate import CubicSpline, PchipInterpolator

    interpolator = CubicSpline if kind == "cubic" else PchipInterpolator
    tracks = []
    for marker in markers:
        frames = np.flatnonzero(~np.isnan(hidden_m[:, marker, 0]))
        tracks.append(interpolator(frames, hidden_m[frames, marker])(np.arange(start, end)))
    return np.stack(tracks, axis=1)


def _published(hidden_m: np.ndarray, start: int, end: int, markers: list[int]) -> np.ndarray:
    nothing = np.full((end - start, 3), np.nan)
    found = [principal_residual(hidden_m, Gap(marker, start, end)) for marker in markers]
    return np.stack([one[0] if one else nothing for one in found], axis=1)


if __name__ == "__main__":
    main()
