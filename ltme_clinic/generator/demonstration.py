"""An exercise on a body: the synthetic recording of a demonstration, unmistakably marked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.exercises import Exercise, Performance, find_exercise, perform
from ltme_clinic.exercises.pose import Posed
from ltme_clinic.generator.body_size import skeleton_like
from ltme_clinic.kinematics import Skeleton, landmarks
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.types import (
    Anthropometry,
    GaitEvent,
    LtmeError,
    ModelOutput,
    MotionClip,
    Recording,
)

MARK = "SYNTHETIC"
WARNING = "SYNTHETIC: a generated exercise demonstration, not measured on any person"
DEFAULT_HEIGHT_M = 1.72
DEFAULT_MARKER_SET = "plug-in-gait-full-body"
MOST_EVENTS = 250


@dataclass(frozen=True)
class Movement(Performance):
    """Everything that was made on the way to a recording; what tests and pictures look at."""

    positions_m: np.ndarray  # (frame, slot, 3), `body.SLOTS`, x forward from the (front) ankles, z up from the floor


def generate(
    exercise: str | Exercise,
    params: Mapping[str, object] | None = None,
    *,
    height_m: float = DEFAULT_HEIGHT_M,
    like: Recording | MotionClip | None = None,
    seed: int = 0,
    rate_hz: float = 100.0,
    marker_set: str = DEFAULT_MARKER_SET,
) -> Recording:
    """A synthetic recording of an exercise, as a laboratory would have measured a good demonstration.

    Repetitions, durations and limits are kept exactly; repetitions fall up to 0.6 % short of the asked range and differ
    a little in pace and sway, by the seed. No measurement noise is added. Not handled: furniture, forces;
    faults belong to virtual patients (`virtual_lab.simulate_exercise`).

    Parameters
    ----------
    exercise
        A name among `exercises()`, or a description.
    params
        Values of the description's parameters; those left out are the defaults.
    height_m
        Standing height of the body, when `like` is not given.
    like
        A recording or clip whose body size (height, leg length) the demonstration takes.
    seed
        Of the natural variation; written into the result.
    marker_set
        A name among `marker_sets.marker_sets()`: decides the labels and which landmarks there are.

    Returns
    -------
    Recording
        Origin `generated`, subject `SYNTHETIC`, laboratory frame x forward, y left, z up, metres; phases as events.

    Raises
    ------
    LtmeError
        For an unknown exercise or parameter, a value outside its safe limits, or a movement that would leave them.
    """
    movement = animate(exercise, params, height_m=height_m, like=like, seed=seed, rate_hz=rate_hz)
    labels, slots = _labels(marker_set)
    description = {
        "exercise": movement.exercise.name,
        "exercise_version": str(movement.exercise.version),
        "seed": str(seed),
        "params": json.dumps(dict(movement.values), sort_keys=True),
        "height_m": f"{movement.stance.skeleton.height_m:.4f}",
        "leg_length_m": f"{movement.stance.skeleton.leg_length_m:.4f}",
    }
    positions_m = movement.positions_m[:, slots]
    identity = json.dumps(description | {"rate_hz": rate_hz, "labels": labels}, sort_keys=True).encode()
    leg_length_m = movement.stance.skeleton.leg_length_m
    return Recording(
        recording_id=hashlib.sha256(identity + positions_m.tobytes()).hexdigest(),
        origin="generated",
        source_name=f"{movement.exercise.name}.generated",
        subject=MARK,
        rate_hz=float(rate_hz),
        first_file_frame=1,
        marker_labels=labels,
        positions_m=positions_m,
        events=_phase_events(movement, rate_hz),
        model_outputs=_angle_outputs(movement.posed),
        anthropometry=Anthropometry(
            height_m=movement.stance.skeleton.height_m,
            leg_length_left_m=leg_length_m,
            leg_length_right_m=leg_length_m,
        ),
        manufacturer=MARK,
        warnings=(WARNING,),
        parameters=description,
    )


def generate_clip(
    exercise: str | Exercise,
    params: Mapping[str, object] | None = None,
    *,
    height_m: float = DEFAULT_HEIGHT_M,
    like: Recording | MotionClip | None = None,
    seed: int = 0,
) -> MotionClip:
    """The same demonstration as a clip with all 49 slots, for the player and the model; origin `generated`."""
    from ltme_clinic.clips import clip_from_positions
    from ltme_clinic.types import CLIP_RATE_HZ

    movement = animate(exercise, params, height_m=height_m, like=like, seed=seed, rate_hz=CLIP_RATE_HZ)
    name = hashlib.sha256(movement.positions_m.tobytes()).hexdigest()
    return clip_from_positions(movement.positions_m, CLIP_RATE_HZ, recording_id=name, origin="generated")


def write_exercise(path: Path | str, recording: Recording) -> Path:
    """Write a generated recording; the suffix picks the format, as `recordings.write_recording` says.

    Raises
    ------
    LtmeError
        For a suffix of no format, or for a recording that was not generated.
    """
    path = Path(path)
    if recording.origin != "generated":
        raise LtmeError(path.name, f"the recording is {recording.origin}, not generated", "Write only demonstrations")
    from ltme_clinic.recordings import write_recording

    write_recording(path, recording)
    return path


def animate(
    exercise: str | Exercise,
    params: Mapping[str, object] | None = None,
    *,
    height_m: float = DEFAULT_HEIGHT_M,
    like: Recording | MotionClip | None = None,
    seed: int = 0,
    rate_hz: float = 100.0,
) -> Movement:
    """The movement behind `generate`, with every landmark and joint angle; same arguments, same errors."""
    found = find_exercise(exercise) if isinstance(exercise, str) else exercise
    values = found.check(params)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise LtmeError(found.name, f"the seed {seed!r}", "Give a whole number, 0 or more")
    skeleton = Skeleton.from_height(height_m) if like is None else skeleton_like(like)
    done = perform(found, values, skeleton, rate_hz, np.random.default_rng(seed))
    return Movement(**vars(done), positions_m=landmarks(skeleton, done.posed.motion))


def _labels(marker_set: str) -> tuple[tuple[str, ...], list[int]]:
    """The preferred label of each physical marker of a set, and its slot's index."""
    known = marker_sets()
    if marker_set not in known:
        raise LtmeError(f"marker set {marker_set!r}", "it is not described", f"Choose {', '.join(known)}")
    slots = known[marker_set].slots
    return tuple(labels[0] for labels in slots.values()), [SLOT_INDEX[slot] for slot in slots]


def _phase_events(movement: Movement, rate_hz: float) -> tuple[GaitEvent, ...]:
    """Where each phase begins, or where there are too many for a C3D file, each repetition's first."""
    phases = movement.timeline.phases
    if len(phases) > MOST_EVENTS:
        phases = phases[:: len(movement.exercise.phases)]
    return tuple(
        GaitEvent(None, "other", start_s, round(start_s * rate_hz), f"repetition {repetition}: {name}")
        for start_s, repetition, name in phases
    )


def _angle_outputs(posed: Posed) -> tuple[ModelOutput, ...]:
    """The true joint angles under the names the clinic knows: flexion, adduction, internal rotation, degrees."""
    still = np.zeros(posed.motion.frames)
    outputs = []
    for side in SIDES:
        columns = {
            "HipAngles": ("hip_flexion", "hip_adduction", "hip_rotation"),
            "KneeAngles": ("knee_flexion", "knee_valgus", "knee_rotation"),
            "AnkleAngles": ("ankle_dorsiflexion", "ankle_inversion", "ankle_rotation"),
        }
        for name, keys in columns.items():
            values = np.stack([posed.angles_deg.get(f"{side}_{key}", still) for key in keys], axis=1)
            outputs.append(ModelOutput(f"{side[0].upper()}{name}", "angle", values.astype(np.float32), "deg"))
    return tuple(outputs)
