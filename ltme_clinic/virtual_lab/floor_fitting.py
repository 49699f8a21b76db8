"""A wished walk made possible: its steady cycle on the floor, and the joint curves that this takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import forward_kinematics
from ltme_clinic.virtual_lab.feet import stood_and_swung
from ltme_clinic.virtual_lab.floor_push import floor_push
from ltme_clinic.virtual_lab.footfalls import FootPose
from ltme_clinic.virtual_lab.leg_curves import planned_legs, wished_leg_angles
from ltme_clinic.virtual_lab.rhythm import Rhythm
from ltme_clinic.virtual_lab.steady_cycle import GRID, solve_cycle
from ltme_clinic.virtual_lab.upper_body import upper_body
from ltme_clinic.virtual_lab.walk_plan import WalkPlan

SOLVED_HARMONICS = 18
"""Harmonics of the stride that solved curves keep: a sole that lands flattens within a tenth of the cycle."""
PUSH_HARMONICS = 20
"""Harmonics of the stride that the push keeps: enough for a foot that takes the load within 4 % of the cycle."""
SEVERE_PUSH_SD, SEVERE_STRIDE_SD = np.array([2.5, 7.0, 7.0]), 7.0
"""How much less the published push (forward, left, up) and the speed law bind at severity 1: they are healthy people's.
Forward it binds nearly as it does health: as loose as upwards, every impairment took the swing out of the walking speed
or turned it round (.11 m/s twice a stride in health), which no joint curve asks for and every detector would learn."""


def with_feet_on_the_floor(
    wish: WalkPlan, wished_deg: np.ndarray, dimensionless: float, norm_stance: float
) -> WalkPlan:
    """The plan with curves that keep its feet on the floor, the pelvis's sway and the stride that go with them.

    Parameters
    ----------
    wish
        All but its legs and sway; its `cadence_spm` is the speed law's.
    wished_deg
        (2, 9, 51) wished curves of both sides, whose feet leave the floor at `norm_stance`.
    dimensionless
        Speed over sqrt(g L).
    """
    patient, skeleton = wish.patient, wish.skeleton
    # three cycles, of which the middle one is used: a swing has its landing before and after
    phase = np.arange(-GRID, 2 * GRID) / GRID
    rhythm = Rhythm(phase, np.stack([phase, phase + 0.5]), wish.stance)
    cycle_s = 120.0 / wish.cadence_spm
    angles_deg = wished_leg_angles(skeleton, wished_deg, rhythm, norm_stance, cycle_s) | upper_body(wish, rhythm)
    soles = rhythm.of_soles(cycle_s)
    push = floor_push(dimensionless, patient.height_m, cycle_s, wish.stance, norm_stance, GRID)
    cycle = solve_cycle(
        skeleton,
        _middle(angles_deg),
        soles.phase[:, GRID : 2 * GRID],
        soles.stance,
        stride_m=wish.speed_m_s * cycle_s,
        width_m=_width_m(wish),
        push=push,
        push_slack=1.0 + (SEVERE_PUSH_SD - 1.0) * patient.severity,
        stride_slack=1.0 + (SEVERE_STRIDE_SD - 1.0) * patient.severity,
    )
    root_m = cycle.sway_at(phase)
    root_m[:, 0] += cycle.stride_m * phase
    wished = forward_kinematics(skeleton, angles_deg, root_m)
    standing = {
        name: cycle.standing(skeleton, side, FootPose.of(wished.rotations[f"{name}_foot"]), soles.phase[side])
        for side, name in enumerate(SIDES)
    }
    solved = stood_and_swung(skeleton, wished, angles_deg, standing, soles, wish.clearance_m, wish.approach_m, 0.0)
    return replace(
        wish,
        cadence_spm=120.0 * wish.speed_m_s / cycle.stride_m,
        legs=planned_legs(_middle(solved), SOLVED_HARMONICS),
        sway=cycle.sway,
        weight=push.weight_m(PUSH_HARMONICS, cycle.stride_m / wish.speed_m_s),
    )


def _width_m(wish: WalkPlan) -> float:
    """Wished step width."""
    change, own_m = wish.deviation, wish.patient.habits.step_width_share * wish.patient.height_m
    return change.width_factor * own_m if change.width_m is None else change.width_m


def _middle(angles_deg: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The middle one of three cycles."""
    return {name: np.broadcast_to(angle, 3 * GRID)[GRID : 2 * GRID] for name, angle in angles_deg.items()}
