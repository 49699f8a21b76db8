"""What comes of the courses: who sees a change when, how often nothing is called something, and the page on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.statistics import false_alarm_chance
from ltme_clinic.training.bench.resampling import figure
from ltme_clinic.types import Impairment
from studies.longitudinal_tracking.alarms import FALSE_ALARMS, RULES, Rule, reached, seen_at, threshold
from studies.longitudinal_tracking.walks import SEVERITY_STEP, VISITS
from studies.longitudinal_tracking.ways import Way

DRAWS = 1000
OURS = "product"
Far = Mapping[str, np.ndarray]
"""Way -> (course, visit) distances from the first visit."""


def figures_of(
    ways: Sequence[Way],
    thresholds: Far,
    stable: Mapping[str, Far],
    growing: Mapping[Impairment, Far],
    unseen: Sequence[Impairment],
) -> dict[str, Any]:
    """Everything the page says of alarms; distances by way, of each group of courses."""
    return {
        "ways": {way.name: {"title": way.title, "role": way.role} for way in ways},
        "courses": {"thresholds": len(thresholds[OURS]), "growing": {k: len(v[OURS]) for k, v in growing.items()}},
        "unseen": list(unseen),
        "rules": {rule: _of_rule(rule, ways, thresholds, stable, growing, unseen) for rule in RULES},
    }


def _of_rule(
    rule: Rule,
    ways: Sequence[Way],
    thresholds: Far,
    stable: Mapping[str, Far],
    growing: Mapping[Impairment, Far],
    unseen: Sequence[Impairment],
) -> dict[str, Any]:
    limits = {way.name: threshold(thresholds[way.name], rule) for way in ways}
    seen = {
        way.name: {name: seen_at(far[way.name], limits[way.name], rule) for name, far in growing.items()}
        for way in ways
    }
    draws = {name: _drawn_means(by_impairment) for name, by_impairment in seen.items()}
    draws_unseen = {name: _drawn_means({k: seen[name][k] for k in unseen}) for name in seen}
    yardsticks = [way.name for way in ways if way.role == "yardstick"]
    best = min(yardsticks, key=lambda name: float(draws[name][0]))
    return {
        "limits": limits,
        "seen_at": {name: figure(values) for name, values in draws.items()},
        "seen_at_unseen": {name: figure(values) for name, values in draws_unseen.items()},
        "by_impairment": {name: {k: float(v.mean()) for k, v in of.items()} for name, of in seen.items()},
        "never_seen": {name: float(np.mean([(v == VISITS).mean() for v in of.values()])) for name, of in seen.items()},
        "seen_by_visit": {
            name: [float(np.mean([(v <= visit).mean() for v in of.values()])) for visit in range(1, VISITS)]
            for name, of in seen.items()
        },
        "best_yardstick": best,
        "visits_earlier": figure(draws[best] - draws[OURS]),
        "visits_earlier_unseen": figure(draws_unseen[best] - draws_unseen[OURS]),
        "severity_ratio": figure(draws[OURS] / draws[best]),
        "each_of_ours": {
            way.name: {
                "visits_earlier": figure(draws[best] - draws[way.name]),
                "severity_ratio": figure(draws[way.name] / draws[best]),
            }
            for way in ways
            if way.role == "product"
        },
        "false_alarms": {
            kind: {way.name: _false_alarms(far[way.name], limits[way.name], rule, thresholds) for way in ways}
            for kind, far in stable.items()
        },
    }


def _drawn_means(seen: Mapping[Any, np.ndarray]) -> np.ndarray:
    """(1 + DRAWS,) mean over impairments of the mean over people: as they are, then with people drawn anew."""
    rng = np.random.default_rng(0)
    means = np.zeros(1 + DRAWS)
    for values in seen.values():
        drawn = rng.integers(len(values), size=(DRAWS, len(values)))
        means += np.concatenate([[values.mean()], values[drawn].mean(axis=1)])
    return means / len(seen)


def _false_alarms(far: np.ndarray, limit: float, rule: Rule, thresholds: Far) -> dict[str, Any]:
    alarmed = (reached(far, rule).max(axis=1) > limit).sum()
    low, high = expected_alarms(len(thresholds[OURS]), len(far))
    return {
        "share": float(alarmed / len(far)),
        "expected": [low / len(far), high / len(far)],
        "inside": bool(low <= alarmed <= high),
    }


def expected_alarms(calibrated_on: int, courses: int) -> tuple[int, int]:
    """Number of false alarms among `courses`, 99 % interval, beyond a conformal limit of so many calibration courses
    (Vovk 2012: the limit's own error is a beta distribution)."""
    chance = false_alarm_chance(calibrated_on, courses, FALSE_ALARMS)
    return int(chance.ppf(0.005)), int(chance.ppf(0.995))


def as_page(figures: Mapping[str, Any]) -> str:
    """The table, in Markdown."""
    lines = [
        "# Synthetic: a gradual change, and when it is seen",
        "",
        f"Visits 1 to {VISITS - 1} after the first, severity {SEVERITY_STEP:g} more at each; {VISITS} where it is "
        "never seen. Means over impairments, 95 % intervals over people. Every way has a threshold for false alarms in "
        "5 % of stable courses.",
    ]
    for rule, found in figures["rules"].items():
        lines += ["", f"## Alarm: {rule}", "", _header(found), "|---" * 6 + "|"]
        for name, way in figures["ways"].items():
            alarms = [found["false_alarms"][kind][name] for kind in found["false_alarms"]]
            shares = [f"{alarm['share']:.3f}{'' if alarm['inside'] else ' (outside)'}" for alarm in alarms]
            row = [way["title"], _interval(found["seen_at"][name]), _interval(found["seen_at_unseen"][name])]
            lines.append(_row([*row, *shares]))
        best = figures["ways"][found["best_yardstick"]]["title"]
        ratio = found["severity_ratio"]
        lines += [
            "",
            f"Best yardstick: {best}. Gait change and speed see a change {_interval(found['visits_earlier'])} visits "
            f"earlier (unseen impairments {_interval(found['visits_earlier_unseen'])}); severity then is "
            f"{ratio['value']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f}) of the yardstick's.",
            "",
            "Each of the product's ways by itself (not the protocol's question): "
            + "; ".join(
                f"{figures['ways'][name]['title']} {_interval(own['visits_earlier'])} visits earlier, severity "
                f"{_interval(own['severity_ratio'])}"
                for name, own in found["each_of_ours"].items()
            )
            + ".",
            "",
            _row(["seen at, by impairment", *(way["title"] for way in figures["ways"].values())]),
            "|---" * (1 + len(figures["ways"])) + "|",
        ]
        for impairment in figures["courses"]["growing"]:
            told = f"{impairment}{' (unseen)' if impairment in figures['unseen'] else ''}"
            lines.append(_row([told, *(f"{found['by_impairment'][name][impairment]:.1f}" for name in figures["ways"])]))
    lines += ["", "## The product's own states in stable courses", "", _row(["metric", *figures["states"]])]
    lines.append("|---" * (1 + len(figures["states"])) + "|")
    for metric in next(iter(figures["states"].values())):
        lines.append(_row([metric, *(f"{figures['states'][kind][metric]:.3f}" for kind in figures["states"])]))
    lines += [
        "",
        "Share of visits beyond measurement error, .05 promised.",
        "",
        _row(["tracked number", "ICC"]),
        "|---|---|",
    ]
    lines += [_row([name, f"{value:.2f}"]) for name, value in figures["icc"].items()]
    return "\n".join(lines)


def draw(figures: Mapping[str, Any], out: Path) -> None:
    """Share of growing courses seen by each visit."""
    from matplotlib.figure import Figure

    found = figures["rules"][RULES[0]]
    colours = {"product": "#D55E00", "yardstick": "#0072B2", "aside": "#9AA5B1", "ceiling": "#333333"}
    styles = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))
    page = Figure(figsize=(8.0, 5.0), layout="constrained")
    axes = page.add_subplot()
    drawn: dict[str, int] = {}
    for name, way in figures["ways"].items():
        number = drawn[way["role"]] = drawn.get(way["role"], -1) + 1
        line = styles[number % len(styles)]
        drawn_as = {"color": colours[way["role"]], "label": way["title"], "linestyle": line}
        axes.plot(range(1, VISITS), found["seen_by_visit"][name], **drawn_as)
    axes.set(xlabel="visit after the first", ylabel="share of courses seen", ylim=(0.0, 1.0), xticks=range(1, VISITS))
    axes.set_title("Synthetic: a change that grows from visit to visit, seen at two visits in a row")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    page.savefig(out, dpi=110)


def _header(found: Mapping[str, Any]) -> str:
    return _row(
        ["way", "seen at visit", "unseen impairments", *(f"false alarms, {kind}" for kind in found["false_alarms"])]
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _interval(of: Mapping[str, float]) -> str:
    return f"{of['value']:.2f} ({of['low']:.2f} to {of['high']:.2f})"
