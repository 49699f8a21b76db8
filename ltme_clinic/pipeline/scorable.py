"""Whether a recording is measured well enough to be scored: asked of the measurement, never of the movement.

A wrong number looks like any other. So what the gait analysis refuses or leaves out (units, axes, labels, a body of no
human size, markers off their segment, frames that repeat) becomes neither clip nor embedding, and both legs must be
seen. `ltme inspect` says what is wrong.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.clips import make_clip
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.types import LtmeError, MotionClip, Recording

LEAST_SEEN = 0.6
"""Share of the frames with a pelvis in which each knee and ankle must have been measured where they belong."""
_JOINTS = ("knee", "ankle")
_OF_A_JOINT = ("", "_centre", "_medial")


def clip_to_score(recording: Recording) -> MotionClip:
    """The recording's clip; a walk, or what may be one, must be fit to be scored as well.

    Raises
    ------
    LtmeError
        No clip can be made, or `check_scorable` refuses it.
    """
    clip = make_clip(recording)
    if not recording.is_static and recording.trial.kind in ("walk", "unknown"):
        check_scorable(recording)
    return clip


def check_scorable(recording: Recording) -> None:
    """Refuse a recording that no score is to be made of.

    Raises
    ------
    LtmeError
        What the gait analysis refuses (`gait.walker.walker_of`), or a knee or ankle that is hidden, repeated or off its
        segment for too long.
    """
    walker = walker_of(recording)
    measured = np.isfinite(walker.measured_m[np.isfinite(walker.pelvis_m[:, 0])][..., 0])
    for side, joint in product(SIDES, _JOINTS):
        places = [SLOT_INDEX[f"{side}_{joint}{end}"] for end in _OF_A_JOINT]
        share = float(measured[:, places].any(axis=1).mean())
        if share < LEAST_SEEN:
            fact = (
                f"the {side} {joint} is measured in {share:.0%} of the frames with a pelvis (at least {LEAST_SEEN:.0%})"
            )
            raise LtmeError(recording.source_name, fact, "Look at its markers with ltme inspect, then fill or relabel")
