"""Do real healthy walks look healthy beside virtual people? Distances of the embedding, and what drives them.

Each laboratory's walks are held against virtual people who were measured as they were (`matched`). The distance is that
of the project's own detector: Mahalanobis about what is expected at this speed and leg length, one half of the virtual
people fitting, the other half giving the 99th percentile. The reference that is shipped is asked as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES, GAIT_PHASES, SIDES
from ltme_clinic.clips import make_clip
from ltme_clinic.embedding.gaitcode import CURVE_NUMBERS, TARGETS, VECTOR_NUMBERS
from ltme_clinic.findings import MahalanobisDetector, ReferencePopulation
from ltme_clinic.findings.expectation import TERMS, fit_expectation
from ltme_clinic.findings.explain import phase_means
from ltme_clinic.findings.visit import COVARIATES
from ltme_clinic.progress import Progress, silent
from ltme_clinic.statistics import bootstrap_interval, shrinkage_covariance
from ltme_clinic.types import LtmeError, Recording
from studies.virtual_lab_realism.figures import DRAWS, SEED, Figure, PartResult
from studies.virtual_lab_realism.matched import Group, as_group_records, grouped, virtual_recording
from studies.virtual_lab_realism.real_walks import RealWalk, real_walks
from studies.virtual_lab_realism.recorded import in_parallel
from studies.virtual_lab_realism.walk_features import walk_features

TITLE = "Real healthy walks beside virtual people"
PEOPLE = 200
"""Virtual people beside each laboratory."""
FIRST_SEED = 46_000_000
PERCENTILE = 99.0
SHARE_BAR = 0.20
BLOCKS = {
    "joint curves": slice(0, CURVE_NUMBERS),
    "steps": slice(CURVE_NUMBERS, TARGETS),
    "deviation": slice(TARGETS, VECTOR_NUMBERS),
    "posture": slice(VECTOR_NUMBERS, None),
}
"""Of the recording vector, then the posture vector."""
MOST_DRIVERS = 12
SHIPPED_REFERENCE = "virtual-healthy"

CENTRES_LABORATORY = "CMU"
"""Its joint centres are those of skeletons fitted to markers, and 67 of 79 people are its."""
SPREAD_FLOOR = 0.5
"""Degrees, as `findings.explain` has one: what virtual people hardly vary in would else lead every list."""

Row = dict[str, Any]


def measure(people: int = PEOPLE, workers: int = 2, progress: Progress = silent) -> PartResult:
    """Share of real healthy people beyond the virtual 99th percentile, by laboratory, and what drives it."""
    try:
        real = real_walks()
    except LtmeError as error:
        return PartResult(TITLE, [], {}, [f"not measured: {error}"])
    figures: list[Figure] = []
    detail: dict[str, Any] = {"groups": {}}
    remarks = real.told()
    judged: list[Row] = []
    for number, (group, walks) in enumerate(grouped(real.walks)):
        jobs = [(group, FIRST_SEED + 10_000 * number + person) for person in range(people)]
        virtual = [row for row in in_parallel(_virtual_row, jobs, workers, progress, f"transfer: {group.name}") if row]
        rows = [row for row in (_real_row(group, walk) for walk in walks) if row]
        if len(rows) < len(walks):
            remarks.append(f"{group.name}: {len(walks) - len(rows)} of {len(walks)} real walks can't be embedded")
        found, own = group_figures(group.name, virtual, rows)
        figures += found
        detail["groups"][group.name] = own
        judged += [row | {"laboratory": group.name} for row in rows]
    figures = overall_figures(judged) + figures
    remarks += _cmu_remarks()
    return PartResult(TITLE, figures, detail, remarks)


def _cmu_remarks() -> list[str]:
    return [
        "Who walked CMU's exponential maps is not told: each file counts as a person there, so its intervals are too "
        "narrow; the interval over laboratories is the wider and the safer one.",
        "In all of CMU's formats knees are bent by 35 to 43 degrees on average and 5 to 13 at least; in every marker "
        "laboratory by 21 to 26 and 0 to 5: its skeletons were fitted with the knee some 4 cm further forward.",
    ]


def _virtual_row(job: tuple[Group, int]) -> Row | None:
    group, seed = job
    try:
        return _row(virtual_recording(group, seed), f"virtual {seed}")
    except LtmeError:
        return None


def _real_row(group: Group, walk: RealWalk) -> Row | None:
    try:
        return _row(as_group_records(walk.recording, group), walk.person) | {"name": walk.name}
    except LtmeError:
        return None


def _row(recording: Recording, person: str) -> Row:
    """Embedding, covariates, decoded curves and what the gait analysis says of one walk."""
    embedding = _model().encode(make_clip(recording))
    try:
        gait = walk_features(recording)["gait"]
    except LtmeError:
        gait = {}
    return {
        "person": person,
        "code": np.concatenate([embedding.recording_vector, embedding.posture_vector]).astype(float),
        "covariates": np.array([getattr(embedding, name) for name in COVARIATES], dtype=float),
        "phases": phase_means(_model().decode_curves(embedding.recording_vector[None]).astype(float))[0],
        "gait": gait,
    }


@cache
def _model() -> Any:
    """The shipped transformer; loads torch."""
    from ltme_clinic.embedding import load_model

    return load_model()


@cache
def _shipped() -> Any:
    """The shipped reference's detector, fitted."""
    import ltme_clinic.findings

    path = Path(ltme_clinic.findings.__file__).parent / "references" / f"{SHIPPED_REFERENCE}.safetensors"
    return MahalanobisDetector().fit(ReferencePopulation.load(path))


@dataclass(frozen=True)
class Distance:
    """A Mahalanobis distance about what is expected at a speed and leg length."""

    expectation: Any
    factor: np.ndarray
    limit: float
    """The 99th percentile of virtual people who did not fit it."""
    held_out: np.ndarray  # (person,)

    def of(self, values: np.ndarray, covariates: np.ndarray) -> np.ndarray:
        """(row,) distances over the limit: above 1 is beyond."""
        residuals = values - self.expectation.predict(covariates)
        return np.sqrt((np.linalg.solve(self.factor, residuals.T) ** 2).sum(axis=0)) / self.limit


def fitted_distance(values: np.ndarray, covariates: np.ndarray) -> Distance:
    """Even people fit, odd people give the limit: (person, value), (person, 3)."""
    fit, held = np.arange(0, len(values), 2), np.arange(1, len(values), 2)
    expectation = fit_expectation(covariates[fit], values[fit])
    residuals = values[fit] - expectation.predict(covariates[fit])
    covariance = shrinkage_covariance(residuals, centre=False) * len(fit) / (len(fit) - TERMS)
    covariance += max(1e-9, 1e-6 * float(np.trace(covariance)) / len(covariance)) * np.eye(len(covariance))
    unscored = Distance(expectation, np.linalg.cholesky(covariance), 1.0, np.empty(0))
    scores = unscored.of(values[held], covariates[held])
    return Distance(expectation, unscored.factor, float(np.percentile(scores, PERCENTILE)), scores)


def group_figures(name: str, virtual: Sequence[Row], rows: list[Row]) -> tuple[list[Figure], dict[str, Any]]:
    """Shares beyond, by block too, and the drivers, of one laboratory; fills in each row's distances."""
    codes, covariates = (np.array([row[key] for row in virtual]) for key in ("code", "covariates"))
    real_codes, real_covariates = (np.array([row[key] for row in rows]) for key in ("code", "covariates"))
    vector = slice(0, VECTOR_NUMBERS)
    distance = fitted_distance(codes[:, vector], covariates)
    shipped = _shipped()
    limit = float(np.percentile(shipped.calibration_scores(1), PERCENTILE))
    by_shipped = shipped.fits[0].scores(real_codes[:, vector], real_covariates) / limit
    for row, own, theirs in zip(rows, distance.of(real_codes[:, vector], real_covariates), by_shipped, strict=True):
        row |= {"distance": float(own), "shipped": float(theirs)}
    figures = [share_of_people(f"{name}: people beyond", rows, "distance")]
    for block, place in BLOCKS.items():
        part = fitted_distance(codes[:, place], covariates).of(real_codes[:, place], real_covariates)
        for row, own in zip(rows, part, strict=True):
            row[block] = float(own)
        figures.append(share_of_people(f"{name}: people beyond by {block} alone", rows, block))
    own_detail = {
        "virtual": np.round(distance.held_out / distance.limit, 3).tolist(),
        "real": [round(row["distance"], 3) for row in rows],
        "names": [row["name"] for row in rows],
        "curve_z": np.round(curve_z(virtual, rows), 2).tolist(),
        "drivers": drivers(virtual, rows),
    }
    return figures, own_detail


def share_of_people(name: str, rows: Sequence[Row], key: str) -> Figure:
    """Share of people whose walks lie beyond on average, with Clopper and Pearson's interval."""
    people = _by_person(rows, key)
    beyond = int((people > 1.0).sum())
    low, high = exact_interval(beyond, len(people))
    return Figure(name, beyond / len(people), "", len(people), low, high, note=f"median {np.median(people):.2f} limits")


def exact_interval(hits: int, trials: int) -> tuple[float, float]:
    """95 % interval of a share (Clopper and Pearson 1934)."""
    from scipy.stats import beta

    low = float(beta.ppf(0.025, hits, trials - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, trials - hits)) if hits < trials else 1.0
    return low, high


def _by_person(rows: Sequence[Row], key: str) -> np.ndarray:
    """Mean over each person's walks."""
    found: dict[str, list[float]] = {}
    for row in rows:
        found.setdefault(row["person"], []).append(row[key])
    return np.array([np.mean(values) for values in found.values()])


def overall_figures(rows: Sequence[Row]) -> list[Figure]:
    """All people together, those of marker laboratories alone, and each laboratory weighing the same."""
    figures = []
    of_markers = [row for row in rows if row["laboratory"] != CENTRES_LABORATORY]
    laboratories = sorted({row["laboratory"] for row in rows})
    for key, words in (("distance", "matched virtual people"), ("shipped", "the shipped reference")):
        bar = (None, SHARE_BAR) if key == "distance" else None
        name = f"real people beyond the 99th percentile of {words}"
        figures.append(_mean_share(name, _by_person(rows, key) > 1.0, bar, ""))
        if of_markers:
            figures.append(_mean_share(f"{name}, skin markers alone", _by_person(of_markers, key) > 1.0, bar, ""))
        shares = [(_by_person([r for r in rows if r["laboratory"] == own], key) > 1.0).mean() for own in laboratories]
        figures.append(_mean_share(f"{name}, laboratories alike", np.array(shares), bar, "n: laboratories"))
    return figures


def _mean_share(name: str, shares: np.ndarray, bar: tuple[float | None, float | None] | None, note: str) -> Figure:
    """A mean of people or laboratories with an interval from drawing them anew."""
    low = high = float("nan")
    if len(shares) > 1:
        low, high = bootstrap_interval(shares, lambda drawn: float(drawn.mean()), seed=SEED, draws=DRAWS)
    return Figure(name, float(shares.mean()), "", len(shares), low, high, bar, note)


def curve_z(virtual: Sequence[Row], rows: Sequence[Row]) -> np.ndarray:
    """(variable, phase) mean z of real decoded curves, sides pooled, against virtual people of this speed and size."""
    z = _conditional_z(np.array([row["phases"] for row in virtual]), [row["phases"] for row in rows], virtual, rows)
    shaped = z.reshape(len(rows), len(SIDES), len(ANGLES), len(GAIT_PHASES))
    return np.median(shaped, axis=(0, 1))


def drivers(virtual: Sequence[Row], rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The gait analysis's own features that differ most, by the median z over real walks; no embedding in between."""
    names = sorted({name for row in rows for name in row["gait"]})
    found = []
    for name in names:
        known = [row for row in virtual if np.isfinite(row["gait"].get(name, np.nan))]
        of_real = [row for row in rows if np.isfinite(row["gait"].get(name, np.nan))]
        if len(known) < 20 or len(of_real) < max(1, len(rows) // 2):
            continue
        values = np.array([[row["gait"][name]] for row in known])
        real = [np.array([row["gait"][name]]) for row in of_real]
        floor = SPREAD_FLOOR if ":" in name else 0.0
        z = _conditional_z(values, real, known, of_real, floor)[:, 0]
        found.append(
            {
                "feature": name,
                "median_z": round(float(np.median(z)), 2),
                "real": round(float(np.median(real)), 4),
                "virtual": round(float(np.median(values)), 4),
            }
        )
    return sorted(found, key=lambda row: -abs(row["median_z"]))[:MOST_DRIVERS]


def _conditional_z(
    values: np.ndarray, real: Sequence[np.ndarray], virtual: Sequence[Row], rows: Sequence[Row], floor: float = 0.0
) -> np.ndarray:
    """(real walk, value) how many virtual SDs a real walk lies from what is expected at its speed and leg length."""
    covariates = np.array([row["covariates"] for row in virtual])
    expectation = fit_expectation(covariates, values)
    spread = np.sqrt(((values - expectation.predict(covariates)) ** 2).sum(axis=0) / (len(values) - TERMS))
    expected = expectation.predict(np.array([row["covariates"] for row in rows]))
    return (np.array(real) - expected) / np.maximum(spread, max(floor, 1e-9))


def draw(detail: dict[str, Any], folder: Path) -> list[Path]:
    """Distances by laboratory, and where decoded curves differ."""
    from ltme_clinic.report import style

    groups = detail["groups"]
    if not groups:
        return []
    figure = style.new_figure(16.0, 3.6 + 1.1 * len(groups))
    panels = figure.subplots(1, 2, width_ratios=(1.0, 1.6))
    rng = np.random.default_rng(SEED)
    left = panels[0]
    style.quiet_axes(left, grid="x")
    for place, own in enumerate(groups.values()):
        for values, colour, shift in (
            (own["virtual"], style.QUIET, 0.18),
            (own["real"], style.SIDE_COLOUR["right"], -0.18),
        ):
            heights = place + shift + 0.08 * rng.standard_normal(len(values))
            left.plot(values, heights, ".", color=colour, markersize=5, alpha=0.6)
    left.axvline(1.0, color=style.INK, linewidth=1.0)
    left.set_xscale("log")
    left.set_xticks([0.5, 1.0, 2.0, 5.0], ["0.5", "1", "2", "5"])
    left.set_xticks([], minor=True)
    left.set_yticks(range(len(groups)), list(groups))
    left.set_xlabel("distance over the virtual 99th percentile (grey: virtual, synthetic; blue: real)")
    table = np.concatenate([np.array(own["curve_z"]) for own in groups.values()])
    image = panels[1].imshow(np.clip(table, -4, 4), cmap="RdBu_r", vmin=-4, vmax=4, aspect="auto")
    panels[1].set_xticks(range(len(GAIT_PHASES)), list(GAIT_PHASES), rotation=30, ha="right", fontsize=style.SMALL_PT)
    names = [f"{group}: {name.replace('_', ' ')}" for group in groups for name in ANGLES]
    panels[1].set_yticks(range(len(names)), names, fontsize=5)
    figure.colorbar(image, ax=panels[1], label="median z of real decoded curves")
    path = folder / "transfer.png"
    figure.savefig(path, dpi=80)
    return [path]
