"""Impairments of the nervous system: stiff knee, equinus, foot drop, hemiplegia, parkinsonism, ataxia.

The degrees at mild, moderate and severe are those of the clinical literature, named with each rule.
"""

from __future__ import annotations

import numpy as np

from ltme_clinic.virtual_lab.impairments.shapes import (
    FOR_CLEARANCE,
    PCT,
    ROW,
    WIDER_DEG,
    Rule,
    blank,
    graded,
    sole_pitch_deg,
    varying,
    window,
)
from ltme_clinic.virtual_lab.impairments.speed import at_the_same_speed, speed_factor


def stiff_knee(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Stiff swing knee with the clearance it needs: the pelvis hikes and the leg swings round."""
    leg = blank()
    swing = window(60.0, 90.0, 18.0)
    leg[ROW["knee_flexion"]] = _stiff_swing_knee(severity, mean_deg)
    leg[ROW["pelvic_obliquity"]] = 6.0 * severity * swing
    leg[ROW["hip_adduction"]] = -9.0 * severity * swing
    leg[ROW["hip_flexion"]] = -4.0 * severity * window(58.0, 80.0, 14.0)
    leg[ROW["ankle_dorsiflexion"]] = 6.0 * severity * swing
    return leg, blank(), varying(1.0 + 0.4 * severity)


def equinus(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Dorsiflexion 5 / 10 / 20 less, fully from mid-stance on when the heel rises early, somewhat less in swing.

    In loading the sole is down, so part of it shows as a leg that leans back; the knee bends to land on the forefoot.
    """
    leg = blank()
    drop = graded(severity, 5.0, 10.0, 20.0)
    loading = window(2.0, 22.0, 16.0)
    stance = window(-6.0, 60.0, 14.0)
    leg[ROW["ankle_dorsiflexion"]] = -drop * (0.6 + 0.4 * stance)
    leg[ROW["hip_flexion"]] = drop * (0.25 * window(65.0, 105.0, 18.0) + 0.25 * loading)
    leg[ROW["knee_flexion"]] = drop * (0.5 * window(84.0, 108.0, 16.0) + 0.5 * window(24.0, 56.0, 16.0))
    return leg, blank(), varying(1.0 + 0.4 * severity)


HANGING_DEG = -78.0
"""Pitch of a sole whose foot hangs from the shank: gravity draws it no further, even where the shank is level."""


def foot_drop(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Dorsiflexion 8 / 15 / 25 less in swing and at contact; steppage: hip and knee bend more."""
    leg = blank()
    steppage = graded(severity, 5.0, 11.0, 20.0) * window(64.0, 94.0, 18.0)
    leg[ROW["hip_flexion"]] = 0.8 * steppage
    leg[ROW["knee_flexion"]] = steppage
    hanging_deg = np.minimum(sole_pitch_deg(mean_deg), HANGING_DEG) - sole_pitch_deg(mean_deg + leg)
    dropped = -graded(severity, 8.0, 15.0, 25.0) * window(66.0, 104.0, 14.0)
    leg[ROW["ankle_dorsiflexion"]] = np.maximum(dropped, np.minimum(hanging_deg, 0.0))
    return leg, blank(), varying(1.0 + 0.4 * severity)


def hemiplegic(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Stiff knee, dropped foot, pelvis hiked 8, leg abducted 12 in swing, arm held bent; less time on that leg."""
    leg = blank()
    swing = window(60.0, 92.0, 18.0)
    leg[ROW["knee_flexion"]] = _stiff_swing_knee(severity, mean_deg)
    leg[ROW["ankle_dorsiflexion"]] = -graded(severity, 5.0, 9.0, 14.0) * window(66.0, 104.0, 14.0)
    leg[ROW["pelvic_obliquity"]] = 8.0 * severity * swing
    leg[ROW["hip_adduction"]] = -12.0 * severity * swing
    leg[ROW["hip_flexion"]] = -6.0 * severity * window(62.0, 104.0, 18.0)
    leg[ROW["foot_progression"]] = -6.0 * severity
    extras = {
        "stance_shift_pct": (-4.0 * severity, 4.0 * severity),
        "arm_swing_factor": (1.0 - 0.8 * severity, 1.0 - 0.2 * severity),
        "elbow_deg": (55.0 * severity, 0.0),
        "trunk_lean_deg": -3.0 * severity,
    }
    return leg, blank(), extras | varying(1.0 + 1.0 * severity)


WORSE_SIDE, BETTER_SIDE = 1.0, 0.6
"""How much of parkinsonism's stiffness the worse and the better side have: it begins on one side and stays worse
there."""


def parkinsonian(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Steps of 85 / 70 / 50 % of the healthy length, trunk flexed 5 / 10 / 20 more, arm swing 70 / 40 / 15 %.

    Steps are short more than quick, so the cadence stays about as it was (Morris 1994, 1996); that is what
    `speed_factor` leaves. Joint ranges and the pelvis's turning shrink with the step, knees and hips stay bent in
    stance, the sole lands nearly flat and is lifted less (Alcock 2018: toe clearance follows step length). Stride
    times vary up to 2.5 times as much (Hausdorff 1998). Freezing is apart: `virtual_lab.freezing`.
    """
    wanted = graded(severity, 0.85, 0.70, 0.50, healthy=1.0)
    shorter = at_the_same_speed(wanted, speed_factor("parkinsonian", severity))
    worse, better = (
        _shuffled(mean_deg, 1.0 - share * (1.0 - shorter), share * severity) for share in (WORSE_SIDE, BETTER_SIDE)
    )
    turned = -0.5 * (1.0 - shorter) * 1.5 * mean_deg[ROW["pelvic_rotation"]]  # half from each leg's curve
    worse[ROW["pelvic_rotation"]] = better[ROW["pelvic_rotation"]] = turned
    swing = graded(severity, 0.70, 0.40, 0.15, healthy=1.0)
    extras = {
        "trunk_flexion_deg": graded(severity, 5.0, 10.0, 20.0),
        "arm_swing_factor": (swing, 1.0 - BETTER_SIDE * (1.0 - swing)),
        "elbow_deg": (25.0 * severity, 15.0 * severity),
        "stance_shift_pct": (1.0 * severity, 1.5 * severity),  # the worse leg is trusted less
        "step_length_factor": shorter,
        "clearance_factor": 1.0 - 0.6 * severity,
        "timing_factor": 1.0 + 1.5 * severity,
        "stride_factor": 1.0 + 0.5 * severity,
    }
    return worse, better, extras


def ataxic(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Step width times 1.3 / 1.7 / 2.2, variation of stride times 1.5 / 2.5 / 4, feet turned out, arms held away.

    Reviews of cerebellar ataxia find a slower walk with shorter steps, a wider base, longer stance and more variation
    (Buckley 2018; Stolze 2002: turned-out feet and nearly normal joint ranges, but variable ones).
    """
    leg = blank()
    wider = graded(severity, 1.3, 1.7, 2.2, healthy=1.0)
    leg[ROW["hip_adduction"]] = -WIDER_DEG * (wider - 1.0)
    leg[ROW["foot_progression"]] = -6.0 * severity
    leg[ROW["knee_flexion"]] = 3.0 * severity * window(20.0, 50.0, 18.0)
    leg[ROW["hip_flexion"]] = 1.5 * severity * window(20.0, 50.0, 18.0)
    leg[ROW["ankle_dorsiflexion"]] = 1.5 * severity * window(20.0, 50.0, 18.0)
    extras = {
        "width_factor": wider,
        "timing_factor": graded(severity, 1.5, 2.5, 4.0, healthy=1.0),
        "stride_factor": graded(severity, 1.4, 2.0, 3.0, healthy=1.0),
        "step_length_factor": 1.0 - 0.10 * severity,
        "shoulder_abduction_deg": (18.0 * severity, 18.0 * severity),
        "elbow_deg": (10.0 * severity, 10.0 * severity),
        "stance_shift_pct": (2.0 * severity, 2.0 * severity),
    }
    return leg, leg.copy(), extras


def _stiff_swing_knee(severity: float, mean_deg: np.ndarray) -> np.ndarray:
    """(51,) Swing peak 50 / 42 / 32, delayed by up to 5 % of the cycle."""
    knee = mean_deg[ROW["knee_flexion"]]
    peak = float(knee.max())
    lost = graded(severity, max(peak - 50, 0.0), max(peak - 42, 0.0), max(peak - 32, 0.0))
    target = peak - FOR_CLEARANCE * lost
    swing = window(58.0, 92.0, 16.0)
    late_pct = PCT - 5.0 * severity * swing
    late = np.interp(late_pct, PCT, knee)
    floor = 8.0
    gain = (target - floor) / (peak - floor)
    return (floor + (late - floor) * np.where(late > floor, 1.0 + (gain - 1.0) * swing, 1.0)) - knee


def _shuffled(mean_deg: np.ndarray, kept: float, bent: float) -> np.ndarray:
    """(9, 51) what makes a leg shuffle: ranges shrunk to `kept` about their mean, bent by a share, the sole flatter."""
    leg = blank()
    hip, knee = mean_deg[ROW["hip_flexion"]], mean_deg[ROW["knee_flexion"]]
    leg[ROW["hip_flexion"]] = (kept - 1.0) * (hip - hip.mean()) + 6.0 * bent
    leg[ROW["knee_flexion"]] = (kept - 1.0) * (knee - knee.mean()) + 6.0 * bent
    pitch = sole_pitch_deg(mean_deg)
    flatter = (kept - 1.0) * np.where(pitch > 0.0, 2.0, 1.0) * pitch  # above all where the heel would land first
    leg[ROW["ankle_dorsiflexion"]] = flatter - leg[ROW["hip_flexion"]] + leg[ROW["knee_flexion"]]
    return leg


RULES: dict[str, Rule] = {
    "stiff_knee": stiff_knee,
    "equinus": equinus,
    "foot_drop": foot_drop,
    "hemiplegic": hemiplegic,
    "parkinsonian": parkinsonian,
    "ataxic": ataxic,
}
