"""What is known for certain about a virtual patient's walk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ltme_clinic.types.recording import GaitEvent, Side

Impairment = Literal[
    "none",
    "crouch",
    "stiff_knee",
    "equinus",
    "foot_drop",
    "hemiplegic",
    "trendelenburg",
    "trendelenburg_compensated",
    "antalgic",
    "parkinsonian",
    "ataxic",
    "post_operative",
]


@dataclass(frozen=True, eq=False)
class GroundReaction:
    """What the floor does to each foot, laboratory frame (z up), left foot then right."""

    force_n: np.ndarray  # (2, frame, 3) on the body; 0 while the foot is in the air
    centre_of_pressure_m: np.ndarray  # (2, frame, 3) on the floor (z = 0); NaN while the foot is in the air
    free_moment_nm: np.ndarray  # (2, frame) about the upward normal through the centre of pressure, on the body


@dataclass(frozen=True, eq=False)
class MotionTruth:
    """The body's true motion at every frame of a recording, laboratory frame, before any camera saw it."""

    joint_centres_m: dict[str, np.ndarray]
    """Name -> (frame, 3), as `kinematics.BodyMotion.joint_centres`."""
    angles_deg: dict[str, np.ndarray]
    """Name -> (frame,), the keys of `kinematics.forward_kinematics`: what the joints really did."""
    centre_of_mass_m: np.ndarray  # (frame, 3)
    ground_reaction: GroundReaction | None = None
    """None where the floor is not all that carries the body: a seat, a mat, a belt that is not a plate."""


@dataclass(frozen=True)
class WalkTruth:
    """Truth beside a virtual recording: what a perfect laboratory would have measured.

    `curves_deg` is (side, variable, 51): left then right, `body.ANGLES` order, 0 to 100 % of that side's cycle,
    averaged over the recording's strides, with the Conventional Gait Model's signs. Speed and step lengths are along
    the heading: negative for someone who walks backwards.
    """

    patient: str
    visit: int
    curves_deg: np.ndarray  # (2, 9, 51) float32
    speed_m_s: float
    cadence_spm: float
    step_length_m: tuple[float, float]
    """Left, right."""
    stance_pct: tuple[float, float]
    step_width_m: float
    leg_length_m: float
    height_m: float
    events: tuple[GaitEvent, ...]
    """As a force plate would find them: the rigid soles land and leave a little earlier (`Rhythm.of_soles`)."""
    impairment: Impairment = "none"
    severity: float = 0.0
    """0 healthy, 1 the published severe degree; continuous between."""
    side: Side | None = None
    model_curves_deg: np.ndarray = field(default_factory=lambda: np.full((2, 9, 51), np.nan))
    """As `curves_deg`, but over the cycles from contact to contact by time, as an analysis has them; NaN without."""
    freezes_s: tuple[tuple[float, float], ...] = ()
    """Half-open times during which the feet stand still in the middle of a walk (a freezing episode)."""
