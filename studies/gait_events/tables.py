"""From answers to figures and a table in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from studies.gait_events.run import Answer

LIMITS_MS = (20, 30, 50)
DRAWS, SEED = 2000, 1
KINDS = {"initial_contact": "contact", "foot_off": "foot off"}
POOLED = "all laboratories"


def figures(
    answers: Sequence[Answer], false: Mapping[tuple[str, str], int], noise: Sequence[Mapping[str, Any]], people: int
) -> dict[str, Any]:
    """Everything that the tables show, by judge, kind of event, laboratory and method."""
    walked = [a for a in answers if a.judge == "virtual" or a.movement == "walking"]
    result: dict[str, Any] = {"virtual_people": people, "rows": [], "not_walking": [], "confidence": []}
    for judge in ("plates", "labels", "virtual"):
        own = [a for a in walked if a.judge == judge]
        laboratories = list(dict.fromkeys(a.laboratory for a in own))
        for kind in KINDS:
            for laboratory in (POOLED, *laboratories):
                for method in dict.fromkeys(a.method for a in own):
                    chosen = _chosen(own, kind, method, laboratory)
                    if chosen:
                        extra = false.get((laboratory, method)) if judge == "virtual" else None
                        head = {"judge": judge, "kind": kind, "laboratory": laboratory, "method": method}
                        result["rows"].append({**head, **summary(chosen), "false": extra})
    for movement in sorted({a.movement for a in answers if a.judge != "virtual"} - {"walking"}):
        for kind in KINDS:
            for method in dict.fromkeys(a.method for a in answers):
                chosen = [
                    a for a in answers if (a.movement, a.kind, a.method, a.judge) == (movement, kind, method, "plates")
                ]
                if chosen:
                    head = {"movement": movement, "kind": kind, "method": method}
                    result["not_walking"].append({**head, **summary(chosen)})
    result["confidence"] = _by_confidence([a for a in walked if a.method == "detect_events"])
    result["label_noise"] = _noise(noise)
    return result


def summary(chosen: Sequence[Answer]) -> dict[str, Any]:
    """n, people, misses, median, SD, shares within the limits, and intervals over people."""
    errors = np.array([a.error_ms for a in chosen])
    people = np.array([a.person for a in chosen])
    found = errors[np.isfinite(errors)]
    names = np.unique(people)
    row: dict[str, Any] = {
        "n": len(errors),
        "people": len(names),
        "missed": int(np.isnan(errors).sum()),
        "median_ms": round(float(np.median(found)), 1) if len(found) else None,
        "sd_ms": round(float(found.std()), 1) if len(found) else None,
    }
    row |= {f"within_{limit}": round(100 * _within(errors, limit), 1) for limit in LIMITS_MS}
    row["median_95"] = _interval(errors, people, lambda e: float(np.nanmedian(e)) if np.isfinite(e).any() else np.nan)
    row["within_30_95"] = _interval(errors, people, lambda e: 100 * _within(e, 30))
    return row


def as_text(result: Mapping[str, Any]) -> str:
    """The tables in Markdown."""
    parts = [
        "# Errors of gait events from markers alone",
        "",
        "Detected minus true, ms; shares in % of all events asked for, misses counted as outside. Brackets: 95 % "
        "interval by bootstrap over people, where there are three. `detect_events` is the default: `heel-toe minimum` "
        "with the order of a foot's events enforced, and refusals. Events of recordings that are no level walking "
        "stand in a table of their own.",
        "",
        "A virtual walk's events are those that a force plate would find, its heel landing as "
        "firmly as heels on real plates do. Forefoot landings and very slow walks have no measured model.",
        "",
        "Looked at while the rules around the default rule were written: all these recordings and 72 virtual walks "
        "of other people (seeds 0 to 5). The near-floor, in-swing and forefoot-first conditions and the use of the "
        "speed rule were chosen on those virtual walks; the gliding condition on others (seeds 40 to 47, 100 to 139, "
        "200 to 239). On real walks they change no contact. The virtual people below are none of these.",
    ]
    for judge, title in (
        ("plates", "Clean single-foot plate contacts (2.5 % of body weight)"),
        ("labels", "The files' own labels"),
        ("virtual", f"Virtual walks, {result['virtual_people']} people in each condition"),
    ):
        for kind, word in KINDS.items():
            rows = [r for r in result["rows"] if r["judge"] == judge and r["kind"] == kind]
            parts += ["", f"## {title}: {word}", "", *_table(rows, judge == "virtual")]
    parts += ["", "## Recordings that are no level walking, against plates", ""]
    parts += [
        "| movement | event | method | n | missed or refused | median | within 30 |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in result["not_walking"]:
        cells = (r["movement"], KINDS[r["kind"]], r["method"], r["n"], r["missed"], r["median_ms"], r["within_30"])
        parts.append(_line(cells))
    parts += ["", "## Does the confidence say anything? (default, walking)", ""]
    parts += ["| judge | event | confidence | n | within 20 | within 30 |", "|---|---|---|---|---|---|"]
    parts += [
        _line((r["judge"], KINDS[r["kind"]], r["band"], r["n"], r["within_20"], r["within_30"]))
        for r in result["confidence"]
    ]
    parts += ["", "## Noise of the labels: label minus plate where a file has both", ""]
    parts += ["| laboratory | event | n | median | SD |", "|---|---|---|---|---|"]
    parts += [
        _line((r["laboratory"], KINDS[r["kind"]], r["n"], r["median_ms"], r["sd_ms"])) for r in result["label_noise"]
    ]
    return "\n".join(parts)


def _table(rows: Sequence[Mapping[str, Any]], with_false: bool) -> list[str]:
    heads = ["", "method", "n (people)", "missed", "median", "SD", "within 20", "within 30", "within 50"]
    lines = [_line([*heads, "false"] if with_false else heads)]
    lines.append("|" + "---|" * (len(heads) + with_false))
    for r in rows:
        low, high = r["median_95"]
        low30, high30 = r["within_30_95"]
        cells = [
            r["laboratory"],
            r["method"],
            f"{r['n']} ({r['people']})",
            r["missed"],
            _with_interval(r["median_ms"], low, high),
            r["sd_ms"],
            r["within_20"],
            _with_interval(r["within_30"], low30, high30),
            r["within_50"],
        ]
        lines.append(_line([*cells, "" if r["false"] is None else r["false"]] if with_false else cells))
    return lines


def _with_interval(value: float | None, low: float | None, high: float | None) -> str | None:
    if value is None or low is None:
        return None if value is None else str(value)
    return f"{value} [{low}, {high}]"


def _line(cells: Sequence[Any]) -> str:
    return "| " + " | ".join("-" if cell is None else str(cell) for cell in cells) + " |"


def _chosen(own: Sequence[Answer], kind: str, method: str, laboratory: str) -> list[Answer]:
    return [a for a in own if a.kind == kind and a.method == method and laboratory in (POOLED, a.laboratory)]


def _within(errors: np.ndarray, limit_ms: float) -> float:
    return float(np.mean(np.abs(np.nan_to_num(errors, nan=np.inf)) <= limit_ms))


def _interval(
    errors: np.ndarray, people: np.ndarray, measure: Callable[[np.ndarray], float]
) -> tuple[float | None, float | None]:
    """95 % of what drawing people with replacement gives; none with under three people."""
    names = np.unique(people)
    if len(names) < 3:
        return None, None
    rng = np.random.default_rng(SEED)
    of_person = [errors[people == name] for name in names]
    drawn = [
        measure(np.concatenate([of_person[place] for place in rng.integers(len(names), size=len(names))]))
        for _ in range(DRAWS)
    ]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return round(float(low), 1), round(float(high), 1)


def _by_confidence(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    rows = []
    for judge in ("plates", "labels", "virtual"):
        for kind in KINDS:
            for low, high, band in ((0.9, 1.01, "0.9 and more"), (0.7, 0.9, "0.7 to 0.9"), (0.0, 0.7, "under 0.7")):
                errors = np.array(
                    [a.error_ms for a in answers if (a.judge, a.kind) == (judge, kind) and low <= a.confidence < high]
                )
                if len(errors):
                    shares = {f"within_{limit}": round(100 * _within(errors, limit), 1) for limit in (20, 30)}
                    rows.append({"judge": judge, "kind": kind, "band": band, "n": len(errors), **shares})
    return rows


def _noise(noise: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for laboratory in dict.fromkeys(str(row["laboratory"]) for row in noise):
        for kind in KINDS:
            apart = np.array([row["ms"] for row in noise if (row["laboratory"], row["kind"]) == (laboratory, kind)])
            if len(apart):
                median, sd = round(float(np.median(apart)), 1), round(float(apart.std()), 1)
                rows.append({"laboratory": laboratory, "kind": kind, "n": len(apart), "median_ms": median, "sd_ms": sd})
    return rows
