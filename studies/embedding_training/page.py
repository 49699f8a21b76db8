"""The figures of all variants as one page, and their validation curves as a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ltme_clinic.training.bench.detection import MODEL_KIND

Result = Mapping[str, Any]
GROUPS = {
    "seeds": "Three seeds: other people, other beginnings, other batches",
    "sizes": "Sizes: numbers for each 0.64 s of 10.24 s, everything counted (seed 1)",
    "people": "Learning curve: virtual people to learn from (seed 1; the 2,000 of every other table last)",
    "penalties": "Penalties on the code (seed 1, half the steps)",
}


def as_page(results: Mapping[str, Result]) -> str:
    """A table a group; the seed that ships stands in each for comparison."""
    lines = ["# Synthetic but for the children: what training decides", ""]
    if not results:
        return "\n".join([*lines, "Nothing was measured yet."])
    settings = next(iter(results.values()))["bench"]["settings"]
    lines += [
        f"{settings['people']} test people and {settings['reference_people']} reference people of `ltme evaluate`.",
        "Value (95 % interval over people).",
        "Children: a hospital that nobody learned from.",
        "",
    ]
    for group, title in GROUPS.items():
        own = {name: result for name, result in results.items() if result["group"] == group}
        if group == "sizes" and "seed_1" in results:
            own = dict(sorted({**own, "seed_1": results["seed_1"]}.items(), key=lambda pair: pair[1]["floats"]))
        if group == "people" and own and "seed_1" in results:
            own = {**own, "seed_1": results["seed_1"]}
        if own:
            lines += [f"## {title}", "", *_table(list(own.values())), ""]
    plain = results.get("seed_1", {}).get("plain")
    if plain:
        lines += _plain(plain)
    return "\n".join(lines)


def _table(results: list[Result]) -> list[str]:
    heads = [f"{result['title']} ({result['floats']:.0f})" for result in results]
    lines = [f"| | {' | '.join(heads)} |", "|---|" + "---|" * len(heads)]
    lines += [f"| {words} | {' | '.join(_said(read, result) for result in results)} |" for words, read in ROWS.items()]
    return lines


def _said(read: Callable[[Result], Any], result: Result) -> str:
    found = read(result)
    if isinstance(found, Mapping):
        if found["value"] is None:
            return "-"
        return f"{found['value']:.3g} ({found['low']:.3g} to {found['high']:.3g})"
    return "-" if found is None else f"{found:.3g}"


def _fit(key: str, table: str, name: str) -> Callable[[Result], Any]:
    return lambda result: result["bench"]["reconstruction"][table][key][name]


def _unseen(result: Result, task: str, target: float) -> Mapping[str, Any]:
    bench = result["bench"]
    size = bench["settings"]["reference_people"]
    found: Mapping[str, Any] = next(
        table["unseen"]
        for table in bench["detection"]
        if (table["reference_people"], table["task"], table["target"]) == (size, task, target)
    )
    return found


ROWS: dict[str, Callable[[Result], Any]] = {
    "virtual, error, mm": _fit("error_mm", "usual_every_slot_seen", "ltme"),
    "of step 0": _fit("ratio_to", "usual_every_slot_seen", "step 0"),
    "of PCA": _fit("ratio_to", "usual_every_slot_seen", "pca"),
    "other laboratory, error, mm": _fit("error_mm", "other_laboratory", "ltme"),
    "children, error, mm": lambda result: result["children"]["error_mm"]["ltme"],
    "children, of step 0": lambda result: result["children"]["ratio_to"]["step 0"],
    "children, of PCA": lambda result: result["children"]["ratio_to"]["pca"],
    "hidden markers, of the fill": lambda result: result["bench"]["hidden_markers"]["ltme"]["hidden_to_fill"],
    "sagittal angles of the decoded motion, deg": lambda result: result["bench"]["motion_kept"]["ltme"]["angles_deg"][
        "all"
    ],
    "stride-time CV kept": lambda result: result["bench"]["motion_kept"]["ltme"]["stride_time_cv_ratio"],
    "true curves, healthy, deg": lambda result: result["bench"]["joint_curves"]["healthy"]["ltme"],
    "true curves, unseen impairments, deg": lambda result: result["bench"]["joint_curves"]["unseen"]["ltme"],
    "the same, harmonics + ridge": lambda result: result["bench"]["joint_curves"]["unseen"]["harmonics_ridge"],
    "unseen, AUROC where z-max reaches .70": lambda result: _unseen(result, "unusual", 0.70)["means"]["ltme"][
        MODEL_KIND
    ],
    "the same, step 0": lambda result: _unseen(result, "unusual", 0.70)["means"]["step_0"][MODEL_KIND],
    "over the best yardstick": lambda result: _unseen(result, "unusual", 0.70)["minus_best"],
    "unseen, AUROC where z-max reaches .85": lambda result: _unseen(result, "unusual", 0.85)["means"]["ltme"][
        MODEL_KIND
    ],
    "over the best yardstick ": lambda result: _unseen(result, "unusual", 0.85)["minus_best"],
    "change, unseen, .70, over the best": lambda result: _unseen(result, "changed", 0.70)["minus_best"],
    "change, unseen, .85, over the best": lambda result: _unseen(result, "changed", 0.85)["minus_best"],
    "retest ICC of leading directions": lambda result: result["bench"]["retest"]["ltme"]["mean"],
    "of the most repeatable ones": lambda result: result["bench"]["retest"]["ltme"]["repeatable"],
    "speed R2": lambda result: result["bench"]["speed_r2"]["ltme"],
}
"""What each line says."""


def _plain(plain: Mapping[str, Mapping[str, float]]) -> list[str]:
    lines = [
        "## Plainer linear codes, fitted on the same virtual people (seed 1)",
        "",
        "| principal components of whole pieces, floats | virtual, mm | children, mm |",
        "|---|---|---|",
    ]
    return lines + [f"| {name} | {row['virtual_mm']:.1f} | {row['children_mm']:.1f} |" for name, row in plain.items()]


def draw(results: Mapping[str, Result], path: Path) -> None:
    """Validation error of motion and of the vector's named numbers over the steps, a line a variant."""
    from ltme_clinic.report import style

    if not results:
        return
    figure = style.new_figure(10.0, 4.2)
    panels = figure.subplots(1, 2)
    titles = {"position_mm": "marker error, mm", "gait_rms": "error of the named numbers, SD"}
    for axes, (key, title) in zip(panels, titles.items(), strict=True):
        style.quiet_axes(axes, grid="y")
        for number, result in enumerate(results.values()):
            history = result["history"]
            axes.plot(
                [row["step"] for row in history],
                [row[key] for row in history],
                color=f"C{number % 10}",
                linestyle="-" if number < 10 else "--",
                label=result["title"],
            )
        axes.set_xlabel("step")
        axes.set_title(f"synthetic validation people: {title}", fontsize=9)
    panels[0].set_ylim(12.0, 20.0)
    panels[1].legend(fontsize=7, frameon=False, ncols=2)
    figure.savefig(path, dpi=90)
