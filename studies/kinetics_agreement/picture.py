"""How near each contact's moments and powers come to the stored ones, as shipped and with another inertia."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

VARIANTS = {"as shipped": "#0072B2", "Winter's radii about the joint, no filter": "#E69F00"}
BAR = 0.97


def draw(variants: Mapping[str, Mapping[str, Sequence[Sequence[Any]]]], path: Path) -> None:
    """A point for each contact, 1 - r on a logarithmic scale, so that nearly perfect and perfect are told apart.

    Parameters
    ----------
    variants : variant -> variable -> (trial, side, r, RMSE, slope) of each contact
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    panel = figure.subplots()
    names = list(variants["as shipped"])
    for place, (variant, colour) in enumerate(VARIANTS.items()):
        for row, name in enumerate(names):
            away = [max(1.0 - contact[2], 1e-5) for contact in variants[variant].get(name, ())]
            at = [row - 0.15 + 0.3 * place] * len(away)
            panel.plot(away, at, "o", markersize=4, alpha=0.5, color=colour, label=variant if row == 0 else None)
    panel.axvline(1.0 - BAR, color="black", linewidth=0.8)
    panel.text(1.0 - BAR, -0.75, f" r = {BAR}", fontsize=9)
    panel.set_xscale("log")
    panel.invert_xaxis()
    panel.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    panel.set_ylim(len(names) - 0.4, -1.1)
    panel.set_xlabel("1 - r against what the files hold, a point for each clean contact; better to the right")
    figure.suptitle("Agreement of moments and powers with stored ones", x=0.01, ha="left")
    figure.legend(*panel.get_legend_handles_labels(), loc="outside lower left", frameon=False, ncols=2, fontsize=9)
    figure.savefig(path, dpi=110)
