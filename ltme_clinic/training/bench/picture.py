"""The bench on one page, and both its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ltme_clinic.training.bench.detection import MODEL_KIND
from ltme_clinic.training.bench.features import FEATURE_SETS, names_of
from ltme_clinic.training.bench.report import RECONSTRUCTIONS, TITLES

MODEL_COLOUR, CEILING_COLOUR, YARDSTICK_COLOUR, SECOND_COLOUR = "#0072B2", "#009E73", "#777777", "#56B4E9"
MARKERS = ("o", "D", "s", "^")
"""Of the severities, the least first."""
PANELS = (("unusual", "seen"), ("unusual", "unseen"), ("changed", "unseen"))
_NAMES = [feature.name for feature in FEATURE_SETS]


def write_report(result: dict[str, Any], out: Path) -> tuple[Path, Path]:
    """`bench.json` and `bench.png` in a folder, which is made if need be."""
    out.mkdir(parents=True, exist_ok=True)
    figures, picture = out / "bench.json", out / "bench.png"
    figures.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    draw(result, picture)
    return figures, picture


def draw(result: dict[str, Any], path: Path) -> None:
    """AUROC of every feature set with its interval; joint curves, reconstruction and retest below."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(2, 3, figsize=(15.5, 8.6))
    for panel, (task, group) in zip(panels[0], PANELS, strict=True):
        _draw_aurocs(panel, result, task, group)
    _draw_curves(panels[1, 0], result)
    _draw_reconstruction(panels[1, 1], result)
    _draw_retest(panels[1, 2], result)
    for panel in panels.ravel():
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=8)
    settings = result["settings"]
    figure.suptitle(
        f"{result['title']}; {settings['people']} test people, {settings['reference_people']} reference people",
        fontsize=11,
    )
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw_aurocs(panel: Any, result: dict[str, Any], task: str, group: str) -> None:
    size = result["settings"]["reference_people"]
    tables = [t for t in result["detection"] if t["task"] == task and t["reference_people"] == size and group in t]
    for number, table in enumerate(tables):
        for row, name in enumerate(_NAMES):
            value = quoted(name, table[group]["means"][name])
            place = row + 0.18 * (number - 0.5 * (len(tables) - 1))
            _whisker(panel, value, place, _colour(name), MARKERS[number % len(MARKERS)])
    for number, table in enumerate(tables):
        label = f"severity of z-max {table['target']:g}"
        panel.plot([], [], MARKERS[number % len(MARKERS)], color="black", markersize=5, label=label)
    panel.axvline(0.5, color="black", linewidth=0.8)
    panel.set_yticks(range(len(_NAMES)), [TITLES[name] for name in _NAMES])
    words = "one visit" if task == "unusual" else "change"
    panel.set_title(
        f"Synthetic AUROC, {words}, {group} impairments\n(vector: {MODEL_KIND}; others: their best score)", fontsize=9
    )
    if tables:
        panel.set_ylim(-1.5, len(_NAMES) - 0.5)
        panel.legend(fontsize=7.5, loc="lower center", ncols=len(tables), frameon=False)


def quoted(name: str, means: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The score that a feature set is quoted by: the model's is settled beforehand, others may choose their best."""
    if name in (*names_of("model"), "step_0"):
        return means[MODEL_KIND]
    return max(means.values(), key=lambda figure: -1.0 if figure["value"] is None else figure["value"])


def _draw_curves(panel: Any, result: dict[str, Any]) -> None:
    curves = result["joint_curves"]
    groups = [group for group, row in curves.items() if isinstance(row, dict)]
    for row, group in enumerate(groups):
        for number, (name, value) in enumerate(curves[group].items()):
            colour = (MODEL_COLOUR, SECOND_COLOUR, YARDSTICK_COLOUR)[number]
            _bar(panel, value, row + 0.26 * (number - 1), colour, TITLES[name] if row == 0 else None)
    panel.axvline(curves["spread_between_healthy_deg"], color="black", linewidth=0.8, linestyle=":")
    panel.set_yticks(range(len(groups)), groups)
    panel.set_ylim(-0.5, len(groups) - 0.1)
    panel.set_title("Synthetic joint curves against the truth, deg RMS\n(dotted: healthy people's spread)", fontsize=9)
    panel.legend(fontsize=7.5, loc="upper center", ncols=3, frameon=False)


def _draw_reconstruction(panel: Any, result: dict[str, Any]) -> None:
    tables = result["reconstruction"]
    for row, key in enumerate(RECONSTRUCTIONS):
        errors = tables[key]["error_mm"]
        width = 0.8 / len(errors)
        for number, (name, value) in enumerate(errors.items()):
            colour = MODEL_COLOUR if number == 0 else ("#999999", "#BBBBBB", "#555555")[(number - 1) % 3]
            place = row + width * (number - 0.5 * (len(errors) - 1))
            _bar(panel, value, place, colour, name.upper() if row == 0 else None, width)
    panel.set_yticks(range(len(RECONSTRUCTIONS)), [words.replace(", ", ",\n") for words in RECONSTRUCTIONS.values()])
    panel.set_ylim(-0.6, len(RECONSTRUCTIONS) - 0.1)
    panel.set_title("Synthetic reconstruction, mean slot error, mm", fontsize=9)
    panel.legend(fontsize=7.5, loc="upper center", ncols=4, frameon=False)


def _draw_retest(panel: Any, result: dict[str, Any]) -> None:
    for row, name in enumerate(_NAMES):
        _whisker(panel, result["retest"][name]["mean"], row, _colour(name), "o")
    panel.set_yticks(range(len(_NAMES)), [TITLES[name] for name in _NAMES])
    panel.set_title("Synthetic retest, markers placed anew\nmean ICC of leading directions", fontsize=9)


def _whisker(panel: Any, value: dict[str, Any], place: float, colour: str, marker: str) -> None:
    if value["value"] is not None:
        panel.plot([value["low"], value["high"]], [place, place], color=colour, linewidth=1.4)
        panel.plot(value["value"], place, marker, color=colour, markersize=5)


def _bar(panel: Any, value: dict[str, Any], place: float, colour: str, label: str | None, width: float = 0.24) -> None:
    if value["value"] is not None:
        panel.barh(place, value["value"], width * 0.92, color=colour, label=label)
        panel.plot([value["low"], value["high"]], [place, place], color="black", linewidth=1.0)
        panel.text(value["high"], place, f" {value['value']:.1f}", va="center", fontsize=7)


def _colour(name: str) -> str:
    if name in names_of("model"):
        return MODEL_COLOUR
    return CEILING_COLOUR if name in names_of("ceiling") else YARDSTICK_COLOUR
