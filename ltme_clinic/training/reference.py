"""A reference population of healthy virtual people, each measured twice, as one checkpoint sees them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic import __version__
from ltme_clinic.embedding import load_model
from ltme_clinic.findings import ReferencePopulation, build_reference
from ltme_clinic.processes import process_pool
from ltme_clinic.training.walkers import REFERENCE_SEED_OFFSET, SPEED_FACTOR
from ltme_clinic.types import CLIP_RATE_HZ, LtmeError, MotionEmbedding

if TYPE_CHECKING:
    from ltme_clinic.pipeline.scorable import ScorableClip

Progress = Callable[[str, int, int], None]
VISITS = 2
TRIALS = 3
TRIAL_S = 6.0
MARKER_SET = "plug-in-gait-full-body"


def build_virtual_reference(
    out: Path,
    *,
    people: int,
    checkpoint: Path | None = None,
    seed: int = 0,
    workers: int = 2,
    progress: Progress = lambda *_: None,
) -> ReferencePopulation:
    """Simulate, encode and save: people of all ages at speeds around their own, markers placed anew at each visit.

    None of these people was used to train or choose a checkpoint (their seeds are a range of their own).
    """
    from ltme_clinic.virtual_lab import sample_patient

    _check_writable(out)
    model = load_model(checkpoint)
    seeds = [seed * 1_000_000 + REFERENCE_SEED_OFFSET + number for number in range(people)]
    encoded: dict[str, list[list[MotionEmbedding]]] = {}
    with process_pool(workers) as pool:
        for number, (person, visits) in enumerate(zip(seeds, pool.map(person_clips, seeds, chunksize=4), strict=True)):
            encoded[f"virtual-{person}"] = [[clip.encoded(model) for clip in trials] for trials in visits]
            progress("virtual reference people", number + 1, people)
    ages_y = [sample_patient(person).age_y for person in seeds]
    card = {
        "made_by": "ltme reference build",
        "software": __version__,
        "seed": seed,
        "people": people,
        "ages_y": [round(min(ages_y), 1), round(max(ages_y), 1)],
        "marker_set": MARKER_SET,
        "trial_s": TRIAL_S,
        "speed_factor": list(SPEED_FACTOR),
        "note": "Synthetic: healthy virtual people. No p-value for measured recordings.",
    }
    reference = build_reference(encoded, name="virtual-healthy", origin="virtual", card=card)
    reference.save(out)
    return reference


def _check_writable(out: Path) -> None:
    """Refuse before minutes of work what could not be kept after them."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        cure = "Choose another folder"
        raise LtmeError(str(out), f"the reference can't be written there ({error.strerror})", cure) from None


def person_clips(seed: int) -> list[list[ScorableClip]]:
    """Clips of one healthy virtual person, visit by visit, as a laboratory with this marker set would make them, and
    joint angles by the events that the gait analysis finds.

    A person keeps one speed over both visits, give or take what people vary from day to day.
    """
    from ltme_clinic.pipeline.scorable import scorable_clip
    from ltme_clinic.virtual_lab import sample_patient, simulate_walk

    rng = np.random.default_rng([seed, 78])
    patient = sample_patient(seed)
    speed_m_s = patient.preferred_speed_m_s * float(rng.uniform(*SPEED_FACTOR))
    visits = []
    for visit in range(VISITS):
        visit_speed_m_s = speed_m_s + float(rng.normal(0.0, 0.04))
        trials = []
        for trial in range(TRIALS):
            walk = simulate_walk(
                patient,
                visit=visit,
                trial=trial,
                duration_s=TRIAL_S,
                rate_hz=2 * CLIP_RATE_HZ,
                speed_m_s=visit_speed_m_s + float(rng.normal(0.0, 0.02)),
                marker_set=MARKER_SET,
            )
            trials.append(scorable_clip(replace(walk.recording, events=())))
        visits.append(trials)
    return visits
