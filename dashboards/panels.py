"""Pieces of pages: pictures as SVG, the finding in words, its numbers, refusals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from ltme_clinic import __version__
from ltme_clinic.report import words
from ltme_clinic.report.style import figure_svg
from ltme_clinic.types import Finding


def picture(draw: Callable, *values: object, alt: str, **options: object) -> None:
    """Draw a figure of the report as SVG, once for equal values."""
    st.image(_svg(draw.__name__, repr((values, options)), draw, values, options), width="stretch", alt=alt)


@st.cache_data(max_entries=128, show_spinner=False)
def _svg(name: str, identity: str, _draw: Callable, _values: tuple, _options: dict) -> str:
    return figure_svg(_draw(*_values, **_options))


def finding_card(finding: Finding) -> None:
    """What the visit shows, in a sentence; then how sure that is and against whom."""
    with st.container(border=True):
        st.markdown(f"##### {plain(finding.sentence) or plain(words.standing(finding))}")
        if finding.label:
            st.badge(finding.label.capitalize(), color="orange")
        score, standing, reference = st.columns([1, 1.9, 1.6])
        with score:
            value = "not given" if finding.anomaly_score is None else f"{finding.anomaly_score:.1f}"
            fact("Score", value, "" if finding.anomaly_score is None else words.about_score(finding))
        with standing:
            fact("Against the reference", words.standing(finding), words.about_standing(finding))
        with reference:
            fact("Reference", words.reference_words(finding), trials_words(finding))
        refusals(finding.refusals, finding.sentence)
        st.caption(f"Checkpoint {finding.fingerprint[:12]}, LTME Clinic {__version__}")


def trials_words(finding: Finding) -> str:
    """Such as "3 walking trials, barefoot, at 1.02 m/s"."""
    condition = f", {finding.condition}," if finding.condition else ""
    speed = "" if finding.speed_m_s is None else f" at {finding.speed_m_s:.2f} m/s"
    return f"{counted(finding.trials, 'walking trial')}{condition}{speed}".rstrip(",")


def fact(name: str, value: str, about: str = "") -> None:
    """A small name over a value, and perhaps a small line beneath."""
    lines = [f":gray[:small[{plain(name)}]]", f"**{plain(value)}**"]
    if about:
        lines.append(f":gray[:small[{plain(about)}]]")
    st.markdown("  \n".join(lines))


def counted(number: int, thing: str) -> str:
    """Such as "1 visit" or "3 visits"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def refusals(reasons: Sequence[str], sentence: str = "") -> None:
    """What was asked for and can't honestly be given, with the reasons that the sentence above has not said."""
    for reason in words.unsaid(reasons, sentence):
        st.warning(plain(reason))


def plain(text: str) -> str:
    """Text that Markdown shows as it is: a file's label or a sentence never becomes a link or a heading."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|~$:" else letter for letter in text)
