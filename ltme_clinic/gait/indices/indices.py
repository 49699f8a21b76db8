"""GDI, GPS and Movement Analysis Profile of a walk against controls, each with its reference, or refused and why.

What is scored is one curve a side, as the controls are: the mean of the strides in which all nine angles are complete.
The spread between the scores of the single strides stands beside it. A single stride scores a little worse than the
mean of several; whether the published controls are strides or means isn't said in the addendum.

Sources
-------
Schwartz and Rozumalski 2008, Gait Posture 28:351-357. Baker et al. 2009, Gait Posture 30:265-269.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.body import ANGLES
from ltme_clinic.gait.indices.edinburgh import edinburgh_items
from ltme_clinic.gait.indices.strides import SideStrides, side_strides, variable_strides
from ltme_clinic.kinematics.cgm.model import MODEL as FULL_MODEL
from ltme_clinic.norms import (
    ReferenceControls,
    measurement_error,
    overall_profile_score,
    published_controls,
    side_profile_score,
    speed_limits,
    speed_shift_deg,
    variable_scores,
)
from ltme_clinic.statistics import sem_from_mdc95
from ltme_clinic.types import CycleCurves, GaitFigure, LtmeError, Origin, Refusal, Side

NEAREST_PERSON_GDI = 130.0
"""The controls reach 129.9. Nearer curves are said to be so: a higher index is no better walk."""
HIGHEST_GDI = 200.0
"""Ten SDs nearer than people are, .3 deg (RMS) from the mean: at the mean itself the logarithm is infinite."""
_FAR_FROM_CONTROLS_SPEED_SD = 2.0
_BOTH: tuple[Side, Side] = ("left", "right")


@dataclass(frozen=True)
class IndexResult:
    """The indices of one walk, and what was refused."""

    figures: tuple[GaitFigure, ...] = ()
    map_deg: Mapping[tuple[str, Side], float] = field(default_factory=dict)
    """Movement Analysis Profile: gait variable scores by angle and side; empty where refused."""
    refusals: tuple[Refusal, ...] = ()

    def figure(self, name: str, side: Side | None = None) -> GaitFigure | None:
        """A figure by its name and side."""
        return next((f for f in self.figures if f.name == name and f.side == side), None)


def gait_indices(
    curves: Mapping[tuple[str, Side], CycleCurves],
    *,
    age_y: float | None,
    dimensionless_speed: float | None,
    reference: ReferenceControls | None = None,
    foot_off_pct: Mapping[Side, float] | None = None,
    model: str = FULL_MODEL,
    origin: Origin = "measured",
    population: str = "cerebral palsy",
) -> IndexResult:
    """GDI with its residual, GPS, Movement Analysis Profile and Edinburgh items of both sides.

    Parameters
    ----------
    curves
        (angle, side) -> its cycles in degrees; `body.ANGLES` are used. Only counted cycles without a gap are scored.
    age_y
        None: unknown. Controls of known ages are then no reference, and the indices are refused.
    dimensionless_speed
        v / sqrt(g L); None: unknown, and said so in the note.
    reference
        None: the published 83 children; a laboratory's own from `norms.load_controls`.
    foot_off_pct
        When each foot leaves the floor, % of its cycle; only the Edinburgh items need it.
    model
        As `JointAngles.model`: angles of another than the full model are refused, for their offsets differ.
    origin
        Of the walk; said in the note where it isn't the reference's.
    population
        Whose measurement error is quoted, as `norms/tables/measurement_errors.csv` names it.

    Returns
    -------
    IndexResult
        Figures "gdi", "gdi_residual_deg", "gps_deg" (a side, or None: overall), "gvs_<angle>_deg", "evgs_...".
    """
    controls = reference or published_controls()
    edinburgh, edinburgh_refusals = _edinburgh(curves, age_y, dimensionless_speed, foot_off_pct or {}, model)
    problem = _problem(controls, age_y, dimensionless_speed, model)
    if problem:
        refused = tuple(Refusal(what, problem) for what in ("gdi", "gps", "map"))
        return IndexResult(edinburgh, {}, refused + edinburgh_refusals)
    strides: dict[Side, SideStrides] = {side: side_strides(curves, side) for side in _BOTH}
    scoring = _Scoring(controls, _note(controls, dimensionless_speed, origin), population)
    figures: list[GaitFigure] = []
    refusals: list[Refusal] = []
    for side in strides.values():
        _add(scoring.gdi(side), figures, refusals)
        _add(scoring.side_gps(side), figures, refusals)
    _add(scoring.overall_gps(strides["left"], strides["right"]), figures, refusals)
    profile = _profile(curves, strides, controls)
    if not profile:
        refusals.append(Refusal("map", "no angle is complete in any cycle that counts"))
    figures += scoring.variables(profile, strides, curves)
    return IndexResult((*figures, *edinburgh), profile, (*refusals, *edinburgh_refusals))


@dataclass(frozen=True)
class _Scoring:
    """What every figure of one walk shares."""

    controls: ReferenceControls
    note: str
    population: str

    def gdi(self, side: SideStrides) -> list[GaitFigure] | Refusal:
        """The index and the residual that it is blind to."""
        scale = self.controls.gdi
        if scale is None:
            few = f"{self.controls.n_curves} control curves are too few for it (90 are needed); GPS is given"
            return Refusal("gdi", few)
        if not side.n:
            return Refusal("gdi", side.reason)
        value = float(scale.index(side.mean_deg))
        if not value <= HIGHEST_GDI:
            return Refusal(
                "gdi",
                f"the {side.side} curve lies closer to the controls' mean than any person's: the index has no meaning "
                "there; check that it is one person's and not a mean curve",
            )
        errors = _errors("gdi", self.population)
        residual = float(scale.residual_deg(side.mean_deg, self.controls.mean_deg))
        usual = self.controls.scores["residual_deg"]
        notes = [f"beyond the 15 features {residual:.1f} deg (controls {usual[0]:.1f} +/- {usual[1]:.1f})"]
        if value > NEAREST_PERSON_GDI:
            notes.append("nearer to the mean than any of the published controls, which is no better walk")
        index = GaitFigure(
            name="gdi",
            unit="score",
            value=value,
            side=side.side,
            n=side.n,
            sd=_between(scale.index(side.strides_deg)),
            reference_mean=100.0,
            reference_sd=10.0,
            reference=self.controls.words,
            sem=errors.sem,
            mdc95=errors.mdc95,
            error_source=errors.source,
            note=_joined(*notes, self.note, errors.note),
        )
        between = _between(scale.residual_deg(side.strides_deg, self.controls.mean_deg))
        return [index, self._figure("gdi_residual_deg", "residual_deg", residual, side.side, side.n, between)]

    def side_gps(self, side: SideStrides) -> list[GaitFigure] | Refusal:
        """Gait profile score of one side."""
        if not side.n:
            return Refusal("gps", side.reason)
        scores = variable_scores(side.mean_deg, self.controls.mean_deg)
        single = side_profile_score(variable_scores(side.strides_deg, self.controls.mean_deg))
        value = float(side_profile_score(scores))
        return [self._figure("gps_deg", "gps_deg", value, side.side, side.n, _between(single), errors_of="gps")]

    def overall_gps(self, left: SideStrides, right: SideStrides) -> list[GaitFigure] | Refusal:
        """Gait profile score of both sides: the pelvis from the left, six angles a side."""
        missing = next((side for side in (left, right) if not side.n), None)
        if missing is not None:
            return Refusal("gps_overall", missing.reason)
        scores = [variable_scores(side.mean_deg, self.controls.mean_deg) for side in (left, right)]
        value = float(overall_profile_score(*scores))
        n = min(left.n, right.n)
        return [self._figure("gps_deg", "gps_overall_deg", value, None, n, None, errors_of="gps")]

    def variables(
        self,
        profile: Mapping[tuple[str, Side], float],
        strides: Mapping[Side, SideStrides],
        curves: Mapping[tuple[str, Side], CycleCurves],
    ) -> list[GaitFigure]:
        """The bars of the Movement Analysis Profile as figures."""
        return [
            self._figure(
                f"gvs_{angle}_deg",
                f"gvs_{angle}_deg",
                value,
                side,
                strides[side].n or len(variable_strides(curves[angle, side])),
                None,
            )
            for (angle, side), value in profile.items()
        ]

    def _figure(
        self, name: str, scored_as: str, value: float, side: Side | None, n: int, sd: float | None, errors_of: str = ""
    ) -> GaitFigure:
        mean, spread = self.controls.scores[scored_as]
        errors = _errors(errors_of, self.population) if errors_of else _Errors()
        return GaitFigure(
            name=name,
            unit="deg",
            value=value,
            side=side,
            n=n,
            sd=sd,
            reference_mean=mean,
            reference_sd=spread,
            reference=self.controls.words,
            sem=errors.sem,
            mdc95=errors.mdc95,
            error_source=errors.source,
            note=_joined(self.note, errors.note),
        )


def _profile(
    curves: Mapping[tuple[str, Side], CycleCurves], strides: Mapping[Side, SideStrides], controls: ReferenceControls
) -> dict[tuple[str, Side], float]:
    """Gait variable scores; of a side without one complete stride, those of each angle's own strides."""
    profile: dict[tuple[str, Side], float] = {}
    for side, whole in strides.items():
        for number, angle in enumerate(ANGLES):
            if whole.n:
                mean = whole.mean_deg[number]
            elif (angle, side) in curves and len(own := variable_strides(curves[angle, side])):
                mean = own.mean(axis=0)
            else:
                continue
            profile[angle, side] = float(variable_scores(mean, controls.mean_deg[number]))
    return profile


def _problem(controls: ReferenceControls, age_y: float | None, speed: float | None, model: str) -> str:
    """Why this walk can't be measured against these controls at all; empty where it can."""
    if model != FULL_MODEL:
        return _other_model(model)
    age = controls.age_problem(age_y)
    if age:
        asked = "give --age, or" if age_y is None else "give"
        return f"{age}: {asked} your laboratory's own controls with --controls"
    lowest, highest = speed_limits()
    if speed is not None and not lowest <= speed <= highest:
        return (
            f"a dimensionless speed of {speed:.2f} lies outside {lowest:.2f} to {highest:.2f}, where healthy walking "
            "is known: compare with the patient's own history"
        )
    return ""


def _other_model(model: str) -> str:
    cure = "record the Conventional Gait Model's markers and measures"
    return f"the angles are of another model ({model}) than the reference's: {cure}"


def _note(controls: ReferenceControls, speed: float | None, origin: Origin) -> str:
    """What a reader of every figure must know of how this walk and its controls differ."""
    notes = [f"a {origin} walk against {controls.origin} controls"] if origin != controls.origin else []
    if controls.ages_y is None:
        notes.append("the controls' ages are not recorded")
    if speed is None:
        notes.append("the walking speed over leg length is not known, so it was not compared with the controls'")
    elif controls.speed is None:
        notes.append("the controls' speed is not recorded")
    elif abs(speed - controls.speed[0]) > _FAR_FROM_CONTROLS_SPEED_SD * controls.speed[1]:
        shift = speed_shift_deg(speed)
        notes.append(
            f"the controls walked at a dimensionless speed of {controls.speed[0]:.2f} +/- {controls.speed[1]:.2f}, "
            f"this walk at {speed:.2f}: speed by itself moves healthy children's mean curves {shift:.1f} deg (RMS) "
            "from those at free speed"
        )
    return "; ".join(notes)


def _edinburgh(
    curves: Mapping[tuple[str, Side], CycleCurves],
    age_y: float | None,
    speed: float | None,
    foot_off_pct: Mapping[Side, float],
    model: str,
) -> tuple[tuple[GaitFigure, ...], tuple[Refusal, ...]]:
    if model != FULL_MODEL:
        return (), (Refusal("evgs", _other_model(model)),)
    return edinburgh_items(curves, age_y=age_y, dimensionless_speed=speed, foot_off_pct=foot_off_pct)


@dataclass(frozen=True)
class _Errors:
    """What measurement can resolve; nothing where nothing is published."""

    sem: float | None = None
    mdc95: float | None = None
    source: str = ""
    note: str = ""


def _errors(metric: str, population: str) -> _Errors:
    """SEM, MDC (the larger where studies differ) and their source; an SEM that isn't published follows from the MDC."""
    try:
        mdc = measurement_error(metric, "mdc95", population)
    except LtmeError:
        return _Errors()
    source = f"{mdc.population}, {mdc.source}"
    differ = f"its MDC is {mdc.value:g} to {mdc.upper:g} in different studies" if mdc.upper is not None else ""
    try:
        return _Errors(measurement_error(metric, "sem", population).cautious, mdc.cautious, source, differ)
    except LtmeError:
        sem = sem_from_mdc95(mdc.cautious)
        return _Errors(sem, mdc.cautious, f"{source}; SEM = MDC / (1.96 sqrt 2)", differ)


def _between(scores: np.ndarray) -> float | None:
    """SD between the scores of single strides, from two on."""
    return float(np.std(scores, ddof=1)) if len(scores) > 1 else None


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _add(result: list[GaitFigure] | Refusal, figures: list[GaitFigure], refusals: list[Refusal]) -> None:
    if isinstance(result, Refusal):
        refusals.append(result)
    else:
        figures += result
