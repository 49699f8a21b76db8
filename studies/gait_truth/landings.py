"""Whether virtual feet land and leave as feet on force plates do: the markers' motion about each event, compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.kinematics.heading import turned
from ltme_clinic.recordings import find_c3d_files, read_recordings
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import TEXTBOOK, sample_patient, simulate_walk
from studies.gait_truth.walks import FIRST_SEED

ABOUT_S = np.arange(-0.06, 0.0801, 0.02)
"""Times about an event at which the markers are compared."""
SHIFTS_MS = range(-40, 41, 5)
SIGNALS = ("heel height", "heel fall", "toe height", "toe fall", "heel speed", "toe speed")
"""Heights in mm above where the marker stands; falls and forward speeds in m/s, speeds by the pelvis's."""
USED = {"initial_contact": (0, 1, 3, 4), "foot_off": (1, 2, 3, 5)}
_STANDS_S = {"initial_contact": 0.15, "foot_off": -0.25}
"""When after a contact, and before a foot off, the foot stands flat."""
_MARGIN_S = 0.3

Event = tuple[str, str, float]


def compared(folder: Path, people: int) -> dict[str, Any]:
    """How far the virtual events must be moved for the markers about them to move as about measured ones."""
    measured, virtual = list(_measured(folder)), list(_virtual(people))
    result: dict[str, Any] = {"recordings": len(measured)}
    for kind, used in USED.items():
        real = _profiles(measured, kind, 0.0)
        shifted = {shift: np.median(_profiles(virtual, kind, shift / 1e3), axis=0) for shift in SHIFTS_MS}
        middle, spread = np.median(real, axis=0), real.std(axis=0)
        apart = {shift: ((profile - middle) / spread)[list(used)] for shift, profile in shifted.items()}
        result[kind] = {
            "n": len(real),
            "best_shift_ms": min(apart, key=lambda shift: float((apart[shift] ** 2).mean())),
            "by_signal_ms": {
                SIGNALS[signal]: min(apart, key=lambda shift, row=row: float((apart[shift][row] ** 2).mean()))  # type: ignore[misc]
                for row, signal in enumerate(used)
            },
            "left_at_0_sd": round(float(np.sqrt((apart[0] ** 2).mean())), 2),
        }
    return result


def _measured(folder: Path) -> Iterable[tuple[Walker, list[Event]]]:
    """Overground walks with clean contacts of one foot on a plate."""
    files, _ = find_c3d_files([folder])
    for path in files:
        try:
            walkers = [walker_of(recording) for recording in read_recordings(path)]
        except LtmeError:
            continue
        for walker in walkers:
            events: list[Event] = []
            for contact in plate_contacts(walker):
                if contact.clean and contact.side is not None:
                    events += [
                        (contact.side, "initial_contact", contact.start_s),
                        (contact.side, "foot_off", contact.stop_s),
                    ]
            if events and walker.setting == "overground" and np.nanmedian(walker.velocity_m_s[:, 0]) < 2.0:
                yield walker, events


def _virtual(people: int) -> Iterable[tuple[Walker, list[Event]]]:
    for person in range(people):
        walk = simulate_walk(sample_patient(FIRST_SEED + person), cameras=TEXTBOOK)
        events = [(str(event.side), str(event.kind), event.time_s) for event in walk.truth.events]
        yield walker_of(walk.recording), events


def _profiles(walks: Sequence[tuple[Walker, list[Event]]], kind: str, shift_s: float) -> np.ndarray:
    """(event, signal, time) of every event of a kind that is far enough from the recording's ends."""
    found = []
    for walker, events in walks:
        for side, own, time_s in events:
            inside = _MARGIN_S < time_s < walker.frames / walker.rate_hz - _MARGIN_S
            if own == kind and inside:
                found.append(_profile(walker, side, time_s + shift_s, _STANDS_S[kind]))
    profiles = np.array(found)
    return profiles[np.isfinite(profiles).all(axis=(1, 2))]


def _profile(walker: Walker, side: str, at_s: float, stands_s: float) -> np.ndarray:
    """(signal, time) of one foot's heel and toe markers about a moment."""
    time_s = np.arange(walker.frames) / walker.rate_hz
    pelvis_m_s = float(np.nanmedian(walker.velocity_m_s[:, 0]))
    rows: dict[str, np.ndarray] = {}
    for name in ("heel", "toe"):
        marker_m = walker.slot(f"{side}_{name}")
        velocity = np.gradient(marker_m, axis=0) * walker.rate_hz
        forward = turned(velocity[:, :2], -walker.heading_rad)[:, 0] / pelvis_m_s
        standing_m = np.interp(at_s + stands_s, time_s, marker_m[:, 2])
        rows[f"{name} height"] = 1e3 * (np.interp(at_s + ABOUT_S, time_s, marker_m[:, 2]) - standing_m)
        rows[f"{name} fall"] = np.interp(at_s + ABOUT_S, time_s, velocity[:, 2])
        rows[f"{name} speed"] = np.interp(at_s + ABOUT_S, time_s, forward)
    return np.stack([rows[signal] for signal in SIGNALS])


def as_text(result: dict[str, Any]) -> str:
    """The comparison as text."""
    lines = ["## Synthetic feet beside feet on force plates", ""]
    lines += [
        "Shift of the virtual events, ms, at which the markers about them move most as about measured ones.",
        "",
        "| event | measured | all signals | single signals |",
        "|---|---|---|---|",
    ]
    for kind in USED:
        own = result[kind]
        single = ", ".join(f"{name} {shift:+}" for name, shift in own["by_signal_ms"].items())
        lines.append(
            f"| {kind} | {own['n']} in {result['recordings']} recordings | {own['best_shift_ms']:+} | {single} |"
        )
    return "\n".join(lines)
