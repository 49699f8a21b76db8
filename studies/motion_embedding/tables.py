"""Results of all parts as one markdown page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studies.virtual_lab_realism.tables import short

Row = Mapping[str, Any]


def as_page(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole page; `parts` holds each part's `PartResult.as_dict` under its name."""
    lines = ["# What does the motion embedding say about real people?", ""]
    lines += ["Value (95 % interval over people); **bold** misses its bar.", ""]
    for name, part in parts.items():
        lines += [f"## {part['title']} (`--only {name}`)", ""]
        lines += [f"- {remark}" for remark in part["remarks"]]
        lines += ["", *_matrix(part["figures"]), ""]
    return "\n".join(lines)


def _matrix(figures: Sequence[Row]) -> list[str]:
    """A line a feature or group, a column a measure; what a line says in words comes last."""
    cells: dict[str, dict[str, Row]] = {}
    for row in figures:
        group, _, measure = row["name"].partition(": ")
        cells.setdefault(group, {})[measure] = row
    measures = list(dict.fromkeys(measure for line in cells.values() for measure in line))
    lines = [f"| | {' | '.join(_heads(figures, measures))} | |", "|---|" + "---|" * (len(measures) + 1)]
    for group, line in cells.items():
        found = [_cell(line[measure]) if measure in line else "" for measure in measures]
        notes = "; ".join(line[measure]["note"] for measure in measures if measure in line and line[measure]["note"])
        lines.append(f"| {group} | {' | '.join(found)} | {notes} |")
    return lines


def _heads(figures: Sequence[Row], measures: Sequence[str]) -> list[str]:
    """Measures with their unit and bar."""
    heads = []
    for measure in measures:
        own = [row for row in figures if row["name"].partition(": ")[2] == measure]
        bar = next((f", bar {row['bar']}" for row in own if row["bar"] != "-"), "")
        unit = f", {own[0]['unit']}" if own[0]["unit"] else ""
        heads.append(f"{measure}{unit}{bar}")
    return heads


def _cell(row: Row) -> str:
    value = short(row["value"])
    value = f"**{value}**" if row["verdict"] == "MISS" else value
    interval = f" ({short(row['low'])} to {short(row['high'])})" if short(row["low"]) != "-" else ""
    return f"{value}{interval}, n {row['n']}"
