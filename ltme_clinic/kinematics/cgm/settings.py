"""The choices that a calculation of the Conventional Gait Model leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HipCentres = Literal["davis", "harrington", "hara"]
Progression = Literal["heading", "laboratory"]

USUAL_MARKER_M = 0.014
"""Diameter of the markers that gait laboratories wear, where nothing tells it."""


@dataclass(frozen=True)
class ModelSettings:
    """How to calculate; the defaults are the commercial pipeline's, but for the clinical direction of progression."""

    hip_centres: HipCentres = "davis"
    """Davis 1991 as the commercial pipeline, Harrington 2007 (from the pelvis's size) or Hara 2016 (from the leg's)."""
    marker_diameter_m: float | None = None
    """None: told by the joint centres that the file stores, else 14 mm whatever the file says (it says 10 and is
    known to be wrong)."""
    flat_foot: bool | None = None
    """Whether the static trial's feet stood flat, so that the heel marker is taken as high as the toe marker. None:
    whichever reproduces the stored offsets, and not flat where there are none."""
    progression: Progression = "heading"
    """What pelvis and foot are measured against: where the walker heads, frame by frame, or the laboratory's nearest
    axis as the commercial pipeline does, which exchanges tilt and obliquity in a turn by 90 degrees."""
