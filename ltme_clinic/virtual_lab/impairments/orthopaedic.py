"""Impairments of joints, muscles and pain: crouch, Trendelenburg, antalgic, after a knee replacement.

The degrees at mild, moderate and severe are those of the clinical literature, named with each rule.
"""

from __future__ import annotations

import numpy as np

from ltme_clinic.virtual_lab.impairments.shapes import FOR_CLEARANCE, ROW, Rule, blank, graded, shifted, varying, window


def crouch(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Stance-minimum knee 20 / 35 / 50; the hip takes 60 % and the ankle 40 %, so the foot stays flat."""
    knee = mean_deg[ROW["knee_flexion"]]
    lowest = float(knee.min())
    excess = graded(severity, 20 - lowest, 35 - lowest, 50 - lowest)
    straightness = 1.0 - 0.9 * (knee - lowest) / np.ptp(knee)  # swing flexion hardly grows
    leg = blank()
    leg[ROW["knee_flexion"]] = excess * straightness
    leg[ROW["hip_flexion"]] = 0.6 * excess * straightness
    leg[ROW["ankle_dorsiflexion"]] = 0.4 * excess * straightness
    leg[ROW["hip_rotation"]] = 8.0 * severity
    extras = {"trunk_flexion_deg": 8.0 * severity} | varying(1.0 + 0.6 * severity)
    return leg, leg.copy(), extras


def trendelenburg(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Uncompensated: the pelvis drops 3 / 6 / 10 on the other side while the affected leg stands, the trunk stays.

    Perry and Burnfield (2010): weak abductors let the pelvis fall; without a lean of the trunk the hip adducts by as
    much.
    """
    leg, other = _pelvic_drop(graded(severity, 3.0, 6.0, 10.0))
    return leg, other, {"trunk_lean_deg": 1.5 * severity} | varying(1.0 + 0.3 * severity)


def trendelenburg_compensated(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """The trunk leans 5 / 10 / 15 over the affected leg, so that the pelvis drops only 1 / 2 / 3.

    Also called Duchenne's limp; the lean brings the weight over the hip and unloads its abductors.
    """
    leg, other = _pelvic_drop(graded(severity, 1.0, 2.0, 3.0))
    # the arm of the leaning side is held out for balance
    extras = {"trunk_lean_deg": graded(severity, 5.0, 10.0, 15.0), "shoulder_abduction_deg": (6.0 * severity, 0.0)}
    return leg, other, extras | varying(1.0 + 0.3 * severity)


def antalgic(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Stance knee range 10 for 18, swing peak 55 for 61, up to 5 % less stance on the painful leg.

    Both legs carry one pelvis, so only part of the stiffer stance knee shows in what the joints really do.
    """
    leg = _stiffened(mean_deg, loading_share=0.55 * severity, swing_deg=5.0 * severity)
    extras = {
        "stance_shift_pct": (-graded(severity, 2.0, 3.5, 5.0), graded(severity, 1.0, 2.0, 3.0)),
        "trunk_lean_deg": 4.0 * severity,
    }
    return leg, blank(), extras | varying(1.0 + 0.6 * severity)


def post_operative(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """A knee some weeks after its replacement: bends less in swing, hardly in loading, and won't quite straighten.

    Swing flexion is limited to 54 / 46 / 38; the quadriceps is spared by keeping the loading knee still (its flexion
    wave 25 / 50 / 80 % less) with the trunk a little forward; the straightest knee is 3 / 6 / 10 short of straight; the
    leg stands for 1.5 / 3 / 5 % less. After a knee replacement the knee moves less and bends less in swing (11 studies,
    McClelland 2007), bends less in stance, straightens less and walks slower a year on (40 patients, McClelland 2011).
    """
    knee = mean_deg[ROW["knee_flexion"]]
    peak = float(knee.max())
    least = graded(severity, 3.0, 6.0, 10.0)
    lost = FOR_CLEARANCE * graded(severity, *(max(peak - limit, 0.0) for limit in (54.0, 46.0, 38.0)))
    # planned further than meant: a standing leg gives some of it back
    leg = _stiffened(mean_deg, loading_share=graded(severity, 0.8, 1.8, 3.0), swing_deg=lost)
    extended = least * (1.0 - np.clip((knee + leg[ROW["knee_flexion"]]) / 30.0, 0.0, 1.0))
    leg[ROW["knee_flexion"]] += extended
    leg[ROW["hip_flexion"]] += 0.5 * extended
    leg[ROW["ankle_dorsiflexion"]] += 0.5 * extended
    swing = window(60.0, 88.0, 18.0)
    leg[ROW["pelvic_obliquity"]] = 3.0 * severity * swing  # what lifts a foot whose knee bends little
    leg[ROW["hip_adduction"]] = -4.0 * severity * swing
    extras = {
        "stance_shift_pct": (-graded(severity, 1.5, 3.0, 5.0), graded(severity, 1.0, 2.0, 3.0)),
        "trunk_lean_deg": 3.0 * severity,
        "trunk_flexion_deg": 4.0 * severity,
    }
    return leg, blank(), extras | varying(1.0 + 0.4 * severity)


def _pelvic_drop(drop_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """The other side of the pelvis lower while the affected leg stands, and what both hips do then."""
    stance = window(8.0, 52.0, 16.0)
    leg, other = blank(), blank()
    leg[ROW["pelvic_obliquity"]] = drop_deg * stance
    leg[ROW["hip_adduction"]] = drop_deg * stance
    other[ROW["hip_adduction"]] = -drop_deg * shifted(stance)
    return leg, other


def _stiffened(mean_deg: np.ndarray, loading_share: float, swing_deg: float) -> np.ndarray:
    """(9, 51) a knee that bends less while it takes the weight, by a share of that wave, and in swing, by degrees."""
    leg = blank()
    knee = mean_deg[ROW["knee_flexion"]]
    straightest = float(knee[10:28].min())
    loading = loading_share * np.maximum(knee - straightest, 0.0) * window(2.0, 38.0, 8.0)
    swung = np.clip((knee - straightest) / (knee.max() - straightest), 0.0, 1.0) * window(44.0, 98.0, 8.0)
    leg[ROW["knee_flexion"]] = -loading - swing_deg * swung
    # hip and ankle follow the stiffer knee, so the foot stays flat
    leg[ROW["hip_flexion"]] = -0.5 * loading
    leg[ROW["ankle_dorsiflexion"]] = -0.5 * loading
    return leg


RULES: dict[str, Rule] = {
    "crouch": crouch,
    "trendelenburg": trendelenburg,
    "trendelenburg_compensated": trendelenburg_compensated,
    "antalgic": antalgic,
    "post_operative": post_operative,
}
