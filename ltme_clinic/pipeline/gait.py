"""C3D file -> Recording -> GaitAnalysis, with the static trial, the measures and the corrections laid beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from ltme_clinic.pipeline.gait_inputs import read_body, read_corrected_events
from ltme_clinic.progress import Progress, silent
from ltme_clinic.types import GaitAnalysis, LtmeError, Recording

if TYPE_CHECKING:
    from ltme_clinic.gait.settings import GaitSettings
    from ltme_clinic.norms import ReferenceControls


@dataclass(frozen=True)
class GaitRequest:
    """One recording to be analysed, and everything that somebody says about it."""

    file: Path
    subject: int | None = None
    """Which of several subjects, from 1."""
    static: Path | None = None
    measures: Path | None = None
    events: Path | None = None
    """The events as a clinician corrected them."""
    controls: Path | None = None
    """A laboratory's own reference."""
    fill_gaps: bool = False
    low_pass_hz: float | None = None
    settings: GaitSettings | None = None


def settings_of(
    *,
    method: str = "auto",
    age_y: float | None = None,
    sex: str = "",
    hip_centres: str = "davis",
    marker_diameter_m: float | None = None,
    flat_foot: bool | None = None,
) -> GaitSettings:
    """The settings that somebody typed.

    Raises
    ------
    LtmeError
        A method or a regression of that name does not exist; the message lists those that do.
    """
    from ltme_clinic.gait.events import METHODS
    from ltme_clinic.gait.settings import GaitSettings
    from ltme_clinic.kinematics.cgm import ModelSettings
    from ltme_clinic.kinematics.cgm.settings import HipCentres

    for what, name, known in (
        ("--method", method, METHODS),
        ("--hip-centres", hip_centres, get_args(HipCentres)),
        ("--sex", sex, ("", "female", "male")),
    ):
        if name not in known:
            raise LtmeError(what, f"'{name}' is not known", f"Use one of {', '.join(known)}")
    model = ModelSettings(hip_centres=hip_centres, marker_diameter_m=marker_diameter_m, flat_foot=flat_foot)  # type: ignore[arg-type]
    return GaitSettings(event_method=method, model=model, age_y=age_y, sex=sex)  # type: ignore[arg-type]


def analyse_file(request: GaitRequest, progress: Progress = silent) -> GaitAnalysis:
    """Read, repair if that is asked for, and analyse; an age that nobody gives is the one that the file states.

    Raises
    ------
    LtmeError
        A file can't be read, or the recording can't be analysed at all (no pelvis, no legs, a wrong unit, left and
        right exchanged). What only some figures lack is among the analysis's refusals.
    """
    from ltme_clinic.gait.analysis import analyse_gait, detected_events
    from ltme_clinic.gait.settings import GaitSettings
    from ltme_clinic.recordings.emg import emg_channels

    settings = request.settings or GaitSettings()
    recording = _repaired(one_subject(request.file, request.subject), request, progress)
    if settings.age_y is None:
        settings = replace(settings, age_y=recording.trial.years)
    if request.measures is not None:
        body = read_body(request.measures)
        settings = replace(settings, measures=body.measures)
        recording = replace(body.on(recording), warnings=(*recording.warnings, *body.warnings))
    static = one_subject(request.static, None) if request.static is not None else None
    controls = _controls(request.controls)
    muscles = emg_channels(recording.analogs)
    events = None
    if request.events is not None:
        detected = detected_events(recording, settings)
        events = read_corrected_events(request.events, recording, detected)
    return analyse_gait(
        recording, static=static, events=events, settings=settings, controls=controls, muscle_channels=muscles
    )


def one_subject(file: Path, number: int | None) -> Recording:
    """The recording of a file's only subject, or of the one that was asked for.

    Raises
    ------
    LtmeError
        The file holds several and none was chosen, or not the one that was.
    """
    from ltme_clinic.recordings import read_recordings

    subjects = read_recordings(file)
    if number is None and len(subjects) > 1:
        raise LtmeError(file.name, f"holds {len(subjects)} subjects", f"Choose one: --subject 1 to {len(subjects)}")
    if number is not None and number > len(subjects):
        raise LtmeError(file.name, f"has no subject {number}", f"It holds {len(subjects)}")
    return subjects[(number or 1) - 1]


def _repaired(recording: Recording, request: GaitRequest, progress: Progress) -> Recording:
    """Gap filling and low-pass are choices: without them the markers are analysed as they were measured."""
    from ltme_clinic.recordings import repair

    if request.fill_gaps:
        recording = repair.fill_gaps_in_detail(recording, progress=progress).recording
    if request.low_pass_hz is not None:
        recording = repair.low_pass(recording, request.low_pass_hz)
    return recording


def _controls(path: Path | None) -> ReferenceControls | None:
    if path is None:
        return None
    from ltme_clinic.norms import load_controls

    return load_controls(path)
