"""One visit: what it shows, where on the body, when in the recording, and the movement itself."""

from __future__ import annotations

import math

import streamlit as st

from dashboards import attention, panels, shell
from dashboards.player import Interval, motion_player
from dashboards.player.payload import floor_path
from ltme_clinic.report import words
from ltme_clinic.report.curves import angle_figure, stored_angles
from ltme_clinic.report.figures import body_part_figure, episode_figure
from ltme_clinic.report.joint_map import joint_map_figure
from ltme_clinic.store import TrialSummary
from ltme_clinic.types import EpisodeContribution, Finding, LtmeError, MotionClip, Origin

ALL_EPISODES = 6
TURN_DEG = 30.0  # a walk that ends this far from its first direction isn't a straight one


def show_where(finding: Finding | None, others: list[Finding]) -> None:
    """The finding in words and numbers, those of other conditions in a line each, then the body parts."""
    if finding is None:
        st.info("No finding for this visit yet. It can be asked for on the patient's own page.")
        return
    panels.finding_card(finding)
    for other in others:
        st.caption(
            f"Walked {panels.plain(other.condition) or 'without a named condition'}: {panels.plain(other.sentence)}"
        )
    if finding.anomaly_score is None:
        return
    with st.container(border=True):
        alt = "Bars: difference from the reference in degrees, by joint, side and phase of the step"
        panels.picture(body_part_figure, finding.body_parts, origin=finding.recording_origin, width_in=6.0, alt=alt)


def chosen_trial(trials: list[TrialSummary], episodes: tuple[EpisodeContribution, ...]) -> TrialSummary:
    """The trial to play: at first the one with the most unusual stretch, else one in which somebody walks."""
    names = {trial.recording_id: trial_name(place, trial) for place, trial in enumerate(trials, 1)}
    if st.session_state.get("trial") not in names:
        telling = [episode.recording_id for episode in episodes if episode.recording_id in names]
        walking = [trial.recording_id for trial in trials if not trial.is_static]
        st.session_state["trial"] = (telling or walking or list(names))[0]
        st.session_state.pop("seek", None)
    chosen = st.selectbox("Trial", list(names), key="trial", format_func=names.__getitem__, on_change=forget_seek)
    return next(trial for trial in trials if trial.recording_id == chosen)


def trial_name(place: int, trial: TrialSummary) -> str:
    """Such as "Trial 2: walk02.c3d, barefoot, 4.2 s"."""
    kind = "static" if trial.is_static else ""
    about = [text for text in (trial.source_name, trial.condition, kind, f"{trial.duration_s:.1f} s") if text]
    return f"Trial {place}: {', '.join(about)}"


def forget_seek() -> None:
    st.session_state.pop("seek", None)


def show_movement(playable: list[TrialSummary], finding: Finding | None) -> MotionClip | None:
    """The 3D player of the chosen trial with the stretches that stand out; the trial's clip."""
    if not playable:
        st.info("None of this visit's recordings can be played: they are static trials, or hold too few markers.")
        return None
    episodes = finding.episodes if finding else ()
    trial = chosen_trial(playable, episodes)
    clip = store.clip(principal, trial.recording_id)
    here = [episode for episode in episodes if episode.recording_id == trial.recording_id]
    stands_out = "Differs:" if finding and finding.label else "Unusual:"
    twin = show_twin(trial)
    motion_player(
        clip,
        key=f"player-{trial.recording_id[:16]}",
        title=f"{trial.source_name or 'trial'} of {trial.patient}",
        reference=twin,
        reference_label="Normative twin (synthetic)",
        intervals=[Interval(e.start_s, e.stop_s, "Otherwise:" if e.is_lasting else stands_out) for e in here],
        seek_s=st.session_state.get("seek"),
    )
    say_a_turn(clip)
    return clip


def show_twin(trial: TrialSummary) -> MotionClip | None:
    """A switch for the normative twin; the twin's clip, and what sets the patient apart from it in a sentence."""
    about = "Healthy walking of the same body at the same speed, made from the reference and in step with the patient."
    if not st.toggle("Normative twin in grey", key="twin", help=about):
        return None
    try:
        clip, sentence = twin_of(trial.patient, trial.recording_id)
    except LtmeError as error:
        st.warning(f"No twin: {panels.plain(error.fact)}.")
        return None
    st.caption(panels.plain(sentence))
    return clip


@st.cache_data(max_entries=16, show_spinner=False)
def twin_of(patient: str, recording_id: str) -> tuple[MotionClip, str]:
    from ltme_clinic.pipeline.twin import twin_of_trial

    twin = twin_of_trial(shell.the_store(), shell.who_asks(), patient, recording_id)
    return twin.clip, twin.sentence


def say_a_turn(clip: MotionClip) -> None:
    """A recording with a turn in it is not straight walking: its angles and its score are to be read with care."""
    turned_deg = math.degrees(floor_path(clip)[-1, 2] - clip.start_heading_rad) if clip.frames else 0.0
    if abs(turned_deg) >= TURN_DEG:
        side = "left" if turned_deg > 0 else "right"
        st.warning(f"The walker turns {abs(turned_deg):.0f} degrees to the {side} in this trial: not straight walking.")


def show_episodes(trials: list[TrialSummary], clip: MotionClip, episodes: tuple[EpisodeContribution, ...]) -> None:
    """When the movement stands out: a strip of this trial, and buttons that take the player there."""
    here = [episode for episode in episodes if episode.recording_id == clip.recording_id]
    with st.container(border=True):
        stop_s = clip.source_start_s + clip.duration_s
        alt = "Stretches of this recording that stand out"
        panels.picture(episode_figure, here, stop_s, origin=clip.origin, width_in=6.0, alt=alt)
        numbers = {trial.recording_id: place for place, trial in enumerate(trials, 1)}
        known = sorted((e for e in episodes if e.recording_id in numbers), key=lambda episode: -abs(episode.z))
        with st.container(horizontal=True):
            for place, episode in enumerate(known[:ALL_EPISODES]):
                lasting, passing = (
                    f"from {episode.start_s:.1f} s on",
                    f"{episode.start_s:.1f} to {episode.stop_s:.1f} s",
                )
                label = f"Trial {numbers[episode.recording_id]}, {lasting if episode.is_lasting else passing}"
                st.button(label, key=f"episode-{place}", on_click=go_to, args=(episode,), help="Show in the player")


def go_to(episode: EpisodeContribution) -> None:
    """Choose the episode's trial and its first moment."""
    st.session_state["trial"] = episode.recording_id
    st.session_state["seek"] = episode.start_s


def show_joint_map(finding: Finding | None) -> None:
    """Every joint and phase against the reference, across the whole page: its numbers are to be read."""
    if finding is None or not finding.cells:
        return
    with st.container(border=True):
        alt = "Map: degrees from the reference, by joint and phase of the step, left and right"
        panels.picture(joint_map_figure, finding, width_in=11.0, alt=alt)


def show_angles(trial_id: str, trials: list[TrialSummary]) -> None:
    """The joint angles that the laboratory's software stored in the file, if it did."""
    trial = next((trial for trial in trials if trial.recording_id == trial_id), None)
    if trial is None:
        return
    signals = store.signals(principal, trial.recording_id)
    st.subheader("Joint angles")
    if not stored_angles(signals.angles.values()):
        st.caption("This file holds no joint angles of the laboratory's own software.")
        return
    st.image(angles_svg(trial.recording_id, trial.origin), width="stretch", alt="Joint angles, rows by joint")


@st.cache_data(max_entries=32, show_spinner=False)
def angles_svg(recording_id: str, origin: Origin) -> str:
    signals = shell.the_store().signals(shell.who_asks(), recording_id)
    made = angle_figure(signals.angles.values(), signals.rate_hz, events=signals.events, origin=origin, width_in=13.0)
    return panels.figure_svg(made)


store, principal = shell.the_store(), shell.who_asks()
patients = shell.people(store, principal)
shell.needs_patients(patients)
left, who, which = st.columns([4, 1.3, 1.1], vertical_alignment="bottom")
with who:
    patient = shell.chosen_patient(patients)
visits = store.visits(principal, patient.pseudonym)
with which:
    visit = shell.chosen_visit([visit.key for visit in visits])
with left:
    st.title(words.visit_title(visit))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        shell.origin_badge(patient.origin)
        address = {"patient": patient.pseudonym}
        st.page_link(shell.PATIENT_PAGE, label=f"All visits of {panels.plain(patient.pseudonym)}", query_params=address)
findings = store.findings(principal, patient.pseudonym, visit=visit)
finding = attention.main_finding(findings)
trials = store.trials(principal, patient.pseudonym, visit)
playable = [trial for trial in trials if trial.has_clip]
with st.container(key="halves"):
    findings_half, movement_half = st.columns([1, 1.15])
with movement_half:
    clip = show_movement(playable, finding)
with findings_half:
    show_where(finding, attention.other_findings(findings))
    if clip is not None and finding is not None and finding.anomaly_score is not None:
        show_episodes(playable, clip, finding.episodes)
show_joint_map(finding)
show_angles(st.session_state.get("trial", ""), trials)
for warning in dict.fromkeys(warning for trial in trials for warning in trial.warnings):
    st.caption(f"From the files: {panels.plain(warning)}")
