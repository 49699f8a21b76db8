"""Whether each label sits on the part of the body that it names; what contradicts that is refused by name.

Everything here holds for any movement: no rule looks at how somebody walks, only at where markers are on a body.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.gait.checks.loose_markers import unsteady_slots
from ltme_clinic.kinematics.pelvis import PelvisMarkers, facing_rad
from ltme_clinic.types import LtmeError

_LYING = 0.3
"""Height of the pelvis above the ankles as a share of their distance: .85 and more in walking, .5 in a deep squat."""
_NEARER_M = 0.02
_LEG_OF = (("heel", "ankle"), ("toe", "ankle"), ("ankle", "knee"), ("shank", "knee"), ("thigh", "knee"))
"""A marker, and the marker of its own leg to which it is nearer than to the other leg's."""
_BETWEEN = (
    ("ankle", "heel", "toe", 0.0, 0.8),
    ("shank", "ankle", "knee", 0.0, 1.0),
    ("thigh", "knee", "asis", 0.0, 0.9),
)
"""A marker, the two that it lies between, and the limits: .19 to .49, .27 to .74 and .14 to .50 in 20 people."""
_CROSSED_M = -0.03
"""Knees that lie this far on each other's side all the time are exchanged labels, not a scissor gait."""
_TURNED_ROUND = -0.3
_LEVEL = (
    ("left_asis", "right_asis", 0.12),
    ("left_psis", "right_psis", 0.12),
    ("left_asis", "sacrum", 0.2),
    ("right_asis", "sacrum", 0.2),
    ("left_asis", "left_psis", 0.2),
    ("right_asis", "right_psis", 0.2),
)
"""Pelvic markers, and how much higher one may be: an obliquity of 30 degrees, a tilt of 45."""
_WIDEST_PELVIS_M = 0.5
_UPPER_BODY = (
    ("c7", "t10", 2),
    ("clavicle", "sternum", 2),
    ("c7", "sternum", 2),
    ("clavicle", "t10", 2),
    ("clavicle", "c7", 0),
    ("sternum", "t10", 0),
    *((f"{side}_head_{end}", "c7", 2) for side in SIDES for end in ("front", "back")),
    *((f"{side}_head_front", f"{other}_head_back", 0) for side in SIDES for other in SIDES),
    *((f"left_{part}", f"right_{part}", 1) for part in ("head_front", "head_back")),
)
"""Two markers of trunk or head, and the axis (forward, left, up) along which the first lies beyond the second."""
_FOOT_SLOPE = (0.72, 1.25)
"""How much the square of a foot's height grows for each that its horizontal part loses: .97 to 1.01 in shoes, .81 to
.93 in bare feet, whose toes bend."""
_LEAST_PITCH, _LEAST_FRAMES = 0.15, 50
_MIDLINE = ("c7", "t10", "clavicle", "sternum")
_OFF_MIDLINE_M = 0.10
_WRONG_WAY_M = -0.06
"""Further the wrong way is an exchanged label: a trunk bent forwards to the horizontal comes to -5 cm."""
_SHOULDERS_CROSSED_M = -0.05
_CURE = "Correct the labels and export again"


def check_upright(positions_m: np.ndarray, name: str) -> None:
    """Refuse a body that stands on its head or lies: another axis is the vertical; (frame, slot, 3) metres."""
    pelvis_m, ankles_m = (_middle(positions_m, *parts) for parts in (("asis", "hip_centre"), ("ankle", "ankle_centre")))
    if pelvis_m is None or ankles_m is None:
        return
    along = _median((pelvis_m - ankles_m) / np.maximum(np.linalg.norm(pelvis_m - ankles_m, axis=1), 1e-6)[:, None])
    if along is None or along[2] >= _LYING:
        return
    if along[2] < -_LYING:
        fact = "the body stands on its head: the vertical axis points down"
    else:
        axis = int(np.argmax(np.abs(along)))
        direction = f"{'+' if along[axis] > 0 else '-'}{'xyz'[axis]}"
        fact = f"the body lies: it stretches along {direction}, and z is the vertical"
    raise LtmeError(name, fact, "Export with the vertical axis that the laboratory has")


def check_legs_labels(positions_m: np.ndarray, name: str) -> None:
    """Refuse markers of a leg that lie on the other leg, or in another place of their own: (frame, slot, 3) metres."""
    for side in SIDES:
        for upper, lower in (("asis", "knee"), ("knee", "ankle")):
            above_m = _median(_between(positions_m, f"{side}_{lower}", f"{side}_{upper}"))
            if above_m is not None and above_m[2] < 0:
                fact = f"the {side} {upper} marker lies {-100 * above_m[2]:.0f} cm below the {side} {lower} marker"
                raise LtmeError(name, fact, f"Their labels are exchanged. {_CURE}")
    _refuse_other_leg(positions_m, name, [pair for pair in _LEG_OF if pair[0] != "thigh"])
    for side in SIDES:
        for part, first, last, low, high in _BETWEEN:
            share = _share_of_way(positions_m, *(f"{side}_{landmark}" for landmark in (part, first, last)))
            if share is not None and not low <= share <= high:
                fact = f"the {side} {part} marker does not lie between {first} and {last}"
                raise LtmeError(name, fact, f"Labels on the {side} leg are exchanged, or a marker is frozen. {_CURE}")
    # a thigh whose own knee bears another label is nearer to the other knee too: asked last
    _refuse_other_leg(positions_m, name, [pair for pair in _LEG_OF if pair[0] == "thigh"])


def _refuse_other_leg(positions_m: np.ndarray, name: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Refuse a part of a leg that is nearer to the other leg's landmark than to its own."""
    for side, other in (SIDES, SIDES[::-1]):
        for part, anchor in pairs:
            own_m = _apart(positions_m, f"{side}_{part}", f"{side}_{anchor}")
            cross_m = _apart(positions_m, f"{side}_{part}", f"{other}_{anchor}")
            both = np.isfinite(own_m) & np.isfinite(cross_m)
            if both.any() and np.median(own_m[both]) > np.median(cross_m[both]) + _NEARER_M:
                fact = f"the {side} {part} marker is nearer to the {other} {anchor} than to the {side} one"
                raise LtmeError(name, fact, f"Labels of the legs are exchanged. {_CURE}")


def check_sides(positions_m: np.ndarray, pelvis: PelvisMarkers, name: str) -> tuple[str, ...]:
    """Refuse left and right exchanged at legs or arms, and feet that point backwards; gives warnings.

    Parameters
    ----------
    positions_m : (frame, slot, 3) metres
    pelvis : which markers tell where the body faces
    """
    facing = facing_rad(positions_m, pelvis)
    limits_m = {joint: _CROSSED_M for joint in ("knee", "knee_centre", "ankle", "ankle_centre")}
    for joint, limit_m in (*limits_m.items(), ("shoulder", _SHOULDERS_CROSSED_M)):
        left_m = _in_facing(_between(positions_m, f"right_{joint}", f"left_{joint}"), facing)
        if left_m is not None and left_m[1] < limit_m:
            fact = f"the left {joint.replace('_', ' ')} lies {-100 * left_m[1]:.0f} cm right of the right one"
            where = "arms" if joint == "shoulder" else "legs"
            raise LtmeError(name, fact, f"Left and right labels of the {where} are exchanged: correct them")
    for side in SIDES:
        foot_m = _in_facing(_between(positions_m, f"{side}_heel", f"{side}_toe"), facing)
        if foot_m is not None and foot_m[0] < _TURNED_ROUND * np.linalg.norm(foot_m):
            fact = f"the {side} toe marker lies {-100 * foot_m[0]:.0f} cm behind the {side} heel marker"
            raise LtmeError(name, fact, f"Their labels are exchanged. {_CURE}")
    apart_m = _in_facing(_between(positions_m, "right_psis", "left_psis"), facing)
    if apart_m is not None and apart_m[1] < 0:
        return ("the posterior iliac spines' labels are exchanged: only their middle is used",)
    return ()


def check_pelvis(positions_m: np.ndarray, name: str) -> None:
    """Refuse pelvic markers that are no pelvis: a trunk marker's label on one, or their order crossed."""
    for one, other, most_m in _LEVEL:
        rise_m = _median(_between(positions_m, one, other))
        apart_m = _apart(positions_m, one, other)
        apart_m = apart_m[np.isfinite(apart_m)]
        if rise_m is None:
            continue
        if abs(rise_m[2]) > most_m or np.median(apart_m) > _WIDEST_PELVIS_M:
            words = [slot.replace("_", " ") for slot in (one, other)]
            fact = f"the {words[1]} marker lies {100 * rise_m[2]:+.0f} cm from the {words[0]} marker's height"
            raise LtmeError(name, fact, f"One of them is another marker. {_CURE}")
    _check_ring(positions_m, name)


def _check_ring(positions_m: np.ndarray, name: str) -> None:
    """Refuse iliac spines whose order round the pelvis is crossed: a front and a back label of a side exchanged."""
    ring = [positions_m[:, SLOT_INDEX[slot], :2] for slot in ("left_asis", "right_asis", "right_psis", "left_psis")]
    turns = []
    for place in range(4):
        before, here, after = ring[place], ring[(place + 1) % 4], ring[(place + 2) % 4]
        (ax, ay), (bx, by) = (here - before).T, (after - here).T
        turn = ax * by - ay * bx
        if not np.isfinite(turn).any():
            return
        turns.append(float(np.median(turn[np.isfinite(turn)])))
    fronts_m, backs_m = (_between(positions_m, f"right_{part}", f"left_{part}") for part in ("asis", "psis"))
    lengths_m2 = np.linalg.norm(fronts_m, axis=1) * np.linalg.norm(backs_m, axis=1)
    cosine = (fronts_m * backs_m).sum(axis=1) / np.maximum(lengths_m2, 1e-9)
    cosine = cosine[np.isfinite(cosine)]
    if len(cosine) and np.median(cosine) < -0.5:
        return  # left and right exchanged at the back or the front: `check_sides` and the facing tell
    if min(turns) < 0 < max(turns):
        fact = "the iliac spines' markers are crossed: a front and a back label are exchanged"
        raise LtmeError(name, fact, _CURE)


def stretched_axes(positions_m: np.ndarray) -> tuple[str, ...]:
    """A warning where feet change their length with their pitch: horizontal axes are stretched against the vertical.

    The square of a rigid foot's height grows by as much as that of its horizontal part shrinks.
    """
    slopes = []
    for side in SIDES:
        foot_m = _between(positions_m, f"{side}_heel", f"{side}_toe")
        foot_m = foot_m[np.isfinite(foot_m[:, 0])]
        level_m2, height_m2 = (foot_m[:, :2] ** 2).sum(axis=1), foot_m[:, 2] ** 2
        if len(foot_m) > _LEAST_FRAMES and np.std(level_m2) > _LEAST_PITCH * np.mean(level_m2):
            covariance = np.cov(level_m2, height_m2)
            slopes.append(-covariance[0, 1] / covariance[0, 0])
    if not slopes or _FOOT_SLOPE[0] <= float(np.mean(slopes)) <= _FOOT_SLOPE[1]:
        return ()
    share = 100.0 * (1.0 / np.sqrt(max(float(np.mean(slopes)), 0.01)) - 1.0)
    return (f"the feet's length changes with their pitch: a horizontal axis looks stretched by {share:+.0f} %",)


def exchanged_upper_body(positions_m: np.ndarray, pelvis: PelvisMarkers) -> tuple[str, ...]:
    """Slots of trunk and head that lie as on no body, or don't move with it: their labels are exchanged.

    Nothing below the trunk depends on them: left out, they cost trunk and head alone.
    """
    facing = facing_rad(positions_m, pelvis)
    wrong = list(unsteady_slots(positions_m))
    for first, second, axis in _UPPER_BODY:
        way_m = _between(positions_m, second, first)
        level_m = _in_facing(way_m, facing)
        up_m = _median(way_m)
        if level_m is None or up_m is None:
            continue
        if (*level_m, up_m[2])[axis] < _WRONG_WAY_M:
            wrong += [first, second]
    shoulders_m = _middle(positions_m, "shoulder")
    for slot in _MIDLINE if shoulders_m is not None else ():
        aside_m = _in_facing(positions_m[:, SLOT_INDEX[slot]] - shoulders_m, facing)
        if aside_m is not None and abs(aside_m[1]) > _OFF_MIDLINE_M:
            wrong.append(slot)
    return tuple(dict.fromkeys(wrong))


def _middle(positions_m: np.ndarray, *parts: str) -> np.ndarray | None:
    """Halfway between both sides' first part that is ever seen on both: (frame, 3)."""
    for part in parts:
        middle_m: np.ndarray = positions_m[:, [SLOT_INDEX[f"{side}_{part}"] for side in SIDES]].mean(axis=1)
        if np.isfinite(middle_m[:, 0]).any():
            return middle_m
    return None


def _between(positions_m: np.ndarray, start: str, stop: str) -> np.ndarray:
    """From one landmark to another, (frame, 3)."""
    way_m: np.ndarray = positions_m[:, SLOT_INDEX[stop]] - positions_m[:, SLOT_INDEX[start]]
    return way_m


def _apart(positions_m: np.ndarray, one: str, other: str) -> np.ndarray:
    apart_m: np.ndarray = np.linalg.norm(_between(positions_m, one, other), axis=1)
    return apart_m


def _median(vectors: np.ndarray) -> np.ndarray | None:
    """Median over the frames that are seen, (3,); None if there is none."""
    seen = vectors[np.isfinite(vectors[:, 0])]
    return np.median(seen, axis=0) if len(seen) else None


def _in_facing(vectors_m: np.ndarray, facing: np.ndarray) -> np.ndarray | None:
    """Median forward and leftward parts of vectors, (2,); None where never seen."""
    cos, sin = np.cos(facing), np.sin(facing)
    x, y = vectors_m[:, 0], vectors_m[:, 1]
    return _median(np.column_stack([cos * x + sin * y, -sin * x + cos * y]))


def _share_of_way(positions_m: np.ndarray, part: str, first: str, last: str) -> float | None:
    """Where a marker lies between two others, along their line: 0 at the first, 1 at the last; median, None unseen."""
    way_m = _between(positions_m, first, last)
    share = (_between(positions_m, first, part) * way_m).sum(axis=1) / np.maximum((way_m**2).sum(axis=1), 1e-9)
    share = share[np.isfinite(share)]
    return float(np.median(share)) if len(share) else None
