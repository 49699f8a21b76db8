"""Step and stride lengths and step width from the footprints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.gait.spatiotemporal.figures import Measure
from ltme_clinic.gait.spatiotemporal.footprints import Footprints
from ltme_clinic.gait.spatiotemporal.strides import Strides


@dataclass(frozen=True)
class Steps:
    """Steps inside the strides, each once, named for the foot that lands."""

    contact: np.ndarray  # (step,) index among the footprints of the foot that lands
    side: np.ndarray  # (step,)
    time_s: np.ndarray  # (step,) since the other foot's contact
    length_m: np.ndarray  # (step,) along the direction of progression; NaN where a foot is not seen
    width_m: np.ndarray  # (step,) across it; negative where the feet cross


def steps_of(strides: Strides, prints: Footprints) -> Steps:
    """Both steps of each stride; the strides of the two feet overlap, so that most steps occur twice: kept once."""
    known = np.isfinite(strides.opposite_contact_s)
    start, middle, stop = (
        prints.index(times[known]) for times in (strides.start_s, strides.opposite_contact_s, strides.stop_s)
    )
    pairs = np.unique(np.stack([np.concatenate([middle, stop]), np.concatenate([start, middle])], axis=1), axis=0)
    landed, before = pairs[:, 0], pairs[:, 1]
    step_m = prints.place_m[landed] - prints.place_m[before]
    return Steps(
        contact=landed,
        side=prints.side[landed],
        time_s=prints.time_s[landed] - prints.time_s[before],
        length_m=np.sum(step_m * prints.forward[landed], axis=1),
        width_m=np.sum(step_m * prints.outward[landed], axis=1),
    )


def distances(strides: Strides, steps: Steps, prints: Footprints) -> list[Measure]:
    """Step time, step and stride length, step width."""
    missing = "no foot marker is seen while the feet stand: label heel or ankle on both sides"
    point = f"between the {prints.landmark.replace('_', ' ')} markers of the standing feet"
    if prints.landmark != "heel":
        point += ", for want of heels"
    along = f"along the walk's own direction, {point}"
    across = f"across the walk's own direction, {point}"
    start, stop = prints.index(strides.start_s), prints.index(strides.stop_s)
    stride_m = np.hypot(*(prints.place_m[stop] - prints.place_m[start]).T)
    return [
        Measure("step_time_s", "s", steps.time_s, steps.side, "from the other foot's contact to this foot's"),
        Measure("step_length_m", "m", steps.length_m, steps.side, along, missing),
        Measure("stride_length_m", "m", stride_m, strides.side, point, missing, sided=False),
        Measure("step_width_m", "m", steps.width_m, steps.side, across, missing, sided=False),
    ]
