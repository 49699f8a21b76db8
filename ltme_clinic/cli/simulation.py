"""The command that writes virtual patients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from ltme_clinic.cli.app import app
from ltme_clinic.cli.options import SeedOption, progress_bar
from ltme_clinic.cli.synthesis import PANEL
from ltme_clinic.errors import LtmeError

DAYS_OF_A_COURSE = 365


@app.command(rich_help_panel=PANEL)
def simulate(
    out: Annotated[Path, typer.Option(help="Folder for the C3D files, a truth.json beside each.")],
    patients: Annotated[int, typer.Option(min=1, max=100_000, help="How many patients.")] = 10,
    visits: Annotated[int, typer.Option(min=1, max=100, help="Visits of each.")] = 1,
    trials: Annotated[int, typer.Option(min=1, max=50, help="Trials at each visit.")] = 3,
    impairment: Annotated[str, typer.Option(help="none, crouch, stiff_knee, parkinsonian, ataxic, ...")] = "none",
    severity: Annotated[float, typer.Option(min=0.0, max=1.0, help="0 healthy, 1 severe.")] = 0.0,
    course: Annotated[
        str | None, typer.Option(help="Severity over a year of visits: decline, recovery, relapse, medication, ...")
    ] = None,
    seed: SeedOption = 0,
    static: Annotated[bool, typer.Option("--static", help="A standing trial at each visit as well.")] = False,
    seconds: Annotated[float, typer.Option(min=1.0, max=600.0, help="How long a walk or run is.")] = 6.0,
    speed: Annotated[float | None, typer.Option(help="m/s; each patient's own if left out.")] = None,
    treadmill: Annotated[bool, typer.Option("--treadmill", help="On a belt.")] = False,
    pacing: Annotated[str, typer.Option(help="steady, walkway, start_and_stop, one_step, backwards.")] = "steady",
    turn: Annotated[float, typer.Option(help="A turn in the middle of the walk, degrees to the left.")] = 0.0,
    run: Annotated[bool, typer.Option("--run", help="Run instead of walking.")] = False,
    exercise: Annotated[str | None, typer.Option(help="Do an exercise instead: squat, bridge, clamshell, ...")] = None,
    fault: Annotated[list[str] | None, typer.Option(help="A fault of the exercise, as knee_valgus=0.5.")] = None,
    fatigue: Annotated[float, typer.Option(min=0.0, max=1.0, help="Of the exercise's repetitions.")] = 0.0,
    shoes: Annotated[bool, typer.Option("--shoes", help="Walk in shoes.")] = False,
    orthosis: Annotated[str | None, typer.Option(help="'AFO left', 'AFO right' or 'AFO both'.")] = None,
    aid: Annotated[str | None, typer.Option(help="'cane left' or 'cane right'.")] = None,
    medication: Annotated[str | None, typer.Option(help="on or off.")] = None,
    marker_set: Annotated[str, typer.Option(help="A name of data_schemas/marker_sets.")] = "plug-in-gait-full-body",
    rate: Annotated[float, typer.Option(min=20.0, max=1000.0, help="Frames a second.")] = 100.0,
    plates: Annotated[int, typer.Option(min=0, max=8, help="Force plates in the walkway.")] = 0,
    dialect: Annotated[str, typer.Option(help="Whose software writes the files: vicon-nexus, bts-smart, ...")] = "ltme",
    gaps: Annotated[bool, typer.Option("--occlusion", help="The body hides markers from the cameras.")] = False,
    swaps: Annotated[float, typer.Option(min=0.0, help="Markers that exchange labels, a trial.")] = 0.0,
    ghosts: Annotated[float, typer.Option(min=0.0, help="Unlabelled points, a trial.")] = 0.0,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes at work.")] = 2,
) -> None:
    """Write virtual patients' walks, runs or exercises as C3D files, each with its truth.

    Called again in the same way, an interrupted run goes on.
    """
    from ltme_clinic.virtual_lab import Condition, write_cohort

    known: Any = _known_impairment(impairment)
    footwear: Any = "shoes" if shoes else "barefoot"
    condition = Condition(footwear, orthosis, aid, medication)  # type: ignore[arg-type]
    asked = [name for name, given in (("--run", run), ("--exercise", exercise is not None)) if given]
    if len(asked) > 1:
        raise LtmeError("ltme simulate", f"{' and '.join(asked)} exclude each other", "Ask for one of them")
    with progress_bar("simulating") as progress:
        written = write_cohort(
            out,
            patients=patients,
            visits=visits,
            trials=trials,
            impairment=known,
            severity=severity,
            condition=condition,
            courses=_courses(course, patients, visits, known, severity),
            seed=seed,
            activity=_activity(seconds, speed, treadmill, pacing, turn, run, exercise, fault or [], fatigue),
            laboratory=_laboratory(marker_set, rate, plates, treadmill, dialect, gaps, swaps, ghosts),
            static=static,
            workers=workers,
            progress=lambda done, total: progress("virtual recordings", done, total),
        )
    print(f"{len(written)} virtual recordings in {out}")


def _known_impairment(name: str) -> str:
    from ltme_clinic.types import Impairment

    if name not in get_args(Impairment):
        raise LtmeError("--impairment", f"there is no '{name}'", f"Choose one of {', '.join(get_args(Impairment))}")
    return name


def _courses(kind: Any, patients: int, visits: int, impairment: Any, severity: float) -> Any:
    """The same course for every patient; None where the severity stays."""
    from ltme_clinic.virtual_lab import course_named

    if kind is None:
        return None
    falling = kind in ("recovery", "plateau", "relapse", "surgery")
    start, end = (severity, 0.0) if falling else (0.0, severity)
    if kind == "stable":
        start = severity
    return [course_named(kind, visits, DAYS_OF_A_COURSE, impairment, start, end)] * patients


def _activity(
    seconds: float,
    speed_m_s: float | None,
    treadmill: bool,
    pacing: Any,
    turn_deg: float,
    run: bool,
    exercise: str | None,
    faults: list[str],
    fatigue: float,
) -> Any:
    from ltme_clinic.virtual_lab import Exercising, Running, Walking, WalkingTask

    if exercise is not None:
        return Exercising(exercise, faults=_severities(faults), fatigue=fatigue)
    if faults or fatigue:
        raise LtmeError("ltme simulate", "faults and fatigue are an exercise's", "Name it with --exercise")
    if run:
        return Running(seconds, speed_m_s, treadmill)
    return Walking(WalkingTask(pacing=pacing, treadmill=treadmill, turn_deg=turn_deg), seconds, speed_m_s)


def _severities(pairs: list[str]) -> dict[str, float]:
    chosen = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        try:
            chosen[name.strip()] = float(text)
        except ValueError:
            raise LtmeError("--fault", f"'{pair}' has no severity", "Write it as name=0.5") from None
    return chosen


def _laboratory(
    marker_set: str,
    rate_hz: float,
    plates: int,
    treadmill: bool,
    dialect: str,
    occlusion: bool,
    swaps: float,
    ghosts: float,
) -> Any:
    from ltme_clinic.virtual_lab import DIALECTS, CameraFaults, ForceSetup, Laboratory
    from ltme_clinic.virtual_lab.plates import plates_in_a_row, split_belt

    if dialect not in DIALECTS:
        raise LtmeError("--dialect", f"'{dialect}' is not known", f"Use one of {', '.join(DIALECTS)}")
    layout = split_belt() if treadmill else plates_in_a_row(plates) if plates else None
    faults = CameraFaults(occlusion=occlusion, swaps=swaps, ghosts=ghosts) if occlusion or swaps or ghosts else None
    return Laboratory(
        marker_set=marker_set,
        rate_hz=rate_hz,
        faults=faults,
        forces=ForceSetup(layout) if layout is not None and plates else None,
        dialect=dialect,
    )
