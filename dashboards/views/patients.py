"""The patient list: who needs to be looked at first stands first."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboards import attention, panels, shell
from ltme_clinic.report.sparkline import sparkline_svg
from ltme_clinic.report.words import is_synthetic
from ltme_clinic.store import PatientSummary

MOST_ROWS = 50


@dataclass(frozen=True)
class Row:
    """One patient of the list."""

    patient: PatientSummary
    attention: attention.Attention


def rows() -> list[Row]:
    """Every patient, the most urgent first, then the latest visit first."""
    store, principal = shell.the_store(), shell.who_asks()
    found = []
    for patient in shell.people(store, principal):
        trends = attention.main_trends(store.trends(principal, patient.pseudonym))
        found.append(Row(patient, attention.attention(patient.latest_finding, trends)))
    found.sort(key=lambda row: row.patient.last_visit.toordinal() if row.patient.last_visit else 0, reverse=True)
    return sorted(found, key=lambda row: row.attention.order)


def chosen(everyone: list[Row]) -> list[Row]:
    """What the search and the filter leave."""
    search, level, origin = st.columns([2, 3.4, 1.6], vertical_alignment="bottom")
    words = search.text_input("Search", placeholder="Pseudonym or words of a finding").strip().lower()
    kept = level.segmented_control("Show", ["Everyone", *attention.LEVELS], default="Everyone", key="level")
    kinds = ["Measured and synthetic", "Measured", "Synthetic"]
    kind = origin.selectbox("Recordings", kinds) if len({row.patient.origin for row in everyone}) > 1 else kinds[0]
    return [
        row
        for row in everyone
        if words in _searchable(row)
        and kept in (None, "Everyone", row.attention.level)
        and kind in (kinds[0], "Synthetic" if is_synthetic(row.patient.origin) else "Measured")
    ]


def _searchable(row: Row) -> str:
    sentence = row.patient.latest_finding.sentence if row.patient.latest_finding else ""
    return f"{row.patient.pseudonym} {sentence} {row.attention.reason}".lower()


def show(row: Row) -> None:
    """One patient as a card: why they stand here, the latest finding in words, and the course over the visits."""
    patient = row.patient
    with st.container(border=True):
        who, what, when, course = st.columns([1.5, 4.2, 1.2, 1.6], vertical_alignment="center")
        with who:
            st.page_link(
                shell.PATIENT_PAGE, label=f"**{panels.plain(patient.pseudonym)}**", query_params=address(patient)
            )
            with st.container(horizontal=True, gap="small"):
                st.badge(row.attention.level, color=attention.LEVELS[row.attention.level])
                shell.origin_badge(patient.origin)
        with what:
            sentence = patient.latest_finding.sentence if patient.latest_finding else ""
            reason = panels.plain(row.attention.reason)
            st.markdown(f"{panels.plain(sentence)}  \n:gray[:small[{reason}]]" if sentence else reason)
        with when:
            counts = f"{panels.counted(patient.visits, 'visit')}, {panels.counted(patient.trials, 'recording')}"
            panels.fact("Last visit", patient.last_visit.isoformat() if patient.last_visit else "undated", counts)
        with course:
            trend = row.attention.trend
            if trend is not None:
                st.image(sparkline_svg(trend), width="stretch", alt=f"{trend.title} over {len(trend.points)} visits")
                st.caption(trend.title)
            else:
                st.caption("No trend yet")


def address(patient: PatientSummary) -> dict[str, str]:
    return {"patient": patient.pseudonym}


st.title("Patients")
everyone = rows()
shell.needs_patients([row.patient for row in everyone])
waiting = [trial for trial in shell.the_store().unassigned(shell.who_asks()) if trial.origin != "generated"]
if waiting:
    st.info(
        f"{panels.counted(len(waiting), 'recording')} without a patient. "
        "Say whose with `ltme add FILE --patient ID --visit DATE`."
    )
shown = chosen(everyone)
st.caption(f"{len(shown)} of {len(everyone)} patients. Those who most need to be looked at come first.")
for row in shown[:MOST_ROWS]:
    show(row)
if not shown:
    st.info("Nobody matches. Clear the search, or show everyone.")
if len(shown) > MOST_ROWS:
    st.caption(f"The first {MOST_ROWS} are shown. Search to find the others.")
