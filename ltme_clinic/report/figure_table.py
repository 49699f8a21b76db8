"""Indices and steps over the visits as one table: a line each, for the page and the PDF alike."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from ltme_clinic.report import style, words
from ltme_clinic.types import Trend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = ("", "first visit", "latest visit", "change", "by error alone", "")
CAUTION = (
    "By error alone a figure stays within the given change in 95 % of unchanged patients. Of so many figures, about "
    "one in twenty is beyond its error by chance: look at them together."
)
_WHERE = (0.0, 0.34, 0.43, 0.53, 0.615, 0.725)
"""Each column's left edge, as a share of the table's width."""
_LETTERS = 32


@dataclass(frozen=True)
class FigureRow:
    """One figure in words, in the order of `COLUMNS`."""

    title: str
    first: str
    latest: str
    change: str
    error: str
    state: str
    is_real: bool = False


def figure_rows(trends: Sequence[Trend]) -> list[FigureRow]:
    """The trends of indices and steps that have visits, in their order."""
    return [_row(trend) for trend in trends if trend.is_figure and trend.points]


def words_of(row: FigureRow) -> tuple[str, ...]:
    """The row's texts, one for each of `COLUMNS`."""
    texts: tuple[str, ...] = astuple(row)[: len(COLUMNS)]
    return texts


def notes(trends: Sequence[Trend]) -> list[str]:
    """How to read the table, where its errors come from, and why an index is missing; a sentence each."""
    figures = [trend for trend in trends if trend.is_figure]
    sources = "; ".join(sorted({trend.sem_source for trend in figures if trend.points and trend.sem_source}))
    missing = [trend.sentence for trend in figures if not trend.points]
    return [CAUTION, *([f"Measurement error: {sources}."] if sources else []), *missing]


def draw_table(
    figure: Figure, rows: Sequence[FigureRow], *, left: float, top: float, width: float, line: float
) -> None:
    """Write the rows on a page, the header first; positions are shares of the page."""
    for number, row in enumerate([FigureRow(*COLUMNS), *rows]):
        for where, text in zip(_WHERE, words_of(row), strict=True):
            figure.text(
                left + where * width,
                top - number * line,
                textwrap.fill(text, _LETTERS),
                fontsize=8.5 if number == 0 else 9,
                color=style.QUIET if number == 0 else style.INK,
                fontweight="bold" if row.is_real and where == 0.0 else "normal",
                va="center",
                linespacing=1.1,
            )


def _row(trend: Trend) -> FigureRow:
    first, latest = trend.points[0], trend.points[-1]
    change = latest.change
    return FigureRow(
        title=f"{trend.title} ({trend.unit})",
        first=_number(trend, first.value),
        latest="" if change is None else _number(trend, latest.value),
        change="" if change is None else f"{'+' if change > 0.0 else '−'}{_number(trend, abs(change))}",
        error="not known" if trend.mdc is None else f"±{_number(trend, trend.mdc)}",
        state=words.trend_words(trend),
        is_real=trend.changed_visits > 0,
    )


def _number(trend: Trend, value: float) -> str:
    """In a hundredth of a metre, else a tenth."""
    return f"{value:.{2 if trend.unit == 'm' else 1}f}"
