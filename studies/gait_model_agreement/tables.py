"""The study's figures as a reader sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def as_text(result: Mapping[str, Any]) -> str:
    """The whole result in Markdown."""
    sections = (
        ("Stored offsets", _stored(result["stored_offsets"])),
        ("Own calibration", _own(result["own_static"])),
        ("Wrong on purpose (mean over the walks)", _wrong(result["wrong_rules"])),
        ("Lines against a standing trial", _lines(result["static_lines"])),
        ("What 10 deg of an offset or 20 mm of a width change (deg)", _sensitivity(result["sensitivity_deg"])),
    )
    head = f"# The gait model against stored angles\n\n{result['files_left_out']} files without angles and measures."
    return "\n\n".join([head, *(f"## {title}\n\n{body}" for title, body in sections)])


def _stored(rows: Iterable[Mapping[str, Any]]) -> str:
    body = [
        f"| {row['file']} | {row['frames']} | {_columns(row['rmse_deg'])} | {_centres(row)} | "
        f"{'; '.join(row['excluded'])} |"
        for row in rows
    ]
    head = "| file | frames | pelvis | hip | knee | ankle | foot | centres mm | excluded |"
    return _table(head, body)


def _own(rows: Iterable[Mapping[str, Any]]) -> str:
    body = [
        f"| {row['static']} | {row['file']} | {row['offsets_deg']:.4f} | {_columns(row['rmse_deg'])} | "
        f"{row['calibrated_with']['marker diameter']}; feet {row['calibrated_with']['left foot']} | "
        f"{'; '.join(row['rejected'])} |"
        for row in rows
    ]
    head = (
        "| standing trial | walk | offsets | pelvis | hip | knee | ankle | foot | calibrated with | rejected because |"
    )
    return _table(head, body)


def _wrong(rules: Mapping[str, Mapping[str, Any]]) -> str:
    body = []
    for name, found in rules.items():
        if "rmse_deg" in found:
            body.append(
                f"| {name} | {_columns(found['rmse_deg'], 2)} | {_centres(found)} | {found['walks_that_pass']} |"
            )
    feet = rules["flat feet toggled"]
    text = f"Flat feet toggled: plantar flexion off by {feet['least_deg']:.1f} to {feet['most_deg']:.1f} deg."
    return _table("| rule | pelvis | hip | knee | ankle | foot | centres mm | walks that pass |", body) + "\n\n" + text


def _lines(statics: Mapping[str, Mapping[str, list[int]]]) -> str:
    body = [
        f"| {name} | {', '.join(map(str, found['own']))} | {min(found['others'])} to {max(found['others'])} |"
        for name, found in statics.items()
    ]
    return _table("| standing trial | the person's own walks | other people's walks |", body)


def _sensitivity(found: Mapping[str, Mapping[str, float]]) -> str:
    angles = list(next(iter(found.values())))
    body = [f"| {name} | {' | '.join(f'{by[angle]:.1f}' for angle in angles)} |" for name, by in found.items()]
    return _table(f"| measure | {' | '.join(angle.replace('_', ' ') for angle in angles)} |", body)


def _columns(rmse_deg: Mapping[str, list[float]], decimals: int = 5) -> str:
    return " | ".join(" / ".join(f"{value:.{decimals}f}" for value in columns) for columns in rmse_deg.values())


def _centres(row: Mapping[str, Any]) -> str:
    return " / ".join(f"{value:.4f}" for value in row["centres_mm"].values())


def _table(head: str, body: list[str]) -> str:
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *body])
