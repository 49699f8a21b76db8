"""Who needs to be looked at first, in words: an order for the patient list, read from stored findings and trends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ltme_clinic.report import words
from ltme_clinic.types import Finding, Trend
from ltme_clinic.types.clinical import REAL_STATES, UNUSUAL_P

Level = Literal["Look first", "Changed", "Not assessed", "Unremarkable"]

LEVELS: dict[Level, str] = {
    "Look first": "orange",
    "Changed": "blue",
    "Not assessed": "gray",
    "Unremarkable": "green",
}
"""In the order of the list, with the badge's colour."""


@dataclass(frozen=True)
class Attention:
    """Why a patient stands where they stand in the list."""

    level: Level
    reason: str
    trend: Trend | None = None
    """The course that shows it best; None without trends."""

    @property
    def order(self) -> int:
        return list(LEVELS).index(self.level)


def attention(finding: Finding | None, trends: Sequence[Trend]) -> Attention:
    """How urgently a patient asks to be looked at, and why in one sentence."""
    unusual = finding is not None and finding.p_value is not None and finding.p_value <= UNUSUAL_P
    trends = [trend for trend in trends if not trend.is_figure]
    changed = [trend for trend in trends if trend.state in REAL_STATES]
    away = [trend for trend in changed if trend.direction == "away_from_reference"]
    toward = [trend for trend in changed if trend.direction == "toward_reference"]
    telling = (away or toward or changed or _usual(trends))[:1]
    course = telling[0] if telling else None
    if changed and course is not None:
        level: Level = "Look first" if away or (unusual and not toward) else "Changed"
        return Attention(level, f"{course.title}: {_lower(words.trend_words(course))}", course)
    if unusual:
        return Attention("Look first", f"Unusual against the reference; {_no_change(trends)}", course)
    if finding is None or finding.p_value is None:
        return Attention("Not assessed", _why_not(finding), course)
    return Attention("Unremarkable", f"Like the reference people; {_no_change(trends)}", course)


def _no_change(trends: Sequence[Trend]) -> str:
    """What is known about change where no trend shows a real one: one visit is no course."""
    if any(trend.state == "within_error" for trend in trends):
        return "no real change over the visits"
    if any(trend.state == "no_baseline" for trend in trends):
        return "one visit so far"
    return "change over visits not known"


def _usual(trends: Sequence[Trend]) -> list[Trend]:
    """The distance from the reference where there is one, else whatever has visits."""
    filled = [trend for trend in trends if trend.points]
    return [trend for trend in filled if trend.metric.startswith("distance")] or filled


def _why_not(finding: Finding | None) -> str:
    if finding is None:
        return "No finding yet"
    if not finding.refusals:
        return "No score could be given"
    return words.refusal_words(finding.refusals[0]).rstrip(".")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def main_trends(trends: Sequence[Trend]) -> list[Trend]:
    """The trends of the newest checkpoint alone: trends never mix checkpoints."""
    return [trend for trend in trends if trend.fingerprint == trends[-1].fingerprint] if trends else []


def main_finding(findings: Sequence[Finding]) -> Finding | None:
    """The finding to show for one visit: the first saved by the newest checkpoint."""
    newest = _newest(findings)
    return newest[0] if newest else None


def other_findings(findings: Sequence[Finding]) -> list[Finding]:
    """The newest checkpoint's other findings of one visit: one for each other condition that was walked."""
    return _newest(findings)[1:]


def _newest(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.fingerprint == findings[-1].fingerprint] if findings else []
