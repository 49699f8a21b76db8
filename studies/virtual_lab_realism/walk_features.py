"""What can be read off one walk: joint curves and figures, places of markers, texture of the signal. By name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ltme_clinic.body import BONES, SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.types import CycleCurves, GaitAnalysis, LtmeError, Recording

KINDS = ("gait", "markers", "texture")
Features = dict[str, float]

AGE_Y = 10.0
"""Entered for everybody, as in `recorded`."""
FIGURES = ("cadence_spm", "step_length_m", "foot_off_pct", "step_width_m", "double_support_pct", "walk_ratio")
LEFT_OUT_CURVES = ("_laboratory", "wrist_", "shoulder_", "elbow_", "_moment", "_power", "_force")
"""Against the laboratory's axes: where the room stands. Arms: virtual files hold no measures of them; markers tell."""
LEAST_MM = 0.02
"""What moves by less is how a laboratory's filter rounds, not how anybody walks."""
BANDS_HZ = ((6.0, 10.0), (10.0, 20.0), (20.0, 40.0))
PARTS = {
    "head": ("head_front", "head_back"),
    "trunk": ("c7", "clavicle", "sternum", "t10"),
    "arm": ("shoulder", "elbow", "wrist_thumb", "wrist_little", "finger"),
    "pelvis": ("asis", "psis", "sacrum", "hip_centre"),
    "thigh": ("thigh", "knee", "knee_centre"),
    "shank": ("shank", "ankle", "ankle_centre"),
    "foot": ("heel", "toe"),
}


def walk_features(recording: Recording) -> dict[str, Features]:
    """All features of a walk by kind (`KINDS`), NaN where one can't be given.

    Raises
    ------
    LtmeError
        The walk can't be analysed, or holds no counted stride of each side.
    """
    analysis = analyse_gait(recording, settings=GaitSettings(age_y=AGE_Y))
    counted = {side: [c for c in analysis.cycles if c.counts and c.side == side] for side in SIDES}
    if not all(counted.values()):
        raise LtmeError(recording.source_name, "no counted stride of each side", "Record a longer walk")
    walker = walker_of(recording)
    return {
        "gait": gait_features(analysis),
        "markers": marker_features(walker, analysis),
        "texture": texture_features(walker, analysis),
    }


def gait_features(analysis: GaitAnalysis) -> Features:
    """Mean, range and the first two harmonics of each curve, both sides' mean; how far sides differ; steps."""
    found: Features = {}
    names = sorted({name for name, _ in analysis.curves if not _is_left_out(name)})
    for name in names:
        _describe(found, name, np.array([curve.mean for curve in _sided(analysis, name)]))
    for name in FIGURES:
        figure = analysis.figure(name)
        value = None if figure is None else (figure.value if figure.normalised is None else figure.normalised)
        found[name] = np.nan if value is None else float(value)
    return found


def _sided(analysis: GaitAnalysis, wanted: str) -> list[CycleCurves]:
    """A variable's curves of the sides that have it, left first."""
    return [curve for (name, _), curve in sorted(analysis.curves.items()) if name == wanted]


def _describe(found: Features, name: str, curves: np.ndarray) -> None:
    """Curves (side, 101): of their mean over sides, and the sides' difference of means."""
    mean = curves.mean(axis=0)[:-1]
    turn = 2.0 * np.pi * np.arange(len(mean)) / len(mean)
    found[f"{name}: mean"] = float(mean.mean())
    found[f"{name}: range"] = float(np.mean(np.ptp(curves, axis=1)))
    for harmonic in (1, 2):
        found[f"{name}: cos {harmonic}"] = float(2.0 * (mean * np.cos(harmonic * turn)).mean())
        found[f"{name}: sin {harmonic}"] = float(2.0 * (mean * np.sin(harmonic * turn)).mean())
    rest = np.abs(np.fft.rfft(mean)[7:16]) * 2.0 / len(mean)
    found[f"{name}: harmonics 7-15"] = float(np.sqrt((rest**2).sum()))
    found[f"{name}: sides differ"] = float(np.abs(np.diff(curves.mean(axis=1))).sum())


def marker_features(walker: Walker, analysis: GaitAnalysis) -> Features:
    """Where each landmark is on average and how it moves in the walker's frame, and lengths between landmarks.

    All in shares of the leg length; sides averaged, the left mirrored onto the right; over whole strides.
    """
    start, stop = _whole_strides(walker, analysis)
    leg_m = walker.leg_length_m or np.nan
    local = walker.in_heading(walker.positions_m)[start:stop] / leg_m
    found: Features = {}
    for bare, places in _paired().items():
        for axis, letter in enumerate("xyz"):
            tracks = [_mirrored(local[:, place, axis], place, axis) for place in places]
            if not all(np.isfinite(track).mean() > 0.9 for track in tracks):
                continue
            if not (letter == "y" and len(places) == 1):
                found[f"{bare} {letter}: mean"] = float(np.mean([np.nanmean(track) for track in tracks]))
            found[f"{bare} {letter}: SD"] = float(np.mean([np.nanstd(track) for track in tracks]))
    for one, other in BONES:
        length = np.linalg.norm(local[:, SLOT_INDEX[one]] - local[:, SLOT_INDEX[other]], axis=1)
        if np.isfinite(length).mean() > 0.9 and not one.startswith("right"):
            found[f"{one} to {other}: length"] = float(np.nanmean(length))
            found[f"{one} to {other}: length SD"] = float(np.nanstd(length))
    return found


def texture_features(walker: Walker, analysis: GaitAnalysis) -> Features:
    """Noise by part of the body and band, gaps, how strides differ, and how straight and even the way is."""
    found: Features = {"missing share": float(np.isnan(walker.measured_m[..., 0][:, _seen(walker)]).mean())}
    for part, names in PARTS.items():
        places = [SLOT_INDEX[slot] for slot in SLOTS if _bare(slot) in names]
        powers = [log_band_rms(walker.measured_m[:, place], walker.rate_hz) for place in places]
        kept = [power for power in powers if np.isfinite(power).all()]
        for number, (low, high) in enumerate(BANDS_HZ):
            if high <= walker.rate_hz / 2 and kept:
                found[f"{part} {low:g}-{high:g} Hz, log mm"] = float(np.mean([power[number] for power in kept]))
    for name in sorted({name for name, _ in analysis.curves if not _is_left_out(name)}):
        spreads = [_stride_spread(curve) for curve in _sided(analysis, name)]
        found[f"{name}: strides differ"] = float(np.nanmean(spreads)) if np.isfinite(spreads).any() else np.nan
    times = [[c.duration_s for c in analysis.cycles if c.side == side and c.counts] for side in SIDES]
    spread = [np.std(t, ddof=1) / np.mean(t) for t in times if len(t) > 1]
    found["stride time CV"] = float(np.mean(spread)) if spread else np.nan
    return found | _path_features(walker, analysis)


def _path_features(walker: Walker, analysis: GaitAnalysis) -> Features:
    """The pelvis's way: how far it bends, drifts, speeds up and slows down, over whole strides."""
    start, stop = _whole_strides(walker, analysis)
    path_m = walker.over_ground(walker.pelvis_m)[start:stop]
    heading = np.unwrap(walker.heading_rad[start:stop])
    forward = walker.velocity_m_s[start:stop, 0]
    seen = np.isfinite(path_m[:, 0]) & np.isfinite(heading)
    path_m, heading, forward = path_m[seen], heading[seen], forward[seen]
    time_s = np.arange(len(path_m)) / walker.rate_hz
    centred = path_m[:, :2] - path_m[:, :2].mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    lateral = centred @ axes[1]
    bend = np.polyfit(time_s, lateral, 2)[0]
    slope = np.polyfit(time_s, forward, 1)[0]
    waves = np.abs(
        np.fft.rfft((forward - np.polyval(np.polyfit(time_s, forward, 1), time_s)) * np.hanning(len(forward)))
    )
    return {
        "path bends, m/s2": float(abs(bend)),
        "speed changes, m/s2": float(slope),
        "speed within the stride, SD m/s": float(np.std(forward)),
        "lateral way, SD m": float(np.std(lateral)),
        "heading turns, deg": float(np.degrees(abs(heading[-1] - heading[0]))),
        "heading against the room's axes, deg": float(abs((np.degrees(heading.mean()) + 45.0) % 90.0 - 45.0)),
        "speed above 6 Hz": float(np.log(waves[_above(6.0, time_s)].sum() / waves.sum())),
        "height, mean of leg": float(path_m[:, 2].mean() / (walker.leg_length_m or np.nan)),
    }


def _above(limit_hz: float, time_s: np.ndarray) -> np.ndarray:
    return np.fft.rfftfreq(len(time_s), time_s[1] - time_s[0]) > limit_hz


def _whole_strides(walker: Walker, analysis: GaitAnalysis) -> tuple[int, int]:
    """Frames from the first counted contact to the last."""
    counted = [cycle for cycle in analysis.cycles if cycle.counts]
    start = round(min(cycle.start_s for cycle in counted) * walker.rate_hz)
    return start, round(max(cycle.stop_s for cycle in counted) * walker.rate_hz) + 1


def log_band_rms(track_m: np.ndarray, rate_hz: float) -> np.ndarray:
    """ln of the RMS (mm) in each band, mean of three axes, of a marker's longest seen stretch; NaN if that is short."""
    seen = np.isfinite(track_m[:, 0])
    edges = np.flatnonzero(np.diff(np.concatenate([[0], seen.astype(int), [0]])))
    if not len(edges):
        return np.full(len(BANDS_HZ), np.nan)
    lengths = edges[1::2] - edges[::2]
    longest = int(np.argmax(lengths))
    if lengths[longest] < 0.8 * rate_hz:
        return np.full(len(BANDS_HZ), np.nan)
    part = 1e3 * track_m[edges[2 * longest] : edges[2 * longest + 1]]
    # second differences take the way along the room out before the window
    change = np.diff(part, 2, axis=0)
    window = np.hanning(len(change))[:, None]
    spectrum = np.abs(np.fft.rfft(change * window, axis=0)) ** 2 * 2.0 / (len(change) * (window**2).sum())
    frequency = np.fft.rfftfreq(len(change), 1.0 / rate_hz)
    gain = (2.0 * np.sin(np.pi * np.maximum(frequency, 0.5) / rate_hz)) ** 4
    position = (spectrum / gain[:, None]).mean(axis=1)
    powers = [position[(frequency >= low) & (frequency < high)].sum() for low, high in BANDS_HZ]
    return 0.5 * np.log(np.maximum(powers, LEAST_MM**2))


def _stride_spread(curve: CycleCurves) -> float:
    """Median over the cycle of the SD between counted cycles; NaN under two."""
    rows = curve.cycles[curve.counted]
    return float(np.median(rows.std(axis=0, ddof=1))) if len(rows) > 1 else float("nan")


def _seen(walker: Walker) -> np.ndarray:
    return np.isfinite(walker.measured_m[..., 0]).any(axis=0)


def _is_left_out(name: str) -> bool:
    return any(part in name for part in LEFT_OUT_CURVES)


def _bare(slot: str) -> str:
    return slot.removeprefix("left_").removeprefix("right_")


def _paired() -> Mapping[str, list[int]]:
    """Slots by their name without the side."""
    found: dict[str, list[int]] = {}
    for slot in SLOTS:
        found.setdefault(_bare(slot), []).append(SLOT_INDEX[slot])
    return found


def _mirrored(track: np.ndarray, place: int, axis: int) -> np.ndarray:
    """The left side's y turned outwards like the right's."""
    return -track if axis == 1 and SLOTS[place].startswith("right_") else track
