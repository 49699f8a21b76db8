"""Frozen data types that flow through the whole project, checked once when they are made."""

from ltme_clinic.errors import LtmeError, Refused
from ltme_clinic.types.clinical import (
    BodyPartContribution,
    EpisodeContribution,
    Finding,
    Trend,
    TrendPoint,
)
from ltme_clinic.types.force_plates import ForcePlate, PlateForces
from ltme_clinic.types.motion import (
    CLIP_RATE_HZ,
    CLIP_VERSION,
    WINDOW_FRAMES,
    WINDOW_S,
    MotionClip,
    MotionEmbedding,
    MotionModel,
)
from ltme_clinic.types.recording import (
    AnalogSignals,
    Anthropometry,
    GaitEvent,
    ModelOutput,
    Origin,
    Recording,
    Side,
)
from ltme_clinic.types.trial import TrialFacts, TrialKind
from ltme_clinic.types.virtual import Impairment, WalkTruth

__all__ = [
    "CLIP_RATE_HZ",
    "CLIP_VERSION",
    "WINDOW_FRAMES",
    "WINDOW_S",
    "AnalogSignals",
    "Anthropometry",
    "BodyPartContribution",
    "EpisodeContribution",
    "Finding",
    "ForcePlate",
    "GaitEvent",
    "Impairment",
    "LtmeError",
    "ModelOutput",
    "MotionClip",
    "MotionEmbedding",
    "MotionModel",
    "Origin",
    "PlateForces",
    "Recording",
    "Refused",
    "Side",
    "Trend",
    "TrendPoint",
    "TrialFacts",
    "TrialKind",
    "WalkTruth",
]
