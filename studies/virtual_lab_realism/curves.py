"""Healthy virtual people at five speeds, beside the children who were measured at them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES
from ltme_clinic.norms import speed_m_s, walking_curves
from ltme_clinic.norms.table_files import read_rows
from ltme_clinic.progress import Progress, silent
from ltme_clinic.virtual_lab import sample_patient
from studies.virtual_lab_realism.figures import Figure, PartResult, over_people
from studies.virtual_lab_realism.picture_files import save_small
from studies.virtual_lab_realism.recorded import in_parallel, measured_walk
from studies.virtual_lab_realism.spectrum import spectrum_figures

TITLE = "Curves, spreads and steps of healthy people at five speeds"
PEOPLE = 200
FIRST_SEED = 56_000_000
"""People nobody trained on or chose by; the two groups of ages and the five speeds follow in blocks of `BLOCK`."""
BLOCK = 10_000
SECONDS = 8.0
CHILD_AGES_Y = (6.0, 17.0)
"""The published children were about 4 to 17 years old; virtual people begin at 6."""
AGES = ("children", "all ages")
WITHIN_SD = 2.0
"""Drawn speeds are held within so many standard deviations of their group."""
DPI = 75
MEAN_BAR_DEG, SPREAD_BAR, STEP_BAR_PCT = 2.0, 0.25, 3.0
STEP_FIGURES = {"cadence_spm*": "cadence", "step_length_m*": "step length", "foot_off_pct": "stance share"}

Job = tuple[int, float, bool]


def measure(people: int = PEOPLE, workers: int = 2, progress: Progress = silent) -> PartResult:
    """Means, spreads and steps of `people` at each speed, children and all ages, and the spectrum at free speed."""
    figures: list[Figure] = []
    remarks: list[str] = []
    detail: dict[str, Any] = {"groups": {}}
    for ages in AGES:
        for number, group in enumerate(read_rows("speed_groups")):
            name = group["speed_group"]
            jobs = jobs_of(group, people, number, children=ages == "children")
            rows = list(in_parallel(_walk, jobs, workers, progress, f"curves: {ages}, {name}"))
            kept = [row for row in rows if row["curves"] is not None]
            if len(kept) < len(rows):
                why = Counter(row["refused"] for row in rows if row["curves"] is None).most_common(1)[0][0]
                lost = f"{len(rows) - len(kept)} of {len(rows)} walks without nine curves"
                remarks.append(f"{ages}, {name}: {lost}, for instance: {why}")
            curves = np.array([row["curves"] for row in kept])  # (person, 2, 9, 51)
            mean, sd = walking_curves(float(group["speed"]))
            figures += curve_figures(f"{ages}, {name}", curves, mean, sd)
            figures += step_figures(f"{ages}, {name}", [row["figures"] for row in kept], group)
            if ages == "all ages":
                continue
            detail["groups"][name] = {
                "mean_deg": np.round(curves.mean(axis=(0, 1)), 2).tolist(),
                "sd_deg": np.round(side_sd(curves), 2).tolist(),
                **measurement(curves, np.array([row["true_curves"] for row in kept])),
            }
            if name == "Free":
                found, detail["spectrum"] = spectrum_figures(curves)
                figures += found
    return PartResult(TITLE, figures, detail, remarks)


def jobs_of(group: dict[str, str], people: int, number: int, *, children: bool) -> list[Job]:
    """Who walks how fast: (seed, dimensionless speed, whether a child's age is drawn)."""
    first = FIRST_SEED + BLOCK * (2 * number + int(not children))
    drawn = np.random.default_rng(first).standard_normal(people).clip(-WITHIN_SD, WITHIN_SD)
    speeds = float(group["speed"]) + float(group["speed_sd"]) * drawn
    return [(first + person, float(speed), children) for person, speed in enumerate(speeds)]


def _walk(job: Job) -> dict[str, Any]:
    seed, speed, child = job
    age_y = float(np.random.default_rng(seed).uniform(*CHILD_AGES_Y)) if child else None
    patient = sample_patient(seed, age_y=age_y)
    walk = measured_walk(patient, duration_s=SECONDS, speed_m_s=speed_m_s(speed, patient.leg_length_m))
    curves = walk.curves_deg if walk.complete else None
    return {
        "curves": curves,
        "figures": walk.figures,
        "true_curves": walk.truth.model_curves_deg,
        "refused": walk.refused or "no counted cycle of a side",
    }


def measurement(curves: np.ndarray, true: np.ndarray) -> dict[str, Any]:
    """What cameras and gait model add to the true curves (person, 2, 9, 51): by phase, and between people by variable.

    Kept beside the figures, for a difference from the published means can be the walker's or the measurement's.
    """
    apart = curves - true
    offsets = np.nanmean(apart, axis=3).reshape(-1, len(ANGLES))  # (side, 9)
    return {
        "measured_minus_true_deg": np.round(np.nanmean(apart, axis=(0, 1)), 2).tolist(),
        "measured_minus_true_sd_deg": np.round(np.nanstd(offsets, axis=0, ddof=1), 2).tolist(),
    }


def curve_figures(group: str, curves: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> list[Figure]:
    """Difference of means and ratio of spreads for each variable.

    Parameters
    ----------
    curves : (person, 2, 9, 51) degrees
    mean, sd : (9, 51) published; the SD is between single sides (on the 166 control curves, hip rotation varies by 9.6
        degrees between sides and by 8.1 between people's means of both; the published 9.5 is the former)
    """
    found = []
    for place, name in enumerate(ANGLES):
        own = curves[:, :, place] if len(curves) else np.empty((0, 2, mean.shape[1]))
        found.append(
            over_people(
                f"{group}: mean {name}, RMS difference",
                own,
                lambda drawn, place=place: rms_difference(drawn, mean[place]),  # type: ignore[misc]
                "deg",
                bar=(None, MEAN_BAR_DEG),
            )
        )
    for place, name in enumerate(ANGLES):
        own = curves[:, :, place] if len(curves) else np.empty((0, 2, mean.shape[1]))
        found.append(
            over_people(
                f"{group}: SD of {name}, of the published",
                own,
                lambda drawn, place=place: spread_ratio(drawn, sd[place]),  # type: ignore[misc]
                "",
                bar=(1.0 - SPREAD_BAR, 1.0 + SPREAD_BAR),
            )
        )
    return found


def rms_difference(curves: np.ndarray, mean: np.ndarray) -> float:
    """Root mean square over the cycle between the mean of (person, 2, 51) curves and a published mean (51,)."""
    return float(np.sqrt(np.mean((curves.mean(axis=(0, 1)) - mean) ** 2)))


def spread_ratio(curves: np.ndarray, sd: np.ndarray) -> float:
    """SD between the single sides of (person, 2, 51) curves over a published SD (51,), each its mean over the cycle."""
    return float(side_sd(curves).mean() / sd.mean())


def side_sd(curves: np.ndarray) -> np.ndarray:
    """(...,) SD between all sides of (person, 2, ...)."""
    return curves.reshape(-1, *curves.shape[2:]).std(axis=0, ddof=1)


def step_figures(group: str, rows: list[dict[str, float]], published: dict[str, str]) -> list[Figure]:
    """Cadence, step length (dimensionless) and stance share in per cent above the published mean."""
    wanted = {
        "cadence_spm*": float(published["cadence"]),
        "step_length_m*": float(published["step_length"]),
        "foot_off_pct": float(published["foot_off_pct"]),
    }
    found = []
    for name, words in STEP_FIGURES.items():
        values = np.array([row[name] for row in rows], dtype=float)
        found.append(
            over_people(
                f"{group}: {words} above the published",
                values[np.isfinite(values)],
                lambda drawn, name=name: float(100.0 * (drawn.mean() / wanted[name] - 1.0)),  # type: ignore[misc]
                "%",
                bar=(-STEP_BAR_PCT, STEP_BAR_PCT),
            )
        )
    return found


def draw(detail: dict[str, Any], folder: Path) -> list[Path]:
    """Virtual mean and SD over the published ones: a row a speed, a column a variable."""
    from ltme_clinic.report import style

    percent = np.linspace(0.0, 100.0, 51)
    groups = read_rows("speed_groups")
    figure = style.new_figure(21.0, 11.0)
    panels = figure.subplots(len(groups), len(ANGLES), sharex=True, sharey="col")
    for row, group in enumerate(groups):
        own = detail["groups"][group["speed_group"]]
        mean, sd = walking_curves(float(group["speed"]))
        virtual, spread = np.array(own["mean_deg"]), np.array(own["sd_deg"])
        for column, name in enumerate(ANGLES):
            panel = panels[row, column]
            style.quiet_axes(panel, grid="y")
            low, high = mean[column] - sd[column], mean[column] + sd[column]
            panel.fill_between(percent, low, high, color=style.BAND, linewidth=0)
            panel.plot(percent, mean[column], color=style.QUIET, linewidth=1.0)
            panel.plot(percent, virtual[column], color=style.SIDE_COLOUR["right"], linewidth=1.8)
            for edge in (virtual[column] - spread[column], virtual[column] + spread[column]):
                panel.plot(percent, edge, color=style.SIDE_COLOUR["right"], linewidth=0.9, linestyle="--")
            panel.set_xlim(0.0, 100.0)
            if row == 0:
                panel.set_title(name.replace("_", " "), loc="left", fontsize=style.TEXT_PT, color=style.INK)
            if column == 0:
                panel.set_ylabel(f"{group['speed_group']}, degrees", fontsize=style.SMALL_PT, color=style.QUIET)
    words = "Synthetic: virtual children (blue: mean, dashed 1 SD) over published children (grey: mean and 1 SD)"
    style.heading(figure, words, None)
    return [save_small(figure, folder / "curves.png", DPI)]
