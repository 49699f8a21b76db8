"""What a virtual patient is asked to do: walk on the toes, shuffle, turn, start and stop, backwards, on a line, big."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ltme_clinic.types import LtmeError

Manner = Literal["usual", "toe_walking", "shuffling"]
Pacing = Literal["steady", "walkway", "start_and_stop", "one_step", "backwards"]

MOST_TURN_DEG = 360.0
STEP_FACTORS, CADENCE_FACTORS = (0.3, 1.4), (0.4, 1.5)
WIDEST_STEP_M, WIDEST_ARM_SWING_DEG = 0.4, 90.0
"""What can be asked of a walk."""


@dataclass(frozen=True)
class WalkingTask:
    """One way to walk a trial; the default is a straight, steady walk as the patient walks."""

    manner: Manner = "usual"
    """`toe_walking`: both heels never touch. `shuffling`: short, quick, low steps with the feet nearly flat."""
    pacing: Pacing = "steady"
    """`walkway`: the patient has started outside the volume and will stop outside it, so the recording's ends are a
    little slower; `start_and_stop`: stands in a stride, walks, stands; `one_step`: stands, one step, stands;
    `backwards`: a walk run backwards in time, so that each foot off becomes a contact of the toes."""
    treadmill: bool = False
    """The belt takes back what the patient walks: the pelvis stays where it is."""
    turn_deg: float = 0.0
    """A turn in the middle of a straight walk, left positive; a path that turns all the time is `curvature_per_m`."""
    heading_rad: float | None = None
    """Where the walk faces at its start, from the laboratory's x; None: any way, as the trial's number draws it."""
    step_length_factor: float = 1.0
    """Step length against the patient's own walk."""
    cadence_factor: float = 1.0
    """Cadence against the patient's own walk; where neither factor is 1, the speed is their product's."""
    step_width_m: float | None = None
    """Between the heels; 0 is a walk on a line. None: the patient's own."""
    arm_swing_deg: float | None = None
    """Range of shoulder flexion, both arms. None: the patient's own."""

    def __post_init__(self) -> None:
        for field, value, known in (
            ("manner", self.manner, get_args(Manner)),
            ("pacing", self.pacing, get_args(Pacing)),
        ):
            if value not in known:
                raise LtmeError("walking task", f"{field} '{value}' is not known", f"Use {', '.join(known)}")
        if not abs(self.turn_deg) <= MOST_TURN_DEG:
            raise LtmeError("walking task", f"a turn of {self.turn_deg:g} degrees", f"Give up to {MOST_TURN_DEG:g}")
        if self.heading_rad is not None and not np.isfinite(self.heading_rad):
            raise LtmeError("walking task", f"a heading of {self.heading_rad}", "Give radians, or leave it out")
        if self.treadmill and (self.turn_deg or self.pacing != "steady"):
            raise LtmeError("walking task", "a belt runs straight and steadily", "Turn, stop and start overground")
        for number, (low, high), what in (
            (self.step_length_factor, STEP_FACTORS, "times the own step length"),
            (self.cadence_factor, CADENCE_FACTORS, "times the own cadence"),
            (self.step_width_m, (0.0, WIDEST_STEP_M), "m of step width"),
            (self.arm_swing_deg, (0.0, WIDEST_ARM_SWING_DEG), "degrees of arm swing"),
        ):
            if number is not None and not low <= number <= high:
                raise LtmeError("walking task", f"{number:g} {what}", f"Give {low:g} to {high:g}")

    @property
    def speed_factor(self) -> float:
        """Self-selected speed against that of the patient's own walk."""
        return self.step_length_factor * self.cadence_factor


AS_USUAL = WalkingTask()
