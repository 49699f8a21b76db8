"""Does the motion come back: millimetres of slots, of hidden slots, degrees of joints, and the strides' own rhythm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from ltme_clinic.body import SIDES, SLOTS
from ltme_clinic.embedding import LtmeModel
from ltme_clinic.kinematics.pelvis import PELVIS_SLOTS
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.training.bench.baselines import gaussian_fill_m
from ltme_clinic.training.bench.motion_kept import sagittal_error_deg, stride_time_cv
from ltme_clinic.training.bench.resampling import figure, mean_draws, person_weights
from ltme_clinic.types import MotionClip, MotionEmbedding

HIDDEN_SHARE = 0.2
USUAL_MARKER_SET = "plug-in-gait-full-body"
_HIDDEN_STREAM = 83


class Coder(Protocol):
    """Whatever turns a clip into numbers and back."""

    def encode(self, clip: MotionClip) -> MotionEmbedding: ...

    def decode(self, embedding: MotionEmbedding) -> MotionClip: ...


Coders = Mapping[str, Coder]
"""By name; the first is the model that the others are yardsticks of."""


def reconstruction(coders: Coders, seen: Sequence[MotionClip], whole: Sequence[MotionClip]) -> dict[str, Any]:
    """Mean slot error of every coder, millimetres, and the first one's ratio to each other, with intervals over people.

    Parameters
    ----------
    seen : what is encoded, a clip a person
    whole : the same walks with all the slots that errors are measured over
    """
    floats, errors = {}, {}
    for name, coder in coders.items():
        codes = [coder.encode(clip) for clip in seen]
        pairs = zip(whole, (coder.decode(code) for code in codes), strict=True)
        errors[name] = np.array([slot_error_mm(clip, back.positions_m, clip.valid) for clip, back in pairs])
        floats[name] = float(np.mean([code.floats for code in codes]))
    return {"people": len(seen), "floats": floats, **compared_errors(errors)}


def compared_errors(errors_mm: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Means of (person,) errors by coder, and the first coder's ratio to each other."""
    first, *others = errors_mm
    weights = person_weights(len(errors_mm[first]))
    draws = {name: mean_draws(values, weights) for name, values in errors_mm.items()}
    return {
        "error_mm": {name: figure(values) for name, values in draws.items()},
        "ratio_to": {name: figure(draws[first] / draws[name]) for name in others},
    }


def slot_error_mm(clip: MotionClip, positions_m: np.ndarray, counted: np.ndarray) -> float:
    """Mean distance of (frame, slot, 3) positions from a clip's, over the counted (frame, slot), millimetres."""
    distance_m = np.linalg.norm(clip.positions_m - positions_m, axis=-1)
    counted = counted & clip.valid
    return float(1000.0 * distance_m[counted].mean()) if counted.any() else float("nan")


def as_marker_set(clip: MotionClip, name: str = USUAL_MARKER_SET) -> MotionClip:
    """The clip as this set's markers alone show it; joint centres are not shown."""
    shown = np.array([slot in marker_sets()[name].slots and not slot.endswith("_centre") for slot in SLOTS])
    return without_slots(clip, ~shown)


def without_slots(clip: MotionClip, hidden: np.ndarray) -> MotionClip:
    """The clip with these slots (slot,) bool never seen."""
    valid = clip.valid & ~hidden
    positions_m = np.where(valid[..., None], clip.positions_m, np.nan).astype(np.float32)
    return replace(clip, valid=valid, positions_m=positions_m)


def some_hidden(clip: MotionClip, seed: int, share: float = HIDDEN_SHARE) -> np.ndarray:
    """(slot,) bool: this share of a clip's markers, at least one, and the joint centres that lie between them.

    Pelvis markers stay, for without them there is no clip.
    """
    rng = np.random.default_rng([seed, _HIDDEN_STREAM])
    there = (clip.valid.sum(axis=0) > 0).tolist()
    shown = [slot for slot, is_there in zip(SLOTS, there, strict=True) if is_there]
    markers = [slot for slot in shown if not slot.endswith("_centre")]
    losable = [slot for slot in markers if slot not in PELVIS_SLOTS]
    chosen = rng.choice(losable, size=min(len(losable), max(1, round(share * len(markers)))), replace=False)
    hidden = {str(slot) for slot in chosen}
    for side in SIDES:
        for joint in ("knee", "ankle"):
            if {f"{side}_{joint}", f"{side}_{joint}_medial"} & hidden:
                hidden.add(f"{side}_{joint}_centre")
    return np.array([slot in hidden and slot in shown for slot in SLOTS])


def hidden_markers(
    model: LtmeModel, coders: Coders, clips: Sequence[MotionClip], seeds: Sequence[int]
) -> dict[str, Any]:
    """A fifth of the markers hidden: error of those and of the others, beside the fill alone and the whole recording.

    Of each coder: `hidden` and `visible` when they were hidden; `hidden_complete` and `visible_complete` of the same
    markers when nothing was; `gaussian_fill` is what filling alone makes of the hidden ones, nothing encoded.
    """
    masks = [some_hidden(clip, seed) for clip, seed in zip(clips, seeds, strict=True)]
    partly = [without_slots(clip, mask) for clip, mask in zip(clips, masks, strict=True)]
    weights = person_weights(len(clips))
    filled = np.array(
        [
            slot_error_mm(clip, gaussian_fill_m(model, part), np.broadcast_to(mask, clip.valid.shape))
            for clip, part, mask in zip(clips, partly, masks, strict=True)
        ]
    )
    fill = mean_draws(filled, weights)
    result: dict[str, Any] = {"people": len(clips), "share": HIDDEN_SHARE, "gaussian_fill_mm": figure(fill)}
    for name, coder in coders.items():
        draws = {
            key: mean_draws(values, weights) for key, values in _hidden_errors(coder, clips, partly, masks).items()
        }
        result[name] = {
            **{f"{key}_mm": figure(values) for key, values in draws.items()},
            "hidden_to_fill": figure(draws["hidden"] / fill),
            "visible_to_complete": figure(draws["visible"] / draws["visible_complete"]),
        }
    return result


def _hidden_errors(
    coder: Coder, clips: Sequence[MotionClip], partly: Sequence[MotionClip], masks: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    rows = []
    for clip, part, mask in zip(clips, partly, masks, strict=True):
        hidden, visible = np.broadcast_to(mask, clip.valid.shape), np.broadcast_to(~mask, clip.valid.shape)
        back, whole = (coder.decode(coder.encode(item)).positions_m for item in (part, clip))
        rows.append([slot_error_mm(clip, m, which) for m in (back, whole) for which in (hidden, visible)])
    names = ("hidden", "visible", "hidden_complete", "visible_complete")
    return dict(zip(names, np.array(rows).T, strict=True))


def motion_kept(coders: Coders, clips: Sequence[MotionClip]) -> dict[str, Any]:
    """Of every coder: sagittal joint angles of the decoded against the original motion, and stride-time variability.

    Angles are root mean squares in degrees, by joint and of all; the CV of stride times is in percent, over people
    with enough strides, and its ratio is decoded over original.
    """
    weights = person_weights(len(clips))
    original = mean_draws(np.array([stride_time_cv(clip) for clip in clips]), weights)
    result: dict[str, Any] = {"people": len(clips), "stride_time_cv_pct": figure(100.0 * original)}
    for name, coder in coders.items():
        backs = [coder.decode(coder.encode(clip)) for clip in clips]
        angles = [sagittal_error_deg(clip, back) for clip, back in zip(clips, backs, strict=True)]
        names = sorted({key for row in angles for key in row})
        squares = {key: np.array([row.get(key, np.nan) ** 2 for row in angles]) for key in names}
        squares["all"] = np.array([np.mean([value**2 for value in row.values()]) for row in angles])
        decoded = mean_draws(np.array([stride_time_cv(back) for back in backs]), weights)
        result[name] = {
            "angles_deg": {key: figure(np.sqrt(mean_draws(values, weights))) for key, values in squares.items()},
            "stride_time_cv_pct": figure(100.0 * decoded),
            "stride_time_cv_ratio": figure(decoded / original),
        }
    return result


def recorded_reconstruction(coders: Coders, clips: Mapping[str, MotionClip]) -> list[dict[str, Any]]:
    """Measured clips by file name: every coder's mean error over the slots that were seen, millimetres."""
    return [
        {
            "file": name,
            **{
                f"{coder_name}_mm": slot_error_mm(clip, coder.decode(coder.encode(clip)).positions_m, clip.valid)
                for coder_name, coder in coders.items()
            },
        }
        for name, clip in clips.items()
    ]
