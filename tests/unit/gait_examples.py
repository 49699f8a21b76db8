"""Gait analyses with realistic curves and round numbers, for the tests of the report's gait figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ltme_clinic.body import ANGLES
from ltme_clinic.norms import foot_off_pct, published_trunk_band, walking_curves
from ltme_clinic.types import (
    PERCENT,
    AngleBand,
    CycleCurves,
    GaitAnalysis,
    GaitCycle,
    GaitEvent,
    GaitFigure,
    JointKinetics,
    MuscleActivity,
    PlateContact,
    Refusal,
    Side,
)

STRIDE_S = 1.1
SPEED = 0.43
SOURCE = "82 typically developing children at dimensionless speed 0.43 (Schwartz 2008)"
SIDES: tuple[Side, ...] = ("left", "right")
TRUNK = ("trunk_tilt", "trunk_obliquity", "trunk_rotation")
ARMS = ("shoulder_flexion", "shoulder_abduction", "shoulder_rotation", "elbow_flexion")
PEAK_PCT = {"hip": 52.0, "knee": 15.0, "ankle": 48.0}


def on_101(curve: np.ndarray) -> np.ndarray:
    return np.interp(PERCENT, np.linspace(0.0, 100.0, len(curve)), curve)


def bump(peak_pct: float, width_pct: float, height: float) -> np.ndarray:
    return height * np.exp(-0.5 * ((PERCENT - peak_pct) / width_pct) ** 2)


def mean_curves() -> dict[str, np.ndarray]:
    """Every variable's mean at free walking speed, (101,) each; kinetics and arms only of about the right shape."""
    angles, _ = walking_curves(SPEED)
    found = {name: on_101(curve) for name, curve in zip(ANGLES, angles, strict=True)}
    found |= {name: published_trunk_band(name, SPEED).mean for name in TRUNK}
    swing = np.cos(2 * np.pi * PERCENT / 100)
    found |= {"knee_adduction": 2 + 3 * swing, "knee_rotation": -5 + 8 * swing}
    found |= {"ankle_inversion": 1 + 4 * swing, "ankle_rotation": -3 + 5 * swing}
    found |= {name: 10 * place - 20 * swing for place, name in enumerate(ARMS)}
    return found


def kinetic_curves() -> dict[str, np.ndarray]:
    stance = PERCENT <= 60
    return {
        "hip_extension_moment": bump(8, 6, 0.8) - bump(52, 8, 0.9),
        "knee_extension_moment": bump(15, 6, 0.5) - bump(40, 8, 0.2),
        "ankle_plantarflexion_moment": bump(48, 9, 1.3),
        "hip_abduction_moment": bump(15, 8, 0.7) + bump(48, 8, 0.6),
        "knee_abduction_moment": bump(15, 8, 0.3) + bump(48, 8, 0.2),
        "hip_power": bump(10, 5, 0.6) + bump(62, 5, 1.1) - bump(42, 7, 0.8),
        "knee_power": -bump(8, 3, 0.6) + bump(18, 4, 0.4) - bump(58, 5, 1.0),
        "ankle_power": -bump(38, 8, 0.6) + bump(53, 3.5, 3.2),
        "vertical_force": np.where(stance, 1.05 * np.sin(np.pi * np.clip(PERCENT, 0, 60) / 60) ** 0.3, 0.0),
        "anterior_force": np.where(stance, -0.2 * np.sin(2 * np.pi * np.clip(PERCENT, 0, 60) / 60), 0.0),
    }


def unit_of(name: str) -> str:
    if name.endswith("_moment"):
        return "Nm/kg"
    if name.endswith("_power"):
        return "W/kg"
    return "body weight" if name.endswith("_force") else "deg"


def some_cycles(count: int = 6, sides: tuple[Side, ...] = SIDES, excluded: int = 0) -> tuple[GaitCycle, ...]:
    """`count` cycles a side one after the other, the last `excluded` of them flagged; foot off at the norm's time."""
    found = []
    for side in sides:
        first_s = 0.2 if side == "left" else 0.2 + STRIDE_S / 2
        for place in range(count):
            start_s = first_s + STRIDE_S * place
            off_s = start_s + STRIDE_S * (foot_off_pct(SPEED) + 0.6 * (place % 3 - 1)) / 100
            flags = ("turning",) if place >= count - excluded else ()
            found.append(GaitCycle(side, start_s, start_s + STRIDE_S, off_s, flags=flags, speed_m_s=1.2))
    return tuple(found)


def curves_of(name: str, side: Side, mean: np.ndarray, cycles: tuple[GaitCycle, ...], seed: int = 0) -> CycleCurves:
    own = [cycle for cycle in cycles if cycle.side == side]
    rng = np.random.default_rng(seed)
    spread = 0.06 * max(float(np.ptp(mean)), 1e-3)
    offset, phase = rng.normal(0, spread, (len(own), 1)), rng.uniform(0, 2 * np.pi, (len(own), 1))
    rows = mean + offset + spread * np.sin(2 * np.pi * PERCENT / 50 + phase)
    counted = np.array([cycle.counts for cycle in own], dtype=bool)
    kept = rows[counted]
    nothing = np.full(101, np.nan)
    return CycleCurves(
        name=name,
        side=side,
        unit=unit_of(name),
        cycles=rows,
        starts_s=tuple(cycle.start_s for cycle in own),
        counted=counted,
        mean=kept.mean(axis=0) if len(kept) else nothing,
        sd=kept.std(axis=0, ddof=1) if len(kept) > 1 else nothing,
        representative=int(np.flatnonzero(counted)[0]) if counted.any() else None,
    )


def some_bands() -> dict[str, AngleBand]:
    found = {}
    for name, middle, spread in zip(ANGLES, *walking_curves(SPEED), strict=True):
        found[name] = AngleBand(name, on_101(middle), on_101(spread), 82, SOURCE)
    for name in TRUNK:
        found[name] = replace(published_trunk_band(name, SPEED), n=82, source=SOURCE)
    for name, curve in kinetic_curves().items():
        found[name] = AngleBand(name, curve, np.full(101, 0.15 * np.ptp(curve)), 82, SOURCE)
    return found


def some_events(cycles: tuple[GaitCycle, ...]) -> tuple[GaitEvent, ...]:
    found = []
    for place, cycle in enumerate(cycles):
        source, confidence = (("entered", 1.0), ("force_plate", 1.0), ("kinematic", 0.5))[place % 3]
        for kind, time_s in (("initial_contact", cycle.start_s), ("foot_off", cycle.foot_off_s)):
            found.append(GaitEvent(cycle.side, kind, time_s, round(100 * time_s), source=source, confidence=confidence))
    return tuple(sorted(found, key=lambda event: event.time_s))


def some_figures() -> tuple[GaitFigure, ...]:
    children = {"reference": SOURCE}
    return (
        GaitFigure("speed_m_s", "m/s", 1.02, None, 12, 0.05, 0.36, 1.22, 0.12, **children),
        GaitFigure("cadence_spm", "steps/min", 112.0, None, 12, 3.0, 0.4, 124.0, 9.0, **children),
        GaitFigure("step_length_m", "m", 0.52, "left", 6, 0.02, 0.7, 0.60, 0.05, **children),
        GaitFigure("step_length_m", "m", 0.59, "right", 6, 0.02, 0.8, 0.60, 0.05, **children),
        GaitFigure("stance_pct", "%", 61.0, "left", 6, 1.0, None, 59.0, 1.5, **children),
        GaitFigure("stance_pct", "%", 66.5, "right", 6, 1.0, None, 59.0, 1.5, **children),
        GaitFigure("double_support_pct", "%", 24.0, None, 6, 1.0),
        GaitFigure("step_width_m", "m", 0.12, None, 12, 0.02),
        GaitFigure("step_length_symmetry_angle_pct", "%", 4.0, None, 6),
    )


def some_indices() -> tuple[GaitFigure, ...]:
    return (
        GaitFigure("gdi", "points", 71.3, "left", 6, 2.0, None, 100.0, 10.0, SOURCE, 3.4, 9.4, "stroke"),
        GaitFigure("gdi", "points", 92.8, "right", 6, 2.0, None, 100.0, 10.0, SOURCE, 2.7, 7.5, "stroke"),
        GaitFigure("gps_deg", "deg", 10.2, "left", 6, 0.5, None, 5.75, 1.6, SOURCE, mdc95=1.6),
        GaitFigure("gps_deg", "deg", 6.1, "right", 6, 0.5, None, 5.75, 1.6, SOURCE, mdc95=1.6),
        GaitFigure("gps_deg", "deg", 8.9, None, 6, 0.5, None, 6.04, 1.72, SOURCE, mdc95=1.6),
    )


def some_emg(cycles: tuple[GaitCycle, ...]) -> tuple[MuscleActivity, ...]:
    found = []
    for place, (muscle, peak) in enumerate((("rectus femoris", 8), ("tibialis anterior", 3), ("gastrocnemius", 42))):
        shape = 0.05 + bump(peak, 9, 0.95)
        band = AngleBand(muscle, shape, np.full(101, 0.3), 82, SOURCE)
        for side in SIDES:
            curves = curves_of(muscle, side, shape, cycles, seed=place)
            warnings = ("mains hum at 50 Hz is 23 % of it. Check earth and cables",) if place == 1 else ()
            found.append(MuscleActivity(muscle, side, curves, None if warnings else band, warnings))
    found.append(MuscleActivity("soleus", "left", None, None, ("a dead channel: one value throughout. Check it",)))
    found.append(MuscleActivity("EMG 7", None, None, None, ("the label doesn't say left or right",)))
    return tuple(found)


def an_analysis(
    cycles_per_side: int = 6, *, sides: tuple[Side, ...] = SIDES, excluded: int = 1, bands: bool = True, **changes
) -> GaitAnalysis:
    """A child who walks with a stiff left knee, every block filled."""
    cycles = some_cycles(cycles_per_side, sides, excluded)
    curves = {}
    for place, (name, mean) in enumerate((mean_curves() | kinetic_curves()).items()):
        for side in sides:
            stiff = bump(70, 9, -22) if (name, side) == ("knee_flexion", "left") else 0.0
            curves[name, side] = curves_of(name, side, mean + stiff, cycles, seed=2 * place + (side == "right"))
    contacts = (PlateContact(1, "left", 1.3, 2.0, True), PlateContact(2, "right", 1.9, 2.5, False, "both feet"))
    analysis = GaitAnalysis(
        recording_id="ab" * 32,
        source_name="walk_04.c3d",
        origin="measured",
        rate_hz=100.0,
        duration_s=0.2 + STRIDE_S * (cycles_per_side + 1),
        setting="overground",
        movement="walking",
        events=some_events(cycles),
        event_method="entered by a clinician; force plates where a foot is alone; heel-toe minimum elsewhere",
        cycles=cycles,
        curves=curves,
        bands=some_bands() if bands else {},
        spatiotemporal=some_figures(),
        indices=some_indices(),
        map_deg={(name, side): 4.0 + place + (side == "left") for place, name in enumerate(ANGLES) for side in sides},
        kinetics=JointKinetics(100.0, {}, {}, {}, "distal segment", contacts),
        emg=some_emg(cycles),
        leg_length_m=0.8,
        refusals=(Refusal("variability", "12 steps are too few (at least 30). Record a longer walk."),),
        warnings=("LKNE is missing in 12 of 740 frames",),
    )
    return replace(analysis, **changes)


def a_refused_analysis() -> GaitAnalysis:
    """Nothing could be given, and each block says why."""
    because = {
        "kinematics": "LASI is missing in 412 of 600 frames (limit 60). Relabel the trial.",
        "spatiotemporal": "No gait event was found: neither heel is seen. Label LHEE and RHEE.",
        "kinetics": "No foot is alone and wholly on a force plate. Record another pass.",
        "emg": "The file holds no EMG channel.",
        "gps": "The Gait Profile Score needs the pelvis. Relabel the trial.",
        "events": "No gait event was found: neither heel is seen. Label LHEE and RHEE.",
    }
    return GaitAnalysis(
        recording_id="cd" * 32,
        source_name="walk_05.c3d",
        origin="measured",
        rate_hz=100.0,
        duration_s=6.0,
        setting="overground",
        movement="standing",
        refusals=tuple(Refusal(what, reason) for what, reason in because.items()),
    )
