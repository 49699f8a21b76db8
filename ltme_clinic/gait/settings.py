"""What a gait analysis can be told: how events are found, how joints are modelled, who is walking."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ltme_clinic.gait.kinetics import KineticsFilter
from ltme_clinic.kinematics.cgm import ModelSettings
from ltme_clinic.types import BodyMeasures


@dataclass(frozen=True)
class GaitSettings:
    """Choices that change numbers; each is printed with the result."""

    event_method: str = "auto"
    """ "auto" takes entered events, then clean plate contacts, then the markers; or the name of one detector."""
    model: ModelSettings = field(default_factory=ModelSettings)
    """Hip centres, marker diameter, flat foot."""
    measures: BodyMeasures = field(default_factory=BodyMeasures)
    """Measures that somebody enters; they win over those in the file."""
    age_y: float | None = None
    """Decides which norms apply; None: not known, and the norms' own ages are said."""
    sex: Literal["", "female", "male"] = ""
    """Chooses among the published adults; "" is not known, and they are then no reference."""
    kinetics: KineticsFilter = field(default_factory=KineticsFilter)
    """How motion and forces are smoothed before moments are calculated."""
