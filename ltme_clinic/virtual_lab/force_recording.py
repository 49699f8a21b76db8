"""A recording's forces: the floor's reaction on a walker, plates laid where the walk crosses them, their channels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.types import AnalogSignals, ForcePlate, GroundReaction
from ltme_clinic.virtual_lab.gait import WalkedBody
from ltme_clinic.virtual_lab.ground_reaction import every, ground_reaction, kept_samples, moved
from ltme_clinic.virtual_lab.patient import TRIAL, VirtualPatient
from ltme_clinic.virtual_lab.plate_signals import PlateFaults, PlateKind, plate_signals
from ltme_clinic.virtual_lab.plates import (
    PlateLayout,
    Targeting,
    landing_times_s,
    plates_in_a_row,
    under_the_walk,
    under_the_walker,
)

_AIM, _CHANNELS = 40, 41
"""Streams of a trial's random numbers: where the walker hits the plates; noise and drift."""


@dataclass(frozen=True)
class ForceSetup:
    """A laboratory's force plates and how they are recorded."""

    layout: PlateLayout = field(default_factory=plates_in_a_row)
    kind: PlateKind = 2
    """FORCE_PLATFORM:TYPE."""
    targeting: Targeting = "clean"
    """Whether the walker was started so as to hit the plates."""
    faults: PlateFaults = field(default_factory=PlateFaults)
    samples_per_frame: int = 10
    """Analog samples for each frame of the cameras."""


@dataclass(frozen=True, eq=False)
class ForceRecord:
    """What a recording holds of the floor's forces, and the truth of them."""

    plates: tuple[ForcePlate, ...]
    analogs: AnalogSignals
    reaction: GroundReaction
    """At the cameras' frames, in the recording's frame of reference."""


def record_forces(
    patient: VirtualPatient,
    visit: int,
    trial: int,
    body: WalkedBody,
    kept: slice,
    rate_hz: float,
    setup: ForceSetup,
    *,
    belt_m_s: np.ndarray | None = None,
    unloading_share: tuple[float, float] = (0.0, 0.0),
) -> ForceRecord:
    """What the plates record of the kept frames of a walk.

    Parameters
    ----------
    kept
        Frames of `body` that the recording holds.
    belt_m_s
        (3,) velocity of the walker over a treadmill's belt: the plates are then the belts, and stay about the walker.
        None for a walk over the floor.
    unloading_share
        As `ground_reaction` takes it.

    Raises
    ------
    LtmeError
        The recording holds too few footprints to lay plates under.
    """
    finer = setup.samples_per_frame
    reaction = ground_reaction(patient, body, rate_hz, unloading_share=unloading_share, samples_per_frame=finer)
    reaction = kept_samples(reaction, kept, finer)
    time_s, heading_rad = body.rhythm.time_s, float(body.heading_rad[(kept.start + kept.stop) // 2])
    aim = patient.rng(TRIAL, visit, trial, _AIM)
    if belt_m_s is None:
        landed_s = landing_times_s(body.steps, body.rhythm.phase, time_s)
        kept_s = float(time_s[kept.start]), float(time_s[kept.stop - 1])
        layout = under_the_walk(
            setup.layout, patient.skeleton, body.steps, landed_s, kept_s, heading_rad, aim, setup.targeting
        )
    else:
        sample_s = time_s[kept.start] + np.arange(reaction.force_n.shape[1]) / (rate_hz * finer)
        reaction = moved(reaction, -sample_s[:, None] * belt_m_s)
        pelvis_m = body.motion.joint_centres["pelvis"][kept] - time_s[kept, None] * belt_m_s
        layout = under_the_walker(setup.layout, pelvis_m, heading_rad)
    plates, analogs = plate_signals(
        reaction,
        layout,
        rate_hz * finer,
        kind=setup.kind,
        faults=setup.faults,
        rng=patient.rng(TRIAL, visit, trial, _CHANNELS),
        samples_per_frame=finer,
    )
    return ForceRecord(plates, analogs, every(reaction, finer))
