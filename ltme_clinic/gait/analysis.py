"""Recording -> GaitAnalysis: the whole of it, one step after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.belt import with_measured_belt
from ltme_clinic.gait.checks.given_events import check_given_events
from ltme_clinic.gait.comparison import Norms, norms_for
from ltme_clinic.gait.cycle_curves import cycle_curves, with_outliers_flagged
from ltme_clinic.gait.cycles import gait_cycles
from ltme_clinic.gait.emg import muscle_activity
from ltme_clinic.gait.events import detect_events
from ltme_clinic.gait.indices import IndexResult, gait_indices
from ltme_clinic.gait.joint_angles import joint_angles
from ltme_clinic.gait.kinetics import joint_kinetics
from ltme_clinic.gait.movement import Movement, movement_of
from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.gait.spatiotemporal import SpatiotemporalResult, spatiotemporal
from ltme_clinic.gait.travel import direction_of_travel
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.types import (
    CycleCurves,
    GaitAnalysis,
    GaitCycle,
    GaitEvent,
    JointAngles,
    JointKinetics,
    LtmeError,
    MuscleActivity,
    PlateContact,
    Recording,
    Refusal,
    Refused,
    Side,
)

if TYPE_CHECKING:
    from ltme_clinic.norms import ReferenceControls

FASTEST_CADENCE = 0.9
"""Steps made dimensionless by leg length (Hof 1996): .6 at free speed, .8 in the fastest walk, .6 in toddlers."""

Curves = Mapping[tuple[str, Side], CycleCurves]


def analyse_gait(
    recording: Recording,
    *,
    walker: Walker | None = None,
    static: Recording | None = None,
    events: Sequence[GaitEvent] | None = None,
    settings: GaitSettings | None = None,
    controls: ReferenceControls | None = None,
    muscle_channels: Sequence[int] = (),
) -> GaitAnalysis:
    """Everything that one walk says in a clinic's own terms.

    Parameters
    ----------
    recording : a walk, unfiltered and unfilled unless somebody chose otherwise
    walker : the recording made ready (`walker_of`), where somebody has it already
    static : the standing trial of the same session
    events : a clinician's corrected events, instead of what would be found; everything downstream follows them
    settings : what may be chosen
    controls : a laboratory's own reference instead of the published one
    muscle_channels : which analog channels are muscles'

    Raises
    ------
    LtmeError
        The recording can't be analysed at all: see `walker_of`; or the given events are not this walk's. What only
        some figures lack is refused by name in the result.
    """
    settings = settings or GaitSettings()
    walker = walker or walker_of(recording)
    movement = movement_of(walker)
    contacts = plate_contacts(walker)
    detection = detect_events(walker, contacts, settings.event_method)
    found = detection.events if events is None else tuple(events)
    doubts = detection.warnings if events is None else check_given_events(found, walker, contacts)
    walker = with_measured_belt(walker, found)
    cycles = gait_cycles(walker, found, movement)
    angles = joint_angles(walker, _static_walker(static), settings, direction_of_travel(walker, cycles))
    cycles, curves = with_outliers_flagged(cycles, cycle_curves(angles.values_deg, "deg", cycles, walker.rate_hz))
    measured = spatiotemporal(walker, found, cycles, movement)
    kinetics = _kinetics(walker, angles, contacts, settings)
    curves = {**curves, **_kinetic_curves(kinetics, cycles)}
    names = [name for name, _ in curves]
    norms = norms_for(
        walker,
        movement,
        cycles,
        names,
        model=angles.model,
        age_y=settings.age_y,
        controls=controls,
        sex=settings.sex,
    )
    scores = _indices(recording, movement, curves, cycles, angles, norms, settings)
    return GaitAnalysis(
        recording_id=recording.recording_id,
        source_name=recording.source_name,
        origin=recording.origin,
        rate_hz=recording.rate_hz,
        duration_s=recording.duration_s,
        setting=walker.setting,
        movement=movement.kind,
        events=found,
        event_method=detection.method if events is None else "as corrected",
        cycles=cycles,
        angles=angles,
        curves=curves,
        bands=norms.bands,
        spatiotemporal=norms.beside(measured.figures),
        indices=scores.figures,
        map_deg=scores.map_deg or {},
        kinetics=None if isinstance(kinetics, Refusal) else kinetics,
        emg=_emg(recording, muscle_channels, cycles, norms),
        leg_length_m=walker.leg_length_m,
        settings=_stated(walker, movement, angles, settings, kinetics),
        refusals=(
            *detection.refusals,
            *measured.refusals,
            *((kinetics,) if isinstance(kinetics, Refusal) else ()),
            *norms.refusals,
            *scores.refusals,
        ),
        warnings=(
            *_unlike_walking(movement, measured),
            *recording.warnings,
            *walker.warnings,
            *doubts,
            *angles.warnings,
            *(() if isinstance(kinetics, Refusal) else kinetics.warnings),
            *norms.warnings,
        ),
    )


def detected_events(recording: Recording, settings: GaitSettings | None = None) -> tuple[GaitEvent, ...]:
    """The events that `analyse_gait` finds by itself, for somebody to correct."""
    walker = walker_of(recording)
    method = (settings or GaitSettings()).event_method
    return detect_events(walker, plate_contacts(walker), method).events


def _unlike_walking(movement: Movement, measured: SpatiotemporalResult) -> tuple[str, ...]:
    """Figures of something else, or beyond what anybody walks."""
    if not measured.figures:
        return ()
    if not movement.walks:
        return (f"the figures are not of level walking forwards: {movement.reason}",)
    cadence = measured.figure("cadence_spm")
    if cadence is not None and cadence.normalised is not None and cadence.normalised > FASTEST_CADENCE:
        return (f"nobody walks at {cadence.value:.0f} steps/min on legs of this length: check the frame rate",)
    return ()


def _static_walker(static: Recording | None) -> Walker | None:
    """The standing trial made ready; by what its markers show, whatever the file calls it."""
    if static is None:
        return None
    walker = walker_of(static)
    movement = movement_of(walker)
    if movement.kind != "standing":
        fact = f"given as the static trial, but somebody moves in it: {movement.reason}"
        raise LtmeError(static.source_name, fact, "Give the standing trial of the same session")
    return walker


def _kinetics(
    walker: Walker, angles: JointAngles, contacts: tuple[PlateContact, ...], settings: GaitSettings
) -> JointKinetics | Refusal:
    try:
        return joint_kinetics(walker, angles, contacts, settings.kinetics)
    except Refused as error:
        return Refusal("kinetics", f"{error.fact}. {error.cure}" if error.cure else error.fact)


def _kinetic_curves(
    kinetics: JointKinetics | Refusal, cycles: Sequence[GaitCycle]
) -> dict[tuple[str, Side], CycleCurves]:
    """Moments, powers and forces over the cycle, named so that no two kinds share a name."""
    if isinstance(kinetics, Refusal):
        return {}
    found: dict[tuple[str, Side], CycleCurves] = {}
    for values, ending, unit in (
        (kinetics.moments_nm_kg, "_moment", "Nm/kg"),
        (kinetics.powers_w_kg, "_power", "W/kg"),
        (kinetics.ground_reaction_bw, "_force", "BW"),
    ):
        named = {(f"{name}{ending}", side): track for (name, side), track in values.items()}
        found |= cycle_curves(named, unit, cycles, kinetics.rate_hz, stance_is_enough=True)
    return found


def _indices(
    recording: Recording,
    movement: Movement,
    curves: Curves,
    cycles: Sequence[GaitCycle],
    angles: JointAngles,
    norms: Norms,
    settings: GaitSettings,
) -> IndexResult:
    """GDI, GPS, MAP and the Edinburgh items; of nothing but walking."""
    if not movement.walks:
        why = f"only level walking is scored: {movement.reason}"
        return IndexResult(refusals=tuple(Refusal(what, why) for what in ("gdi", "gps", "map", "evgs")))
    foot_off: dict[Side, float] = {}
    for side in SIDES:
        shares = [c.percent(c.foot_off_s) for c in cycles if c.side == side and c.counts and c.foot_off_s is not None]
        if shares:
            foot_off["left" if side == "left" else "right"] = float(np.mean([s for s in shares if s is not None]))
    return gait_indices(
        {key: curve for key, curve in curves.items() if curve.unit == "deg"},
        age_y=settings.age_y,
        dimensionless_speed=norms.dimensionless_speed,
        reference=norms.controls,
        foot_off_pct=foot_off,
        model=angles.model,
        origin=recording.origin,
    )


def _emg(
    recording: Recording, channels: Sequence[int], cycles: Sequence[GaitCycle], norms: Norms
) -> tuple[MuscleActivity, ...]:
    if recording.analogs is None or not channels:
        return ()
    return muscle_activity(recording.analogs, channels, cycles, bands=norms.muscle_bands)


def _stated(
    walker: Walker,
    movement: Movement,
    angles: JointAngles,
    settings: GaitSettings,
    kinetics: JointKinetics | Refusal,
) -> dict[str, str]:
    """Every choice that changes a number, in words."""
    steps = walker.recording.processing
    age = settings.age_y
    return {
        "movement": movement.reason,
        "markers": "; ".join(steps) if steps else "as measured, neither filled nor filtered",
        "events": settings.event_method,
        "leg length": f"from the {walker.leg_length_source}" if walker.leg_length_source else "not known",
        "age": f"{age:g} years" if age is not None else "not known",
        "sex": settings.sex or "not known",
        **{f"model: {name}": text for name, text in angles.settings.items()},
        **({} if isinstance(kinetics, Refusal) else {f"kinetics: {k}": text for k, text in kinetics.settings.items()}),
    }
