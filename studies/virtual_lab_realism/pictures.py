"""Pictures for the documentation: healthy walking and each impairment, as curves over the band and as stick figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.norms import speed_m_s, walking_curves
from ltme_clinic.report import style
from ltme_clinic.report.gait_variables import axis_label, variable_of
from ltme_clinic.types import Impairment, LtmeError, Side
from ltme_clinic.virtual_lab import VirtualPatient, sample_patient
from studies.virtual_lab_realism.picture_files import save_small
from studies.virtual_lab_realism.recorded import measured_walk
from studies.virtual_lab_realism.stick_figures import draw_front_view, draw_side_view
from studies.virtual_lab_realism.true_motion import true_walk

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

FIRST_SEED, PEOPLE = 45_000_000, 12
"""Whose curves are averaged: one person's own way of walking would hide what the impairment does."""
ACTOR_SEED, ACTOR_AGE_Y = 45_000_004, 30.0
"""Who is drawn as a stick figure."""
SIDE: Side = "right"
"""The affected side of one-sided impairments, and the near side in the figures."""
SEVERITIES = (0.5, 1.0)
SHADES = (0.45, 1.0)
"""Opacity of the lines of those severities."""
SPEEDS = {"slow": 0.29, "free": 0.43, "fast": 0.56}
"""Dimensionless; the rows of the healthy page."""
CURVE_SECONDS, ACTOR_SECONDS = 7.0, 7.0
WIDTH_IN, HEIGHT_IN, DPI = 13.0, 6.3, 105
Row = tuple[str, VirtualPatient, float | None]


def draw_all(folder: Path) -> list[Path]:
    """`healthy.png` and one picture an impairment; each is written when it is done."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [draw_healthy(folder / "healthy.png")]
    paths += [draw_impairment(name, folder / f"{name}.png") for name in get_args(Impairment) if name != "none"]
    return paths


def draw_healthy(path: Path) -> Path:
    """Healthy people at three speeds: curves of both sides at free speed, figures at all three."""
    actor = sample_patient(ACTOR_SEED, age_y=ACTOR_AGE_Y)
    rows: list[Row] = [(words, actor, speed) for words, speed in SPEEDS.items()]
    curves = mean_curves([sample_patient(seed) for seed in _people()], SPEEDS["free"])
    lines = [(curves[place], side, 1.0) for place, side in enumerate(SIDES)]
    words = f"Healthy walking: mean of {PEOPLE} people at free speed, left and right, over published children (1 SD)"
    return _page(path, words, rows, lines)  # type: ignore[arg-type]


def draw_impairment(impairment: Impairment, path: Path) -> Path:
    """One impairment at half and at full severity: curves of the affected side, figures beside the healthy person's."""
    actor = sample_patient(ACTOR_SEED, age_y=ACTOR_AGE_Y)
    rows: list[Row] = [("healthy", actor, None)]
    lines: list[tuple[np.ndarray, Side, float]] = []
    for severity, shade in zip(SEVERITIES, SHADES, strict=True):
        own = sample_patient(
            ACTOR_SEED, impairment=impairment, severity=severity, side=_side(impairment), age_y=ACTOR_AGE_Y
        )
        rows.append((f"severity {severity:g}", own, None))
        people = [
            sample_patient(seed, impairment=impairment, severity=severity, side=_side(impairment)) for seed in _people()
        ]
        lines.append((mean_curves(people, None)[SIDES.index(SIDE)], SIDE, shade))
    name = impairment.replace("_", " ").capitalize()
    where = f"{SIDE} side" if _side(impairment) else "both sides (right drawn)"
    words = f"{name}, {where}: mean of {PEOPLE} people at severity 0.5 (light) and 1, over published children (1 SD)"
    return _page(path, words, rows, lines)


def mean_curves(people: Sequence[VirtualPatient], speed: float | None) -> np.ndarray:
    """(2, 9, 51) mean of the people's curves as the gait analysis gives them; at a dimensionless speed or their own."""
    found = []
    for patient in people:
        wanted = None if speed is None else speed_m_s(speed, patient.leg_length_m)
        walk = measured_walk(patient, duration_s=CURVE_SECONDS, speed_m_s=wanted)
        if not walk.refused:
            found.append(walk.curves_deg)
    if not found:
        raise LtmeError("pictures", "no walk could be analysed", "Run --only curves to see why")
    return np.nanmean(found, axis=0)


def _people() -> range:
    return range(FIRST_SEED, FIRST_SEED + PEOPLE)


def _side(impairment: Impairment) -> Side | None:
    """The affected side to ask for: none where the sampler itself gives none."""
    return SIDE if sample_patient(ACTOR_SEED, impairment=impairment).side is not None else None


def _page(path: Path, words: str, rows: Sequence[Row], lines: Sequence[tuple[np.ndarray, Side, float]]) -> Path:
    figure = style.new_figure(WIDTH_IN, HEIGHT_IN)
    style.heading(figure, f"Synthetic. {words}", None)
    parts: Any = figure.subfigures(1, 2, width_ratios=(1.32, 1.0), wspace=0.02)
    _draw_figures(parts[0], rows)
    _draw_curves(parts[1], lines)
    return save_small(figure, path, DPI)


def _draw_figures(part: SubFigure, rows: Sequence[Row]) -> None:
    """A row a walk: from the side through a stride, then from the front on each foot."""
    panels = part.subplots(len(rows), 2, width_ratios=(3.15, 1.0), squeeze=False)
    for number, (words, patient, speed) in enumerate(rows):
        wanted = None if speed is None else speed_m_s(speed, patient.leg_length_m)
        walk = true_walk(patient, duration_s=ACTOR_SECONDS, speed_m_s=wanted)
        side, front = panels[number]
        draw_side_view(side, walk, SIDE, patient.height_m)
        draw_front_view(front, walk, SIDE, patient.height_m)
        title = f"{words}, {_own_speed_m_s(walk.motion.joint_centres_m['pelvis'], walk.rate_hz):.2f} m/s"
        side.set_title(title, loc="left", fontsize=style.TEXT_PT, color=style.INK)
        if number == 0:
            front.set_title("from ahead", loc="left", fontsize=style.SMALL_PT, color=style.QUIET)
    part.supxlabel(
        "% of the right foot's cycle; left vermillion, right blue", fontsize=style.SMALL_PT, color=style.QUIET
    )


def _own_speed_m_s(pelvis_m: np.ndarray, rate_hz: float) -> float:
    way_m = pelvis_m[-1, :2] - pelvis_m[0, :2]
    return float(np.hypot(*way_m) * rate_hz / (len(pelvis_m) - 1))


def _draw_curves(part: SubFigure, lines: Sequence[tuple[np.ndarray, Side, float]]) -> None:
    panels = part.subplots(3, 3, sharex=True)
    mean, sd = walking_curves(SPEEDS["free"])
    for place, (panel, name) in enumerate(zip(panels.ravel(), ANGLES, strict=True)):
        _draw_curve(
            panel, name, mean[place], sd[place], [(curves[place], side, shade) for curves, side, shade in lines]
        )
    for panel in panels[-1]:
        panel.set_xlabel("% of the cycle", fontsize=style.SMALL_PT, color=style.QUIET)


def _draw_curve(
    panel: Axes, name: str, mean: np.ndarray, sd: np.ndarray, lines: Sequence[tuple[np.ndarray, Side, float]]
) -> None:
    """One variable over the published band at free speed."""
    percent = np.linspace(0.0, 100.0, len(mean))
    variable = variable_of(name)
    style.quiet_axes(panel, grid="y")
    panel.axhline(0.0, color=style.QUIET, linewidth=0.6, zorder=1)
    panel.fill_between(percent, mean - sd, mean + sd, color=style.BAND, linewidth=0, zorder=0)
    for curve, side, shade in lines:
        panel.plot(
            percent, curve, color=style.SIDE_COLOUR[side], alpha=shade, linestyle=style.SIDE_LINE["left"], linewidth=1.9
        )
    lowest = min(variable.low, *(float(curve.min()) - 2.0 for curve, _, _ in lines))
    highest = max(variable.high, *(float(curve.max()) + 2.0 for curve, _, _ in lines))
    panel.set_xlim(0.0, 100.0)
    panel.set_ylim(lowest, highest)
    panel.set_xticks([0, 50, 100])
    panel.set_title(variable.title, loc="left", fontsize=style.SMALL_PT, color=style.INK)
    panel.set_ylabel(axis_label(variable), fontsize=style.SMALL_PT - 2, color=style.QUIET)
