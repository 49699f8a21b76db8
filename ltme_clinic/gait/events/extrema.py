"""Peaks, minima and crossings of a signal with gaps, found between frames."""

from __future__ import annotations

import numpy as np

from ltme_clinic.gait.events.foot_tracks import long_runs

EDGE_S = 0.03
"""An extremum nearer than this to where a marker was lost or the recording ends may go on beyond."""


def peak_frames(signal: np.ndarray, rate_hz: float, *, spacing_s: float, prominence: float) -> np.ndarray:
    """Where a (frame,) signal peaks, in frames and parts of one; NaN in the signal are gaps.

    Prominence at the ends of a run is counted against the one side that is seen. A peak within `EDGE_S` of an end is
    none: the signal may have gone on rising out of sight.

    Parameters
    ----------
    spacing_s : the least time between two peaks; of nearer ones the highest stays
    prominence : how far the signal must fall on either side, in its own unit
    """
    from scipy.signal import find_peaks

    margin = max(2, round(EDGE_S * rate_hz))
    found = []
    for start, stop in long_runs(signal, rate_hz):
        run = signal[start:stop]
        places, _ = find_peaks(run, distance=max(1, round(spacing_s * rate_hz)))
        places = places[_drop(run, places) >= prominence]
        places = places[(places >= margin) & (places < len(run) - margin)]
        found.append(start + places + _vertex(run, places))
    return np.concatenate(found) if found else np.zeros(0)


def crossing_frames(signal: np.ndarray, level: float, *, rising: bool) -> np.ndarray:
    """Where a (frame,) signal goes through a level in one direction, interpolated in a straight line."""
    above = signal - level if rising else level - signal
    before, after = above[:-1], above[1:]
    places = np.flatnonzero((before < 0) & (after >= 0))
    return places + before[places] / (before[places] - after[places])


def _drop(run: np.ndarray, places: np.ndarray) -> np.ndarray:
    """How far the signal falls on either side of each peak before it rises above it again: the lesser of the two falls.

    A side on which it never does before the run ends tells only a part of its fall; then the other side's counts, and
    the greater of two such.
    """
    from scipy.signal import peak_prominences

    if len(places) == 0:
        return np.zeros(0)
    _, left, right = peak_prominences(run, places)
    falls = np.stack([run[places] - run[left], run[places] - run[right]])
    highest_before = np.maximum.accumulate(run)[places - 1]
    highest_after = np.maximum.accumulate(run[::-1])[::-1][places + 1]
    cut = np.stack([highest_before <= run[places], highest_after <= run[places]])
    known = np.where(cut, np.inf, falls).min(axis=0)
    return np.where(cut.all(axis=0), falls.max(axis=0), known)


def _vertex(run: np.ndarray, places: np.ndarray) -> np.ndarray:
    """How far from each extremum the parabola through it and its neighbours has its vertex, in frames."""
    before, at, after = run[places - 1], run[places], run[places + 1]
    bend = before - 2 * at + after
    return np.where(np.abs(bend) > 1e-15, 0.5 * (before - after) / np.where(bend == 0, 1.0, bend), 0.0)
