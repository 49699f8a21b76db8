"""Results of all parts as one markdown page: groups side by side where a part measures the same in several."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def as_page(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole page; `parts` holds each part's `PartResult.as_dict` under its name."""
    lines = ["# Synthetic: how like a hospital's are the virtual laboratory's recordings?", ""]
    lines += ["Value (95 % interval over people); **bold** misses its bar.", "", *_counts(parts), ""]
    for name, part in parts.items():
        lines += [f"## {part['title']} (`--only {name}`)", ""]
        lines += [f"- {remark}" for remark in part["remarks"]] + ([""] if part["remarks"] else [])
        for rows in in_blocks(part["figures"]):
            lines += [*(_matrix(rows) if grouped(rows[0]) else _list(rows)), ""]
    return "\n".join(lines)


def in_blocks(figures: Sequence[Row]) -> list[list[Row]]:
    """Figures in runs: those of one family of groups ("children, Free" and "children, Slow") together, single ones
    apart. A figure's name is "group: measure" or the measure alone."""
    blocks: dict[str, list[Row]] = {}
    for row in figures:
        blocks.setdefault(_family(row), []).append(row)
    return list(blocks.values())


def grouped(row: Row) -> bool:
    """Whether a figure is one group's among several."""
    return ": " in row["name"]


def _family(row: Row) -> str:
    return row["name"].split(": ")[0].rpartition(", ")[0] + ":" if grouped(row) else ""


def _counts(parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """How many bars each part met."""
    lines = ["| part | bars met | of |", "|---|---|---|"]
    for name, part in parts.items():
        judged = [row for row in part["figures"] if row["verdict"] != "-"]
        lines.append(f"| {name} | {sum(row['verdict'] == 'pass' for row in judged)} | {len(judged)} |")
    return lines


def _matrix(rows: Sequence[Row]) -> list[str]:
    """A line a measure, a column a group; what a measure shares over its groups is said once."""
    cells: dict[str, dict[str, Row]] = {}
    for row in rows:
        group, _, measure = row["name"].partition(": ")
        cells.setdefault(measure, {})[group] = row
    groups = list(dict.fromkeys(group for line in cells.values() for group in line))
    people = {group: max(line[group]["n"] for line in cells.values() if group in line) for group in groups}
    heads = [f"{group} (n {people[group]})" for group in groups]
    lines = [f"| | unit | bar | {' | '.join(heads)} |", "|---|---|---|" + "---|" * len(groups)]
    for measure, line in cells.items():
        first = next(iter(line.values()))
        found = [_cell(line[group]) if group in line else "" for group in groups]
        lines.append(f"| {measure} | {first['unit']} | {first['bar']} | {' | '.join(found)} |")
    return lines


def _list(rows: Sequence[Row]) -> list[str]:
    lines = ["| | value | unit | bar | n | |", "|---|---|---|---|---|---|"]
    for row in rows:
        name = f"{row['name']} ({row['note']})" if row["note"] else row["name"]
        lines.append(f"| {name} | {_cell(row)} | {row['unit']} | {row['bar']} | {row['n']} | {row['verdict']} |")
    return lines


def _cell(row: Row) -> str:
    value = short(row["value"])
    value = f"**{value}**" if row["verdict"] == "MISS" else value
    return value if _missing(row["low"]) else f"{value} ({short(row['low'])} to {short(row['high'])})"


def short(value: float | None) -> str:
    """Three figures that count, never in powers of ten; "-" for what is not given."""
    if _missing(value):
        return "-"
    assert value is not None
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) < 5e-4:
        return "0"
    text = f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
    return text if float(text) else "0"


def _missing(value: float | None) -> bool:
    return value is None or not math.isfinite(value)
