"""Frozen data types that flow through the whole project, checked once when they are made."""

from ltme_clinic.errors import LtmeError, Refused
from ltme_clinic.types.body_measures import ArmMeasures, BodyMeasures, LegMeasures
from ltme_clinic.types.clinical import (
    BodyPartContribution,
    EpisodeContribution,
    Finding,
    Trend,
    TrendPoint,
)
from ltme_clinic.types.exercise_truth import ExerciseRepetition, ExerciseTruth
from ltme_clinic.types.force_plates import ForcePlate, PlateForces
from ltme_clinic.types.gait import (
    PERCENT,
    AngleBand,
    CycleCurves,
    GaitAnalysis,
    GaitCycle,
    GaitFigure,
    JointAngles,
    JointKinetics,
    MuscleActivity,
    PlateContact,
    Refusal,
)
from ltme_clinic.types.motion import (
    BLOCK_WINDOWS,
    CLIP_RATE_HZ,
    CLIP_VERSION,
    WINDOW_FRAMES,
    WINDOW_S,
    MotionClip,
    MotionEmbedding,
    MotionModel,
    own_latents,
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
from ltme_clinic.types.virtual import GroundReaction, Impairment, MotionTruth, WalkTruth

__all__ = [
    "BLOCK_WINDOWS",
    "CLIP_RATE_HZ",
    "CLIP_VERSION",
    "PERCENT",
    "WINDOW_FRAMES",
    "WINDOW_S",
    "AnalogSignals",
    "AngleBand",
    "Anthropometry",
    "ArmMeasures",
    "BodyMeasures",
    "BodyPartContribution",
    "CycleCurves",
    "EpisodeContribution",
    "ExerciseRepetition",
    "ExerciseTruth",
    "Finding",
    "ForcePlate",
    "GaitAnalysis",
    "GaitCycle",
    "GaitEvent",
    "GaitFigure",
    "GroundReaction",
    "Impairment",
    "JointAngles",
    "JointKinetics",
    "LegMeasures",
    "LtmeError",
    "ModelOutput",
    "MotionClip",
    "MotionEmbedding",
    "MotionModel",
    "MotionTruth",
    "MuscleActivity",
    "Origin",
    "PlateContact",
    "PlateForces",
    "Recording",
    "Refusal",
    "Refused",
    "Side",
    "Trend",
    "TrendPoint",
    "TrialFacts",
    "TrialKind",
    "WalkTruth",
    "own_latents",
]
