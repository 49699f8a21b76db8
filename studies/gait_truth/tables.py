"""Rows of the study as figures with intervals over people, as text and as a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES
from studies.gait_truth.walks import CAMERAS, MODELS, SETTINGS, UNANSWERED, Row

KINDS = ("initial_contact", "foot_off")
WITHIN_MS = (10, 20, 30, 50)
BARS = {"cadence_spm": 1.0, "step_length_m": 1.0, "stance_pct": 1.5}
TITLES = {"cadence_spm": "cadence, %", "step_length_m": "step length, %", "stance_pct": "stance, points"}
_DRAWS = 1000

Statistic = Callable[[np.ndarray], float]


def summary(rows: Sequence[Row], odd: Sequence[Row]) -> dict[str, Any]:
    """Every table of the study."""
    result: dict[str, Any] = {"people": len({row["person"] for row in rows}), "seconds": 8.0}
    for markers in CAMERAS:
        own = [row for row in rows if row["markers"] == markers]
        result[markers] = {
            "events": {name: _events(_of(own, name), "auto") for name in SETTINGS},
            "methods": _methods(own),
            "figures": {name: _figures(_of(own, name)) for name in SETTINGS},
            "angles": _angles(own),
            "indices": {name: _indices(_of(own, name)) for name, setting in SETTINGS.items() if setting.straight},
        }
    result["unanswered"] = {kind: _words([row for row in odd if row["kind"] == kind]) for kind in UNANSWERED}
    return result


def interval(by_person: Sequence[np.ndarray], statistic: Statistic) -> list[float]:
    """95 % percentile interval of a statistic of all values together, drawing whole people."""
    people = [values for values in by_person if len(values)]
    if len(people) < 2:
        return [float("nan"), float("nan")]
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(people), size=(_DRAWS, len(people)))
    values = [statistic(np.concatenate([people[place] for place in places])) for places in drawn]
    return _rounded(np.nanpercentile(values, [2.5, 97.5]))


def _of(rows: Sequence[Row], setting: str) -> list[Row]:
    return [row for row in rows if row["setting"] == setting]


def _events(rows: Sequence[Row], method: str) -> dict[str, Any]:
    """Contact and foot off of one method: differences in ms, missed and extra for 100 true events."""
    judged = [row["events"][method] for row in rows if method in row.get("events", {})]
    true = sum(len(one[kind]) for one in judged for kind in KINDS)
    result: dict[str, Any] = {
        "walks": len(rows),
        "without_any": len(rows) - sum(any(np.isfinite(one["initial_contact"]).any() for _ in "x") for one in judged),
        "extra_per_100": _round(100.0 * sum(one["extra"] for one in judged) / true) if true else None,
    }
    for kind in KINDS:
        by_person = [np.array(one[kind], dtype=float) for one in judged]
        values = np.concatenate(by_person) if by_person else np.empty(0)
        found = values[np.isfinite(values)]
        cell: dict[str, Any] = {"n": len(values), "missed_per_100": _round(100.0 * np.isnan(values).mean())}
        if len(found):
            cell |= {
                "median_ms": _round(np.median(found)),
                "median_95": interval([v[np.isfinite(v)] for v in by_person], lambda v: float(np.median(v))),
                "sd_ms": _round(found.std()),
                "sd_within_person_ms": _round(
                    np.sqrt(np.mean([np.nanvar(v) for v in by_person if np.isfinite(v).any()]))
                ),
                "within_pct": {str(limit): _round(_share(values, limit)) for limit in WITHIN_MS},
                "within_30_95": interval(by_person, lambda v: _share(v, 30)),
            }
        result[kind] = cell
    return result


def _share(values_ms: np.ndarray, limit_ms: float) -> float:
    """Per cent within a limit; a missed event is outside."""
    return float(100.0 * (np.abs(values_ms) <= limit_ms).mean())


def _methods(rows: Sequence[Row]) -> dict[str, Any]:
    """Each single method over the settings of straight walking on the whole foot."""
    own = [row for row in rows if SETTINGS[row["setting"]].straight and SETTINGS[row["setting"]].whole_foot]
    names = sorted({method for row in own for method in row.get("events", {})})
    return {method: _events(own, method) for method in names}


def _figures(rows: Sequence[Row]) -> dict[str, Any]:
    """Mean, mean size and share within the bar of each figure's difference from the truth."""
    result: dict[str, Any] = {}
    for name, bar in BARS.items():
        values = np.array([row.get("figures", {}).get(name, np.nan) for row in rows])
        given = values[np.isfinite(values)]
        cell: dict[str, Any] = {"given": len(given), "of": len(values)}
        if len(given):
            cell |= {
                "mean": _round(given.mean(), 2),
                "mean_95": interval([one[None] for one in given], lambda v: float(v.mean())),
                "mean_size": _round(np.abs(given).mean(), 2),
                "worst": _round(np.abs(given).max(), 2),
                "within_bar_pct": _round(100.0 * (np.abs(given) <= bar).mean()),
            }
        result[name] = cell
    return result


def _angles(rows: Sequence[Row]) -> dict[str, Any]:
    """Median over people and straight settings of each variable's difference, degrees, by model."""
    result = {}
    for model in (*MODELS, "whole chain"):
        by_person: dict[int, list[list[float]]] = {}
        for row in rows:
            if model in row.get("angles", {}):
                by_person.setdefault(row["person"], []).append(row["angles"][model])
        people = [np.array(values, dtype=float) for values in by_person.values()]
        every = np.concatenate(people)
        result[model] = {
            "walks": len(every),
            "median_deg": dict(zip(ANGLES, _rounded(np.nanmedian(every, axis=0)), strict=True)),
            "median_95": {
                name: interval([one[:, place] for one in people], lambda v: float(np.nanmedian(v)))
                for place, name in enumerate(ANGLES)
            },
            "p95_deg": dict(zip(ANGLES, _rounded(np.nanpercentile(every, 95, axis=0)), strict=True)),
        }
    return result


def _indices(rows: Sequence[Row]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name in ("gdi", "gps_deg"):
        values = np.array([row["indices"][name] for row in rows if "indices" in row])
        given = values[np.isfinite(values)]
        cell: dict[str, Any] = {"given": len(given), "of": len(values)}
        if len(given) > 1:
            cell |= {
                "mean": _round(given.mean(), 2),
                "mean_95": interval([one[None] for one in given], lambda v: float(v.mean())),
                "sd": _round(given.std(ddof=1), 2),
            }
        result[name] = cell
    return result


def _words(rows: Sequence[Row]) -> dict[str, Any]:
    said = Counter(row["words"].split(": ")[0] + ": " + row["words"].split(": ")[-1] for row in rows)
    words, often = said.most_common(1)[0]
    return {
        "walks": len(rows),
        "with_counted_cycles": sum(row["counted"] > 0 for row in rows),
        "most_often": words,
        "how_often": often,
    }


def _round(value: float, digits: int = 1) -> float:
    return round(float(value), digits)


def _rounded(values: np.ndarray, digits: int = 2) -> list[float]:
    return [round(float(value), digits) for value in values]


def as_text(result: dict[str, Any]) -> str:
    """The tables as text."""
    lines = [f"# Synthetic walks: {result['people']} virtual people, {result['seconds']:g} s a walk", ""]
    for markers in CAMERAS:
        lines += _events_text(f"Synthetic: events, {markers} markers", result[markers]["events"], "setting")
        title = f"Synthetic: single methods, {markers} markers, straight walks on the whole foot"
        lines += _events_text(title, result[markers]["methods"], "method")
        lines += _figures_text(f"Synthetic: figures, {markers} markers", result[markers]["figures"])
        lines += _angles_text(f"Synthetic: median RMS of angle curves, degrees, {markers} markers", result[markers])
        lines += _indices_text(f"Synthetic: indices, found minus true, {markers} markers", result[markers]["indices"])
    lines += ["## Synthetic: what has no answer", "", "| case | walks | with counted cycles | most often said |"]
    lines += ["|---|---|---|---|"]
    for kind, cell in result["unanswered"].items():
        said = f"{cell['most_often']} ({cell['how_often']})"
        lines.append(f"| {kind} | {cell['walks']} | {cell['with_counted_cycles']} | {said} |")
    return "\n".join(lines)


def _events_text(title: str, cells: dict[str, Any], head: str) -> list[str]:
    lines = [
        f"## {title}",
        "",
        f"| {head} | event | n | median ms (95 %) | SD (within a person) | % within 10/20/30/50 ms |",
    ]
    lines[-1] += " 30 ms (95 %) | missed, extra /100 |"
    lines += ["|---" * 8 + "|"]
    for setting, cell in cells.items():
        measured = setting not in SETTINGS or SETTINGS[setting].whole_foot
        name = setting if measured else f"{setting} *"
        for kind in KINDS:
            own = cell[kind]
            if "median_ms" not in own:
                lines.append(f"| {name} | {kind} | {own['n']} | none found | | | | {own['missed_per_100']} |")
                continue
            low, high = own["median_95"]
            within = "/".join(f"{own['within_pct'][str(limit)]:.0f}" for limit in WITHIN_MS)
            sure = "{:.0f}-{:.0f}".format(*own["within_30_95"])
            missed = f"{own['missed_per_100']}, {cell['extra_per_100']}"
            spread = f"{own['sd_ms']} ({own['sd_within_person_ms']})"
            median = f"{own['median_ms']:+} ({low:+} to {high:+})"
            lines.append(f"| {name} | {kind} | {own['n']} | {median} | {spread} | {within} | {sure} | {missed} |")
    return [*lines, "", "\\* No measured landing of this kind was at hand: a bias may be the virtual foot's.", ""]


def _figures_text(title: str, cells: dict[str, Any]) -> list[str]:
    lines = [f"## {title}", "", "| setting | " + " | ".join(f"{TITLES[n]} (bar {BARS[n]:g})" for n in BARS) + " |"]
    lines += ["|---" * 4 + "|"]
    for name, cell in cells.items():
        texts = []
        for figure in BARS:
            own = cell[figure]
            if not own["given"]:
                texts.append(f"given in 0 of {own['of']}")
                continue
            low, high = own["mean_95"]
            text = f"{own['mean']:+} ({low:+} to {high:+}), size {own['mean_size']}, worst {own['worst']}, "
            texts.append(f"{text}{own['within_bar_pct']:.0f} % of {own['given']} within")
        lines.append(f"| {name} | " + " | ".join(texts) + " |")
    return [*lines, ""]


def _angles_text(title: str, cells: dict[str, Any]) -> list[str]:
    lines = [f"## {title}", "", "| model | " + " | ".join(name.replace("_", " ") for name in ANGLES) + " |"]
    lines += ["|---" * 10 + "|"]
    for model, cell in cells["angles"].items():
        texts = ["{} ({}-{})".format(cell["median_deg"][name], *cell["median_95"][name]) for name in ANGLES]
        lines.append(f"| {model} | " + " | ".join(texts) + " |")
    return [*lines, ""]


def _indices_text(title: str, cells: dict[str, Any]) -> list[str]:
    lines = [f"## {title}", "", "| setting | GDI, mean (95 %), SD | GPS deg, mean (95 %), SD |", "|---|---|---|"]
    for name, cell in cells.items():
        texts = []
        for index in ("gdi", "gps_deg"):
            own = cell[index]
            if "mean" not in own:
                texts.append(f"given in {own['given']} of {own['of']}")
                continue
            low, high = own["mean_95"]
            texts.append(f"{own['mean']:+} ({low:+} to {high:+}), {own['sd']}")
        lines.append(f"| {name} | " + " | ".join(texts) + " |")
    return [*lines, ""]


def draw(result: dict[str, Any], path: Path) -> None:
    """Events within 30 ms by setting, and the angles' differences by model."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (events, angles) = plt.subplots(1, 2, figsize=(14, 5))
    cells = result["realistic"]["events"]
    for place, (kind, colour) in enumerate(zip(KINDS, ("#0072B2", "#E69F00"), strict=True)):
        for row, name in enumerate(SETTINGS):
            own = cells[name][kind]
            if "median_ms" in own:
                at = row + 0.18 * (2 * place - 1)
                label = kind.replace("_", " ") if row == 0 else None
                events.errorbar(own["median_ms"], at, xerr=own["sd_ms"], fmt="o", color=colour, capsize=3, label=label)
    events.axvspan(-30, 30, color="#DDDDDD", zorder=0)
    events.axvline(0, color="black", linewidth=0.8)
    events.set_yticks(range(len(SETTINGS)), list(SETTINGS))
    events.invert_yaxis()
    events.set_xlabel("found minus true, ms: median and SD; grey: 30 ms")
    events.set_title("Synthetic: events, realistic markers")
    events.legend(frameon=False)
    for number, (markers, model, colour) in enumerate(
        (
            ("perfect", "Davis, stored offsets", "#56B4E9"),
            ("perfect", "Harrington, own static", "#0072B2"),
            ("realistic", "Davis, stored offsets", "#999999"),
            ("realistic", "whole chain", "#D55E00"),
        )
    ):
        own = result[markers]["angles"][model]["median_deg"]
        angles.bar(
            [p + 0.2 * (number - 1.5) for p in range(9)], own.values(), 0.2, label=f"{markers}: {model}", color=colour
        )
    angles.set_xticks(range(9), [name.replace("_", "\n") for name in ANGLES], fontsize=7)
    angles.set_ylabel("degrees")
    angles.set_title("Synthetic: RMS of mean angle curves against the truth, median")
    angles.legend(frameon=False, fontsize=8.5)
    for panel in (events, angles):
        panel.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"Synthetic: {result['people']} virtual people", fontsize=11)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
