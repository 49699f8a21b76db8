"""Markers that leave their segment for a while: frozen, exchanged with another, a reflection taken for them.

Two markers on one segment keep their distance, whatever the person does. A marker that breaks its distances to most of
its neighbours is not where its label says; a number calculated from it would be wrong and look right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.types import LtmeError

LOOSE_M = 0.07
"""A distance that is off by more is broken. In 37 recordings of 20 people, walking, jogging, squatting and landing,
skin and joints moved these distances by up to 16 mm at the pelvis, 32 mm at the foot and 44 mm at the shank."""
JUMP_M, JUMP_RATE_HZ = 0.03, 100.0
"""A marker's way between two frames differs from its ways before and after by 1 mm in clean recordings and by 26 mm in
noisy ones; more below 100 Hz, with the square of the time between frames."""
_SHOWN = 4
NEVER_RIGID_M = 0.04
"""The steadiest two fifths of a distance's values span 1 to 15 mm where both markers are on the segment."""
_STEADIEST_SHARE = 0.4
_MERGED_S = 0.2
"""A stranger passes by the right place: what is between two loose stretches this near is loose as well."""
_MARGIN_S = 0.03
_MOST = 0.5
_LEAST_FRAMES = 20
_MOST_FRAMES = 1500
"""Frames from which a distance's steady value is told."""

_LEG = (
    ("thigh", "knee"),
    ("knee", "shank"),
    ("shank", "ankle"),
    ("knee", "ankle"),
    ("knee", "knee_medial"),
    ("ankle", "ankle_medial"),
    ("ankle", "heel"),
    ("ankle", "toe"),
    ("heel", "toe"),
)
_PELVIS = ("left_asis", "right_asis", "left_psis", "right_psis", "sacrum")
PAIRS: tuple[tuple[str, str], ...] = (
    *((f"{side}_{a}", f"{side}_{b}") for side in SIDES for a, b in _LEG),
    *((a, b) for place, a in enumerate(_PELVIS) for b in _PELVIS[place + 1 :]),
)
_TRUNK = ("c7", "t10", "clavicle", "sternum")
_HEAD = tuple(f"{side}_head_{end}" for side in SIDES for end in ("front", "back"))
UPPER_PAIRS: tuple[tuple[str, str], ...] = tuple(
    (a, b) for segment in (_TRUNK, _HEAD) for place, a in enumerate(segment) for b in segment[place + 1 :]
)


@dataclass(frozen=True)
class _Distances:
    """How far the markers of each pair are apart."""

    slots: list[str]  # the markers that are ever seen beside a neighbour
    pairs: np.ndarray  # (pair, 2) indices into `slots`
    apart_m: np.ndarray  # (frame, pair); NaN where one is hidden
    steady_m: np.ndarray  # (pair,) middle of the steadiest two fifths
    span_m: np.ndarray  # (pair,) their range


def leave_out_loose(positions_m: np.ndarray, rate_hz: float, name: str) -> tuple[str, ...]:
    """Make markers NaN, in place, where they are off their segment; gives a warning that names them.

    Parameters
    ----------
    positions_m : (frame, slot, 3) metres, as measured

    Raises
    ------
    LtmeError
        A marker never moves with its segment: its label belongs to another.
    """
    distances = _distances(positions_m)
    if distances is None:
        return ()
    _check_rigid(distances, name)
    loose = _blamed(distances)
    told = []
    for column in np.flatnonzero(loose.any(axis=0)).tolist():
        off = _widened(loose[:, column], rate_hz)
        slot = distances.slots[column]
        off &= np.isfinite(positions_m[:, SLOT_INDEX[slot], 0])
        positions_m[off, SLOT_INDEX[slot]] = np.nan
        told.append((float(off.sum() / rate_hz), slot.replace("_", " ")))
    jumps = _jumps(positions_m, distances.slots, rate_hz)
    if not told:
        return jumps
    told.sort(reverse=True)
    which = ", ".join(f"{slot} ({lasting_s:.2f} s)" for lasting_s, slot in told)
    return (
        f"left out, for they are off their segment for a while: {which}. A marker was frozen, exchanged with another, "
        "or taken for a reflection: correct the labels",
        *jumps,
    )


def unsteady_slots(positions_m: np.ndarray) -> tuple[str, ...]:
    """Slots of trunk and head that do not move with their segment: another marker's label, or frozen."""
    distances = _distances(positions_m, UPPER_PAIRS)
    if distances is None:
        return ()
    unsteady = distances.span_m > NEVER_RIGID_M
    share = _broken_share(distances, unsteady[None, :], np.ones((1, len(unsteady)), bool))[0]
    return tuple(distances.slots[column] for column in np.flatnonzero(share > _MOST).tolist())


def _distances(positions_m: np.ndarray, pairs: tuple[tuple[str, str], ...] = PAIRS) -> _Distances | None:
    known = []
    for a, b in pairs:
        apart_m = np.linalg.norm(positions_m[:, SLOT_INDEX[a]] - positions_m[:, SLOT_INDEX[b]], axis=1)
        if np.isfinite(apart_m).sum() >= _LEAST_FRAMES:
            known.append((a, b, apart_m))
    if not known:
        return None
    slots = list(dict.fromkeys(slot for a, b, _ in known for slot in (a, b)))
    steadiest = [_steadiest(apart_m) for _, _, apart_m in known]
    return _Distances(
        slots,
        np.array([(slots.index(a), slots.index(b)) for a, b, _ in known]),
        np.stack([apart_m for _, _, apart_m in known], axis=1),
        np.array([(low + high) / 2 for low, high in steadiest]),
        np.array([high - low for low, high in steadiest]),
    )


def _steadiest(apart_m: np.ndarray) -> tuple[float, float]:
    """The narrowest interval that holds two fifths of a distance's values (the shorth, of fewer values)."""
    values = apart_m[np.isfinite(apart_m)]
    values = np.sort(values[:: max(1, len(values) // _MOST_FRAMES)])
    count = max(2, int(_STEADIEST_SHARE * len(values)))
    first = int(np.argmin(values[count - 1 :] - values[: len(values) - count + 1]))
    return float(values[first]), float(values[first + count - 1])


def _check_rigid(distances: _Distances, name: str) -> None:
    """Refuse a marker none of whose distances is ever steady."""
    unsteady = distances.span_m > NEVER_RIGID_M
    share = _broken_share(distances, unsteady[None, :], np.ones((1, len(unsteady)), bool))[0]
    if share.max() > _MOST:
        slot = distances.slots[int(np.argmax(share))].replace("_", " ")
        fact = f"the {slot} marker does not move with its segment"
        raise LtmeError(name, fact, "It is frozen, or its label belongs to another marker: correct the labels")


def _blamed(distances: _Distances) -> np.ndarray:
    """(frame, marker) bool: most of its distances are broken.

    Of a broken pair of which neither is to blame by that, it is the one with the larger share of broken distances; both
    where that is the same.
    """
    seen = np.isfinite(distances.apart_m)
    broken = np.abs(np.where(seen, distances.apart_m, distances.steady_m) - distances.steady_m) > LOOSE_M
    loose = np.zeros((len(seen), len(distances.slots)), bool)
    frames = np.flatnonzero(broken.any(axis=1))
    if not len(frames):
        return loose
    broken, seen = broken[frames], seen[frames]
    share = _broken_share(distances, broken, seen)
    blamed = share > _MOST
    first, second = distances.pairs.T
    unexplained = broken & ~(blamed[:, first] | blamed[:, second])
    for pair in np.flatnonzero(unexplained.any(axis=0)).tolist():
        one, other = share[:, first[pair]], share[:, second[pair]]
        blamed[:, first[pair]] |= unexplained[:, pair] & (one >= other)
        blamed[:, second[pair]] |= unexplained[:, pair] & (other >= one)
    loose[frames] = blamed
    return loose


def _jumps(positions_m: np.ndarray, slots: list[str], rate_hz: float) -> tuple[str, ...]:
    """A warning for markers that jump between two frames, against their own way before and after.

    Where most markers do so at once, frames were lost: `frame_faults` tells.
    """
    ways_m = np.diff(positions_m[:, [SLOT_INDEX[slot] for slot in slots]], axis=0)
    if len(ways_m) < 3:
        return ()
    off_m = np.linalg.norm(ways_m[1:-1] - (ways_m[:-2] + ways_m[2:]) / 2.0, axis=2)
    jumped = np.nan_to_num(off_m) > JUMP_M * max(1.0, (JUMP_RATE_HZ / rate_hz) ** 2)
    jumped &= (jumped.mean(axis=1) < 0.5)[:, None]
    if not jumped.any():
        return ()
    markers = [slots[column].replace("_", " ") for column in np.flatnonzero(jumped.any(axis=0)).tolist()]
    first_s = (int(np.argmax(jumped.any(axis=1))) + 2) / rate_hz
    who = f"{', '.join(markers[:_SHOWN])}{' and others' if len(markers) > _SHOWN else ''}"
    return (f"markers that jump between two frames, first at {first_s:.2f} s: {who}. Look at them",)


def _broken_share(distances: _Distances, broken: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(frame, marker) share of the marker's known distances that are broken."""
    belongs = np.zeros((len(distances.pairs), len(distances.slots)))
    rows = np.arange(len(distances.pairs))
    for end in (0, 1):
        belongs[rows, distances.pairs[:, end]] = 1.0
    share: np.ndarray = (broken @ belongs) / np.maximum(seen @ belongs, 1.0)
    return share


def _widened(loose: np.ndarray, rate_hz: float) -> np.ndarray:
    """Loose stretches joined where they are near, and a little longer at both ends: (frame,) bool."""
    wide = loose.copy()
    for start, stop in runs(~loose):
        if start > 0 and stop < len(loose) and stop - start <= _MERGED_S * rate_hz:
            wide[start:stop] = True
    margin = round(_MARGIN_S * rate_hz)
    for start, stop in list(runs(wide)):
        wide[max(0, start - margin) : stop + margin] = True
    return wide
