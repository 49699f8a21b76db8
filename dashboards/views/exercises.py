"""Exercises: choose one, set range and tempo, and see it demonstrated by a synthetic body."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards import panels, shell
from dashboards.player import motion_player
from dashboards.work_requests import is_waiting, progress_line, result_file
from ltme_clinic.generator import Exercise, Parameter, exercises
from ltme_clinic.store import Job

LOOK_AGAIN_S = 1.0
PATIENCE_S = 15.0


def choose() -> Exercise:
    """The exercise of the address (?exercise=squat), else the one chosen."""
    known = exercises()
    wanted = st.query_params.get("exercise", "")
    if "exercise" not in st.session_state:
        st.session_state["exercise"] = wanted if wanted in known else next(iter(known))
    chosen = st.segmented_control(
        "Exercise", list(known), key="exercise", required=True, format_func=lambda name: known[name].title
    )
    st.query_params["exercise"] = chosen
    return known[chosen]


def describe(exercise: Exercise) -> None:
    """What a therapist would say about it."""
    st.markdown(panels.plain(exercise.summary))
    st.markdown("\n".join(f"{place}. {panels.plain(line)}" for place, line in enumerate(exercise.instructions, 1)))
    st.warning("\n".join(f"- {panels.plain(caution)}" for caution in exercise.cautions))


def ask(exercise: Exercise) -> None:
    """Range, tempo and repetitions within their limits, and the request."""
    with st.form(f"ask-{exercise.name}"):
        columns = st.columns(2, gap="medium")
        values = {}
        for place, parameter in enumerate(exercise.parameters):
            with columns[place % 2]:
                values[parameter.name] = field(exercise, parameter)
        if st.form_submit_button("Make the demonstration", type="primary"):
            job = shell.the_store().enqueue(
                shell.who_asks(), "generate", {"exercise": exercise.name, "params": exercise.check(values)}
            )
            st.query_params["job"] = str(job)


def field(exercise: Exercise, parameter: Parameter) -> Any:
    """The form's field for one parameter, with its limits."""
    unit = unit_words(parameter)
    name = f"{parameter.title} ({unit})" if unit else parameter.title
    key, source = f"{exercise.name}-{parameter.name}", f"Default and limits: {parameter.source}"
    if parameter.kind == "choice":
        place = parameter.choices.index(str(parameter.default))
        return st.selectbox(name, parameter.choices, index=place, key=key, help=source)
    if parameter.kind == "integer":
        low, high = int(parameter.minimum), int(parameter.maximum)
        return st.slider(name, low, high, int(parameter.default), key=key, help=source)
    reach = parameter.maximum - parameter.minimum
    step, shown = (1.0, "%.0f") if reach > 20 else (0.1, "%.1f") if reach > 2 else (0.01, "%.2f")
    default = float(parameter.default)
    return st.slider(name, parameter.minimum, parameter.maximum, default, step=step, format=shown, key=key, help=source)


def demonstrations(exercise: Exercise) -> list[Job]:
    """This exercise's requests, newest first."""
    jobs = shell.the_store().jobs(shell.who_asks())
    return [job for job in jobs if job.kind == "generate" and job.payload.get("exercise") == exercise.name]


def chosen_job(jobs: list[Job]) -> Job | None:
    """The request of the address (?job=12), else the newest."""
    wanted = st.query_params.get("job", "")
    return next((job for job in jobs if str(job.id) == wanted), jobs[0] if jobs else None)


@st.fragment(run_every=LOOK_AGAIN_S)
def wait_for(job_id: int) -> None:
    """Progress of a request, looked at every second; the page is drawn again once it has ended."""
    job = shell.the_store().job(shell.who_asks(), job_id)
    if not is_waiting(job):
        st.rerun()
    started = st.session_state.setdefault(f"waiting-{job_id}", time.monotonic())
    st.progress(job.progress, text=progress_line(job))
    if job.state == "queued" and time.monotonic() - started > PATIENCE_S:
        st.info("Nobody has taken this request yet. `ltme dashboard` starts a worker beside these pages.")


def show(job: Job, exercise: Exercise) -> None:
    """The finished demonstration in the player, and its file."""
    if job.state == "failed":
        st.error(f"This demonstration could not be made. {panels.plain(job.message)}")
        return
    recording_id = str(job.result.get("recording_id", ""))
    clip = shell.the_store().clip(shell.who_asks(), recording_id)
    motion_player(clip, key=f"exercise-{job.id}", title=exercise.title, view="corner", height_px=520)
    asked, file = st.columns([3, 1], vertical_alignment="center")
    asked.caption(asked_words(job, exercise))
    path = result_file(shell.the_store(), job)
    if path is not None:
        file.download_button(
            "Download C3D",
            data=path.read_bytes,
            file_name=Path(path).name,
            mime="application/octet-stream",
            on_click="ignore",
            width="stretch",
        )
    st.caption("Synthetic: made by a program, never recorded from a person. The file says so itself.")


def asked_words(job: Job, exercise: Exercise) -> str:
    """What was asked for, such as "Knee flexion at the bottom 90 deg, repetitions 3"."""
    asked = {**exercise.defaults(), **job.payload.get("params", {})}
    known = [parameter for parameter in exercise.parameters if parameter.name in asked]
    return ", ".join(f"{p.title} {_shown(asked[p.name])} {unit_words(p)}".rstrip() for p in known)


def unit_words(parameter: Parameter) -> str:
    return "degrees" if parameter.unit == "deg" else parameter.unit


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


st.title("Exercises")
exercise = choose()
about, picture = st.columns([1, 1.35], gap="large")
with about:
    describe(exercise)
    ask(exercise)
with picture:
    jobs = demonstrations(exercise)
    job = chosen_job(jobs)
    if job is None:
        st.info("No demonstration of this exercise yet. Choose range and tempo, then make one.")
    elif is_waiting(job):
        wait_for(job.id)
    else:
        show(job, exercise)
    earlier = [other for other in jobs if job is not None and other.id != job.id and other.state == "done"]
    if earlier:
        with st.expander("Earlier demonstrations of this exercise"):
            for other in earlier[:10]:
                address = {"exercise": exercise.name, "job": str(other.id)}
                st.page_link(shell.EXERCISES_PAGE, label=asked_words(other, exercise), query_params=address)
