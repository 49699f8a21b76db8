"""Whether the height, mass and leg lengths that somebody typed in can be those of the body that the markers show.

Inches typed for centimetres, pounds for kilograms, a sister's file: a wrong measure scales every figure after it, so
what the markers contradict is left out, with a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.types import Anthropometry

_MOST_FRAMES = 100
_BMI = (8.0, 70.0)
"""kg/m2: from the leanest infants to the heaviest adults."""
_BMI_BY_MARKERS = (6.0, 100.0)
"""The same where the height is only estimated."""
_LEG = (0.75, 1.35)
"""Typed leg length over the way from the pelvis by the knee to the ankle; 0.99 to 1.05 in laboratories' files."""
_FACTORS = (2.0, 2.54, 10.0)
_SAME_FACTOR = 1.12
_INCHES_AS_CM = 1 / 2.54


@dataclass(frozen=True)
class _Stature:
    """A height by markers, and the shares of it that a typed height may have."""

    height_m: float
    least: float
    most: float


def believable(typed: Anthropometry, landmarks: Mapping[str, np.ndarray]) -> tuple[Anthropometry, tuple[str, ...]]:
    """The typed measures without those that the markers or each other contradict, and warnings about these.

    Parameters
    ----------
    typed : what the file holds
    landmarks : slot of the body -> (frame, 3) metres with z up, NaN where not seen

    Notes
    -----
    The height by markers is 1.11 times the way from head to pelvis, knee and ankle, whatever the posture; without a
    head 1.93 times the way from pelvis to ankle; without legs 1.08 times the head above the feet, which someone who
    sits or lies may exceed by any amount. The factors are those of laboratories' files of children and adults, and the
    limits leave a quarter and more to other bodies.
    """
    if typed == Anthropometry():
        return typed, ()
    body = {slot: places_m[:: max(1, len(places_m) // _MOST_FRAMES)] for slot, places_m in landmarks.items()}
    legs_m = {side: leg_m for side in SIDES if (leg_m := _leg_m(body, side)) is not None}
    stature = _stature(body, legs_m)
    measures, warnings = _without_wrong_height(typed, stature)
    measures, leg_warnings = _without_wrong_legs(measures, legs_m)
    measures, mass_warnings = _without_wrong_mass(typed, measures, stature)
    return measures, (*warnings, *leg_warnings, *mass_warnings)


def _without_wrong_height(typed: Anthropometry, stature: _Stature | None) -> tuple[Anthropometry, tuple[str, ...]]:
    if typed.height_m is None or stature is None:
        return typed, ()
    ratio = typed.height_m / stature.height_m
    if stature.least <= ratio <= stature.most:
        return typed, ()
    return replace(typed, height_m=None), (_contradiction("height", typed.height_m, stature.height_m),)


def _without_wrong_legs(typed: Anthropometry, legs_m: Mapping[str, float]) -> tuple[Anthropometry, tuple[str, ...]]:
    warnings = []
    for side, shown_m in legs_m.items():
        name = f"leg_length_{side}_m"
        length_m = getattr(typed, name)
        if length_m is not None and not _LEG[0] <= length_m / shown_m <= _LEG[1]:
            typed = replace(typed, **{name: None})
            warnings.append(_contradiction(f"{side} leg's length", length_m, shown_m))
    return typed, tuple(warnings)


def _without_wrong_mass(
    typed: Anthropometry, kept: Anthropometry, stature: _Stature | None
) -> tuple[Anthropometry, tuple[str, ...]]:
    """A mass that no body of this height has is left out, and so is the height where nothing else tells it."""
    if typed.mass_kg is None:
        return kept, ()
    was_wrong = typed.height_m is not None and kept.height_m is None and stature is not None
    if was_wrong and _is_near(typed.height_m / stature.height_m, _INCHES_AS_CM):  # type: ignore[operator, union-attr]
        fact = f"the file's mass ({typed.mass_kg:.4g}) may be in pounds, as its height is in inches: none was taken"
        return replace(kept, mass_kg=None), (fact,)
    height_m = kept.height_m or (stature.height_m if stature else None)
    if height_m is None:
        return kept, ()
    least, most = _BMI if kept.height_m else _BMI_BY_MARKERS
    if least <= typed.mass_kg / height_m**2 <= most:
        return kept, ()
    pair = f"the file's mass ({typed.mass_kg:.4g} kg) is none of a body {height_m:.3g} m tall"
    if kept.height_m and stature is None:
        return replace(kept, mass_kg=None, height_m=None), (f"{pair}: neither was taken",)
    return replace(kept, mass_kg=None), (f"{pair}: no mass was taken",)


def _contradiction(what: str, typed_m: float, shown_m: float) -> str:
    ratio = typed_m / shown_m
    usual = [factor for exact in _FACTORS for factor in (exact, 1 / exact) if _is_near(ratio, factor)]
    times = f", {usual[0]:.3g} times that: a unit of the file may be wrong" if usual else ""
    return f"the file's {what} ({typed_m:.3g} m) contradicts the markers (about {shown_m:.2g} m){times}; none was taken"


def _is_near(ratio: float, factor: float) -> bool:
    return factor / _SAME_FACTOR <= ratio <= factor * _SAME_FACTOR


def _stature(body: Mapping[str, np.ndarray], legs_m: Mapping[str, float]) -> _Stature | None:
    heads = [places_m for slot, places_m in body.items() if "_head_" in slot]
    pelvis = [body[slot] for slot in ("left_asis", "right_asis") if slot in body]
    if legs_m and heads and pelvis:
        trunk_m = _apart_m(_mean(heads), _mean(pelvis))
        if trunk_m is not None:
            return _Stature(1.11 * (trunk_m + max(legs_m.values())), 0.8, 1.3)
    if legs_m:
        return _Stature(1.93 * max(legs_m.values()), 0.75, 1.4)
    feet = [places_m for slot, places_m in body.items() if slot.endswith(("_ankle", "_heel", "_toe"))]
    if heads and feet:
        above_m = _mean(heads)[:, 2] - np.min(np.where(np.isfinite(low := np.stack(feet)[..., 2]), low, np.inf), axis=0)
        if (above_m := above_m[np.isfinite(above_m)]).size and np.percentile(above_m, 90) > 0:
            return _Stature(1.08 * float(np.percentile(above_m, 90)), 0.8, np.inf)
    return None


def _leg_m(body: Mapping[str, np.ndarray], side: str) -> float | None:
    """From the pelvis by the knee to the ankle."""
    places = [body.get(f"{side}_{part}") for part in ("asis", "knee", "ankle")]
    if any(place is None for place in places):
        return None
    upper_m, lower_m = (_apart_m(places[i], places[i + 1]) for i in (0, 1))  # type: ignore[arg-type]
    return None if upper_m is None or lower_m is None else upper_m + lower_m


def _apart_m(first_m: np.ndarray, second_m: np.ndarray) -> float | None:
    """How far apart two landmarks are, median over the frames that show both; None if there are none."""
    apart_m = np.linalg.norm(first_m - second_m, axis=1)
    apart_m = apart_m[np.isfinite(apart_m)]
    middle_m = float(np.median(apart_m)) if apart_m.size else 0.0
    return middle_m if middle_m > 0 else None


def _mean(places_m: list[np.ndarray]) -> np.ndarray:
    """Mean of several landmarks in the frames that show all of them."""
    return np.mean(np.stack(places_m), axis=0)
