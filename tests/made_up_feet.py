"""A walker that can be solved in the head: feet that stand still, swing, and stop at known times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.types import GaitEvent, Recording

PLACES_M = {
    "SACR": (-0.12, 0.0, 0.95),
    "LASI": (0.08, 0.12, 0.93),
    "RASI": (0.08, -0.12, 0.93),
}
FEET_M = {"KNE": (0.0, 0.47), "TIB": (0.02, 0.3), "ANK": (0.0, 0.08), "HEE": (-0.05, 0.03), "TOE": (0.13, 0.03)}


@dataclass(frozen=True)
class Steps:
    """How somebody walks; the left foot lands at `first_contact_s`, the right half a stride later."""

    speed_m_s: float = 1.2
    stride_s: float = 1.0
    stance_share: float = 0.62
    first_contact_s: float = 0.4
    lift_m: float = 0.04
    seconds: float = 6.0
    rate_hz: float = 100.0


def contact_times_s(steps: Steps, side: str) -> np.ndarray:
    """When a foot lands, within the recording."""
    first = steps.first_contact_s + (0.5 * steps.stride_s if side == "right" else 0.0)
    times = first + steps.stride_s * np.arange(-1, np.ceil(steps.seconds / steps.stride_s) + 1)
    return times[(times >= 0) & (times < steps.seconds)]


def foot_off_times_s(steps: Steps, side: str) -> np.ndarray:
    """When a foot leaves, within the recording."""
    shifted = replace(steps, first_contact_s=steps.first_contact_s + steps.stance_share * steps.stride_s)
    return contact_times_s(shifted, side)


def true_events(steps: Steps) -> tuple[GaitEvent, ...]:
    """What was walked, as a clinician would enter it."""
    events = []
    for side in ("left", "right"):
        for kind, times_s in (
            ("initial_contact", contact_times_s(steps, side)),
            ("foot_off", foot_off_times_s(steps, side)),
        ):
            events += [GaitEvent(side, kind, float(t), round(t * steps.rate_hz)) for t in times_s]
    return tuple(sorted(events, key=lambda event: event.time_s))


def walked(steps: Steps | None = None, *, events: tuple[GaitEvent, ...] = ()) -> Recording:
    """Somebody walks along the laboratory's x at a steady speed; a foot's fall ends abruptly on the floor."""
    steps = steps or Steps()
    time_s = np.arange(round(steps.seconds * steps.rate_hz)) / steps.rate_hz
    tracks = {}
    for label, (x, y, z) in PLACES_M.items():
        tracks[label] = np.column_stack(
            [x + steps.speed_m_s * time_s, np.full_like(time_s, y), np.full_like(time_s, z)]
        )
    for letter, side, y in (("L", "left", 0.1), ("R", "right", -0.1)):
        ahead_m, up_m, heel_up_m = _foot_path(steps, time_s, side)
        for name, (x, z) in FEET_M.items():
            raised_m = up_m + (heel_up_m if name == "HEE" else 0.0)
            tracks[letter + name] = np.column_stack([ahead_m + x, np.full_like(time_s, y), raised_m + z])
    return made_up_recording(tracks, steps.rate_hz, events)


def stood(seconds: float = 5.0, rate_hz: float = 100.0, sway_m: float = 0.02) -> Recording:
    """Somebody stands and sways forwards and backwards over resting feet."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    sway = sway_m * np.sin(2 * np.pi * 0.4 * time_s)
    tracks = {}
    for label, (x, y, z) in PLACES_M.items():
        tracks[label] = np.column_stack([x + sway, np.full_like(time_s, y), np.full_like(time_s, z)])
    for letter, y in (("L", 0.1), ("R", -0.1)):
        for name, (x, z) in FEET_M.items():
            tracks[letter + name] = np.tile([x, y, z], (len(time_s), 1))
    return made_up_recording(tracks, rate_hz, ())


def made_up_recording(tracks: dict[str, np.ndarray], rate_hz: float, events: tuple[GaitEvent, ...]) -> Recording:
    """A virtual recording of labelled (frame, 3) tracks."""
    return Recording(
        recording_id="made-up",
        origin="virtual",
        source_name="made_up.c3d",
        subject="",
        rate_hz=rate_hz,
        first_file_frame=1,
        marker_labels=tuple(tracks),
        positions_m=np.stack(list(tracks.values()), axis=1),
        events=events,
    )


def moved(recording: Recording, positions_m: np.ndarray) -> Recording:
    """The same recording with other positions."""
    return replace(recording, positions_m=np.array(positions_m))


def turned_laboratory(recording: Recording, degrees: float, shift_m: tuple[float, float] = (0.0, 0.0)) -> Recording:
    """The same walk seen from a laboratory whose axes are turned and shifted."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    positions_m = recording.positions_m.copy()
    positions_m[..., :2] = positions_m[..., :2] @ np.array([[cos, sin], [-sin, cos]]) + shift_m
    return moved(recording, positions_m)


def mirrored(recording: Recording) -> Recording:
    """The mirror image: y changes sign, and left and right labels change places."""
    swap = {"L": "R", "R": "L"}
    labels = tuple(
        swap[label[0]] + label[1:]
        if label[0] in swap and swap[label[0]] + label[1:] in recording.marker_labels
        else label
        for label in recording.marker_labels
    )
    return replace(recording, positions_m=recording.positions_m * [1.0, -1.0, 1.0], marker_labels=labels)


def hidden(recording: Recording, label: str, start_s: float, stop_s: float) -> Recording:
    """One marker hidden from one time to another."""
    positions_m = recording.positions_m.copy()
    rows = slice(round(start_s * recording.rate_hz), round(stop_s * recording.rate_hz))
    positions_m[rows, recording.marker_labels.index(label)] = np.nan
    return moved(recording, positions_m)


def without(recording: Recording, *labels: str) -> Recording:
    """The recording without some markers."""
    kept = [place for place, label in enumerate(recording.marker_labels) if label not in labels]
    return replace(
        recording,
        positions_m=recording.positions_m[:, kept],
        marker_labels=tuple(recording.marker_labels[place] for place in kept),
    )


def on_treadmill(recording: Recording, speed_m_s: float) -> Recording:
    """The same walk on a belt that takes back what is walked along x."""
    back_m = speed_m_s * np.arange(recording.frames) / recording.rate_hz
    positions_m = recording.positions_m.copy()
    positions_m[..., 0] -= back_m[:, None]
    return moved(recording, positions_m)


def _foot_path(steps: Steps, time_s: np.ndarray, side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How far along and how high a foot is, and how much higher its heel, (frame,) each.

    At rest in stance, then one swing to the next footprint; the heel is up in the first two thirds of it.
    """
    first = steps.first_contact_s + (0.5 * steps.stride_s if side == "right" else 0.0)
    cycles = (time_s - first) / steps.stride_s
    stride_m = steps.speed_m_s * steps.stride_s
    swing = np.clip((cycles - np.floor(cycles) - steps.stance_share) / (1 - steps.stance_share), 0.0, 1.0)
    # The pelvis passes over a standing foot in the middle of its stance.
    under_m = steps.speed_m_s * (first + 0.5 * steps.stance_share * steps.stride_s)
    ahead_m = under_m + stride_m * (np.floor(cycles) + swing**2 * (3 - 2 * swing))
    heel_up_m = 3 * steps.lift_m * np.sin(np.pi * np.clip(swing / 0.67, 0.0, 1.0)) ** 2
    return ahead_m, 4 * steps.lift_m * swing * (1 - swing), heel_up_m
