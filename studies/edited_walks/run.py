"""Edits real walks, scores them by folds, and keeps figures, page and picture."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.embedding import load_model, load_pca_model
from ltme_clinic.embedding.prepare import prepare
from ltme_clinic.embedding.reader import load_reader
from ltme_clinic.kinematics.joint_centre_angles import sagittal_angles
from ltme_clinic.progress import Progress, ProgressBar
from ltme_clinic.training.bench.baselines import marker_mean_sd
from ltme_clinic.training.bench.resampling import auroc_draws, figure, person_weights, wins
from ltme_clinic.training.bench.scoring import KINDS, Table, fit_scorer
from ltme_clinic.types import CLIP_RATE_HZ, MotionClip, deviation_numbers
from studies.edited_walks.edits import DEGREES, edited, edits
from studies.motion_embedding.material import RealClip, real_material

RESULTS = Path(__file__).with_name("results")
LABORATORY = "CMU, exponential maps"
FOLDS = 5
BINS = 20
SHORTEST_S = 2.0
OURS = ("deviations", "vector")
TITLES = {
    "deviations": "numbers of deviation",
    "vector": "recording vector",
    "pca": "PCA, as many numbers",
    "marker_mean_sd": "marker mean + SD",
    "sagittal": "sagittal curves",
    "spatiotemporal": "cadence, reach of the ankles",
}
Features = dict[str, np.ndarray]


def main() -> None:
    """A minute on one core."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    with ProgressBar("edited walks") as progress:
        walks = one_a_file(real_material().walks())
        figures = measured(walks, progress)
    (options.results / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    page = as_page(figures)
    (options.results / "table.md").write_text(page + "\n", encoding="utf-8")
    draw(figures, options.results / "edited_walks.png")
    print(page)


def one_a_file(walks: Sequence[RealClip]) -> list[RealClip]:
    """The longest steady stretch of each of the laboratory's files, if it is long enough."""
    longest: dict[str, RealClip] = {}
    for item in walks:
        file = item.name.partition(" ")[0]
        long_enough = item.label.laboratory == LABORATORY and item.clip.duration_s >= SHORTEST_S
        if long_enough and (file not in longest or item.clip.frames > longest[file].clip.frames):
            longest[file] = item
    return [longest[file] for file in sorted(longest)]


def side_of(name: str) -> str:
    """Left or right, by the file's name."""
    return SIDES[hashlib.sha256(name.encode()).digest()[0] % 2]


def measured(walks: Sequence[RealClip], progress: Progress) -> dict[str, Any]:
    """AUROC of every score for every edit and degree, and each file's largest share of rank by the embedding."""
    seen = np.array([item.clip.valid.any(axis=0) for item in walks]).all(axis=0)
    slots = np.flatnonzero(seen)
    total = 1 + len(edits()) * len(DEGREES)
    plain = [features(item.clip, slots) for item in walks]
    progress("reading walks", 1, total)
    groups: dict[tuple[str, float], list[Features]] = {}
    for edit in edits():
        for degrees in DEGREES:
            groups[edit.name, degrees] = [
                features(edited(item.clip, edit, side_of(item.name), degrees), slots) for item in walks
            ]
            progress("reading walks", 1 + len(groups), total)
    scores = {name: scored(name, plain, groups) for name in TITLES}
    weights = person_weights(len(walks))
    known = np.ones(len(walks), dtype=bool)

    def auroc_of(name: str, kind: int, key: tuple[str, float]) -> np.ndarray:
        own, changed = scores[name][None][:, kind], scores[name][key][:, kind]
        return auroc_draws(wins(own, changed), (known, known), weights)

    kinds = {name: _best_kind(name, auroc_of, groups) for name in TITLES}
    return {
        "files": len(walks),
        "slots": len(slots),
        "fingerprint": load_model().fingerprint,
        "kinds": {name: KINDS[kind] for name, kind in kinds.items()},
        "auroc": {
            edit.name: {
                str(degrees): {name: figure(auroc_of(name, kinds[name], (edit.name, degrees))) for name in TITLES}
                for degrees in DEGREES
            }
            for edit in edits()
        },
        "mean": {
            str(degrees): {
                name: figure(np.mean([auroc_of(name, kinds[name], (e.name, degrees)) for e in edits()], axis=0))
                for name in TITLES
            }
            for degrees in DEGREES
        },
        "files_beyond_all": {
            item.name: [
                edit.name
                for edit in edits()
                if scores["deviations"][edit.name, DEGREES[-1]][row, 0] > scores["deviations"][None][:, 0].max()
            ]
            for row, item in enumerate(walks)
        },
    }


def features(clip: MotionClip, slots: np.ndarray) -> Features:
    """Everything that is held against each other, and what the walk is expected to depend on."""
    embedding, pca = load_model().encode(clip), load_pca_model().encode(clip)
    rhythm = prepare(clip, load_reader().skeleton).rhythm
    angles = sagittal_angles(clip.positions_m.astype(float), CLIP_RATE_HZ, np.zeros(clip.frames)).values_deg
    bins = np.floor(rhythm.phase_rad / (2.0 * np.pi) * BINS).astype(int) % BINS
    curves = [[values[bins == number].mean() for number in range(BINS)] for values in angles.values()]
    ankles = [clip.positions_m[:, SLOT_INDEX[f"{side}_ankle_centre"], 0] for side in SIDES]
    return {
        "deviations": deviation_numbers(embedding.recording_vector),
        "vector": embedding.recording_vector,
        "pca": np.concatenate([pca.posture_vector, pca.recording_vector]),
        "marker_mean_sd": marker_mean_sd(clip.positions_m, slots),
        "sagittal": np.ravel([curve for curve in curves if np.isfinite(curve).all()]),
        "spatiotemporal": np.array([embedding.cadence_spm, *(np.ptp(ankle) for ankle in ankles)]),
        "covariates": np.array([embedding.speed_m_s, embedding.leg_length_m]),
    }


def scored(
    name: str, plain: Sequence[Features], groups: dict[tuple[str, float], list[Features]]
) -> dict[Any, np.ndarray]:
    """(file, kind) scores of the unedited walks, under None, and of every group, each by a fit on other files."""
    fold = np.arange(len(plain)) % FOLDS
    own = _table(name, plain)
    tables = {None: own} | {key: _table(name, group) for key, group in groups.items()}
    result = {key: np.full((len(plain), len(KINDS)), np.nan) for key in tables}
    for number in range(FOLDS):
        scorer = fit_scorer([own.take(fold != number)])
        for key, table in tables.items():
            result[key][fold == number] = scorer.scores([table.take(fold == number)])
    return result


def _table(name: str, walks: Sequence[Features]) -> Table:
    rows = np.array([walk[name] for walk in walks], dtype=float)
    return Table(rows, rows, np.array([walk["covariates"] for walk in walks], dtype=float))


def _best_kind(name: str, auroc_of: Callable[..., np.ndarray], groups: dict[tuple[str, float], list[Features]]) -> int:
    """The embedding by the Mahalanobis distance; any other by whichever of the three has the best mean."""
    if name in OURS:
        return 0
    means = [np.mean([auroc_of(name, kind, key)[0] for key in groups]) for kind in range(len(KINDS))]
    return int(np.argmax(means))


def as_page(figures: dict[str, Any]) -> str:
    """The table, in Markdown."""
    names = list(TITLES)
    lines = [
        "# Real walks with a joint bent by known degrees (edited, otherwise real)",
        "",
        f"{figures['files']} files of CMU, {figures['slots']} joint centres; AUROC against the same files unedited, by "
        "folds of files; 95 % intervals over files. Unedited walks of these files taught the embedding what is no "
        "deviation.",
        "",
        _row("edit", "degrees", *(f"{TITLES[name]} ({figures['kinds'][name]})" for name in names)),
        "|---" * (2 + len(names)) + "|",
    ]
    for edit, by_degrees in {**figures["auroc"], "mean": figures["mean"]}.items():
        for degrees, found in by_degrees.items():
            placebo = " (placebo)" if float(degrees) == 0.0 else ""
            lines.append(_row(edit, f"{float(degrees):.0f}{placebo}", *(_interval(found[name]) for name in names)))
    lines += ["", "Files, and the edits of 20 degrees at which their distance is beyond all unedited files':", ""]
    lines += [f"- {file}: {', '.join(found) or 'none'}" for file, found in figures["files_beyond_all"].items()]
    return "\n".join(lines)


def draw(figures: dict[str, Any], out: Path) -> None:
    """AUROC by degrees, a panel an edit."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(12.0, 3.9), layout="constrained")
    page.suptitle("Real walks, edited: a joint bent by known degrees, told from the same walks unedited", fontsize=11)
    panels = page.subplots(1, len(figures["auroc"]), sharey=True)
    colours = ("#D55E00", "#E69F00", "#0072B2", "#56B4E9", "#009E73", "#9AA5B1")
    for axes, (edit, by_degrees) in zip(panels, figures["auroc"].items(), strict=True):
        for name, colour in zip(TITLES, colours, strict=True):
            values = [found[name]["value"] for found in by_degrees.values()]
            axes.plot([float(degrees) for degrees in by_degrees], values, "o-", color=colour, label=TITLES[name])
        axes.set(title=edit, xlabel="degrees", ylim=(0.45, 1.02), xticks=list(DEGREES))
        axes.title.set_fontsize(9)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("AUROC")
    lines, titles = panels[0].get_legend_handles_labels()
    page.legend(lines, titles, frameon=False, fontsize=8, loc="outside lower center", ncols=len(TITLES))
    page.savefig(out, dpi=110)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _interval(of: dict[str, Any]) -> str:
    return f"{of['value']:.2f} ({of['low']:.2f} to {of['high']:.2f})"


if __name__ == "__main__":
    main()
