"""From AUROCs under draws of people to figures with intervals, verdicts, and the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ltme_clinic.training.bench.detection import MODEL_KIND
from ltme_clinic.training.bench.features import FEATURE_SETS, FINDINGS, names_of
from ltme_clinic.training.bench.resampling import figure
from ltme_clinic.training.bench.scoring import KINDS

FEATURES = (*FEATURE_SETS, FINDINGS)

AHEAD_BAR, WORSE_BAR, PLACEBO_BAR = 0.05, -0.02, 0.03
MIDDLE = (1, 2)
"""Places of the two middle severities."""
_PLACES = {feature.name: number for number, feature in enumerate(FEATURES)}
_FINDINGS = _PLACES[FINDINGS.name], KINDS.index("fused")
_EMBEDDING = _PLACES[names_of("model")[0]], KINDS.index(MODEL_KIND)
_FUSED = KINDS.index("fused")


def figures_of(measured: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Means over seeds; each seed's people are drawn by themselves, so that draws may be averaged as they come."""
    first = measured[0]
    values = np.mean([item["unusual"] for item in measured], axis=0)  # (target, impairment, feature, kind, 1 + draws)
    placebo = np.mean([item["placebo"] for item in measured], axis=0)  # (feature, kind, 1 + draws)
    findings, embedding = (values[:, :, place, kind] for place, kind in (_FINDINGS, _EMBEDDING))
    yardsticks = [_PLACES[name] for name in names_of("yardstick")]
    chosen = [(place, kind) for place in yardsticks for kind in range(len(KINDS))]
    middle = np.array([values[list(MIDDLE), :, place, kind].mean(axis=(0, 1)) for place, kind in chosen])
    best = chosen[int(middle[:, 0].argmax())]
    beside = values[:, :, best[0], best[1]]
    fused = max(yardsticks, key=lambda place: values[list(MIDDLE), :, place, _FUSED, 0].mean())
    embedding_fused = values[:, :, _EMBEDDING[0], _FUSED]
    unseen = [first["impairments"].index(name) for name in first["unseen"]]
    groups = {"all": np.arange(len(first["impairments"])), "unseen": np.array(unseen)}
    return {
        "title": "Synthetic: impairments against health, one visit",
        "fingerprint": first["fingerprint"],
        "seeds": [item["seed"] for item in measured],
        "people": first["people"],
        "targets": list(first["targets"]),
        "best_yardstick": f"{FEATURES[best[0]].title}, {KINDS[best[1]]}",
        "ahead": {
            name: {
                group: figure((score - beside)[np.ix_(np.array(MIDDLE), places)].mean(axis=(0, 1)))
                for group, places in groups.items()
            }
            for name, score in (("findings", findings), ("embedding", embedding))
        },
        "best_fused": FEATURES[fused].title,
        "ahead_fused": {
            name: figure((score - values[:, :, fused, _FUSED])[list(MIDDLE)].mean(axis=(0, 1)))
            for name, score in (("findings", findings), ("embedding", embedding_fused))
        },
        "placebo": {"findings": figure(placebo[_FINDINGS]), "embedding": figure(placebo[_EMBEDDING])},
        "means": {
            feature.title: {
                f"{target:g}": {
                    kind: figure(values[row, :, _PLACES[feature.name], number].mean(axis=0))
                    for number, kind in enumerate(KINDS)
                }
                for row, target in enumerate(first["targets"])
            }
            for feature in FEATURES
        },
        "cells": [
            {
                "impairment": name,
                "unseen": name in first["unseen"],
                "target": target,
                "severity": float(np.mean([item["severity"][column, row] for item in measured])),
                "reached": int(sum(item["reached"][column, row] for item in measured)),
                "findings": figure(findings[row, column]),
                "embedding": figure(embedding[row, column]),
                "yardstick": figure(beside[row, column]),
                "ahead": figure((findings - beside)[row, column]),
                "ahead_embedding": figure((embedding - beside)[row, column]),
            }
            for column, name in enumerate(first["impairments"])
            for row, target in enumerate(first["targets"])
        ],
    }


def as_page(figures: Mapping[str, Any]) -> str:
    """The whole result as one page of tables."""
    ahead, placebo = figures["ahead"], figures["placebo"]
    worst = min(figures["cells"], key=lambda cell: cell["ahead"]["value"])
    alone = min(figures["cells"], key=lambda cell: cell["ahead_embedding"]["value"])
    lines = [
        f"# {figures['title']}",
        "",
        f"Seeds {', '.join(str(seed) for seed in figures['seeds'])}, {figures['people']} test people each; checkpoint "
        f"{figures['fingerprint'][:12]}. Value (95 % interval over people).",
        f"Best yardstick: {figures['best_yardstick']}.",
        "",
        "| figure | findings' score | bar | | embedding alone |",
        "|---|---|---|---|---|",
        f"| minus best yardstick, middle severities | {_said(ahead['findings']['all'])} | at least {AHEAD_BAR:g}, "
        f"clear of 0 | {_verdict(_is_ahead(ahead['findings']['all']))} | {_said(ahead['embedding']['all'])} |",
        f"| the same, impairments never trained on | {_said(ahead['findings']['unseen'])} | - | - | "
        f"{_said(ahead['embedding']['unseen'])} |",
        f"| minus best yardstick of those fused with their largest z ({figures['best_fused']}), the embedding fused "
        f"likewise | {_said(figures['ahead_fused']['findings'])} | - | - | "
        f"{_said(figures['ahead_fused']['embedding'])} |",
        f"| worst impairment and severity | {_said(worst['ahead'])} ({_named(worst)}) | not below {WORSE_BAR:g} | "
        f"{_verdict(worst['ahead']['value'] >= WORSE_BAR)} | {_said(alone['ahead_embedding'])} ({_named(alone)}) |",
        f"| placebo | {_said(placebo['findings'])} | .50 +/- {PLACEBO_BAR:g} | "
        f"{_verdict(abs(placebo['findings']['value'] - 0.5) <= PLACEBO_BAR)} | {_said(placebo['embedding'])} |",
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
    lines += [
        "",
        f'In the row "{FINDINGS.title}" the distance of measured joint angles stands in the place of z_max.',
        "",
        "## Where findings do not win",
        "",
        *_losses(figures["cells"]),
    ]
    lines += [
        "",
        "## Each impairment",
        "",
        "| impairment | z-max reaches (seeds) | severity | findings' score | embedding | best yardstick | ahead |",
        "|---|---|---|---|---|---|---|",
    ]
    for cell in figures["cells"]:
        name = cell["impairment"] + (" (unseen)" if cell["unseen"] else "")
        said = " | ".join(_said(cell[key]) for key in ("findings", "embedding", "yardstick", "ahead"))
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


def _named(cell: Mapping[str, Any]) -> str:
    return f"{cell['impairment']}, {cell['target']:g}"


def _is_ahead(found: Mapping[str, Any]) -> bool:
    return bool(found["value"] >= AHEAD_BAR and found["low"] > 0.0)


def _verdict(passes: bool) -> str:
    return "pass" if passes else "MISS"
