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
# The folder isn't called pages: Streamlit serves such a folder by itself to whoever comes before this script has run.
page = st.navigation(
    [
        st.Page("views/patients.py", title="Patients", default=True),
        st.Page("views/patient.py", title="One patient"),
        st.Page("views/visit.py", title="One visit"),
        st.Page("views/exercises.py", title="Exercises"),
        st.Page("views/requests.py", title="Requests"),
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
