"""What a walk's curves and figures are compared with: bands at its own speed, published means beside its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ltme_clinic.body import ANGLES
from ltme_clinic.gait.movement import Movement
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.cgm.model import MODEL as FULL_MODEL
from ltme_clinic.norms import (
    BAND_ANGLES,
    BAND_GROUND_REACTIONS,
    BAND_MOMENTS,
    BAND_MUSCLES,
    BAND_POWERS,
    PublishedFigure,
    ReferenceControls,
    adult_figure,
    angle_band,
    child_parameter,
    dimensionless_speed,
    emg_band,
    foot_off_pct,
    ground_reaction_band,
    moment_band,
    power_band,
)
from ltme_clinic.norms.walking import GRAVITY_M_S2
from ltme_clinic.types import AngleBand, GaitCycle, GaitFigure, LtmeError, Refusal

CHILD_Y, ADULT_Y = 4.0, 18.0
_KINETIC_BANDS: dict[str, tuple[tuple[str, ...], Callable[[str, float], AngleBand]]] = {
    "_moment": (BAND_MOMENTS, moment_band),
    "_power": (BAND_POWERS, power_band),
    "_force": (BAND_GROUND_REACTIONS, ground_reaction_band),
}
"""Ending of a variable's name -> what has a band, and where it is read."""
SHORTEST_ADULT_LEG_M = 0.62
"""The shortest of 138 adults is .66 (Van Criekinge 2023)."""
SMALL_CHILD_Y, LONGEST_SMALL_CHILD_LEG_M = 8.0, 0.80
"""At 8 years one child in a hundred is taller than 1.42 m, and its legs are some .75 m."""
_BY_PARAMETER = {"cadence_spm": "cadence_dimensionless", "step_length_m": "step_length_dimensionless"}


@dataclass(frozen=True)
class Norms:
    """What one walk is compared with."""

    dimensionless_speed: float | None
    """v / sqrt(g L) of the counted cycles, Hof 1996."""
    controls: ReferenceControls | None
    """A laboratory's own; None: the published ones."""
    bands: Mapping[str, AngleBand] = field(default_factory=dict)
    muscle_bands: Mapping[str, AngleBand] = field(default_factory=dict)
    leg_length_m: float | None = None
    with_children: bool = False
    """Whether the published children are a reference for this walker; a laboratory's own adults alone are not they."""
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()
    adults_speed: PublishedFigure | None = None
    """How fast adults of the walker's decade and sex walk at their own speed; None where nobody such is known."""

    def beside(self, figures: Iterable[GaitFigure]) -> tuple[GaitFigure, ...]:
        """The figures, those with a published mean at this speed given it."""
        return tuple(self._with_reference(figure) for figure in figures)

    def _with_reference(self, figure: GaitFigure) -> GaitFigure:
        speed, leg_m = self.dimensionless_speed, self.leg_length_m
        if figure.name == "speed_m_s" and self.adults_speed is not None:
            adults = self.adults_speed
            return replace(
                figure, reference_mean=adults.mean, reference_sd=adults.sd, reference=f"{adults.source}, at own speed"
            )
        if speed is None or leg_m is None or not self.with_children:
            return figure
        if figure.name in ("foot_off_pct", "stance_pct"):
            who = child_parameter(_BY_PARAMETER["cadence_spm"], speed).source
            return replace(figure, reference_mean=foot_off_pct(speed), reference=who)
        parameter = _BY_PARAMETER.get(figure.name)
        if parameter is None:
            return figure
        published = child_parameter(parameter, speed)
        scale = leg_m if figure.name.endswith("_m") else 60.0 * np.sqrt(GRAVITY_M_S2 / leg_m)
        return replace(
            figure,
            reference_mean=float(published.mean * scale),
            reference_sd=float(published.sd * scale),
            reference=published.source,
        )


def norms_for(
    walker: Walker,
    movement: Movement,
    cycles: Sequence[GaitCycle],
    names: Iterable[str],
    *,
    model: str,
    age_y: float | None,
    controls: ReferenceControls | None,
    sex: str = "",
) -> Norms:
    """Bands for a walk's variables at its speed; none, with the reason, where the norms do not reach.

    Parameters
    ----------
    names : the walk's variables, as `GaitAnalysis.curves` names them
    model : as `JointAngles.model`; bands of angles are the full model's
    age_y : under 4 and from 18 on nothing here but a laboratory's own controls gives a band: the published are of
        children of 4 to 17 years
    sex : "female" or "male" gives an adult's speed its published mean; "" none
    controls : a laboratory's own, whose bands replace the published ones for the nine angles they have
    """
    speeds = [cycle.speed_m_s for cycle in cycles if cycle.counts and cycle.speed_m_s is not None]
    if not movement.walks:
        return Norms(None, controls, refusals=(Refusal("bands", f"the norms are of level walking: {movement.reason}"),))
    if not speeds:
        return Norms(None, controls, refusals=(Refusal("bands", "no cycle counts, so there is no walking speed"),))
    if walker.leg_length_m is None:
        lacking = "the leg length is not known, so speed can't be compared between bodies. Give --measures"
        return Norms(None, controls, refusals=(Refusal("bands", lacking),))
    speed = dimensionless_speed(float(np.mean(speeds)), walker.leg_length_m)
    warnings = []
    if walker.leg_length_source == "markers":
        estimated = f"leg length ({walker.leg_length_m:.2f} m) estimated from the markers"
        warnings.append(f"{estimated}: dimensionless figures and norms rest on it")
    warnings += _age_against_size(age_y, walker.leg_length_m)
    own = _own_bands(controls, age_y, model)
    if age_y is not None and not CHILD_Y <= age_y < ADULT_Y:
        known = "the published bands are of children of 4 to 17 years"
        cure = "give your laboratory's own with --controls; `ltme norms build` makes them"
        refusal = Refusal("bands", f"{known}, and the walker is {age_y:g} years old: {cure}")
        refusals = () if own else (refusal,)
        adults = _adults_speed(age_y, sex)
        return Norms(speed, controls, own, {}, walker.leg_length_m, False, refusals, tuple(warnings), adults)
    try:
        published = _published_bands(names, speed, model)
        muscles = {muscle: emg_band(muscle, speed) for muscle in BAND_MUSCLES}
    except LtmeError as error:
        refusal = Refusal("bands", f"{error.fact}. {error.cure}")
        return Norms(speed, controls, own, {}, walker.leg_length_m, False, (refusal,), tuple(warnings))
    if age_y is None:
        warnings.append("the walker's age is not known: the published norms are of children of 4 to 17 years (--age)")
    return Norms(speed, controls, {**published, **own}, muscles, walker.leg_length_m, True, (), tuple(warnings))


def _age_against_size(age_y: float | None, leg_length_m: float) -> list[str]:
    """A warning where nobody of an age has such legs: a wrong age chooses the wrong norms."""
    if age_y is None:
        return []
    too_short = age_y >= ADULT_Y and leg_length_m < SHORTEST_ADULT_LEG_M
    too_long = age_y < SMALL_CHILD_Y and leg_length_m > LONGEST_SMALL_CHILD_LEG_M
    return (
        [f"age {age_y:g} years and a leg of {leg_length_m:.2f} m do not go together"] if too_short or too_long else []
    )


def _adults_speed(age_y: float, sex: str) -> PublishedFigure | None:
    try:
        return adult_figure("speed_m_s", age_y, sex)
    except LtmeError:
        return None


def _own_bands(controls: ReferenceControls | None, age_y: float | None, model: str) -> dict[str, AngleBand]:
    if controls is None or model != FULL_MODEL or controls.age_problem(age_y) is not None:
        return {}
    return {name: controls.band(name) for name in ANGLES}


def _published_bands(names: Iterable[str], speed: float, model: str) -> dict[str, AngleBand]:
    found = {}
    for name in dict.fromkeys(names):
        if name in BAND_ANGLES and model == FULL_MODEL:
            found[name] = angle_band(name, speed)
        for ending, (known, band) in _KINETIC_BANDS.items():
            if name.endswith(ending) and (bare := name.removesuffix(ending)) in known:
                found[name] = band(bare, speed)
    return found
