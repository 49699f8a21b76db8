"""Findings and trends in plain words. Nothing here names a disease or gives advice."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ltme_clinic.types import BodyPartContribution
from ltme_clinic.types.clinical import UNUSUAL_P

if TYPE_CHECKING:
    from ltme_clinic.findings.groups import YearlyChange

PEOPLE_FOR_P_IN_WORDS = 99
"""Under this many calibration people the sentence gives the rank: "beyond all 40" is plainer than p = .024."""

# Spelled out, so that the machine's locale never decides.
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]

_MORE_LESS = {
    "pelvic_tilt": "the pelvis tilts forward {deg} {sense}",
    "hip_flexion": "the {side} hip flexes {deg} {sense}",
    "knee_flexion": "the {side} knee flexes {deg} {sense}",
    "ankle_dorsiflexion": "the {side} ankle dorsiflexes {deg} {sense}",
}
_DIRECTIONS = {
    "pelvic_obliquity": ("the {side} side of the pelvis is {deg} {sense}", "higher", "lower"),
    "pelvic_rotation": ("the {side} side of the pelvis is {deg} {sense}", "further forward", "further back"),
    "hip_adduction": ("the {side} hip is {deg} {sense}", "more adducted", "more abducted"),
    "hip_rotation": ("the {side} hip is turned {deg} {sense}", "further inward", "further outward"),
    "foot_progression": ("the {side} foot points {deg} {sense}", "further inward", "further outward"),
}


_STEPS = {
    "step_length_left_m": ("the left step is {cm}", "longer", "shorter"),
    "step_length_right_m": ("the right step is {cm}", "longer", "shorter"),
    "step_width_m": ("the feet are {cm}", "further apart", "closer together"),
}


def difference_in_words(part: BodyPartContribution, against: str = "the reference") -> str:
    """Such as "the right knee flexes 21 deg less than the reference in initial swing"."""
    if part.variable in _MORE_LESS:
        template, positive, negative = _MORE_LESS[part.variable], "more", "less"
    else:
        template, positive, negative = _DIRECTIONS[part.variable]
    degrees = abs(part.difference_deg)
    shown = f"{degrees:.0f} deg" if degrees >= 1.0 else "under 1 deg"
    sense = positive if part.difference_deg >= 0.0 else negative
    return f"{template.format(side=part.side, deg=shown, sense=sense)} than {against} {_at(part.phase)}"


def step_in_words(measure: str, difference_m: float) -> str:
    """Such as "the right step is 9 cm shorter"; a centimetre is as little as a step can be told by."""
    template, positive, negative = _STEPS[measure]
    centimetres = round(100.0 * abs(difference_m))
    if centimetres < 1:
        return "steps are as long and as wide within 1 cm"
    return f"{template.format(cm=f'{centimetres} cm')} {positive if difference_m >= 0.0 else negative}"


def twin_sentence(*, origin: str, speed_m_s: float, part: BodyPartContribution, step: tuple[str, float]) -> str:
    """What sets a patient apart from healthy walking of the same body, in degrees and centimetres."""
    walking = "healthy virtual walking" if origin == "virtual" else "healthy walking"
    where = difference_in_words(part, against=f"{walking} of this body")
    return f"At {speed_m_s:.2f} m/s {where}; {step_in_words(*step)}. Not a treatment goal."


def finding_sentence(
    *,
    origin: str,
    speed_m_s: float,
    p_value: float | None,
    rank: int,
    people: int,
    stands_out: BodyPartContribution | None,
    unexplained: BodyPartContribution | None,
) -> str:
    """One sentence for a visit whose origin is its reference's.

    Parameters
    ----------
    rank, people : calibration people who score lower, and all calibration people
    stands_out : what differs more than the most different part of healthy people, if anything does
    unexplained : likewise, what the rest of the body does not explain
    """
    walking = "healthy virtual walking" if origin == "virtual" else "healthy walking"
    place = f"beyond {'all' if rank == people else f'{rank} of the'} {people} people of this reference"
    if p_value is None:
        return f"This walk scores {place}, who are too few for a p-value."
    if people >= PEOPLE_FOR_P_IN_WORDS:
        smallest = rank == people
        place = f"p = {p_text(p_value)}"
        place += f", the smallest this reference of {people} people can give" if smallest else ""
    if p_value > UNUSUAL_P:
        return f"This walk is within what {walking} at {speed_m_s:.2f} m/s shows ({place})."
    where = "no single joint and phase stands out"
    if stands_out is not None:
        where = difference_in_words(stands_out)
    elif unexplained is not None:
        where = f"unlike the rest of the body, {difference_in_words(unexplained)}"
    return f"This walk is unusual for {walking} at {speed_m_s:.2f} m/s ({place}): {where}."


def described_sentence(*, against: str, speed_m_s: float, parts: tuple[BodyPartContribution, ...]) -> str:
    """One sentence for a visit against people of another origin or condition: a description, never a judgement.

    Parameters
    ----------
    against : such as "against a virtual reference"
    """
    start = f"{against[:1].upper()}{against[1:]}, at {speed_m_s:.2f} m/s"
    if not parts:
        return f"{start}: a score only."
    return f"{start}, the largest difference is that {difference_in_words(parts[0])}."


def p_text(p: float) -> str:
    """A probability as clinical journals print it: .005, .43."""
    text = f"{p:.2f}" if p >= 0.1 else f"{p:.3f}"
    return text.removeprefix("0")


def day_text(day: datetime.date) -> str:
    """Such as 3 March 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _at(phase: str) -> str:
    return f"at {phase}" if phase == "initial contact" else f"in {phase}"


def group_sentence(
    title: str,
    unit: str,
    changes: Sequence[YearlyChange],
    difference: YearlyChange | None,
    p_value: float | None,
) -> str:
    """Such as "Walking speed: brace +0.06 m/s a year (0.02 to 0.1, 12 patients); ..."."""

    def said(change: YearlyChange) -> str:
        return f"{change.value:+.3g} {unit} a year ({change.low:.3g} to {change.high:.3g}".replace("  ", " ")

    parts = [f"{change.group} {said(change)}, {change.patients} patients)" for change in changes]
    if difference is not None and p_value is not None:
        parts.append(f"{difference.group} {said(difference)}, p = {p_text(p_value)})")
    return f"{title}: {'; '.join(parts)}."


def amount(value: float, decimals: int, unit: str) -> str:
    """A number with its unit, such as 0.12 m/s."""
    return f"{value:.{decimals}f} {unit}".rstrip()


def moved(change: float, decimals: int, unit: str) -> str:
    """Such as "fell by 0.21 m/s"; "did not change" where the number shown would be zero."""
    if round(abs(change), decimals) == 0.0:
        return "did not change"
    return f"{'rose' if change > 0.0 else 'fell'} by {amount(abs(change), decimals, unit)}"
