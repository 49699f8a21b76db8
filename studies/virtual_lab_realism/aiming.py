"""Find what healthy virtual walkers have to aim at: simulate, measure, analyse, correct; writes `aims.csv`.

    python -m studies.virtual_lab_realism.aiming [--people 100] [--rounds 3] [--workers 2]

The people are children of a range of seeds that no part of the study looks at. Nothing here looks at a recording of a
real person: the aims are the published means and spreads.
"""

from __future__ import annotations

import argparse
import csv
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, SIDES
from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.norms import speed_m_s, walking_curves
from ltme_clinic.norms.table_files import column
from ltme_clinic.progress import ProgressBar
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from ltme_clinic.virtual_lab.aims import HARMONICS, SPREAD_LIMITS, TABLE, Aims, aims, coefficient_names
from ltme_clinic.virtual_lab.rhythm import fourier

FIRST_SEED = 41_000_000
AGES_Y = (6.0, 17.0)
GAIN = 0.7
"""Of a difference, what one round corrects."""
SPREAD_GAIN = 0.7
HIP = ANGLES.index("hip_flexion")
BENDING = [ANGLES.index(name) for name in ("knee_flexion", "ankle_dorsiflexion")]
BENDING_GAIN = 0.6
"""Of `GAIN`, for knee and ankle. The floor says how a standing leg bends, and who aims elsewhere only upsets its swing:
the hip is not aimed at all, and rounds beyond the third better the ankle at the cost of hip and knee."""
HEADER = """# What healthy virtual walkers aim at beside the published curves: at dimensionless speeds, Fourier
# coefficients (degrees, over the gait cycle) that are added to the published mean, and the factor of a person's own
# deviation from it. Found by simulation alone (python -m studies.virtual_lab_realism.aiming); no recording of a person
# went into it.
"""


def main() -> None:
    options = _options()
    speeds = column("speed_groups", "speed")
    table = aims() if options.go_on else _untouched(speeds)
    with ProgressBar("aiming") as progress:
        for turn in range(options.rounds):
            write(TABLE, table)
            aims.cache_clear()
            jobs = [(FIRST_SEED + number, float(speed)) for speed in speeds for number in range(options.people)]
            curves = []
            with ProcessPoolExecutor(options.workers) as pool:
                for done, found in enumerate(pool.map(measured_curves, jobs, chunksize=4), start=1):
                    curves.append(found)
                    progress(f"round {turn + 1}", done, len(jobs))
            # (speed, person * side, variable, point)
            table = corrected(table, np.array(curves).reshape(len(speeds), -1, len(ANGLES), CYCLE_POINTS))
    write(TABLE, table)


def measured_curves(job: tuple[int, float]) -> np.ndarray:
    """(2, 9, 51) mean curves of one person at a dimensionless speed, as analysed; NaN where it is refused."""
    seed, speed = job
    patient = sample_patient(seed, age_y=float(np.random.default_rng([seed, 1]).uniform(*AGES_Y)))
    curves = np.full((len(SIDES), len(ANGLES), CYCLE_POINTS), np.nan)
    try:
        walk = simulate_walk(patient, speed_m_s=speed_m_s(speed, patient.leg_length_m))
        analysis = analyse_gait(replace(walk.recording, events=()))
    except LtmeError:
        return curves
    for side, name in enumerate(SIDES):
        for place, angle in enumerate(ANGLES):
            found = analysis.curves.get((angle, "left" if name == "left" else "right"))
            if found is not None:
                curves[side, place] = found.mean[::2]
    return curves


def corrected(table: Aims, curves: np.ndarray) -> Aims:
    """The table with what is left of the differences taken into it.

    Parameters
    ----------
    curves
        (speed, curve, 9, 51) degrees, measured.
    """
    shift, spread = table.shift.copy(), table.spread.copy()
    for place, speed in enumerate(table.speeds):
        mean, sd = walking_curves(float(speed))
        left = mean - np.nanmean(curves[place], axis=0)
        print(f"{speed:g}: mean {np.sqrt((left**2).mean(axis=1)).round(2)} deg", file=sys.stderr)
        step = GAIN * fourier(left, HARMONICS)
        step[HIP] = 0.0
        step[BENDING] *= BENDING_GAIN
        shift[place] += step
        ratio = np.nanstd(curves[place], axis=0).mean(axis=1) / sd.mean(axis=1)
        print(f"{speed:g}: spread {ratio.round(2)} of the published", file=sys.stderr)
        spread[place] = np.clip(spread[place] * ratio**-SPREAD_GAIN, *SPREAD_LIMITS)
    return Aims(table.speeds, shift, spread)


def write(path: Path, table: Aims) -> None:
    """The table as a file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(HEADER)
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(["speed", "variable", "spread", *coefficient_names()])
        for speed, shifts, spreads in zip(table.speeds, table.shift, table.spread, strict=True):
            for name, shift, spread in zip(ANGLES, shifts, spreads, strict=True):
                out.writerow([f"{speed:g}", name, f"{spread:.3f}", *(f"{value:.3f}" for value in shift)])


def _untouched(speeds: np.ndarray) -> Aims:
    groups = len(speeds)
    return Aims(speeds, np.zeros((groups, len(ANGLES), 1 + 2 * HARMONICS)), np.ones((groups, len(ANGLES))))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--go-on", action="store_true", help="from the table as it is, not from none")
    return parser.parse_args()


if __name__ == "__main__":
    main()
