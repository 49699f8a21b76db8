"""From AUROCs under draws of people to figures with intervals, verdicts, and the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ltme_clinic.training.bench.detection import MODEL_KIND
from ltme_clinic.training.bench.features import FEATURE_SETS, names_of
from ltme_clinic.training.bench.resampling import figure
from ltme_clinic.training.bench.scoring import KINDS

AHEAD_BAR, WORSE_BAR, PLACEBO_BAR = 0.05, -0.02, 0.03
MIDDLE = (1, 2)
"""Places of the two middle severities."""
_PLACES = {feature.name: number for number, feature in enumerate(FEATURE_SETS)}
_KIND = KINDS.index(MODEL_KIND)


def figures_of(measured: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Means over seeds; each seed's people are drawn by themselves, so that draws may be averaged as they come."""
    first = measured[0]
    values = np.mean([item["unusual"] for item in measured], axis=0)  # (target, impairment, feature, kind, 1 + draws)
    placebo = np.mean([item["placebo"] for item in measured], axis=0)  # (feature, kind, 1 + draws)
    model = values[:, :, _PLACES[names_of("model")[0]], _KIND]
    yardsticks = [_PLACES[name] for name in names_of("yardstick")]
    chosen = [(place, kind) for place in yardsticks for kind in range(len(KINDS))]
    middle = np.array([values[list(MIDDLE), :, place, kind].mean(axis=(0, 1)) for place, kind in chosen])
    best = chosen[int(middle[:, 0].argmax())]
    beside = values[:, :, best[0], best[1]]
    ahead = model - beside
    unseen = [first["impairments"].index(name) for name in first["unseen"]]
    return {
        "title": "Synthetic: impairments against health, one visit",
        "fingerprint": first["fingerprint"],
        "seeds": [item["seed"] for item in measured],
        "people": first["people"],
        "targets": list(first["targets"]),
        "best_yardstick": f"{FEATURE_SETS[best[0]].title}, {KINDS[best[1]]}",
        "ahead": figure(ahead[list(MIDDLE)].mean(axis=(0, 1))),
        "ahead_unseen": figure(ahead[np.ix_(MIDDLE, unseen)].mean(axis=(0, 1))),
        "placebo": figure(placebo[_PLACES[names_of("model")[0]], _KIND]),
        "means": {
            feature.title: {
                f"{target:g}": {
                    kind: figure(values[row, :, _PLACES[feature.name], number].mean(axis=0))
                    for number, kind in enumerate(KINDS)
                }
                for row, target in enumerate(first["targets"])
            }
            for feature in FEATURE_SETS
        },
        "cells": [
            {
                "impairment": name,
                "unseen": name in first["unseen"],
                "target": target,
                "severity": float(np.mean([item["severity"][column, row] for item in measured])),
                "reached": int(sum(item["reached"][column, row] for item in measured)),
                "embedding": figure(model[row, column]),
                "yardstick": figure(beside[row, column]),
                "ahead": figure(ahead[row, column]),
            }
            for column, name in enumerate(first["impairments"])
            for row, target in enumerate(first["targets"])
        ],
    }


def as_page(figures: Mapping[str, Any]) -> str:
    """The whole result as one page of tables."""
    ahead, placebo = figures["ahead"], figures["placebo"]
    worst = min(figures["cells"], key=lambda cell: cell["ahead"]["value"])
    lines = [
        f"# {figures['title']}",
        "",
        f"Seeds {', '.join(str(seed) for seed in figures['seeds'])}, {figures['people']} test people each; checkpoint "
        f"{figures['fingerprint'][:12]}. Value (95 % interval over people).",
        f"Best yardstick: {figures['best_yardstick']}.",
        "",
        "| figure | value | bar | |",
        "|---|---|---|---|",
        f"| embedding minus best yardstick, middle severities | {_said(ahead)} | at least {AHEAD_BAR:g}, clear of 0 | "
        f"{_verdict(ahead['value'] >= AHEAD_BAR and ahead['low'] > 0.0)} |",
        f"| the same, impairments never trained on | {_said(figures['ahead_unseen'])} | - | - |",
        f"| worst impairment and severity ({worst['impairment']}, {worst['target']:g}) | {_said(worst['ahead'])} | "
        f"not below {WORSE_BAR:g} | {_verdict(worst['ahead']['value'] >= WORSE_BAR)} |",
        f"| placebo | {_said(placebo)} | .50 +/- {PLACEBO_BAR:g} | "
        f"{_verdict(abs(placebo['value'] - 0.5) <= PLACEBO_BAR)} |",
        "",
        "## Mean AUROC over impairments, where z-max of measured curves reaches",
        "",
        "| | " + " | ".join(f"{target:g}: {', '.join(KINDS)}" for target in figures["targets"]) + " |",
        "|---|" + "---|" * len(figures["targets"]),
    ]
    for title, row in figures["means"].items():
        cells = [
            " ".join(f"{row[f'{target:g}'][kind]['value']:.2f}" for kind in KINDS) for target in figures["targets"]
        ]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    lines += ["", "## Where the embedding does not win", "", *_losses(figures["cells"])]
    lines += [
        "",
        "## Each impairment",
        "",
        "| impairment | z-max reaches (seeds) | severity | embedding | best yardstick | ahead |",
        "|---|---|---|---|---|---|",
    ]
    for cell in figures["cells"]:
        name = cell["impairment"] + (" (unseen)" if cell["unseen"] else "")
        said = " | ".join(_said(cell[key]) for key in ("embedding", "yardstick", "ahead"))
        lines.append(f"| {name} | {cell['target']:g} ({cell['reached']}) | {cell['severity']:.2f} | {said} |")
    return "\n".join(lines)


def _losses(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    lost = [cell for cell in cells if cell["ahead"]["value"] < 0.0]
    if not lost:
        return ["Nowhere."]
    return [f"- {cell['impairment']}, z-max {cell['target']:g}: {_said(cell['ahead'])}" for cell in lost]


def _said(found: Mapping[str, Any]) -> str:
    if found["value"] is None:
        return "-"
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})"


def _verdict(passes: bool) -> str:
    return "pass" if passes else "MISS"
