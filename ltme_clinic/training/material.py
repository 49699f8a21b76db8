"""What a run learns from: virtual people, measured walks, and the linear skeleton fitted on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from ltme_clinic.embedding.prepare import completed
from ltme_clinic.embedding.skeleton import Skeleton, fit_skeleton
from ltme_clinic.progress import Progress, silent
from ltme_clinic.training.examples import Examples, make_examples
from ltme_clinic.training.ranks import ALONE, Ranks
from ltme_clinic.training.recipes import Recipe
from ltme_clinic.training.recorded import Measured, recorded_walkers
from ltme_clinic.training.walkers import VALIDATION_SEED_OFFSET, Walker, people_seeds, simulate_people

SKELETON_WALKS = 4000
"""Walks enough to fit the skeleton on; more would only take memory."""


@dataclass(frozen=True, eq=False)
class Material:
    """What a run learns from and is checked on; recipes of the same people and sizes may share it."""

    skeleton: Skeleton
    training: Examples
    """Virtual walks first, then measured ones."""
    virtual: int
    """How many of them are virtual."""
    validation: Examples
    words: str
    """For the checkpoint's card."""


@dataclass(frozen=True, eq=False)
class People:
    """Virtual walks to train on and to choose the weights by."""

    training: list[Walker]
    validation: list[Walker]


def simulated_people(recipe: Recipe, progress: Progress = silent, ranks: Ranks = ALONE) -> People:
    """Everybody whom a recipe learns from and is checked on; of several processes each has its share of them."""
    checked = people_seeds(recipe, VALIDATION_SEED_OFFSET, recipe.validation_people)
    return People(
        _people(recipe, ranks.share_of(people_seeds(recipe)), "virtual people for training", progress),
        _people(recipe, ranks.share_of(checked), "virtual people for validation", progress),
    )


def gathered(
    recipe: Recipe,
    people: People,
    recorded: Sequence[Measured] = (),
    progress: Progress = silent,
    device: str | None = None,
    ranks: Ranks = ALONE,
) -> Material:
    """Fit the linear skeleton in the recipe's sizes, and project every walk once.

    Of several processes the first fits it for all, on its own people.
    """
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    measured = recorded_walkers(recorded, recipe.max_s)
    progress("skeleton", 0, 1)
    fitted = None
    if ranks.first:
        fitted = fit_recipe_skeleton(
            people.training[:: recipe.laboratories][:SKELETON_WALKS], measured, recipe
        ).arrays()
    skeleton = Skeleton.from_arrays(ranks.agreed(fitted))
    make = partial(make_examples, skeleton=skeleton, workers=recipe.workers, device=device)
    training = make(people.training + measured, maskings=recipe.maskings, seed=recipe.seed)
    validation = make(people.validation, maskings=1, seed=recipe.seed + 1)
    progress("skeleton", 1, 1)
    words = f"{len(people.training)} walks of {recipe.people} virtual people, {len(recorded)} measured recordings"
    return Material(skeleton, training, len(people.training) * recipe.maskings, validation, words)


def fit_recipe_skeleton(walkers: list[Walker], measured: list[Walker], recipe: Recipe) -> Skeleton:
    """The linear skeleton in a recipe's sizes, from complete virtual walks and from measured ones in their share.

    What a measured walk does not show is filled as a skeleton of the virtual walks alone makes it likely.
    """
    sizes = recipe.network
    fit = partial(
        fit_skeleton,
        vector=sizes.vector,
        posture=sizes.posture,
        latent=sizes.latent,
        directions=sizes.directions,
        components=sizes.components,
    )

    def fitted(walks: list[Walker]) -> Skeleton:
        return fit([walk.rows for walk in walks], [walk.truth for walk in walks], [walk.role for walk in walks])

    skeleton = fitted(walkers)
    if not measured:
        return skeleton
    filled = [replace(walk, rows=_complete(walk.rows, skeleton)) for walk in measured]
    times = max(1, round(len(walkers) * recipe.recorded_share / (1.0 - recipe.recorded_share) / len(filled)))
    return fitted(walkers + filled * times)


def _complete(rows: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    seen = np.isfinite(rows)
    return completed(np.where(seen, rows, 0.0), seen, skeleton)[0]


def _people(recipe: Recipe, seeds: list[int], what: str, progress: Progress) -> list[Walker]:
    walkers: list[Walker] = []
    for number, walks in enumerate(simulate_people(seeds, recipe), start=1):
        walkers.extend(walks)
        progress(what, number, len(seeds))
    return walkers
