"""Requests: the work that pages asked for, how far it is, and what went wrong."""

from __future__ import annotations

import streamlit as st

from dashboards import panels, shell, work_requests

LOOK_AGAIN_S = 2.0


@st.fragment(run_every=LOOK_AGAIN_S)
def show_requests() -> None:
    """The latest requests, newest first, looked at again every two seconds."""
    jobs = shell.the_store().jobs(shell.who_asks())
    if not jobs:
        st.info("Nothing was asked for yet. Exercises are demonstrated on request: see the page Exercises.")
    for job in jobs:
        with st.container(border=True):
            what, state, who = st.columns([4, 2, 2], vertical_alignment="center")
            what.markdown(f"**{panels.plain(work_requests.about(job))}**")
            if job.message:
                what.caption(panels.plain(job.message))
            state.badge(work_requests.STATE_WORDS[job.state], color=work_requests.STATE_COLOUR[job.state])
            if job.state == "running":
                state.progress(job.progress)
            who.caption(
                f"Asked by {panels.plain(job.requested_by.name)}, {job.requested_at[:16].replace('T', ' ')} UTC"
            )


st.title("Requests")
st.caption("Long work is done beside these pages, one thing after the other. You may leave the page meanwhile.")
show_requests()
