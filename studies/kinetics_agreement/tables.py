"""The study's figures as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

BAR = 0.97


def as_text(variants: Mapping[str, list[dict[str, Any]]], noise: Mapping[str, Mapping[str, float]]) -> str:
    """Every variant's table, then the noise."""
    parts = ["# Agreement of moments and powers with what the files hold\n"]
    for name, rows in variants.items():
        parts.append(f"## {name}\n\n{_table(rows)}")
    parts.append(
        f"## 1 mm of noise on every marker: error against the noiseless, unfiltered moments\n\n{_noise(noise)}"
    )
    return "\n".join(parts)


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [
        f"| variable (Nm/kg, W/kg) | contacts | r median | r worst | under {BAR} | RMSE median | RMSE worst | slope |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for variable in dict.fromkeys(row["variable"] for row in rows):
        some = [row for row in rows if row["variable"] == variable]
        r, rmse, slope = (np.array([row[key] for row in some]) for key in ("r", "rmse", "slope"))
        worst = some[int(r.argmin())]
        lines.append(
            f"| {variable} | {len(some)} | {np.median(r):.3f} | {r.min():.3f} ({worst['trial']} {worst['side']}) "
            f"| {(r < BAR).sum()} | {np.median(rmse):.3f} | {rmse.max():.3f} | {np.median(slope):.2f} |"
        )
    return "\n".join(lines) + "\n"


def _noise(noise: Mapping[str, Mapping[str, float]]) -> str:
    variables = list(next(iter(noise.values())))
    lines = [f"| filter | {' | '.join(variables)} |", f"|---|{'---|' * len(variables)}"]
    for name, errors in noise.items():
        lines.append(f"| {name} | {' | '.join(f'{errors[variable]:.3f}' for variable in variables)} |")
    return "\n".join(lines) + "\n"
