"""The methods' errors as a picture: against plates, against the files' own labels, and synthetic."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

JUDGES = {
    "plates": "Clean plate contacts",
    "labels": "The files' own labels",
    "virtual": "Synthetic: virtual walks",
}
COLOURS = {"initial_contact": "#0072B2", "foot_off": "#E69F00"}
POOLED = "all laboratories"


def draw(result: Mapping[str, Any], path: Path) -> None:
    """Median and SD of each method's errors, a panel for each judge, with the 30 ms that are asked for in grey."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.2), layout="constrained")
    panels = figure.subplots(1, len(JUDGES), sharey=True)
    pooled = [row for row in result["rows"] if row["laboratory"] == POOLED]
    methods = list(dict.fromkeys(row["method"] for row in pooled))
    for panel, (judge, title) in zip(panels, JUDGES.items(), strict=True):
        for row in pooled:
            if row["judge"] == judge and row["median_ms"] is not None:
                at = methods.index(row["method"]) + (-0.16 if row["kind"] == "initial_contact" else 0.16)
                style = {"fmt": "o", "capsize": 3, "color": COLOURS[row["kind"]]}
                panel.errorbar(row["median_ms"], at, xerr=row["sd_ms"], **style)
        counts = {row["kind"]: row["n"] for row in pooled if row["judge"] == judge}
        panel.axvspan(-30, 30, color="#E3E8EE", zorder=0)
        panel.axvline(0, color="black", linewidth=0.8)
        panel.set_title(f"{title}\n{counts['initial_contact']} contacts, {counts['foot_off']} foot offs", fontsize=10)
        panel.set_xlabel("found minus true, ms")
    panels[0].set_yticks(range(len(methods)), methods)
    panels[0].invert_yaxis()
    for kind, colour in COLOURS.items():
        panels[-1].plot([], [], "o", color=colour, label=kind.replace("_", " "))
    panels[-1].legend(frameon=False, fontsize=9)
    figure.suptitle("Gait events from markers alone: median and SD; grey: within 30 ms", x=0.01, ha="left")
    figure.savefig(path, dpi=110)
