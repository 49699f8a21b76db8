"""Ways in which a recording of a walk goes wrong between the laboratory and the file: each keeps the person walking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.types import Recording

LEG = ("THI", "KNE", "TIB", "ANK", "HEE", "TOE")
ARM_AND_LEG = ("ASI", "PSI", *LEG, "SHO", "ELB", "WRA", "WRB", "FIN", "FHD", "BHD", "UPA", "FRM")


@dataclass(frozen=True)
class Corruption:
    """One way."""

    name: str
    kind: str
    """What is wrong: unit, axis, labels, rate, missing, size, markers, time."""
    done: Callable[[Recording, np.random.Generator], Recording]


def corruptions() -> tuple[Corruption, ...]:
    """All of them, in the order of the table."""
    return (
        Corruption("metres taken for millimetres", "unit", _scaled(0.001)),
        Corruption("millimetres taken for metres", "unit", _scaled(1000.0)),
        Corruption("millimetres taken for centimetres", "unit", _scaled(10.0)),
        Corruption("centimetres taken for millimetres", "unit", _scaled(0.1)),
        Corruption("inches taken for centimetres", "unit", _scaled(1.0 / 2.54)),
        Corruption("centimetres taken for inches", "unit", _scaled(2.54)),
        Corruption("y up", "axis", _axes((0, 2, 1), (1.0, 1.0, -1.0))),
        Corruption("x up", "axis", _axes((2, 1, 0), (1.0, 1.0, -1.0))),
        Corruption("upside down", "axis", _axes((0, 1, 2), (1.0, -1.0, -1.0))),
        Corruption("an axis mirrored", "axis", _axes((0, 1, 2), (1.0, -1.0, 1.0))),
        Corruption("left and right exchanged", "labels", _exchanged_sides(ARM_AND_LEG)),
        Corruption("left and right of the legs exchanged", "labels", _exchanged_sides(LEG)),
        Corruption("left and right knee exchanged", "labels", _exchanged_sides(("KNE",))),
        Corruption("left and right heel and toe exchanged", "labels", _exchanged_sides(("HEE", "TOE"))),
        Corruption("knee and ankle exchanged", "labels", _exchanged("LKNE", "LANK")),
        Corruption("heel and toe exchanged", "labels", _exchanged("RHEE", "RTOE")),
        Corruption("front and back of the pelvis exchanged", "labels", _front_for_back),
        Corruption("labels shuffled", "labels", _shuffled),
        Corruption("the rate doubled", "rate", _rate(2.0)),
        Corruption("the rate halved", "rate", _rate(0.5)),
        Corruption("a fifth of the frames seen", "missing", _seen_share(0.2)),
        Corruption("one leg hidden", "missing", _hidden(("LKNE", "LANK", "LHEE", "LTOE", "LTHI", "LTIB"))),
        Corruption("no feet or shanks", "missing", _hidden(tuple(f"{s}{n}" for s in "LR" for n in LEG[2:]))),
        Corruption("a pelvis hidden for most of the time", "missing", _pelvis_hidden),
        Corruption("a body half as large again", "size", _scaled(1.5)),
        Corruption("a body half as large", "size", _scaled(0.5)),
        Corruption("a knee marker frozen", "markers", _frozen("RKNE")),
        Corruption("a heel marker on the floor", "markers", _fallen("LHEE")),
        Corruption("noise of 30 mm", "markers", _noise(0.030)),
        Corruption("a knee marker that jumps", "markers", _jumping("LKNE")),
        Corruption("frames shuffled", "time", _frames_shuffled),
        Corruption("every frame written twice", "time", _frames_twice),
        Corruption("two passes spliced", "time", _spliced),
    )


Done = Callable[[Recording, np.random.Generator], Recording]


def _scaled(factor: float) -> Done:
    return lambda recording, _: _with(recording, recording.positions_m * factor)


def _axes(order: Sequence[int], signs: Sequence[float]) -> Done:
    return lambda recording, _: _with(recording, recording.positions_m[..., list(order)] * np.array(signs))


def _exchanged(first: str, second: str) -> Done:
    return lambda recording, _: _relabelled(recording, {first: second, second: first})


def _exchanged_sides(names: Sequence[str]) -> Done:
    both = {f"L{name}": f"R{name}" for name in names}
    return lambda recording, _: _relabelled(recording, both | {right: left for left, right in both.items()})


def _front_for_back(recording: Recording, _: np.random.Generator) -> Recording:
    pairs = {f"{side}ASI": f"{side}PSI" for side in "LR"}
    return _relabelled(recording, pairs | {back: front for front, back in pairs.items()})


def _shuffled(recording: Recording, rng: np.random.Generator) -> Recording:
    labels = tuple(np.array(recording.marker_labels)[rng.permutation(len(recording.marker_labels))].tolist())
    return replace(recording, marker_labels=labels)


def _rate(factor: float) -> Done:
    return lambda recording, _: replace(recording, rate_hz=recording.rate_hz * factor)


def _seen_share(share: float) -> Done:
    def done(recording: Recording, rng: np.random.Generator) -> Recording:
        positions_m = recording.positions_m.copy()
        positions_m[rng.random(positions_m.shape[:2]) > share] = np.nan
        return _with(recording, positions_m)

    return done


def _hidden(labels: Sequence[str]) -> Done:
    def done(recording: Recording, _: np.random.Generator) -> Recording:
        positions_m = recording.positions_m.copy()
        positions_m[:, [k for k, label in enumerate(recording.marker_labels) if label in labels]] = np.nan
        return _with(recording, positions_m)

    return done


def _pelvis_hidden(recording: Recording, rng: np.random.Generator) -> Recording:
    positions_m = recording.positions_m.copy()
    pelvis = [k for k, label in enumerate(recording.marker_labels) if label[1:] in ("ASI", "PSI")]
    frames = len(positions_m)
    first = int(rng.integers(frames // 20, frames // 10))
    positions_m[first : frames - frames // 10, pelvis] = np.nan
    return _with(recording, positions_m)


def _frozen(label: str) -> Done:
    def done(recording: Recording, _: np.random.Generator) -> Recording:
        positions_m = recording.positions_m.copy()
        place = recording.marker_labels.index(label)
        first = len(positions_m) // 4
        positions_m[first:, place] = positions_m[first, place]
        return _with(recording, positions_m)

    return done


def _fallen(label: str) -> Done:
    def done(recording: Recording, _: np.random.Generator) -> Recording:
        positions_m = recording.positions_m.copy()
        place = recording.marker_labels.index(label)
        first = len(positions_m) // 4
        positions_m[first:, place] = positions_m[first, place] * np.array([1.0, 1.0, 0.0])
        return _with(recording, positions_m)

    return done


def _noise(sd_m: float) -> Done:
    return lambda recording, rng: _with(
        recording, recording.positions_m + rng.normal(scale=sd_m, size=recording.positions_m.shape)
    )


def _jumping(label: str) -> Done:
    def done(recording: Recording, rng: np.random.Generator) -> Recording:
        positions_m = recording.positions_m.copy()
        place = recording.marker_labels.index(label)
        away = rng.random(len(positions_m)) < 0.3
        positions_m[away, place] += rng.normal(scale=0.2, size=(int(away.sum()), 3))
        return _with(recording, positions_m)

    return done


def _frames_shuffled(recording: Recording, rng: np.random.Generator) -> Recording:
    return _with(recording, recording.positions_m[rng.permutation(len(recording.positions_m))])


def _frames_twice(recording: Recording, _: np.random.Generator) -> Recording:
    frames = np.arange(len(recording.positions_m)) // 2
    return _with(recording, recording.positions_m[frames])


def _spliced(recording: Recording, _: np.random.Generator) -> Recording:
    half = len(recording.positions_m) // 2
    back = recording.positions_m[:half] * np.array([-1.0, -1.0, 1.0])
    return _with(recording, np.concatenate([recording.positions_m[half:], back]))


def _with(recording: Recording, positions_m: np.ndarray) -> Recording:
    return replace(recording, positions_m=np.ascontiguousarray(positions_m, dtype=recording.positions_m.dtype))


def _relabelled(recording: Recording, names: dict[str, str]) -> Recording:
    return replace(recording, marker_labels=tuple(names.get(label, label) for label in recording.marker_labels))
