"""Who needs to be looked at first, in words: an order for the patient list, read from stored findings and trends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ltme_clinic.report import words
from ltme_clinic.types import Finding, Trend

Level = Literal["Look first", "Changed", "Not assessed", "Steady"]

LEVELS: dict[Level, str] = {"Look first": "orange", "Changed": "blue", "Not assessed": "gray", "Steady": "green"}
"""In the order of the list, with the badge's colour."""

UNUSUAL_P = 0.05
"""A conformal p-value up to here is called unusual; without one nothing is."""


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
    changed = [trend for trend in trends if trend.state == "real_change"]
    away = [trend for trend in changed if trend.direction == "away_from_reference"]
    toward = [trend for trend in changed if trend.direction == "toward_reference"]
    telling = (away or toward or changed or _usual(trends))[:1]
    course = telling[0] if telling else None
    if changed and course is not None:
        level: Level = "Look first" if away or (unusual and not toward) else "Changed"
        return Attention(level, f"{course.title}: {_lower(words.trend_words(course))}", course)
    if unusual:
        return Attention("Look first", "Unusual against the reference; no real change over the visits", course)
    if finding is None or finding.p_value is None:
        return Attention("Not assessed", _why_not(finding), course)
    return Attention("Steady", "Like the reference people; no real change over the visits", course)


def _usual(trends: Sequence[Trend]) -> list[Trend]:
    """The distance from the reference where there is one, else whatever has visits."""
    filled = [trend for trend in trends if trend.points]
    return [trend for trend in filled if trend.metric.startswith("distance")] or filled


def _why_not(finding: Finding | None) -> str:
    if finding is None:
        return "No finding yet"
    return finding.refusals[0].rstrip(".") if finding.refusals else "No score could be given"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def main_trends(trends: Sequence[Trend]) -> list[Trend]:
    """The trends of the newest checkpoint alone: trends never mix checkpoints."""
    return [trend for trend in trends if trend.fingerprint == trends[-1].fingerprint] if trends else []


def main_finding(findings: Sequence[Finding]) -> Finding | None:
    """The finding to show for one visit: the first saved by the newest checkpoint."""
    newest = [finding for finding in findings if finding.fingerprint == findings[-1].fingerprint] if findings else []
    return newest[0] if newest else None
