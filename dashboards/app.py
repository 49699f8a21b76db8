"""The dashboard: `streamlit run dashboards/app.py`, with the store's place in LTME_STORE."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards.shell import explain, foot
from ltme_clinic.types import LtmeError

FOLDER = Path(__file__).parent

st.set_page_config(page_title="LTME Clinic", layout="wide")
st.logo(FOLDER / "logo.svg", size="large")
st.html(FOLDER / "theme.css")
page = st.navigation(
    [
        st.Page("pages/patients.py", title="Patients", default=True),
        st.Page("pages/patient.py", title="One patient"),
        st.Page("pages/visit.py", title="One visit"),
        st.Page("pages/exercises.py", title="Exercises"),
        st.Page("pages/requests.py", title="Requests"),
    ],
    position="top",
)
body = st.container()
foot()  # drawn first, below the body: it is there whatever happens to the page
with body:
    try:
        page.run()
    except LtmeError as problem:
        explain(problem)
