"""Rows of errors as tables with intervals over people, as text and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

GROUPS = ("held out", "design", "virtual", "CMU joints")
COLOURS = {
    "spline": "#999999",
    "pchip": "#CCCCCC",
    "rigid": "#E69F00",
    "pca as published": "#56B4E9",
    "pca joined": "#0072B2",
    "auto": "#009E73",
}
_DRAWS = 2000


def summary(
    rows: list[dict[str, Any]], methods: Sequence[str], lengths_s: Sequence[float], hidden: Sequence[int]
) -> dict[str, Any]:
    """Errors by group, number of hidden markers and length, and pooled over all lengths."""
    groups = {}
    for group in GROUPS:
        own = [row for row in rows if row["group"] == group]
        if not own:
            continue
        cells = {}
        for markers in hidden:
            for length_s in lengths_s:
                cells[f"{markers} x {length_s} s"] = _cell(
                    [row for row in own if row["markers"] == markers and row["length_s"] == length_s], methods
                )
            cells[f"{markers} x all"] = _cell([row for row in own if row["markers"] == markers], methods)
        cells["pooled"] = _cell(own, methods)
        groups[group] = {"people": len({row["person"] for row in own}), "gaps": len(own), "cells": cells}
    return {"methods": list(methods), "groups": groups, "calibration": _calibration(rows)}


def _cell(rows: list[dict[str, Any]], methods: Sequence[str]) -> dict[str, Any]:
    """Mean over people of each method's root mean square error, and its ratio to the spline's, with 95 % intervals."""
    people = sorted({row["person"] for row in rows})
    if not people:
        return {"gaps": 0}
    by_person = [np.array([[row[m] for m in methods] for row in rows if row["person"] == p]) for p in people]
    errors = np.stack([np.sqrt((one**2).mean(axis=0)) for one in by_person])  # (person, method)
    medians = np.stack([np.median(one, axis=0) for one in by_person])
    draws = np.random.default_rng(0).integers(0, len(people), (_DRAWS, len(people)))
    means = errors[draws].mean(axis=1)  # (draw, method)
    spline = list(methods).index("spline")
    cell: dict[str, Any] = {"gaps": len(rows), "people": len(people), "methods": {}}
    for place, method in enumerate(methods):
        cell["methods"][method] = {
            "rms_mm": round(float(errors[:, place].mean()), 3),
            "rms_95": _interval(means[:, place]),
            "median_mm": round(float(medians[:, place].mean()), 3),
            "ratio": round(float(errors[:, place].mean() / errors[:, spline].mean()), 3),
            "ratio_95": _interval(means[:, place] / means[:, spline]),
            "open_share": round(float(np.mean([row[f"{method} open"] for row in rows])), 3),
        }
    return cell


def _interval(values: np.ndarray) -> list[float]:
    return [round(float(value), 3) for value in np.percentile(values, [2.5, 97.5])]


def _calibration(rows: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Found against expected error of `auto`, real recordings, in classes of the expected one."""
    real = [row for row in rows if row["group"] in ("held out", "design") and np.isfinite(row["expected_mm"])]
    edges = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, np.inf)
    classes = []
    for low, high in pairwise(edges):
        own = [row for row in real if low <= row["expected_mm"] < high]
        if own:
            classes.append(
                {
                    "expected_from_mm": low,
                    "expected_to_mm": high if np.isfinite(high) else -1.0,
                    "gaps": len(own),
                    "expected_rms_mm": round(float(np.sqrt(np.mean([row["expected_mm"] ** 2 for row in own]))), 2),
                    "found_rms_mm": round(float(np.sqrt(np.mean([row["auto"] ** 2 for row in own]))), 2),
                    "found_median_mm": round(float(np.median([row["auto"] for row in own])), 2),
                }
            )
    return classes


def as_text(result: dict[str, Any]) -> str:
    """The tables in Markdown."""
    lines = ["# Errors within artificial gaps, millimetres", ""]
    lines += [
        "Mean over people of each person's root mean square error (95 % interval over people); in brackets the mean",
        "over people of the median gap. `ratio` is auto's error over the cubic spline's.",
    ]
    for group, own in result["groups"].items():
        lines += ["", f"## {group}: {own['people']} people, {own['gaps']} gaps", ""]
        lines += [f"| hidden | gaps | {' | '.join(result['methods'])} | ratio (95 %) | left open |"]
        lines += ["|" + "---|" * (len(result["methods"]) + 4)]
        for name, cell in own["cells"].items():
            if not cell["gaps"]:
                continue
            entries = [_entry(cell["methods"][method], method == "auto") for method in result["methods"]]
            auto = cell["methods"]["auto"]
            ratio = f"{auto['ratio']:.2f} ({auto['ratio_95'][0]:.2f}-{auto['ratio_95'][1]:.2f})"
            lines += [
                f"| {name} | {cell['gaps']} | {' | '.join(entries)} | {ratio} | {100 * auto['open_share']:.0f} % |"
            ]
    lines += ["", "## Expected and found error of auto, real recordings", ""]
    lines += ["| expected, mm | gaps | expected RMS | found RMS | found median |", "|---|---|---|---|---|"]
    for row in result["calibration"]:
        top = f"{row['expected_to_mm']:g}" if row["expected_to_mm"] > 0 else "more"
        lines += [
            f"| {row['expected_from_mm']:g}-{top} | {row['gaps']} | {row['expected_rms_mm']} | {row['found_rms_mm']} "
            f"| {row['found_median_mm']} |"
        ]
    return "\n".join(lines)


def _entry(errors: dict[str, Any], with_interval: bool) -> str:
    interval = f" ({errors['rms_95'][0]:.2f}-{errors['rms_95'][1]:.2f})" if with_interval else ""
    return f"{errors['rms_mm']:.2f}{interval} [{errors['median_mm']:.2f}]"


def draw(result: dict[str, Any], path: Path) -> None:
    """Error over gap length, one marker and three, for the held-out recordings (or whichever group there is)."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    groups = [group for group in GROUPS if group in result["groups"]][:3]
    figure, panels = plt.subplots(
        2, len(groups), figsize=(4.4 * len(groups), 7.2), sharex=True, sharey=True, squeeze=False
    )
    for column, group in enumerate(groups):
        own = result["groups"][group]
        for line, markers in enumerate((1, 3)):
            panel = panels[line, column]
            cells = {
                k: c for k, c in own["cells"].items() if k.startswith(f"{markers} x") and k.endswith(" s") and c["gaps"]
            }
            lengths_s = [float(name.split()[2]) for name in cells]
            for method in result["methods"]:
                errors = [cell["methods"][method] for cell in cells.values()]
                middle = np.array([one["rms_mm"] for one in errors])
                bars = np.abs(np.array([one["rms_95"] for one in errors]).T - middle)
                width = 2.4 if method in ("spline", "auto") else 1.2
                panel.errorbar(
                    lengths_s,
                    middle,
                    bars,
                    color=COLOURS[method],
                    label=method,
                    linewidth=width,
                    marker="o",
                    markersize=4,
                )
            half = [cell["methods"]["spline"]["rms_mm"] / 2 for cell in cells.values()]
            panel.plot(lengths_s, half, color="#999999", linestyle=":", label="half of spline")
            panel.set_xscale("log")
            panel.set_yscale("log")
            panel.set_xticks(lengths_s, [f"{length:g}" for length in lengths_s])
            panel.minorticks_off()
            panel.set_title(f"{group} ({own['people']} people): {markers} hidden", fontsize=10)
            panel.spines[["top", "right"]].set_visible(False)
            panel.grid(axis="y", alpha=0.3)
    for panel in panels[:, 0]:
        panel.set_ylabel("RMS error in the gap, mm")
    for panel in panels[-1]:
        panel.set_xlabel("gap, s")
    names = panels[0, 0].get_legend_handles_labels()
    figure.legend(*names, loc="lower center", ncols=len(names[1]), fontsize=8, frameon=False)
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    figure.savefig(path, dpi=110)
    plt.close(figure)
