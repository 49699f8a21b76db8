"""The report of a patient: a page, and a second of indices and steps if there are any; A4, vector, the same bytes
for the same values and date."""

from __future__ import annotations

import io
import os
import tempfile
import textwrap
import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic import INTENDED_USE, __version__
from ltme_clinic.report import figure_table, figures, style, words
from ltme_clinic.types import Finding, Origin, Trend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

A4_IN = (8.27, 11.69)
MARGIN = 0.075
MOST_TRENDS = 4
_SETTINGS_LOCK = threading.Lock()  # matplotlib's settings belong to the whole process


def write_patient_report(
    path: Path | str,
    *,
    patient: str,
    origin: Origin,
    finding: Finding | None,
    trends: Sequence[Trend] = (),
    generated_on: date | None = None,
    software_version: str = __version__,
) -> Path:
    """Write the page as a PDF, all or nothing: an interrupted run leaves the old file as it was.

    Parameters
    ----------
    patient : pseudonym
    finding : the latest visit's finding; None gives a page that says why there is none
    generated_on : the date to print, today where None; the file's bytes depend on nothing else

    Returns
    -------
    Path
        Where the page is.
    """
    target = Path(path)
    page = patient_report_pdf(
        patient=patient,
        origin=origin,
        finding=finding,
        trends=trends,
        generated_on=generated_on,
        software_version=software_version,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(page)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def patient_report_pdf(
    *,
    patient: str,
    origin: Origin,
    finding: Finding | None,
    trends: Sequence[Trend] = (),
    generated_on: date | None = None,
    software_version: str = __version__,
) -> bytes:
    """The page of `write_patient_report` as bytes, for a download."""
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages

    day = generated_on or date.today()
    main = [trend for trend in trends if not trend.is_figure]
    sheets = [_page(patient, origin, finding, main, day, software_version)]
    if figure_table.figure_rows(trends):
        sheets.append(_second_page(patient, origin, finding, trends, day, software_version))
    metadata = {
        "Title": f"Gait review of {patient}",
        "Subject": INTENDED_USE,
        "Creator": f"LTME Clinic {software_version}",
        "CreationDate": None,
        "ModDate": None,
    }
    stream = io.BytesIO()
    with _SETTINGS_LOCK, matplotlib.rc_context({"pdf.fonttype": 42}), PdfPages(stream, metadata=metadata) as pages:
        for sheet in sheets:
            pages.savefig(sheet)
    return stream.getvalue()


def _page(
    patient: str, origin: Origin, finding: Finding | None, trends: Sequence[Trend], day: date, software_version: str
) -> Figure:
    """Heading, finding, body parts, trends, provenance, from top to bottom."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=A4_IN, facecolor="white")
    _heading(figure, patient, origin, day)
    _finding_block(figure, finding)
    _section(figure, "Largest joint differences from the reference", 0.697)
    figures.draw_body_parts(figure.add_axes((0.335, 0.502, 0.33, 0.168)), () if finding is None else finding.body_parts)
    _trend_block(figure, trends)
    _foot(figure, finding, trends, software_version)
    return figure


def _second_page(
    patient: str, origin: Origin, finding: Finding | None, trends: Sequence[Trend], day: date, software_version: str
) -> Figure:
    """Indices and steps over the visits."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=A4_IN, facecolor="white")
    _heading(figure, patient, origin, day)
    rows = figure_table.figure_rows(trends)
    _section(figure, "Indices and steps over the visits", 0.890)
    figure_table.draw_table(figure, rows, left=MARGIN, top=0.862, width=1 - 2 * MARGIN, line=0.042)
    below = 0.862 - 0.042 * (len(rows) + 1)
    _paragraph(figure, " ".join(figure_table.notes(trends)), below, size=9, width=112, most_lines=6, colour=style.QUIET)
    _foot(figure, finding, [trend for trend in trends if trend.is_figure], software_version)
    return figure


def _heading(figure: Figure, patient: str, origin: Origin, day: date) -> None:
    figure.text(MARGIN, 0.955, "Gait review", fontsize=18, fontweight="bold", color=style.INK, va="center")
    figure.text(MARGIN, 0.928, f"Patient {patient}", fontsize=13, color=style.INK, va="center")
    figure.text(
        1 - MARGIN, 0.928, f"Page made on {day.isoformat()}", fontsize=10, color=style.QUIET, ha="right", va="center"
    )
    synthetic = words.is_synthetic(origin)
    figure.text(
        1 - MARGIN,
        0.957,
        "SYNTHETIC" if synthetic else "Measured",
        fontsize=13 if synthetic else 10,
        fontweight="bold" if synthetic else "normal",
        color="white" if synthetic else style.INK,
        ha="right",
        va="center",
        bbox={
            "boxstyle": "round,pad=0.35",
            "facecolor": style.INK if synthetic else style.BAND,
            "edgecolor": "none",
        },
    )
    _rule(figure, 0.910)


def _finding_block(figure: Figure, finding: Finding | None) -> None:
    """The latest visit in a sentence, its numbers, and whatever was refused."""
    top = 0.890
    if finding is None:
        _section(figure, "Latest finding", top)
        reason = (
            "There is no finding for this patient yet: no dated visit has been compared with a reference population. "
            "Add walking recordings with a visit date, then ask for findings."
        )
        _paragraph(figure, reason, top - 0.024, size=11)
        return
    visit = words.visit_title(finding.visit)
    heading = f"Latest finding: {visit[:1].lower()}{visit[1:]}" + (f"   ({finding.label})" if finding.label else "")
    _section(figure, heading, top)
    lines = _paragraph(figure, finding.sentence or words.standing(finding), top - 0.024, size=11, most_lines=4)
    below = top - 0.024 - 0.0185 * lines - 0.012
    for left, width, name, value in _finding_numbers(finding):
        figure.text(left, below, name, fontsize=8.5, color=style.QUIET, va="top")
        figure.text(
            left, below - 0.015, _wrapped(value, width), fontsize=10, color=style.INK, va="top", linespacing=1.25
        )
    refused = words.unsaid(finding.refusals, finding.sentence)
    if refused:
        _paragraph(figure, " ".join(refused), below - 0.068, size=9, width=112, most_lines=2)


def _finding_numbers(finding: Finding) -> list[tuple[float, int, str, str]]:
    """Where each number stands, how many letters a line may hold, its name and its value."""
    score = (
        "not given" if finding.anomaly_score is None else f"{finding.anomaly_score:.1f}\n{words.about_score(finding)}"
    )
    speed = "" if finding.speed_m_s is None else f"\n{finding.speed_m_s:.2f} m/s"
    standing = f"{words.standing(finding)}\n{words.about_standing(finding)}".rstrip()
    return [
        (MARGIN, 25, "Score", score),
        (0.31, 34, "Against the reference", standing),
        (0.60, 20, "Reference", words.reference_words(finding)),
        (0.80, 18, "Compared", f"{finding.trials} trial{'s' if finding.trials != 1 else ''}{speed}"),
    ]


def _trend_block(figure: Figure, trends: Sequence[Trend]) -> None:
    """Up to four trends, two beside two, each with its state in words beneath its title; then what was left out."""
    _section(figure, "Over the visits", 0.448)
    shown = trends[:MOST_TRENDS]
    left_out = list(dict.fromkeys(reason for trend in shown for reason in words.unsaid(trend.refusals, trend.sentence)))
    if not any(trend.points for trend in shown):
        reason = (
            "No trend yet: a trend needs at least two dated visits. A visit without a supplied date is not tracked."
        )
        _paragraph(figure, " ".join([reason, *left_out]), 0.417, size=11)
        return
    _paragraph(figure, " ".join(left_out), 0.088, size=8, width=125, most_lines=2, colour=style.QUIET)
    for place, trend in enumerate(shown):
        left, top = MARGIN + 0.45 * (place % 2), 0.425 - 0.172 * (place // 2)
        figures.draw_trend(figure.add_axes((left + 0.045, top - 0.134, 0.33, 0.092)), trend)
        figure.text(left, top, trend.title, fontsize=10, fontweight="bold", color=style.INK, va="center")
        figure.text(left, top - 0.0155, words.trend_words(trend), fontsize=9, color=style.INK, va="center")
        error = words.error_words(trend)
        error = error if trend.mdc is None else f"grey: {error} (95 %)"
        figure.text(left, top - 0.029, error, fontsize=8, color=style.QUIET, va="center")


def _foot(figure: Figure, finding: Finding | None, trends: Sequence[Trend], software_version: str) -> None:
    """Where the numbers come from, and what they are for."""
    _rule(figure, 0.062)
    fingerprint = finding.fingerprint if finding is not None else (trends[0].fingerprint if trends else "")
    pieces = [f"LTME Clinic {software_version}"]
    if fingerprint:
        pieces.append(f"checkpoint {fingerprint[:12]}")
    if finding is not None:
        pieces.append(f"reference {words.reference_words(finding)}")
    sources = sorted({trend.sem_source for trend in trends if trend.sem_source})
    if sources:
        pieces.append("measurement error: " + "; ".join(sources))
    _paragraph(figure, "; ".join(pieces), 0.051, size=7.5, width=128, most_lines=2, colour=style.QUIET)
    figure.text(MARGIN, 0.021, INTENDED_USE, fontsize=8.5, fontweight="bold", color=style.INK, va="center")


def _paragraph(
    figure: Figure, text: str, top: float, *, size: float, width: int = 92, most_lines: int = 4, colour: str = style.INK
) -> int:
    """Wrapped text whose first line's middle is at `top`; gives the number of lines."""
    lines = textwrap.wrap(text, width, max_lines=most_lines, placeholder=" ...")
    figure.text(MARGIN, top + 0.006, "\n".join(lines), fontsize=size, color=colour, va="top", linespacing=1.3)
    return len(lines)


def _wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.fill(line, width) for line in text.splitlines())


def _section(figure: Figure, title: str, height: float) -> None:
    figure.text(MARGIN, height, title, fontsize=13, fontweight="bold", color=style.INK, va="center")


def _rule(figure: Figure, height: float) -> None:
    from matplotlib.lines import Line2D

    figure.add_artist(Line2D([MARGIN, 1 - MARGIN], [height, height], color=style.HAIRLINE, linewidth=1.0))
