"""Virtual walkers as training examples: complete feature rows, the truth, and ways of hiding slots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from ltme_clinic.body import SLOTS
from ltme_clinic.embedding.deviations import Role
from ltme_clinic.embedding.features import CHANNELS, SLOT_WIDTH, clip_features
from ltme_clinic.embedding.gaitcode import spatiotemporal_values
from ltme_clinic.processes import process_pool
from ltme_clinic.training.recipes import Recipe
from ltme_clinic.types import CLIP_RATE_HZ, Impairment, Side, WalkTruth

if TYPE_CHECKING:
    from ltme_clinic.virtual_lab import CameraSystem

VALIDATION_SEED_OFFSET = 500_000
TEST_SEED_OFFSET = 700_000
"""Seeds of people who are never trained on and never choose anything."""
REFERENCE_SEED_OFFSET = 900_000
"""Seeds of the healthy people whom references are made of."""
SPEED_FACTOR = (0.45, 1.3)
PLACEMENT_SD_M, SOFT_TISSUE, NOISE_SD_M = (0.002, 0.006), (0.4, 1.2), (0.0001, 0.0006)
"""Between which a training laboratory's `CameraSystem` is drawn."""
CORE = ("asis", "knee", "ankle", "hip_centre", "knee_centre", "ankle_centre")
"""Ends of the names of slots that are never lost as a whole."""
CURVATURE_PER_M = 0.25
"""Bent paths bend by up to this, either way."""
CURVED_SHARE = 0.15
IMPAIRMENTS: tuple[Impairment, ...] = tuple(name for name in get_args(Impairment) if name != "none")
UNSEEN: tuple[Impairment, ...] = ("crouch", "foot_drop", "trendelenburg", "trendelenburg_compensated", "parkinsonian")
"""Impairments that no network is trained on, so that the bench can ask what it makes of something new."""
SEEN: tuple[Impairment, ...] = tuple(name for name in IMPAIRMENTS if name not in UNSEEN)


@dataclass(frozen=True)
class Walker:
    """One walk: feature rows (frame, WIDTH), NaN where nothing is shown; what was true, if known; and whose it is."""

    person: str
    rows: np.ndarray
    truth: WalkTruth | None = None
    role: Role = "other"


def people_seeds(recipe: Recipe, offset: int = 0, count: int | None = None) -> list[int]:
    """Seeds of the people of one split."""
    count = recipe.people if count is None else count
    return [recipe.seed * 1_000_000 + offset + number for number in range(count)]


def simulate_person(seed: int, recipe: Recipe) -> list[Walker]:
    """One virtual person's walks: what is unusual, laboratories, lengths and speeds drawn from the person's seed.

    Every walk is of another visit, and several laboratories measure it. A walk too short and slow for all of its truth
    to be known (a step on each side) is left out.
    """
    from ltme_clinic.training.strangers import as_stranger
    from ltme_clinic.virtual_lab import sample_patient, simulate_measurements

    rng = np.random.default_rng([seed, 77])
    kind = rng.random()
    impaired = kind < recipe.impaired_share
    name: Impairment = SEEN[rng.integers(len(SEEN))] if impaired else "none"
    side: Side = "left" if rng.random() < 0.5 else "right"
    patient = sample_patient(seed, impairment=name, severity=float(rng.uniform(0.0, 1.0)) * impaired, side=side)
    strange = not impaired and kind < recipe.impaired_share + recipe.stranger_share
    if strange:
        patient = as_stranger(patient)
    role: Role = "unusual" if impaired or strange else "healthy"
    walkers = []
    for visit in range(recipe.walks_per_person):
        measured_m, truth = simulate_measurements(
            patient,
            [_some_laboratory(rng) for _ in range(recipe.laboratories)],
            visit=visit,
            duration_s=float(rng.uniform(recipe.min_s, recipe.max_s)),
            rate_hz=CLIP_RATE_HZ,
            speed_m_s=patient.preferred_speed_m_s * float(rng.uniform(*SPEED_FACTOR)),
            curvature_per_m=float(rng.uniform(-1.0, 1.0)) * CURVATURE_PER_M * (rng.random() < CURVED_SHARE),
        )
        if np.isfinite(spatiotemporal_values(truth)).all() and np.isfinite(truth.curves_deg).all():
            walkers += [Walker(str(seed), rows_of(positions_m), truth, role) for positions_m in measured_m]
    return walkers


def _some_laboratory(rng: np.random.Generator) -> CameraSystem:
    """Markers placed more or less well, on firm or loose skin, by quiet or noisy cameras."""
    from ltme_clinic.virtual_lab import CameraSystem

    return CameraSystem(
        placement_sd_m=float(rng.uniform(*PLACEMENT_SD_M)),
        soft_tissue=float(rng.uniform(*SOFT_TISSUE)),
        noise_sd_m=float(np.exp(rng.uniform(*np.log(NOISE_SD_M)))),
    )


def rows_of(positions_m: np.ndarray) -> np.ndarray:
    """Complete feature rows (frame, WIDTH) of slot positions (frame, slot, 3) at 50 Hz."""
    from ltme_clinic.clips import clip_from_positions

    return clip_features(clip_from_positions(positions_m, CLIP_RATE_HZ, "walker", "virtual"))[0]


def simulate_people(seeds: list[int], recipe: Recipe) -> Iterator[list[Walker]]:
    """Every person's walks in order, simulated by `recipe.workers` processes."""
    if recipe.workers <= 1:
        yield from (simulate_person(seed, recipe) for seed in seeds)
        return
    with process_pool(recipe.workers) as pool:
        yield from pool.map(simulate_person, seeds, [recipe] * len(seeds), chunksize=8)


def hide_slots(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a laboratory would have seen, (frame, WIDTH) bool: a marker set, some markers lost, some gaps.

    A recording that does not show everything keeps all the slots of its own marker set but those lost.
    """
    seen = np.zeros((len(rows), len(SLOTS)), dtype=bool)
    shown = np.isfinite(rows[:, :SLOT_WIDTH:3])
    if shown.all():
        seen[:, _marker_set_slots()[rng.integers(len(_marker_set_slots()))]] = True
    else:
        seen |= shown
    core = np.array([name.endswith(CORE) for name in SLOTS])
    lost = (rng.random(len(SLOTS)) < rng.choice([0.0, 0.0, 0.1, 0.3])) & ~core
    seen[:, lost] = False
    for slot in np.flatnonzero(rng.random(len(SLOTS)) < 0.15):
        start = rng.integers(len(rows))
        seen[start : start + rng.integers(10, 100), slot] = False
    return np.concatenate([np.repeat(seen, 3, axis=1), np.ones((len(rows), CHANNELS), dtype=bool)], axis=1)


def _marker_set_slots() -> list[np.ndarray]:
    """Slots of each known marker set as masks, once with every slot and once with the joint centres left out."""
    global _MASKS
    if not _MASKS:
        from ltme_clinic.marker_sets import marker_sets

        centres = np.array([name.endswith("_centre") for name in SLOTS])
        for marker_set in marker_sets().values():
            mask = np.array([slot in marker_set.slots for slot in SLOTS])
            if mask.sum() >= 12 and (mask & ~centres).sum() >= 12:
                _MASKS.append(mask)
        _MASKS.append(~centres)
        _MASKS.append(np.ones(len(SLOTS), dtype=bool))
    return _MASKS


_MASKS: list[np.ndarray] = []
