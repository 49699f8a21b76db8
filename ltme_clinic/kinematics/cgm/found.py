"""What the model has calculated so far, while it goes through the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.types.recording import Side


@dataclass
class Found:
    """Angles, joint centres and axes by name; what is missing, and why."""

    values_deg: dict[tuple[str, Side], np.ndarray] = field(default_factory=dict)
    joint_centres_m: dict[str, np.ndarray] = field(default_factory=dict)
    segments: dict[str, np.ndarray] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, side: Side, angles_deg: Mapping[str, np.ndarray], ending: str = "") -> None:
        """One side's angles, each under its name and an ending."""
        self.values_deg |= {(name + ending, side): angle_deg for name, angle_deg in angles_deg.items()}
