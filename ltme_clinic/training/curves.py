"""A run's validation errors over its steps, as a picture beside the checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

PANELS = {
    "marker error, mm": ("position_mm", "position_skeleton_mm"),
    "error of the vector's named numbers, SD": ("gait_rms", "gait_skeleton_rms"),
}
"""Title -> the network's figure and its skeleton's (`loop.validation_figures`)."""


def draw_history(history: Sequence[dict[str, float]], path: Path) -> None:
    """One panel a figure: the network, a point a validation and the kept one ringed, over its skeleton."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    figure.suptitle("Synthetic validation people", fontsize=10)
    steps = [row["step"] for row in history]
    kept = min(range(len(history)), key=lambda number: history[number]["loss"])
    for axes, (title, (network, skeleton)) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
        values = [row[network] for row in history]
        axes.plot(steps, [row[skeleton] for row in history], "--", color="#777777", label="step 0 (linear)")
        axes.plot(steps, values, ".-", color="#0072B2", label="network")
        axes.plot(steps[kept], values[kept], "o", markersize=11, fillstyle="none", color="#D55E00", label="kept")
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("step")
        axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=100)
