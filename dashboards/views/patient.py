"""One patient over time: what has changed since the first visit, and whether that is more than measurement error."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboards import attention, panels, shell
from ltme_clinic.report import figure_table, patient_report_pdf, words
from ltme_clinic.report.figures import trend_figure
from ltme_clinic.store import PatientSummary, VisitSummary
from ltme_clinic.types import Finding, Trend
from ltme_clinic.types.clinical import REAL_STATES


def heading(patient: PatientSummary, trends: list[Trend]) -> None:
    """Who it is and how urgent."""
    state = attention.attention(patient.latest_finding, trends)
    st.title(f"Patient {panels.plain(patient.pseudonym)}")
    with st.container(horizontal=True, gap="small"):
        st.badge(state.level, color=attention.LEVELS[state.level])
        shell.origin_badge(patient.origin)
        if state.level != "Not assessed":  # else the finding below says why
            st.markdown(panels.plain(state.reason))


def offer_report(patient: PatientSummary, trends: list[Trend]) -> None:
    """The page as a PDF, made when it is asked for."""
    st.download_button(
        "Report as PDF",
        data=lambda: patient_report_pdf(
            patient=patient.pseudonym,
            origin=patient.origin,
            finding=patient.latest_finding,
            trends=trends,
            generated_on=date.today(),
        ),
        file_name=f"{patient.pseudonym}.pdf",
        mime="application/pdf",
        on_click="ignore",
        width="stretch",
    )


def offer_review(patient: PatientSummary) -> None:
    """Ask for findings and trends; the worker makes them."""
    if st.button("Ask for findings and trends"):
        number = shell.the_store().enqueue(shell.who_asks(), "review", {"patient": patient.pseudonym})
        st.success(f"Asked for. It is request {number} on the page Requests; open this page again when it is done.")


def show_trends(patient: PatientSummary, trends: list[Trend]) -> None:
    """Each metric as a picture beneath its sentence, two beside two."""
    st.subheader("Over the visits")
    trends = [trend for trend in trends if not trend.is_figure]
    if not trends:
        st.info(
            "No trend yet. A trend compares dated visits with the first one: at least two visits with a date are "
            "needed. Visits without a supplied date are not tracked."
        )
        return
    if not any(trend.points for trend in trends):
        reasons = dict.fromkeys(reason for trend in trends for reason in words.unsaid(trend.refusals, ""))
        st.info(panels.plain(" ".join(["No trend.", *reasons])))
        return
    columns = st.columns(2)
    for place, trend in enumerate(trends):
        with columns[place % 2], st.container(border=True):
            st.badge(words.trend_words(trend), color=_colour(trend))
            if trend.sentence:
                st.markdown(panels.plain(trend.sentence))
            if trend.points:
                picture_alt = f"{trend.title} over {len(trend.points)} visits: {words.trend_words(trend)}"
                panels.picture(trend_figure, trend, origin=patient.origin, width_in=6.4, alt=picture_alt)
            if trend.sem_source and trend.sem_source not in trend.sentence:
                st.caption(f"Measurement error from: {panels.plain(trend.sem_source)}")
            panels.refusals(trend.refusals, trend.sentence)


def show_figures(trends: list[Trend]) -> None:
    """Indices and steps, a line each; how to read them stands below."""
    rows = figure_table.figure_rows(trends)
    if not rows:
        return
    st.subheader("Indices and steps")
    lines = [figure_table.COLUMNS, ("---",) * len(figure_table.COLUMNS)]
    for row in rows:
        state = f"**{panels.plain(row.state)}**" if row.is_real else panels.plain(row.state)
        lines.append(
            (*(panels.plain(text) for text in (row.title, row.first, row.latest, row.change, row.error)), state)
        )
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
    st.caption(panels.plain(" ".join(figure_table.notes(trends))))


def _colour(trend: Trend) -> str:
    """The colours of the patient list: orange asks to be looked at first, blue is another real change."""
    if trend.state in REAL_STATES:
        return "orange" if trend.direction == "away_from_reference" else "blue"
    return "gray"


def show_visits(patient: PatientSummary, visits: list[VisitSummary], findings: list[Finding]) -> None:
    """A line a visit, the latest on top."""
    st.subheader("Visits")
    for visit in reversed(visits):
        finding = attention.main_finding([finding for finding in findings if finding.visit == visit.key])
        with st.container(border=True):
            when, what, how = st.columns([1.3, 5, 1.7], vertical_alignment="center")
            with when:
                address = {"patient": patient.pseudonym, "visit": visit.key}
                st.page_link(shell.VISIT_PAGE, label=f"**{visit.key}**", query_params=address)
                st.caption(panels.counted(visit.trials, "recording"))
            with what:
                st.markdown(panels.plain(finding.sentence if finding else _no_finding(visit)))
            with how:
                if finding is not None:
                    standing = panels.plain(words.standing(finding))
                    score = "" if finding.anomaly_score is None else f"Score {finding.anomaly_score:.1f}  \n"
                    st.markdown(f"{score}:gray[:small[{standing}]]")


def _no_finding(visit: VisitSummary) -> str:
    if not visit.tracked:
        return "No date was supplied for these recordings, so they are in no trend."
    return "No finding yet for this visit."


store, principal = shell.the_store(), shell.who_asks()
patients = shell.people(store, principal)
shell.needs_patients(patients)
left, chooser, report = st.columns([4, 1.3, 1.1], vertical_alignment="bottom")
with chooser:
    patient = shell.chosen_patient(patients)
trends = attention.main_trends(store.trends(principal, patient.pseudonym))
with left:
    heading(patient, trends)
with report:
    offer_report(patient, trends)
if patient.latest_finding is not None:
    visit_name = words.visit_title(patient.latest_finding.visit)
    st.subheader(f"Latest finding: {visit_name[:1].lower()}{visit_name[1:]}")
    panels.finding_card(patient.latest_finding)
else:
    st.info("No finding yet: no visit of this patient has been compared with a reference.")
    offer_review(patient)
show_trends(patient, trends)
show_figures(trends)
show_visits(patient, store.visits(principal, patient.pseudonym), store.findings(principal, patient.pseudonym))
