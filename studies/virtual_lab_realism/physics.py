"""What no body can do: stretch, slip, sink, jump, or be carried by a force that its mass doesn't feel."""

from __future__ import annotations

from typing import Any

import numpy as np

from ltme_clinic.norms import child_parameter, speed_m_s
from ltme_clinic.norms.table_files import read_rows
from ltme_clinic.progress import Progress, silent
from ltme_clinic.virtual_lab import sample_patient
from studies.virtual_lab_realism.feet import lowest_m, slips_m, standing_frames, toe_clearances_m
from studies.virtual_lab_realism.figures import Figure, PartResult, over_people
from studies.virtual_lab_realism.floor_force import (
    body_weights,
    force_disagreement,
    landmarks_of_force,
)
from studies.virtual_lab_realism.recorded import in_parallel
from studies.virtual_lab_realism.stride_times import dfa_alpha, stride_times_s
from studies.virtual_lab_realism.true_motion import true_walk

TITLE = "What a body and a floor allow"
PEOPLE = 200
LONG_WALKERS = 20
FIRST_SEED = 48_000_000
CHILD_AGES_Y = (6.0, 17.0)
SECONDS, LONG_SECONDS, RATE_HZ, LONG_RATE_HZ = 8.0, 600.0, 100.0, 50.0
SLIP_BAR_MM, SINK_BAR_MM, CLEARANCE_BAR_MM, LENGTH_BAR_MM = 5.0, -5.0, (10.0, 20.0), 0.01
FORCE_BAR = 0.05
"""Of the published peak or valley; and of body weight, between forces and the centre of mass."""
LANDMARKS = {"first_peak": "first peak", "valley": "valley", "second_peak": "second peak"}
BONES = (
    *((f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in (
        ("hip", "knee"), ("knee", "ankle"), ("ankle", "heel"), ("ankle", "toe"), ("heel", "toe"),
        ("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "finger"),
    )),
    ("left_hip", "right_hip"),
    ("left_shoulder", "right_shoulder"),
    ("lumbar", "neck"),
)  # fmt: skip
"""Pairs of joint centres that lie on one rigid segment."""

Job = tuple[int, str, float]


def measure(people: int = PEOPLE, workers: int = 2, progress: Progress = silent) -> PartResult:
    """True motions of virtual children at five speeds, and ten minutes of `LONG_WALKERS` adults."""
    figures: list[Figure] = []
    detail: dict[str, Any] = {"vertical_bw": {}}
    for number, group in enumerate(read_rows("speed_groups")):
        name = group["speed_group"]
        jobs = jobs_of(group, people, number)
        rows = list(in_parallel(_walk, jobs, workers, progress, f"physics: {name}"))
        figures += body_figures(name, rows) + force_figures(name, rows, float(group["speed"]))
        curves = [row["vertical_bw"] for row in rows if row["vertical_bw"] is not None]
        detail["vertical_bw"][name] = np.round(np.mean(curves, axis=0), 3).tolist() if curves else None
    walkers = [FIRST_SEED + 900_000 + person for person in range(min(people, LONG_WALKERS))]
    long = list(in_parallel(_long_walk, walkers, workers, progress, "physics: ten minutes"))
    figures += rhythm_figures(long)
    return PartResult(TITLE, figures, detail, _remarks(figures))


def jobs_of(group: dict[str, str], people: int, number: int) -> list[Job]:
    """(seed, group, dimensionless speed): everybody at the group's own mean, for forces grow with its square."""
    first = FIRST_SEED + 10_000 * number
    return [(first + person, group["speed_group"], float(group["speed"])) for person in range(people)]


def _walk(job: Job) -> dict[str, Any]:
    seed, _, speed = job
    patient = sample_patient(seed, age_y=float(np.random.default_rng(seed).uniform(*CHILD_AGES_Y)))
    walk = true_walk(patient, duration_s=SECONDS, rate_hz=RATE_HZ, speed_m_s=speed_m_s(speed, patient.leg_length_m))
    centres_m = walk.motion.joint_centres_m
    knees = np.stack([walk.motion.angles_deg[f"{side}_knee_flexion"] for side in ("left", "right")])
    vertical_bw, peaks = landmarks_of_force(walk, patient.mass_kg)
    clearances = toe_clearances_m(walk)
    return {
        "length_range_mm": 1e3 * max(float(np.ptp(_distance_m(centres_m[a], centres_m[b]))) for a, b in BONES),
        "slip_mm": 1e3 * max(slips_m(centres_m, standing_frames(walk)), default=np.nan),
        "touching_slip_mm": 1e3 * max(slips_m(centres_m), default=np.nan),
        "lowest_mm": 1e3 * lowest_m(centres_m),
        "ball_clearance_mm": 1e3 * float(np.mean(clearances["ball"])) if len(clearances["ball"]) else np.nan,
        "tip_clearance_mm": 1e3 * float(np.mean(clearances["tip"])) if len(clearances["tip"]) else np.nan,
        "knee_jump_deg": float(np.abs(np.diff(knees, n=2, axis=1)).max()),
        "vertical_bw": vertical_bw,
        "peaks_bw": peaks,
        "force_bw": body_weights(walk, patient.mass_kg),
        "disagreement_bw": force_disagreement(walk, patient.mass_kg),
    }


def _distance_m(one_m: np.ndarray, other_m: np.ndarray) -> np.ndarray:
    return np.linalg.norm(one_m - other_m, axis=1)


def _long_walk(seed: int) -> dict[str, float]:
    patient = sample_patient(seed, age_y=float(np.random.default_rng(seed).uniform(20.0, 35.0)))
    walk = true_walk(patient, duration_s=LONG_SECONDS, rate_hz=LONG_RATE_HZ)
    times_s = stride_times_s(walk.events, "left")
    return {
        "alpha": dfa_alpha(times_s),
        "cv_pct": float(100.0 * times_s.std(ddof=1) / times_s.mean()),
        "strides": float(len(times_s)),
    }


def body_figures(group: str, rows: list[dict[str, Any]]) -> list[Figure]:
    """Lengths, feet and knees; extremes are the worst walk's, clearances the mean over people."""

    def of(key: str) -> np.ndarray:
        values = np.array([row[key] for row in rows], dtype=float)
        return values[np.isfinite(values)]

    def largest(drawn: np.ndarray) -> float:
        return float(drawn.max())

    def share_slipping(drawn: np.ndarray) -> float:
        return float(100.0 * np.mean(drawn > SLIP_BAR_MM))

    return [
        over_people(
            f"{group}: segment length, largest range", of("length_range_mm"), largest, "mm", bar=(None, LENGTH_BAR_MM)
        ),
        over_people(
            f"{group}: slip of a standing foot, largest", of("slip_mm"), largest, "mm", bar=(None, SLIP_BAR_MM)
        ),
        over_people(f"{group}: slip of a standing foot, mean of walks' largest", of("slip_mm"), _mean, "mm"),
        over_people(
            f"{group}: slip of a foot within 1 mm of the floor at any time, largest",
            of("touching_slip_mm"),
            largest,
            "mm",
            bar=(None, SLIP_BAR_MM),
        ),
        over_people(
            f"{group}: walks with such a slip over {SLIP_BAR_MM:g} mm", of("touching_slip_mm"), share_slipping, "%"
        ),
        over_people(
            f"{group}: lowest point of a sole",
            of("lowest_mm"),
            lambda drawn: float(drawn.min()),
            "mm",
            bar=(SINK_BAR_MM, None),
        ),
        over_people(
            f"{group}: clearance of the ball in mid-swing", of("ball_clearance_mm"), _mean, "mm", bar=CLEARANCE_BAR_MM
        ),
        over_people(f"{group}: clearance of a rigid sole's tip in mid-swing", of("tip_clearance_mm"), _mean, "mm"),
        over_people(f"{group}: knee, largest second difference in 10 ms", of("knee_jump_deg"), largest, "deg"),
    ]


def force_figures(group: str, rows: list[dict[str, Any]], speed: float) -> list[Figure]:
    """Vertical peaks and valley against the published, and forces against the centre of mass."""
    figures = []
    for name, words in LANDMARKS.items():
        published = child_parameter(f"ground_reaction_vertical_{name}_bw", speed).mean
        values = np.array([row["peaks_bw"][name] for row in rows], dtype=float)
        figures.append(
            over_people(
                f"{group}: vertical force, {words}, of the published",
                values[np.isfinite(values)],
                lambda drawn, published=published: float(drawn.mean() / published),  # type: ignore[misc]
                "",
                bar=(1.0 - FORCE_BAR, 1.0 + FORCE_BAR),
            )
        )
    values = np.array([row["disagreement_bw"] for row in rows], dtype=float)
    figures.append(
        over_people(
            f"{group}: forces against the centre of mass, largest of a walk's RMS",
            values[np.isfinite(values)],
            lambda drawn: float(drawn.max()),
            "BW",
            bar=(None, FORCE_BAR),
        )
    )
    weights = np.array([row["force_bw"] for row in rows], dtype=float)
    figures.append(over_people(f"{group}: mean vertical force", weights, _mean, "BW"))
    return figures


def rhythm_figures(rows: list[dict[str, float]]) -> list[Figure]:
    """Memory and size of stride-to-stride variability; published ranges in the names, no bar was set."""
    alpha, cv = (np.array([row[key] for row in rows]) for key in ("alpha", "cv_pct"))
    return [
        over_people("ten minutes: stride time, DFA alpha (published .75 to .9)", alpha, _mean, ""),
        over_people("ten minutes: stride time, CV (published about 2)", cv, _mean, "%"),
    ]


def _mean(drawn: np.ndarray) -> float:
    return float(drawn.mean())


def _remarks(figures: list[Figure]) -> list[str]:
    if any("centre of mass" in figure.name and not figure.n for figure in figures):
        return [
            "The walks carry no forces of their own: peaks and valley are of the force that the centre of mass's "
            "acceleration demands, whichever foot bears it."
        ]
    return []
