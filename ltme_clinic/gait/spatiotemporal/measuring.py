"""Walker, events and cycles to the spatiotemporal set: the story, and what is refused on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ltme_clinic.gait.belt import with_measured_belt
from ltme_clinic.gait.movement import Movement, movement_of
from ltme_clinic.gait.spatiotemporal.clearance import foot_clearance
from ltme_clinic.gait.spatiotemporal.distances import distances, steps_of
from ltme_clinic.gait.spatiotemporal.figures import (
    Measure,
    SpatiotemporalResult,
    by_name,
    figures_of,
    noted,
    refusals_of,
)
from ltme_clinic.gait.spatiotemporal.footprints import footprints
from ltme_clinic.gait.spatiotemporal.stability import margins_of_stability
from ltme_clinic.gait.spatiotemporal.strides import shows_flight, strides_of, timing
from ltme_clinic.gait.spatiotemporal.symmetry import symmetry
from ltme_clinic.gait.spatiotemporal.variability import variability
from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import GaitCycle, GaitEvent, GaitFigure, Refusal

STANDING_M = 0.3
"""A pelvis that stays within this has not walked."""


def spatiotemporal(
    walker: Walker, events: Sequence[GaitEvent], cycles: Sequence[GaitCycle], movement: Movement | None = None
) -> SpatiotemporalResult:
    """The spatiotemporal figures of the counted cycles, each for left, right and both, with n and SD.

    Where every cycle that would count is a turn, timing and distances are those of the turning cycles and say so in
    their notes; symmetry, variability and stability, which a turn itself changes, are then refused.

    Parameters
    ----------
    events : those that the cycles were made of
    cycles : `gait_cycles`, outlying ones flagged
    movement : what the markers show; None looks

    Returns
    -------
    SpatiotemporalResult
        Without any figure where there is no cycle to take them from, and then with the reason.
    """
    used, turning = _cycles_to_use(cycles)
    if not used:
        return SpatiotemporalResult(refusals=(Refusal("spatiotemporal", _why_no_cycle(walker, events, cycles)),))
    walker = with_measured_belt(walker, events)
    strides, prints = strides_of(used), footprints(walker, events)
    steps = steps_of(strides, prints)
    # Events alone don't make a run: the markers must show one as well.
    running = shows_flight(strides) and (movement or movement_of(walker, events)).kind == "running"
    measures = [*timing(strides, running=running), *distances(strides, steps, prints), *foot_clearance(walker, strides)]
    figures, refusals = [], []
    if turning:
        figures += _all_figures(measures, walker)
        refusals += _refused_while_turning(used)
    else:
        if not running:
            measures += margins_of_stability(walker, steps, prints)
        figures += _all_figures(measures, walker)
        for found, refused in (_walk_ratio(figures), symmetry(by_name(measures)), variability(by_name(measures))):
            figures += found
            refusals += refused
    refusals = [*refusals_of(measures), *_refused_in_general(walker, running), *refusals]
    return SpatiotemporalResult(tuple(noted(figures, _note_on_turning(used) if turning else "")), tuple(refusals))


def _cycles_to_use(cycles: Sequence[GaitCycle]) -> tuple[list[GaitCycle], bool]:
    """The counted cycles; where there is none, those against which nothing speaks but turning, and True."""
    counted = [cycle for cycle in cycles if cycle.counts]
    if counted:
        return counted, False
    return [cycle for cycle in cycles if cycle.flags == ("turning",)], True


def _all_figures(measures: Sequence[Measure], walker: Walker) -> list[GaitFigure]:
    figures = [figure for measure in measures for figure in figures_of(measure, walker.leg_length_m)]
    if walker.leg_length_source != "markers":
        return figures
    scaled, others = [f for f in figures if f.normalised is not None], [f for f in figures if f.normalised is None]
    return [*noted(scaled, "normalised by a leg length estimated from markers"), *others]


def _walk_ratio(figures: Sequence[GaitFigure]) -> tuple[list[GaitFigure], list[Refusal]]:
    """Step length by cadence, both sides together: some 6.5 mm per step/min in healthy adults, at any of their speeds
    (Sekiya and Nagasaki 1998, Gait Posture 7:225)."""
    both = {figure.name: figure for figure in figures if figure.side is None}
    if not {"step_length_m", "cadence_spm"} <= set(both):
        return [], [Refusal("walk_ratio", "it needs step length and cadence of both sides")]
    length, cadence = both["step_length_m"], both["cadence_spm"]
    value = 1000.0 * length.value / cadence.value
    note = "step length by cadence, both sides"
    return [GaitFigure("walk_ratio_mm_spm", "mm/(steps/min)", value, n=length.n, note=note)], []


def _refused_in_general(walker: Walker, running: bool) -> list[Refusal]:
    refused = []
    if running:
        why = "both feet leave the floor between stances: this is running. Read the flight and the stance (duty factor)"
        refused += [Refusal(what, why) for what in ("double_support_pct", "single_support_pct")]
        refused.append(Refusal("margin_of_stability", "its inverted pendulum is a walker's: this is running"))
    if walker.leg_length_m is None:
        refused.append(Refusal("normalised", "no leg length is known: enter one, or label the ASIS, knees and ankles"))
    return refused


def _refused_while_turning(used: Sequence[GaitCycle]) -> list[Refusal]:
    why = f"{_turns(used)}: a turn itself makes the sides and the steps unlike. Record a straight walk"
    return [Refusal(what, why) for what in ("straight_walking", "symmetry", "variability", "margin_of_stability")]


def _note_on_turning(used: Sequence[GaitCycle]) -> str:
    return f"while turning, not straight walking: {_turns(used)}"


def _turns(used: Sequence[GaitCycle]) -> str:
    turn_deg = float(np.median([abs(cycle.turn_deg or 0.0) for cycle in used]))
    return f"all {len(used)} cycles are turns, by {turn_deg:.0f} deg in the median"


def _why_no_cycle(walker: Walker, events: Sequence[GaitEvent], cycles: Sequence[GaitCycle]) -> str:
    """Why nothing can be averaged, and what would help."""
    if cycles:
        reasons = Counter(reason.split(":")[0] for cycle in cycles for reason in cycle.flags)
        told = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common(4))
        return f"none of the {len(cycles)} cycles can be averaged: {told}. Record a steady walk straight ahead"
    contacts = sum(event.kind == "initial_contact" and event.side is not None for event in events)
    path_m = walker.pelvis_m[np.isfinite(walker.pelvis_m).all(axis=1), :2]
    moved_m = float(np.hypot(*np.ptp(path_m, axis=0))) if len(path_m) else 0.0
    if contacts == 0:
        still = moved_m < STANDING_M and walker.belt_m_s is None
        fact = f"nobody walks: the pelvis stays within {moved_m:.2f} m" if still else "no foot contact is known"
        return f"{fact}, so there is no cycle. Record a walk, or enter its foot contacts"
    if contacts <= 2:
        steps = "a single foot contact" if contacts == 1 else "one step only"
        return f"{steps}: a cycle needs two contacts of one foot and one of the other between. Record more of the walk"
    return f"{contacts} foot contacts make no cycle: none of a foot's follow each other within 0.35 to 5 s"
