"""Whether a recording is measured well enough to be scored: asked of the measurement, never of the movement.

A wrong number looks like any other. So what the gait analysis refuses or leaves out (units, axes, labels, a body of no
human size, markers off their segment, frames that repeat) becomes neither clip nor embedding, and both legs must be
seen. `ltme inspect` says what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.clips import make_clip
from ltme_clinic.findings.explain import phase_means
from ltme_clinic.gait.measured_walk import measured_walk
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.types import LtmeError, MotionClip, MotionEmbedding, Recording

if TYPE_CHECKING:
    from ltme_clinic.embedding import LtmeModel, PcaModel

LEAST_SEEN = 0.6
"""Share of the frames with a pelvis in which each knee and ankle must have been measured where they belong."""
_JOINTS = ("knee", "ankle")
_OF_A_JOINT = ("", "_centre", "_medial")


@dataclass(frozen=True, eq=False)
class ScorableClip:
    """A clip, and what of its recording is kept beside its embedding."""

    clip: MotionClip
    joint_cells_deg: np.ndarray | None = None
    """See `MotionEmbedding.joint_cells_deg`."""
    gait_figures: np.ndarray | None = None
    """See `MotionEmbedding.gait_figures`."""

    def encoded(self, model: LtmeModel | PcaModel) -> MotionEmbedding:
        return replace(model.encode(self.clip), joint_cells_deg=self.joint_cells_deg, gait_figures=self.gait_figures)


def scorable_clip(recording: Recording) -> ScorableClip:
    """The recording's clip; a walk, or what may be one, must be fit to be scored as well.

    Raises
    ------
    LtmeError
        No clip can be made, or `scorable_walker` refuses it.
    """
    clip = make_clip(recording)
    if recording.is_static or recording.trial.kind not in ("walk", "unknown"):
        return ScorableClip(clip)
    measured = measured_walk(scorable_walker(recording), recording.trial.years)
    cells = phase_means(measured.joint_curves_deg[None])[0].astype(np.float32)
    return ScorableClip(clip, cells if np.isfinite(cells).all() else None, measured.figures)


def scorable_walker(recording: Recording) -> Walker:
    """The walker, where a score may be made of the recording.

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
    return walker
