"""Virtual walks of every setting, and what the gait analysis makes of each, beside what is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.gait.cycle_curves import cycle_curves, with_outliers_flagged
from ltme_clinic.gait.cycles import gait_cycles
from ltme_clinic.gait.events import DETECTORS, detect_events
from ltme_clinic.gait.indices import gait_indices
from ltme_clinic.gait.joint_angles import joint_angles
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.gait.spatiotemporal import spatiotemporal
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.kinematics.cgm import ModelSettings
from ltme_clinic.norms import dimensionless_speed, speed_m_s
from ltme_clinic.types import CycleCurves, GaitCycle, GaitEvent, Impairment, LtmeError, Recording, Side, WalkTruth
from ltme_clinic.virtual_lab import (
    AS_USUAL,
    TEXTBOOK,
    CameraSystem,
    VirtualPatient,
    WalkingTask,
    sample_patient,
    simulate_static,
    simulate_walk,
)

FIRST_SEED = 890_000_000
SECONDS, RATE_HZ = 8.0, 100.0
ENDS_S, MATCH_S = 0.25, 0.2
"""Events nearer to the ends aren't judged; a found event further from a true one than this isn't it."""
AGE_Y = 10.0
CAMERAS = {"perfect": TEXTBOOK, "realistic": CameraSystem()}
FIGURES = ("cadence_spm", "step_length_m", "stance_pct")
MODELS = {
    "Davis, stored offsets": (False, ModelSettings()),
    "Davis, own static": (True, ModelSettings(flat_foot=True)),
    "Harrington, own static": (True, ModelSettings(flat_foot=True, hip_centres="harrington")),
}

Row = dict[str, Any]
Curves = Mapping[tuple[str, Side], CycleCurves]


@dataclass(frozen=True)
class Setting:
    """One way to walk."""

    task: WalkingTask = AS_USUAL
    speed: float | None = None
    """Dimensionless; None: the person's own."""
    curvature_per_m: float = 0.0
    impairment: Impairment = "none"
    severity: float = 0.7
    straight: bool = True
    """Whether its cycles are averaged into curves."""
    whole_foot: bool = True
    """Whether the heel lands first at an ordinary speed, as in the landings that the virtual foot was compared with."""


SETTINGS: dict[str, Setting] = {
    "very slow (0.12)": Setting(speed=0.12, whole_foot=False),
    "slow (0.25)": Setting(speed=0.25),
    "free": Setting(),
    "fast (0.60)": Setting(speed=0.60),
    "toe walking": Setting(WalkingTask(manner="toe_walking"), whole_foot=False),
    "shuffling": Setting(WalkingTask(manner="shuffling"), whole_foot=False),
    "turning path": Setting(curvature_per_m=0.4, straight=False),
    "turn by 180": Setting(WalkingTask(turn_deg=180.0), straight=False),
    "treadmill": Setting(WalkingTask(treadmill=True)),
    "start and stop": Setting(WalkingTask(pacing="start_and_stop"), straight=False),
    "hemiplegic": Setting(impairment="hemiplegic"),
    "crouch": Setting(impairment="crouch"),
    "equinus": Setting(impairment="equinus", whole_foot=False),
    "antalgic": Setting(impairment="antalgic"),
}
UNANSWERED = ("standing", "one step", "backwards", "sides exchanged")


def judge(job: tuple[int, str, str]) -> Row:
    """Everything that is measured of one person in one setting with one kind of markers."""
    person, name, markers = job
    setting = SETTINGS[name]
    patient = sample_patient(FIRST_SEED + person, impairment=setting.impairment, severity=setting.severity)
    speed = None if setting.speed is None else speed_m_s(setting.speed, patient.leg_length_m)
    cameras = CAMERAS[markers]
    walked = simulate_walk(
        patient,
        duration_s=SECONDS,
        rate_hz=RATE_HZ,
        speed_m_s=speed,
        curvature_per_m=setting.curvature_per_m,
        cameras=cameras,
        task=setting.task,
    )
    truth = walked.truth
    row: Row = {"person": person, "setting": name, "markers": markers, "refused": ""}
    try:
        walker = walker_of(replace(walked.recording, events=()))
    except LtmeError as error:
        return row | {"refused": str(error)}
    found = detect_events(walker)
    row["refused"] = "; ".join(f"{refusal.what}: {refusal.reason}" for refusal in found.refusals)
    row["events"] = {"auto": matched(truth.events, found.events, walker.frames / RATE_HZ)}
    if setting.whole_foot and setting.straight:
        for method in DETECTORS:
            events = detect_events(walker, (), method).events
            row["events"][method] = matched(truth.events, events, walker.frames / RATE_HZ)
    cycles = gait_cycles(walker, found.events)
    row["figures"] = figure_errors(walker, found.events, cycles, truth)
    if setting.straight:
        static = walker_of(simulate_static(patient, cameras=cameras))
        row |= curve_errors(walker, static, found.events, truth)
    return row


def matched(true: tuple[GaitEvent, ...], found: tuple[GaitEvent, ...], duration_s: float) -> Row:
    """Differences (found minus true, ms) by kind, NaN where an event was missed, and how many were found beyond."""
    result: Row = {"initial_contact": [], "foot_off": [], "extra": 0}
    for event in true:
        if ENDS_S < event.time_s < duration_s - ENDS_S:
            apart_s = [e.time_s - event.time_s for e in found if (e.side, e.kind) == (event.side, event.kind)]
            nearest_s = min(apart_s, key=abs, default=np.inf)
            result[event.kind].append(1e3 * nearest_s if abs(nearest_s) <= MATCH_S else float("nan"))
    for event in found:
        apart_s = [abs(e.time_s - event.time_s) for e in true if (e.side, e.kind) == (event.side, event.kind)]
        inside = ENDS_S < event.time_s < duration_s - ENDS_S
        result["extra"] += int(inside and min(apart_s, default=np.inf) > MATCH_S)
    return result


def figure_errors(
    walker: Walker, events: tuple[GaitEvent, ...], cycles: tuple[GaitCycle, ...], truth: WalkTruth
) -> dict[str, float]:
    """Cadence and step length in per cent of the truth, stance in points; NaN where it isn't given."""
    result = spatiotemporal(walker, events, cycles)
    found = {name: result.figure(name) for name in FIGURES}
    values = {name: float("nan") if figure is None else figure.value for name, figure in found.items()}
    stride_s, stance_pct = true_strides(cycles, truth)
    steps_m = float(np.mean(truth.step_length_m))
    return {
        "cadence_spm": 100.0 * (values["cadence_spm"] * stride_s / 120.0 - 1.0),
        "step_length_m": 100.0 * (values["step_length_m"] / steps_m - 1.0),
        "stance_pct": values["stance_pct"] - stance_pct,
    }


def true_strides(cycles: tuple[GaitCycle, ...], truth: WalkTruth) -> tuple[float, float]:
    """True mean stride time and stance of the strides that counted (of all, if turning let none count)."""
    durations, stances = [], []
    counted = [cycle for cycle in cycles if cycle.counts] or list(cycles)
    for cycle in counted:
        own = [event for event in truth.events if event.side == cycle.side]
        contacts = np.array([event.time_s for event in own if event.kind == "initial_contact"])
        offs = np.array([event.time_s for event in own if event.kind == "foot_off"])
        start_s, stop_s = (contacts[np.argmin(np.abs(contacts - end_s))] for end_s in (cycle.start_s, cycle.stop_s))
        inside = offs[(offs > start_s) & (offs < stop_s)]
        if len(inside) == 1:
            durations.append(stop_s - start_s)
            stances.append(100.0 * (inside[0] - start_s) / (stop_s - start_s))
    return (float(np.mean(durations)), float(np.mean(stances))) if durations else (float("nan"), float("nan"))


def curve_errors(walker: Walker, static: Walker, found: tuple[GaitEvent, ...], truth: WalkTruth) -> Row:
    """Angles by model against the true curves, the whole chain's, and its indices."""
    angles: dict[str, list[float]] = {}
    for name, (own_static, model) in MODELS.items():
        curves = mean_curves(walker, static if own_static else None, model, truth.events)
        angles[name] = rms_deg(curves, truth)
    chain = mean_curves(walker, None, ModelSettings(), found)
    angles["whole chain"] = rms_deg(chain, truth)
    return {"angles": angles, "indices": index_errors(chain, truth)}


def mean_curves(walker: Walker, static: Walker | None, model: ModelSettings, events: tuple[GaitEvent, ...]) -> Curves:
    """The nine variables over the cycles between the given events."""
    angles = joint_angles(walker, static, GaitSettings(model=model)).values_deg
    nine = {key: track for key, track in angles.items() if key[0] in ANGLES}
    cycles = gait_cycles(walker, events)
    return with_outliers_flagged(cycles, cycle_curves(nine, "deg", cycles, walker.rate_hz))[1]


def rms_deg(curves: Curves, truth: WalkTruth) -> list[float]:
    """(9,) root mean square difference of the mean curves, both sides together; NaN where a variable isn't given."""
    true_deg = truth.model_curves_deg
    squares = np.full((2, len(ANGLES)), np.nan)
    for side, label in enumerate(SIDES):
        for place, name in enumerate(ANGLES):
            curve = curves.get((name, label))  # type: ignore[arg-type]
            if curve is not None:
                squares[side, place] = np.mean((curve.mean[::2] - true_deg[side, place]) ** 2)
    return [float(value) for value in np.sqrt(squares.mean(axis=0))]


def index_errors(curves: Curves, truth: WalkTruth) -> dict[str, float]:
    """GDI (mean of both sides) and overall GPS, found minus true; NaN where one of them is refused."""
    speed = dimensionless_speed(abs(truth.speed_m_s), truth.leg_length_m)
    scores = []
    for one in (curves, as_curves(truth.model_curves_deg)):
        result = gait_indices(one, age_y=AGE_Y, dimensionless_speed=speed, origin="virtual")
        sides = [result.figure("gdi", "left"), result.figure("gdi", "right")]
        gdi = float(np.mean([figure.value if figure else np.nan for figure in sides]))
        gps = result.figure("gps_deg")
        scores.append((gdi, gps.value if gps else float("nan")))
    return {"gdi": scores[0][0] - scores[1][0], "gps_deg": scores[0][1] - scores[1][1], "true_gdi": scores[1][0]}


def as_curves(curves_deg: np.ndarray) -> Curves:
    """True curves (2, 9, 51) as those of one counted cycle a side."""
    result = {}
    for side, label in ((0, "left"), (1, "right")):
        for place, name in enumerate(ANGLES):
            fine = np.interp(np.linspace(0, 50, 101), np.arange(51), curves_deg[side, place])
            counted = np.ones(1, dtype=bool)
            key: tuple[str, Side] = (name, label)  # type: ignore[assignment]
            result[key] = CycleCurves(*key, "deg", fine[None], (0.0,), counted, fine, np.full(101, np.nan), 0)
    return result


def unanswered(job: tuple[int, str]) -> Row:
    """What the analysis says where there is no walk to analyse."""
    person, kind = job
    patient = sample_patient(FIRST_SEED + person)
    row: Row = {"person": person, "kind": kind, "events": 0, "counted": 0, "words": ""}
    try:
        walker = walker_of(replace(_without_an_answer(patient, kind), events=(), is_static=False))
    except LtmeError as error:
        return row | {"words": f"refused: {error}"}
    found = detect_events(walker)
    cycles = gait_cycles(walker, found.events)
    result = spatiotemporal(walker, found.events, cycles)
    refusals = [f"{refusal.what}: {refusal.reason}" for refusal in (*found.refusals, *result.refusals)]
    flags = sorted({flag for cycle in cycles for flag in cycle.flags})
    words = refusals[0] if refusals else ", ".join(flags) or "no refusal"
    return row | {"events": len(found.events), "counted": sum(cycle.counts for cycle in cycles), "words": words}


def _without_an_answer(patient: VirtualPatient, kind: str) -> Recording:
    if kind == "standing":
        return simulate_static(patient, duration_s=5.0)
    tasks = {
        "one step": WalkingTask(pacing="one_step"),
        "backwards": WalkingTask(pacing="backwards"),
    }
    recording = simulate_walk(patient, duration_s=SECONDS, task=tasks.get(kind, WalkingTask())).recording
    if kind == "sides exchanged":
        labels = [{"L": "R", "R": "L"}.get(label[0], label[0]) + label[1:] for label in recording.marker_labels]
        return replace(recording, marker_labels=tuple(labels))
    return recording
