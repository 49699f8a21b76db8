"""Measures, values and refusals of a gait analysis in words that a clinic reads, the same on a page and on a screen."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ltme_clinic.report import words
from ltme_clinic.types import GaitAnalysis, GaitFigure, Refusal

SHORT_M = 0.3
"""Lengths under this are given to the millimetre."""
LONGEST_REASON = 110
"""Letters; a longer reason loses the list in brackets at its end, which the analysis itself keeps."""
CONTROLS_REACH_SD = 3.0
"""No control's index lies further above their mean."""
_BARE_UNITS = ("points", "score")
"""Units that say nothing beside the index's name."""
_UNIT_ENDING = re.compile(r"_(m_s|mm_spm|spm|deg|pct|mm|m|s)$")
_BRACKET_AT_END = re.compile(r"\s*\([^()]*(\([^()]*\)[^()]*)*\)$")
_WORDS = {"gdi": "GDI", "gps": "GPS", "ap": "fore-aft", "ml": "sideways", "sd": "SD", "cv": "CV"}
_REFUSED = {
    "map": "Movement Analysis Profile",
    "evgs": "Edinburgh items",
    "evgs_total": "Edinburgh total",
    "gps_overall": "overall GPS",
    "bands": "normal bands",
    "kinetics": "moments and powers",
    "spatiotemporal": "speed, steps and timing",
    "gait_events": "events from the markers",
    "entered_events": "entered events",
    "normalised": "figures in leg lengths",
}


def figure_label(name: str, unit: str) -> str:
    """Such as "Step length (m)" for "step_length_m"."""
    bare = _UNIT_ENDING.sub("", name).split("_")
    label = " ".join(_WORDS.get(word, word) for word in bare)
    shown = "°" if unit == "deg" else unit
    return f"{label[:1].upper()}{label[1:]}" + (f" ({shown})" if shown and shown not in _BARE_UNITS else "")


def shortened_label(label: str, letters: int) -> str:
    """A label within so many letters; its unit is never what is cut: "Margin of stab… (m)"."""
    if len(label) <= letters:
        return label
    name, bracket, unit = label.rpartition(" (")
    if not bracket:
        return label[: letters - 1] + "…"
    kept = max(letters - len(unit) - 3, 1)
    return f"{name[:kept].rstrip()}…{bracket}{unit}"


def value_words(value: float, unit: str, sd: float | None = None) -> str:
    """A value without its unit, with the unit's decimals: "0.52 ± 0.02"; short lengths to the millimetre."""
    decimals = {"%": 1, "deg": 1, "mm": 0, "score": 1}.get(unit, words.UNIT_DECIMALS.get(unit))
    if unit == "m" and abs(value) < SHORT_M:
        decimals = 3
    parts = [part for part in (value, sd) if part is not None]
    return " ± ".join(f"{part:.{decimals}f}" if decimals is not None else f"{part:.3g}" for part in parts)


def refusal_words(refusals: Sequence[Refusal]) -> list[str]:
    """What is not given and why, a line for each reason: "GDI, GPS: the age is not known"."""
    by_reason: dict[str, list[str]] = {}
    for refusal in refusals:
        by_reason.setdefault(reason_words(refusal.reason), []).append(_refused_words(refusal.what))
    return [f"{', '.join(dict.fromkeys(whats))}: {reason}" for reason, whats in by_reason.items()]


def reason_words(reason: str) -> str:
    """A reason without the list in brackets that a long one ends with."""
    return _BRACKET_AT_END.sub("", reason) if len(reason) > LONGEST_REASON else reason


def error_words(analysis: GaitAnalysis) -> str:
    """What a change of GDI or GPS must exceed, and among whom that was measured; empty where neither is known."""
    said: dict[str, list[str]] = {}
    for name, unit in (("gdi", " points"), ("gps_deg", "°")):
        figure = next((f for f in analysis.indices if f.name == name and f.mdc95 is not None), None)
        if figure is not None:
            changes = f"{figure_label(name, '')} {figure.mdc95:.1f}{unit}"
            said.setdefault(error_source_words(figure), []).append(changes)
    return "; ".join(f"{', '.join(changes)}{f' ({source})' if source else ''}" for source, changes in said.items())


def cautions(analysis: GaitAnalysis) -> list[str]:
    """What must stand beside the numbers: figures of turning alone, an index that is too good."""
    said = []
    if analysis.spatiotemporal and not any(cycle.counts for cycle in analysis.cycles):
        why = analysis.spatiotemporal[0].note.partition("; ")[0]
        said.append(f"No cycle counts: the figures are of cycles left out{f' ({why})' if why else ''}")
    nearer = [figure for figure in analysis.indices if figure.name == "gdi" and _beyond_all_controls(figure)]
    if nearer:
        sides = " and ".join(figure.side or "both" for figure in nearer)
        said.append(f"GDI {sides}: nearer to the controls' mean curve than controls are, which is no better walk")
    return said


def _beyond_all_controls(gdi: GaitFigure) -> bool:
    mean, sd = gdi.reference_mean, gdi.reference_sd
    return mean is not None and sd is not None and gdi.value > mean + CONTROLS_REACH_SD * sd


def error_source_words(figure: GaitFigure) -> str:
    """Population and paper of a figure's error; how its SEM was derived, after the semicolon, stays in the analysis."""
    return figure.error_source.partition(";")[0]


def reference_words(figures: Sequence[GaitFigure | None]) -> str:
    """The reference of one measure's sides: "5.8 ± 1.6"; where both together have another, that too."""
    found: dict[str, None] = {}
    for figure in figures:
        if figure is not None and figure.reference_mean is not None:
            said = value_words(figure.reference_mean, figure.unit, figure.reference_sd)
            found.setdefault(said)
    return ", both ".join(found)


def _refused_words(what: str) -> str:
    if what in _REFUSED:
        return _REFUSED[what]
    label = figure_label(what, "")
    return label if label[:2].isupper() else label[0].lower() + label[1:]


def sentence(text: str) -> str:
    """A note as a sentence of its own: a capital first and a full stop last, names and signs as they are."""
    trimmed = text.strip().rstrip(".")
    first = trimmed.split(" ", 1)[0]
    capital = trimmed[:1].upper() + trimmed[1:] if first.islower() else trimmed
    return f"{capital}." if capital else ""
