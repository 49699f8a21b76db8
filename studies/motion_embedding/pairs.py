"""Are two trials of one child nearer than trials of two children? Always a straight trial against a turning one.

Chance is told by dealing the turning trials to the children anew: the same distances, the wrong children.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.findings import ReferencePopulation
from ltme_clinic.findings.expectation import fit_expectation
from ltme_clinic.findings.visit import mean_over_trials, trial_covariates
from ltme_clinic.progress import Progress, silent
from ltme_clinic.statistics import auroc
from ltme_clinic.types import MotionClip
from studies.motion_embedding import features
from studies.motion_embedding.retest import virtual_visits, whitened, whitened_by_retest
from studies.motion_embedding.subject import Coded, Subject, standardised, within_person_covariance
from studies.virtual_lab_realism.figures import DRAWS, SEED, Figure, PartResult

TITLE = "Two trials of one child, and of two"
DEALS = 5000
"""Random pairings of straight with turning trials."""
CHANCE_BAR = 0.05
VECTOR = "recording vector"
FEWEST_CHILDREN = 3
PICTURE_COLUMNS = 5


def measure(subject: Subject, progress: Progress = silent) -> PartResult:
    """AUROC and retrieval of each feature over the children who have both trials."""
    children = subject.material.children_whole()
    if len(children) < FEWEST_CHILDREN:
        return PartResult(TITLE, [], {}, [f"not measured: {len(children)} children with both trials"])
    both = [subject.of([trials[kind] for trials in children.values()]) for kind in (0, 1)]
    visits = virtual_visits(progress=progress)
    figures: list[Figure] = []
    detail: dict[str, Any] = {"distances": {}}
    for name, rows in feature_rows(subject, [*both[0], *both[1]], visits).items():
        table = distances(rows[: len(children)], rows[len(children) :])
        figures += figures_of(name, table)
        detail["distances"][name] = np.round(table, 4).tolist()
    slots = features.shared_slots([*features.clips_of([*both[0], *both[1]]), *(clip for own in visits for clip in own)])
    remarks = [
        *subject.remarks(),
        f"retest: {len(visits)} virtual children measured twice, markers placed anew (synthetic)",
        f"marker mean and SD over {int(slots.sum())} landmarks that every trial shows",
    ]
    return PartResult(TITLE, figures, detail, remarks)


def feature_rows(subject: Subject, codes: Sequence[Coded], visits: list[list[MotionClip]]) -> dict[str, np.ndarray]:
    """Feature -> (clip, d) in standard deviations within a person."""
    clips = features.clips_of(codes)

    def ltme(of: Sequence[MotionClip]) -> np.ndarray:
        return np.stack([subject.model.encode(clip).recording_vector for clip in of]).astype(float)

    def pca(of: Sequence[MotionClip]) -> np.ndarray:
        return np.stack([subject.pca.encode(clip).recording_vector for clip in of]).astype(float)

    rows: dict[str, np.ndarray] = {}
    if subject.reference is not None:
        vectors = features.recording_vectors(codes)
        covariance = within_person_covariance(subject.reference)
        rows[VECTOR] = whitened(vectors, covariance)
        rows[f"{VECTOR}, what speed and leg length leave"] = whitened(left_over(subject.reference, codes), covariance)
    by_retest = {"PCA's recording vector": pca, "marker mean and SD": features.mean_and_sd}
    for name, feature in {VECTOR: ltme, **by_retest}.items():
        is_judged = name == VECTOR and subject.reference is None
        rows[name if is_judged else f"{name}, by retest"] = whitened_by_retest(feature, clips, visits)
        rows[f"{name}, by the children's SDs"] = standardised(feature(clips))
    rows["leg length alone (confound)"] = features.leg_lengths(codes)
    rows["speed alone"] = features.speeds(codes)
    return rows


def left_over(reference: ReferencePopulation, codes: Sequence[Coded]) -> np.ndarray:
    """Recording vectors less what the reference's people of that speed and leg length have, (clip, 64)."""
    people = mean_over_trials(reference.covariates)
    expectation = fit_expectation(people, mean_over_trials(reference.vectors.astype(float)))
    covariates = trial_covariates(tuple(code.ltme for code in codes))
    return features.recording_vectors(codes) - expectation.predict(covariates)


def distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Euclidean, (n, d) against (m, d): (n, m)."""
    return np.linalg.norm(first[:, None] - second[None], axis=-1)


def figures_of(name: str, table: np.ndarray) -> list[Figure]:
    """AUROC, how often random pairings reach it, and the share of trials whose nearest is the child's own."""
    n = len(table)
    value, found = own_against_others(table), retrieval(table)
    chance = dealt_anew(table, own_against_others)
    dealt = dealt_anew(table, retrieval)
    low, high = over_children(table)
    reached = float((1 + (chance >= value - 1e-12).sum()) / (1 + len(chance)))
    often = float((1 + (dealt >= found - 1e-12).sum()) / (1 + len(dealt)))
    bar = (None, CHANCE_BAR) if name == VECTOR else None
    between = " to ".join(f"{edge:.2f}" for edge in np.percentile(chance, (2.5, 97.5)))
    return [
        Figure(f"{name}: AUROC, own child against others", value, "", n, low, high, note=f"by chance {between}"),
        Figure(f"{name}: random pairings that reach this AUROC", reached, "", n, bar=bar),
        Figure(
            f"{name}: nearest trial is the child's own",
            found,
            "",
            2 * n,
            note=f"by chance {dealt.mean():.2f}; {often:.3f} of random pairings reach it",
        ),
    ]


def own_against_others(table: np.ndarray) -> float:
    """AUROC of the diagonal (own) being smaller than the rest, distances (child, child)."""
    own = np.eye(len(table), dtype=bool)
    return auroc(-table[~own], -table[own])


def retrieval(table: np.ndarray) -> float:
    """Share of trials, of either kind, whose nearest trial of the other kind is the same child's."""
    order = np.arange(len(table))
    hits = np.concatenate([table.argmin(axis=1) == order, table.argmin(axis=0) == order])
    return float(hits.mean())


def dealt_anew(table: np.ndarray, statistic: Callable[[np.ndarray], float], deals: int = DEALS) -> np.ndarray:
    """The statistic with turning trials dealt to children at random, (deal,)."""
    rng = np.random.default_rng(SEED)
    return np.array([statistic(table[:, rng.permutation(len(table))]) for _ in range(deals)])


def over_children(table: np.ndarray) -> tuple[float, float]:
    """95 % interval of the AUROC from drawing children; a child drawn twice is no stranger to itself."""
    rng = np.random.default_rng(SEED)
    values = []
    for _ in range(DRAWS):
        drawn = rng.integers(len(table), size=len(table))
        stranger = drawn[:, None] != drawn[None]
        if stranger.any():
            values.append(auroc(-table[np.ix_(drawn, drawn)][stranger], -table[drawn, drawn]))
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def draw(detail: dict[str, Any], folder: Path) -> list[Path]:
    """Distances as a table a feature: dark is near; own children on the diagonal."""
    from ltme_clinic.report import style

    if not detail:
        return []
    tables = detail["distances"]
    lines = -(-len(tables) // PICTURE_COLUMNS)
    figure = style.new_figure(2.7 * PICTURE_COLUMNS, 3.3 * lines)
    panels = figure.subplots(lines, PICTURE_COLUMNS, squeeze=False).ravel()
    for panel, (name, rows) in zip(panels, tables.items(), strict=False):
        table = np.array(rows)
        panel.imshow(table.argsort(axis=None).argsort().reshape(table.shape), cmap="Greys_r")
        for child in range(len(table)):
            panel.add_patch(_frame(child))
        title = name.replace(" (", "\n(").replace(", ", ",\n")
        panel.set_title(title, fontsize=style.SMALL_PT, color=style.INK)
        panel.set_xticks([])
        panel.set_yticks([])
    for panel in panels[len(tables) :]:
        panel.set_visible(False)
    style.heading(figure, "Rank of distances, straight (down) to turning trials; dark: near; framed: own child", None)
    path = folder / "pairs.png"
    figure.savefig(path, dpi=80)
    return [path]


def _frame(child: int) -> Any:
    from matplotlib.patches import Rectangle

    from ltme_clinic.report import style

    return Rectangle((child - 0.5, child - 0.5), 1, 1, fill=False, edgecolor=style.SIDE_COLOUR["left"], linewidth=1.5)
