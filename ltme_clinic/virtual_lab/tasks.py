"""What a virtual patient is asked to do: walk on the toes, shuffle, turn, start and stop, go backwards, on a belt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ltme_clinic.types import LtmeError

Manner = Literal["usual", "toe_walking", "shuffling"]
Pacing = Literal["steady", "start_and_stop", "one_step", "backwards"]
Landing = Literal["soft", "firm"]

MOST_TURN_DEG = 360.0


@dataclass(frozen=True)
class WalkingTask:
    """One way to walk a trial; the default is a straight, steady walk as the patient walks."""

    manner: Manner = "usual"
    """`toe_walking`: both heels never touch. `shuffling`: short, quick, low steps with the feet nearly flat."""
    pacing: Pacing = "steady"
    """`start_and_stop`: stands in a stride, walks, stands; `one_step`: stands, one step, stands; `backwards`: a walk
    run backwards in time, so that each foot off becomes a contact of the toes."""
    treadmill: bool = False
    """The belt takes back what the patient walks: the pelvis stays where it is."""
    turn_deg: float = 0.0
    """A turn in the middle of a straight walk, left positive; a path that turns all the time is `curvature_per_m`."""
    heading_rad: float | None = None
    """Where the walk faces at its start, from the laboratory's x; None: any way, as the trial's number draws it."""
    landing: Landing = "soft"
    """`soft`: how a foot meets the floor follows from the person's wished curves; one floats in where another skims.
    `firm`: every sole falls onto the floor as measured at force plates, so that contact has a moment to be found."""

    def __post_init__(self) -> None:
        for field, value, known in (
            ("manner", self.manner, get_args(Manner)),
            ("pacing", self.pacing, get_args(Pacing)),
            ("landing", self.landing, get_args(Landing)),
        ):
            if value not in known:
                raise LtmeError("walking task", f"{field} '{value}' is not known", f"Use {', '.join(known)}")
        if not abs(self.turn_deg) <= MOST_TURN_DEG:
            raise LtmeError("walking task", f"a turn of {self.turn_deg:g} degrees", f"Give up to {MOST_TURN_DEG:g}")
        if self.heading_rad is not None and not np.isfinite(self.heading_rad):
            raise LtmeError("walking task", f"a heading of {self.heading_rad}", "Give radians, or leave it out")
        if self.treadmill and (self.turn_deg or self.pacing != "steady"):
            raise LtmeError("walking task", "a belt runs straight and steadily", "Turn, stop and start overground")


AS_USUAL = WalkingTask()
