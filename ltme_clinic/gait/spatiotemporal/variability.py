"""How much steps and strides differ from one to the next."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ltme_clinic.gait.spatiotemporal.figures import Measure, pooled_spread
from ltme_clinic.gait.standing_feet import LEFT, RIGHT
from ltme_clinic.types import GaitFigure, Refusal

MIN_STEPS = 30
ADVISED_STRIDES = 50
"""A standard deviation of 30 steps still has a standard error of 13 %; 50 strides are advised (Konig 2014, Gait Posture
39:615; Galna 2013, Gait Posture 37:580). Intraclass correlations of variability are .26 to .74 (PMC4806559)."""
MIN_SHARE_OF_A_SIDE = 1 / 3
"""Steps alternate; a side with fewer than this share of them has lost its marker."""
VARIED = ("step_time_s", "stride_time_s", "step_length_m", "stride_length_m", "step_width_m")


def variability(measures: Mapping[str, Measure]) -> tuple[list[GaitFigure], list[Refusal]]:
    """SD and coefficient of variation of times, lengths and width, sides pooled by sqrt((left^2 + right^2) / 2).

    Refused under `MIN_STEPS` steps (half as many strides). The coefficient is refused where the mean is smaller than
    the SD, as a narrow base's can be: it then says more of the mean than of the variation.
    """
    figures: list[GaitFigure] = []
    refusals: list[Refusal] = []
    too_few: dict[str, str] = {}
    for name in VARIED:
        what, _, unit = name.rpartition("_")
        values = [measures[name].of(side) for side in (LEFT, RIGHT)]
        count = sum(len(of_side) for of_side in values)
        fewer = min(len(of_side) for of_side in values)
        if count < MIN_STEPS or fewer < MIN_SHARE_OF_A_SIDE * MIN_STEPS:
            too_few[what] = f"{count}, {fewer} of them on the side with fewer"
            continue
        sd = pooled_spread(values)
        assert sd is not None
        mean = float(np.mean([of_side.mean() for of_side in values]))
        few = "" if count >= 2 * ADVISED_STRIDES else f"; {ADVISED_STRIDES} strides of each foot are advised"
        note = f"within the sides, pooled{few}"
        figures.append(GaitFigure(f"{what}_sd_{unit}", measures[name].unit, sd, n=count, note=note))
        if mean > sd:
            figures.append(GaitFigure(f"{what}_cv_pct", "%", 100.0 * sd / mean, n=count, note=note))
        else:
            reason = f"its mean of {mean:.3f} is no larger than its SD of {sd:.3f}"
            refusals.append(Refusal(f"{what}_cv_pct", f"{reason}: read the SD"))
    return figures, [*refusals, *_refused_for(too_few)]


def _refused_for(too_few: Mapping[str, str]) -> list[Refusal]:
    """One refusal that names everything of which too little was walked, and how much there is."""
    if not too_few:
        return []
    # Strides of the two feet overlap: 30 of both together are no more walking than 30 steps.
    needed = f"it needs {MIN_STEPS} steps or strides of both feet together, a third of them on each side"
    there = "; ".join(f"{what}: {count}" for what, count in too_few.items())
    return [Refusal("variability", f"{needed}: walk longer, or on a treadmill (there are of {there})")]
