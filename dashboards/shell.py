"""What every page stands on: the store, who asks, which patient and visit, the badges and the foot of the page."""

from __future__ import annotations

import os
from collections.abc import Sequence

import streamlit as st

from ltme_clinic import INTENDED_USE
from ltme_clinic.access import Principal, local_principal
from ltme_clinic.report.words import is_synthetic
from ltme_clinic.store import PatientSummary, Store
from ltme_clinic.types import LtmeError, Origin

STORE_VARIABLE = "LTME_STORE"
PATIENT_PAGE = "views/patient.py"
VISIT_PAGE = "views/visit.py"
EXERCISES_PAGE = "views/exercises.py"


def the_store() -> Store:
    """The store that LTME_STORE names, opened once for all pages of this server.

    Raises
    ------
    LtmeError
        No store is named, or there is none at that place.
    """
    location = os.environ.get(STORE_VARIABLE, "")
    if not location:
        raise LtmeError("dashboard", "no store is named", "Start it with: ltme dashboard --store FOLDER")
    return _opened(location)


@st.cache_resource(show_spinner=False)
def _opened(location: str) -> Store:
    return Store.open(location)


def who_asks() -> Principal:
    """The operating-system user: these pages serve this machine alone."""
    return local_principal()


def people(store: Store, principal: Principal) -> list[PatientSummary]:
    """Everybody who walked, measured or virtual; generated exercises are nobody."""
    return [patient for patient in store.patients(principal) if patient.origin != "generated"]


def chosen_patient(patients: Sequence[PatientSummary]) -> PatientSummary:
    """The patient of the address (?patient=...), else the one looked at last, else the first, in a chooser."""
    known = [patient.pseudonym for patient in patients]
    wanted = _from_address("patient")
    if wanted and wanted not in known:
        st.warning(f"Patient {wanted} is not in this store. Showing another one.")
    _fit("patient", known)
    chosen = st.selectbox("Patient", known, key="patient", on_change=_forget_visit)
    st.query_params["patient"] = chosen
    return patients[known.index(chosen)]


def chosen_visit(keys: Sequence[str]) -> str:
    """The visit of the address (?visit=2026-03-01), else the one looked at last, else the latest dated one."""
    _from_address("visit")
    dated = [key for key in keys if key != "undated"]
    _fit("visit", keys, (dated or keys)[-1])
    chosen = st.selectbox("Visit", keys, key="visit")
    st.query_params["visit"] = chosen
    return chosen


def _from_address(name: str) -> str:
    """A new value in the address wins over the chooser once; afterwards the chooser wins."""
    wanted = st.query_params.get(name, "")
    if wanted and st.session_state.get(f"{name}_address") != wanted:
        st.session_state[f"{name}_address"] = wanted
        st.session_state[name] = wanted
    return wanted


def _fit(name: str, known: Sequence[str], otherwise: str | None = None) -> None:
    """Keep what was chosen on another page (a chooser that is not drawn loses its value), if it still exists."""
    value = st.session_state.get(name) or st.session_state.get(f"{name}_last")
    st.session_state[name] = value if value in known else (otherwise or known[0])
    st.session_state[f"{name}_last"] = st.session_state[name]


def _forget_visit() -> None:
    for name in ("visit", "visit_last", "visit_address", "trial", "seek"):
        st.session_state.pop(name, None)
    st.query_params.pop("visit", None)


def origin_badge(origin: Origin) -> None:
    """Measured, or unmistakably synthetic."""
    if is_synthetic(origin):
        st.badge("SYNTHETIC", color="violet", help="No camera saw this movement: it was made by a program.")
    else:
        st.badge("Measured", color="gray")


def needs_patients(patients: Sequence[PatientSummary]) -> None:
    """Stop the page with what to do next where the store is empty."""
    if not patients:
        st.info(
            "There are no patients here yet.\n\n"
            "Add recordings with `ltme add FOLDER --patient ID --visit 2026-03-01`, "
            "or make virtual patients to look around with `ltme demo`."
        )
        st.stop()


def explain(problem: LtmeError) -> None:
    """An error for the reader: the fact, and what to do."""
    st.error(f"**{problem.subject}**: {problem.fact}.")
    if problem.cure:
        st.info(f"What to do: {problem.cure}.")


def foot() -> None:
    """The intended use, at the foot of each page."""
    st.divider()
    st.caption(INTENDED_USE)
