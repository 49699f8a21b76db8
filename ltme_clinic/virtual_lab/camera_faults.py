"""What goes wrong between a marker and its file: lost, exchanged, invented, stuck and fallen markers, on demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ltme_clinic.kinematics import BodyMotion
from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab.occlusion import CameraRing, in_sight, in_volume

FaultKind = Literal[
    "occlusion",
    "out_of_volume",
    "dropout",
    "fallen",
    "merge",
    "swap",
    "lasting_swap",
    "side_swap",
    "left_right",
    "stolen_label",
    "stuck_marker",
    "frozen_frames",
    "ghost",
]

DROPOUT_S = (0.05, 0.30)
SWAP_S = (0.10, 0.80)
STOLEN_S = (0.05, 0.40)
STUCK_S = (0.10, 0.60)
FROZEN_S = (0.05, 0.30)
MERGE_S = (0.05, 0.20)
"""How long each fault of a marker, or of all, lasts: even chances between the two."""
STOLEN_M = (0.03, 0.20)
"""How far from the marker the reflection lies that takes its label."""
GHOST_BURST_S = (0.02, 0.40)
GHOST_SHOWN = 0.35
"""A reflection flickers: bursts of this length, shown in so much of the time it is there."""
_DOUBLE_M = (0.015, 0.040)
"""How far beside a real marker its double is seen."""
_FLOOR_M = 0.01
"""Height of a reflection on the floor, and of a marker that lies there."""
_FLICKER_M = 0.002
"""Noise of a reflection."""
_LOOSE_S, _SAG_M = 0.4, 0.03
"""Before a marker falls it comes loose: it sags so far in this time."""
_GRAVITY_M_S2 = 9.81
_BEYOND_M = 3.0
"""How much longer than the walk a ring without a volume is: at the tips of a ring few cameras look back."""
_NEAREST = 6
"""Swaps choose among so many of the pairs that come nearest each other."""


@dataclass(frozen=True)
class CameraFaults:
    """Which faults a recording gets; none by default. Each draws random numbers of its own.

    Counts may be broken numbers: 2.3 is two, and a third in three of ten recordings.
    """

    occlusion: bool = False
    """Whether the body hides markers from the cameras of `ring`; without `volume` the ring is as long as the walk."""
    volume: bool = False
    """Whether markers are lost outside the ring's length and width, at both ends of a walk."""
    ring: CameraRing = field(default_factory=CameraRing)
    dropouts: float = 0.0
    fallen: float = 0.0
    """Markers that come loose, fall, and lie on the floor."""
    merges: float = 0.0
    """Two near markers seen as one between them; the other is lost."""
    swaps: float = 0.0
    """Near markers that exchange labels for a while."""
    lasting_swaps: float = 0.0
    """The same until the end of the recording."""
    side_swaps: float = 0.0
    """A left and a right marker that exchange labels for a while."""
    left_right: float = 0.0
    """All left and right labels exchanged, throughout: 1, or a chance."""
    stolen_labels: float = 0.0
    """Reflections that bear a marker's label for a while."""
    stuck_markers: float = 0.0
    """Markers that stand still for a while, as lost ones do where software holds the last place."""
    frozen_frames: float = 0.0
    """Times in which all markers repeat one frame."""
    ghosts: float = 0.0
    """Unlabelled points more: reflections on the floor, or doubles beside markers."""

    def __post_init__(self) -> None:
        for name, _ in _COUNTED:
            if not 0.0 <= getattr(self, name) <= 1000.0:
                raise LtmeError("camera faults", f"{name} is {getattr(self, name)}", "Give 0 to 1000")


_COUNTED: tuple[tuple[str, FaultKind], ...] = (
    ("fallen", "fallen"),
    ("dropouts", "dropout"),
    ("merges", "merge"),
    ("swaps", "swap"),
    ("lasting_swaps", "lasting_swap"),
    ("side_swaps", "side_swap"),
    ("left_right", "left_right"),
    ("stolen_labels", "stolen_label"),
    ("stuck_markers", "stuck_marker"),
    ("frozen_frames", "frozen_frames"),
    ("ghosts", "ghost"),
)
"""The faults that are counted, in the order of the random streams and of the truth."""


@dataclass(frozen=True)
class Fault:
    """One fault, for the truth."""

    kind: FaultKind
    markers: tuple[str, ...]
    """Labels as the file has them; of swaps both, of a whole recording's faults none."""
    frames: tuple[int, int]
    """Half-open."""


@dataclass(frozen=True, eq=False)
class Faulted:
    """A recording's markers with faults, and what was done."""

    positions_m: np.ndarray  # (frame, marker, 3), NaN where not seen
    labels: tuple[str, ...]
    what: tuple[Fault, ...]

    def of_kind(self, kind: FaultKind) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.what if fault.kind == kind)


def apply_faults(
    rng: np.random.Generator,
    positions_m: np.ndarray,
    labels: Sequence[str],
    motion: BodyMotion | None,
    rate_hz: float,
    faults: CameraFaults,
) -> Faulted:
    """Give a recording its faults, first the physical ones, then the cameras', then those of labelling.

    Parameters
    ----------
    rng : for this recording; the same one gives the same faults, and one kind's count changes no other kind's
    positions_m : (frame, marker, 3) laboratory metres, not changed
    labels : one a marker; pairs of sides are found by the marker set, or by L and R
    motion : the body at the same frames, for occlusion and volume
    rate_hz : frames a second

    Raises
    ------
    LtmeError
        Occlusion or volume without the body's motion.
    """
    making = _Making(np.array(positions_m, dtype=float), list(labels), rate_hz, [])
    streams = dict(zip((kind for _, kind in _COUNTED), rng.spawn(len(_COUNTED)), strict=True))
    counts = {kind: _count(streams[kind], getattr(faults, name)) for name, kind in _COUNTED}
    _each(making, streams["fallen"], counts["fallen"], _fall)
    if faults.occlusion or faults.volume:
        if motion is None:
            raise LtmeError("camera faults", "occlusion needs the body's motion", "Give motion, or leave it out")
        _hide(making, motion, faults)
    _each(making, streams["dropout"], counts["dropout"], _drop)
    _each(making, streams["merge"], counts["merge"], _merge)
    _each(making, streams["swap"], counts["swap"], _swap)
    _each(making, streams["lasting_swap"], counts["lasting_swap"], _swap_for_good)
    _each(making, streams["side_swap"], counts["side_swap"], _swap_sides)
    _each(making, streams["left_right"], min(1, counts["left_right"]), _cross_sides)
    _each(making, streams["stolen_label"], counts["stolen_label"], _steal)
    _each(making, streams["stuck_marker"], counts["stuck_marker"], _stick)
    _each(making, streams["frozen_frames"], counts["frozen_frames"], _freeze)
    _each(making, streams["ghost"], counts["ghost"], _haunt)
    return Faulted(making.positions_m, tuple(making.labels), tuple(making.what))


@dataclass(eq=False)
class _Making:
    """A recording while it gets its faults."""

    positions_m: np.ndarray
    labels: list[str]
    rate_hz: float
    what: list[Fault]

    @property
    def frames(self) -> int:
        return len(self.positions_m)

    @property
    def markers(self) -> int:
        return len(self.labels)

    def span(self, rng: np.random.Generator, lasts_s: tuple[float, float]) -> slice:
        """Some frames anywhere in the recording."""
        length = min(self.frames, max(1, round(rng.uniform(*lasts_s) * self.rate_hz)))
        start = int(rng.integers(0, self.frames - length + 1))
        return slice(start, start + length)

    def say(self, kind: FaultKind, markers: Sequence[int], span: slice) -> None:
        self.what.append(Fault(kind, tuple(self.labels[marker] for marker in markers), (span.start, span.stop)))

    def exchange(self, first: int, second: int, span: slice) -> None:
        self.positions_m[span, [first, second]] = self.positions_m[span, [second, first]]


def _count(rng: np.random.Generator, wanted: float) -> int:
    """A whole number is that number; a broken one is rounded up with the chance of its fraction."""
    return int(wanted) + int(rng.random() < wanted % 1.0)


def _each(
    making: _Making, rng: np.random.Generator, count: int, give: Callable[[_Making, np.random.Generator], None]
) -> None:
    for _ in range(count if making.markers and making.frames else 0):
        give(making, rng)


def _hide(making: _Making, motion: BodyMotion, faults: CameraFaults) -> None:
    """Occlusion by the body, and loss outside the volume; gaps stand in the truth marker by marker."""
    ring = faults.ring
    was_there = np.isfinite(making.positions_m).all(axis=2)
    inside = in_volume(making.positions_m, motion, ring) if faults.volume else np.ones_like(was_there)
    seen = inside
    if faults.occlusion:
        around = ring if faults.volume else _along(motion, ring)
        seen = inside & in_sight(making.positions_m, motion, making.rate_hz, around)
    lost: dict[FaultKind, np.ndarray] = {
        "out_of_volume": was_there & ~inside,
        "occlusion": was_there & inside & ~seen,
    }
    for kind, missing in lost.items():
        for marker in range(making.markers):
            for span in _runs(missing[:, marker]):
                making.say(kind, (marker,), span)
    making.positions_m[~seen] = np.nan


def _along(motion: BodyMotion, ring: CameraRing) -> CameraRing:
    """The ring, made longer where the walk is, with cameras as dense."""
    pelvis_m = motion.joint_centres["pelvis"][:, :2]
    walk_m = float(np.linalg.norm(np.ptp(pelvis_m, axis=0)))
    if walk_m <= ring.length_m:
        return ring
    length_m = walk_m + _BEYOND_M
    cameras = max(ring.cameras, round(ring.cameras * length_m / (ring.length_m + _BEYOND_M)))
    return CameraRing(cameras, ring.height_m, length_m, ring.width_m, ring.field_of_view_deg)


def _runs(holds: np.ndarray) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(np.int8), [0]])))
    return [slice(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _drop(making: _Making, rng: np.random.Generator) -> None:
    span, marker = making.span(rng, DROPOUT_S), int(rng.integers(making.markers))
    making.positions_m[span, marker] = np.nan
    making.say("dropout", (marker,), span)


def _fall(making: _Making, rng: np.random.Generator) -> None:
    """A marker sags, falls freely with the speed that it had, and lies where it lands."""
    marker, start = int(rng.integers(making.markers)), int(rng.uniform(0.15, 0.7) * making.frames)
    track_m = making.positions_m[:, marker]
    if making.frames < 4 or not np.isfinite(track_m[max(0, start - 2) : start + 1]).all():
        return
    loose = min(making.frames - start, max(1, round(_LOOSE_S * making.rate_hz)))
    off = start + loose
    track_m[start:off, 2] -= _SAG_M * np.linspace(0.0, 1.0, loose) ** 2
    if off < making.frames and np.isfinite(track_m[off - 1]).all():
        speed_m_s = np.nan_to_num(track_m[off - 1] - track_m[max(0, off - 2)])[:2] * making.rate_hz
        since_s = np.arange(1, making.frames - off + 1) / making.rate_hz
        height_m = track_m[off - 1, 2]
        flight_s = np.sqrt(2.0 * max(0.0, height_m - _FLOOR_M) / _GRAVITY_M_S2)
        track_m[off:, :2] = track_m[off - 1, :2] + np.minimum(since_s, flight_s)[:, None] * speed_m_s
        track_m[off:, 2] = np.maximum(_FLOOR_M, height_m - 0.5 * _GRAVITY_M_S2 * since_s**2)
    making.say("fallen", (marker,), slice(start, making.frames))


def _near_pairs(making: _Making) -> list[tuple[int, int, int]]:
    """The pairs that come nearest each other, and the frame at which they do."""
    some = np.arange(0, making.frames, max(1, making.frames // 100))
    places_m = making.positions_m[some]
    apart_m = np.linalg.norm(places_m[:, :, None] - places_m[:, None], axis=3)
    apart_m = np.where(np.isfinite(apart_m), apart_m, np.inf)
    first, second = np.triu_indices(making.markers, k=1)
    nearest = apart_m[:, first, second].min(axis=0)
    at = apart_m[:, first, second].argmin(axis=0)
    order = [pair for pair in np.argsort(nearest, kind="stable")[:_NEAREST] if np.isfinite(nearest[pair])]
    return [(int(first[pair]), int(second[pair]), int(some[at[pair]])) for pair in order]


def _nearby(making: _Making, rng: np.random.Generator) -> tuple[int, int, int] | None:
    pairs = _near_pairs(making)
    return pairs[int(rng.integers(len(pairs)))] if pairs else None


def _merge(making: _Making, rng: np.random.Generator) -> None:
    pair, half = _nearby(making, rng), max(1, round(0.5 * rng.uniform(*MERGE_S) * making.rate_hz))
    if pair is None:
        return
    first, second, frame = pair
    span = slice(max(0, frame - half), min(making.frames, frame + half))
    making.positions_m[span, first] = making.positions_m[span][:, [first, second]].mean(axis=1)
    making.positions_m[span, second] = np.nan
    making.say("merge", (first, second), span)


def _swap(making: _Making, rng: np.random.Generator) -> None:
    span, pair = making.span(rng, SWAP_S), _nearby(making, rng)
    if pair is not None:
        making.exchange(pair[0], pair[1], span)
        making.say("swap", pair[:2], span)


def _swap_for_good(making: _Making, rng: np.random.Generator) -> None:
    pair, start = _nearby(making, rng), int(rng.uniform(0.2, 0.8) * making.frames)
    if pair is not None:
        making.exchange(pair[0], pair[1], slice(start, making.frames))
        making.say("lasting_swap", pair[:2], slice(start, making.frames))


def _twins(labels: Sequence[str]) -> list[tuple[int, int]]:
    """Left and right of each pair, by the marker set, else by the letter L that becomes R."""
    column = {label: index for index, label in enumerate(labels)}
    slots = detect_marker_set(tuple(labels)).slots
    found = {
        label: slots[slot.replace("left_", "right_", 1)]
        for slot, label in slots.items()
        if slot.startswith("left_") and slot.replace("left_", "right_", 1) in slots
    }
    for label in labels:
        for mine, other in (("L", "R"), ("l", "r"), ("Left", "Right"), ("left", "right")):
            twin = other + label.removeprefix(mine)
            if label not in found and label.startswith(mine) and twin in column and twin not in found.values():
                found[label] = twin
    return [(column[left], column[right]) for left, right in found.items()]


def _swap_sides(making: _Making, rng: np.random.Generator) -> None:
    span, twins, chosen = making.span(rng, SWAP_S), _twins(making.labels), rng.random()
    if twins:
        pair = twins[int(chosen * len(twins))]
        making.exchange(*pair, span)
        making.say("side_swap", pair, span)


def _cross_sides(making: _Making, rng: np.random.Generator) -> None:
    del rng
    everything = slice(0, making.frames)
    for pair in _twins(making.labels):
        making.exchange(*pair, everything)
    making.say("left_right", (), everything)


def _steal(making: _Making, rng: np.random.Generator) -> None:
    span, marker = making.span(rng, STOLEN_S), int(rng.integers(making.markers))
    way = rng.standard_normal(3)
    away_m = rng.uniform(*STOLEN_M) * way / np.linalg.norm(way)
    held_m = making.positions_m[span.start, marker] + away_m
    if np.isfinite(held_m).all():
        flicker_m = _FLICKER_M * rng.standard_normal((span.stop - span.start, 3))
        making.positions_m[span, marker] = held_m + flicker_m
        making.say("stolen_label", (marker,), span)


def _stick(making: _Making, rng: np.random.Generator) -> None:
    span, marker = making.span(rng, STUCK_S), int(rng.integers(making.markers))
    making.positions_m[span, marker] = making.positions_m[span.start, marker]
    making.say("stuck_marker", (marker,), span)


def _freeze(making: _Making, rng: np.random.Generator) -> None:
    span = making.span(rng, FROZEN_S)
    making.positions_m[span] = making.positions_m[span.start]
    making.say("frozen_frames", (), span)


def _haunt(making: _Making, rng: np.random.Generator) -> None:
    """An unlabelled point that flickers: half of them lie on the floor, half beside a marker."""
    while_there = making.span(rng, (0.3 * making.frames / making.rate_hz, 0.9 * making.frames / making.rate_hz))
    marker, is_double = int(rng.integers(making.markers)), bool(rng.random() < 0.5)
    way = rng.standard_normal(3)
    beside_m = making.positions_m[:, marker] + rng.uniform(*_DOUBLE_M) * way / np.linalg.norm(way)
    seen_m = making.positions_m[np.isfinite(making.positions_m).all(axis=2)]
    within = (seen_m[:, :2].mean(axis=0) if len(seen_m) else np.zeros(2)) + rng.uniform(-1.5, 1.5, 2)
    floor_m = np.broadcast_to([*within, _FLOOR_M], beside_m.shape)
    ghost_m = (beside_m if is_double else floor_m) + _FLICKER_M * rng.standard_normal(beside_m.shape)
    shown = np.zeros(making.frames, dtype=bool)
    frame = while_there.start
    while frame < while_there.stop:
        burst = max(1, round(rng.uniform(*GHOST_BURST_S) * making.rate_hz))
        shown[frame : min(frame + burst, while_there.stop)] = True
        frame += burst + max(1, round(burst * (1.0 - GHOST_SHOWN) / GHOST_SHOWN))
    ghost_m[~shown] = np.nan
    number = 1 + sum(label.startswith("*") for label in making.labels)
    making.positions_m = np.concatenate([making.positions_m, ghost_m[:, None]], axis=1)
    making.labels.append(f"*{number}")
    making.say("ghost", (making.markers - 1,), while_there)
