"""Clinical words for stored values: what a figure, a page or the PDF says instead of a code name."""

from __future__ import annotations

from collections.abc import Iterable

from ltme_clinic.types import BodyPartContribution, Finding, Origin, Trend
from ltme_clinic.types.clinical import REAL_STATES, TrendState

ORIGIN_WORDS: dict[Origin, str] = {
    "measured": "Measured",
    "virtual": "Virtual patient (synthetic)",
    "generated": "Generated movement (synthetic)",
}

STATE_WORDS: dict[TrendState, str] = {
    "no_baseline": "First visit, nothing to compare with yet",
    "within_error": "Within measurement error",
    "real_change": "Real change",
    "clinically_important": "Clinically important change",
    "not_assessable": "Can't be assessed",
}

DIRECTION_WORDS: dict[str, str] = {
    "toward_reference": "toward the reference",
    "away_from_reference": "away from the reference",
    "up": "upward",
    "down": "downward",
    "undetermined": "",
}

# Variable -> the joint's name, what a positive difference looks like, what a negative one looks like.
VARIABLE_WORDS: dict[str, tuple[str, str, str]] = {
    "pelvic_tilt": ("pelvis", "tilted further forward", "tilted further back"),
    "pelvic_obliquity": ("pelvis", "{side} side higher", "{side} side lower"),
    "pelvic_rotation": ("pelvis", "{side} side further forward", "{side} side further back"),
    "hip_flexion": ("hip", "more bent", "more extended"),
    "hip_adduction": ("hip", "further inward", "further outward"),
    "hip_rotation": ("hip", "turned further in", "turned further out"),
    "knee_flexion": ("knee", "more bent", "straighter"),
    "ankle_dorsiflexion": ("ankle", "toes further up", "toes further down"),
    "foot_progression": ("foot", "toes further in", "toes further out"),
}

SMALLEST_P_IN_WORDS = 0.01
"""A reference that can't give a p-value this small (under 99 people) gives a rank, as a finding's sentence does."""

UNIT_DECIMALS: dict[str, int] = {"m/s": 2, "m": 2, "s": 2, "steps/min": 1, "points": 1, "SD": 1, "x retest": 1}
"""Decimals of a value on a figure, the same as in the trend's sentence; other units get three figures."""

UNIT_WORDS: dict[str, str] = {"x retest": "times", "SD": "points"}
"""A distance over many numbers, each in SD, is about 8 for healthy people: "11 SD" would be read as something else."""

AXIS_WORDS: dict[str, str] = {
    "deg": "degrees",
    "x retest": "times a retest",
    "SD": "score points",
    "points": "score points",
}


def is_synthetic(origin: Origin) -> bool:
    """Whether no camera ever saw this movement."""
    return origin != "measured"


def body_part_name(part: BodyPartContribution) -> str:
    """Such as "Left knee, mid-swing"; the pelvis belongs to both legs, so there the phase says whose it is."""
    joint = VARIABLE_WORDS.get(part.variable, (part.variable.replace("_", " "), "", ""))[0]
    if joint == "pelvis":
        return f"Pelvis, {part.side} {part.phase}"
    return f"{part.side.capitalize()} {joint}, {part.phase}"


def body_part_difference(part: BodyPartContribution) -> str:
    """Such as "18° straighter"."""
    _, positive, negative = VARIABLE_WORDS.get(part.variable, ("", "more", "less"))
    sense = (positive if part.difference_deg >= 0 else negative).format(side=part.side)
    return f"{abs(part.difference_deg):.0f}° {sense}"


def visit_title(visit: str) -> str:
    """Such as "Visit of 2026-03-01", or "Undated visit"."""
    return "Undated visit" if visit == "undated" else f"Visit of {visit}"


def standing(finding: Finding) -> str:
    """How the visit stands against the people of its reference, with n; a p-value only where it is a fine one."""
    if finding.anomaly_score is None:
        return "No score"
    words = []
    if finding.rank is not None and finding.reference_n:
        beyond = "all" if finding.rank >= finding.reference_n else f"{finding.rank} of"
        words.append(f"More unusual than {beyond} {finding.reference_n} reference people")
    if finding.p_value is None:
        words.append("no p-value" if words else "Not ranked: no p-value")
    elif not is_rank_only(finding):
        words.append(f"p = {probability(finding.p_value)}")
        if finding.smallest_p is not None and finding.p_value <= finding.smallest_p * 1.0001:
            words[-1] += ", the smallest this reference can give"
    return "; ".join(words)


def is_rank_only(finding: Finding) -> bool:
    """Whether the reference has too few people for a p-value to say more than the rank does."""
    return finding.rank is not None and finding.smallest_p is not None and finding.smallest_p > SMALLEST_P_IN_WORDS


def about_standing(finding: Finding) -> str:
    """Why a rank is given where a p-value might be expected; empty where none is missing."""
    return "A rank, not p: fewer than 99 people" if is_rank_only(finding) else ""


def about_score(finding: Finding) -> str:
    """How to read a score; nothing is called unusual against a reference of another origin."""
    error = "" if finding.score_sem is None else f", visits ± {finding.score_sem:.1f}"
    return f"Higher {'differs more' if finding.label else 'is more unusual'}; healthy 0 ± 1{error}"


def probability(p_value: float) -> str:
    """A p-value as clinical journals print it: .43, .024, .005, < .001."""
    if p_value < 0.001:
        return "< .001"
    return (f"{p_value:.2f}" if p_value >= 0.1 else f"{p_value:.3f}").removeprefix("0")


def reference_words(finding: Finding) -> str:
    """Such as "virtual-healthy, 60 virtual people"."""
    return f"{finding.reference}, {finding.reference_n} {finding.reference_origin} people"


def refusal_words(reason: str) -> str:
    """A reason as a sentence: "no p-value: ..." becomes "No p-value: ... ."."""
    named = reason.replace("visit undated", "the undated visit")
    return f"{named[:1].upper()}{named[1:]}".rstrip(".") + "."


def unsaid(refusals: Iterable[str], sentence: str) -> list[str]:
    """The refusals as sentences, each once, without those that the finding's or trend's sentence has said already."""
    said = sentence.casefold()
    reasons = dict.fromkeys(reason for reason in refusals if reason.rstrip(".").casefold() not in said)
    return [refusal_words(reason) for reason in reasons]


def trend_words(trend: Trend) -> str:
    """The trend's state in words, with its direction where one is known."""
    words = STATE_WORDS[trend.state]
    direction = DIRECTION_WORDS.get(trend.direction, "")
    if trend.state not in REAL_STATES:
        return words
    once = "" if trend.changed_visits > 1 else " (one visit so far)"
    return f"{words}, {direction}{once}" if direction else f"{words}{once}"


def with_unit(value: float, unit: str) -> str:
    """A value as a clinician writes it: its unit's decimals, a space before the unit, none before a degree sign."""
    if unit in UNIT_DECIMALS:
        number = f"{value:.{UNIT_DECIMALS[unit]}f}"
    else:
        number = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    if unit in ("deg", "°"):
        return f"{number}°"
    return f"{number} {UNIT_WORDS.get(unit, unit)}".strip()


def error_words(trend: Trend) -> str:
    """How large a change can be error alone, such as "±0.12 m/s"; a value without a sign has only an upper limit."""
    if trend.mdc is None:
        return "measurement error unknown"
    if trend.unit == "x retest":
        return f"up to {with_unit(trend.mdc, trend.unit)} a typical retest difference"
    return f"±{with_unit(trend.mdc, trend.unit)}"
