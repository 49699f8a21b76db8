"""Clinical words for stored values: what a figure, a page or the PDF says instead of a code name."""

from __future__ import annotations

from ltme_clinic.types import BodyPartContribution, Finding, Origin, Trend
from ltme_clinic.types.clinical import TrendState

ORIGIN_WORDS: dict[Origin, str] = {
    "measured": "Measured",
    "virtual": "Virtual patient (synthetic)",
    "generated": "Generated movement (synthetic)",
}

STATE_WORDS: dict[TrendState, str] = {
    "no_baseline": "First visit, nothing to compare with yet",
    "within_error": "Within measurement error",
    "real_change": "Real change",
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
    "pelvic_obliquity": ("pelvis", "this side higher", "this side lower"),
    "pelvic_rotation": ("pelvis", "this side further forward", "this side further back"),
    "hip_flexion": ("hip", "more bent", "more extended"),
    "hip_adduction": ("hip", "further inward", "further outward"),
    "hip_rotation": ("hip", "turned further in", "turned further out"),
    "knee_flexion": ("knee", "more bent", "straighter"),
    "ankle_dorsiflexion": ("ankle", "toes further up", "toes further down"),
    "foot_progression": ("foot", "toes further in", "toes further out"),
}


def is_synthetic(origin: Origin) -> bool:
    """Whether no camera ever saw this movement."""
    return origin != "measured"


def body_part_name(part: BodyPartContribution) -> str:
    """Such as "Left knee, mid-swing"."""
    joint = VARIABLE_WORDS.get(part.variable, (part.variable.replace("_", " "), "", ""))[0]
    return f"{part.side.capitalize()} {joint}, {part.phase}"


def body_part_difference(part: BodyPartContribution) -> str:
    """Such as "18° straighter"."""
    _, positive, negative = VARIABLE_WORDS.get(part.variable, ("", "more", "less"))
    return f"{abs(part.difference_deg):.0f}° {positive if part.difference_deg >= 0 else negative}"


def standing(finding: Finding) -> str:
    """How the visit stands against the people of its reference, with n; says so where no p-value can be given."""
    if finding.anomaly_score is None:
        return "No score"
    words = []
    if finding.rank is not None and finding.reference_n:
        beyond = "all" if finding.rank >= finding.reference_n else f"{finding.rank} of"
        words.append(f"More unusual than {beyond} {finding.reference_n} reference people")
    if finding.p_value is not None:
        words.append(f"p = {probability(finding.p_value)}")
        if finding.smallest_p is not None and finding.p_value <= finding.smallest_p * 1.0001:
            words[-1] += ", the smallest this reference can give"
    else:
        words.append("no p-value" if words else "Not ranked: no p-value")
    return "; ".join(words)


def probability(p_value: float) -> str:
    """Two figures that matter: 0.21, 0.024, 0.0040."""
    return f"{p_value:.2f}" if p_value >= 0.1 else f"{p_value:.2g}"


def reference_words(finding: Finding) -> str:
    """Such as "healthy-virtual, 60 people, virtual"."""
    return f"{finding.reference}, {finding.reference_n} people, {finding.reference_origin}"


def trend_words(trend: Trend) -> str:
    """The trend's state in words, with its direction where one is known."""
    words = STATE_WORDS[trend.state]
    direction = DIRECTION_WORDS.get(trend.direction, "")
    return f"{words}, {direction}" if trend.state == "real_change" and direction else words


def with_unit(value: float, unit: str) -> str:
    """A value as a clinician writes it: three figures, a space before the unit, none before a degree sign."""
    number = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    if unit in ("deg", "°"):
        return f"{number}°"
    return f"{number} {unit}".strip()
