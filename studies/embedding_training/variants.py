"""The trainings that are held against each other: each a recipe that differs from `tiny` in one thing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ltme_clinic.training.recipes import RECIPES, Recipe

HALF = RECIPES["tiny"].steps // 2
"""Steps of the trainings that try a penalty: half, beside a plain one of the same length."""


@dataclass(frozen=True)
class Variant:
    """One training."""

    name: str
    title: str
    group: str
    """Trainings of a group stand in one table."""
    recipe: Recipe


def variants() -> tuple[Variant, ...]:
    """In the order in which they are trained: those of the same people and sizes one after the other."""
    tiny = RECIPES["tiny"]
    half = replace(tiny, steps=HALF)
    penalties = (
        ("half", "no penalty", half),
        ("kl", "KL .003", replace(half, kl_weight=0.003)),
        ("fsq", "17 levels (FSQ)", replace(half, network=replace(tiny.network, levels=17), latent_noise=0.0)),
        ("contrast", "InfoNCE .1", replace(half, contrast_weight=0.1)),
        ("alone", "deviations unlearned", replace(half, deviation_weight=0.0)),
    )
    return (
        Variant("seed_1", "32 floats, seed 1", "seeds", tiny),
        Variant("floats_16", "16 floats", "sizes", sized(tiny, latent=9, posture=32)),
        Variant("floats_64", "64 floats", "sizes", sized(tiny, latent=54, posture=80)),
        *(Variant(name, title, "penalties", recipe) for name, title, recipe in penalties),
        Variant("people_500", "500 people", "people", replace(tiny, people=500)),
        Variant("people_1000", "1,000 people", "people", replace(tiny, people=1000)),
        Variant("seed_2", "32 floats, seed 2", "seeds", replace(tiny, seed=2)),
        Variant("seed_3", "32 floats, seed 3", "seeds", replace(tiny, seed=3)),
    )


def sized(recipe: Recipe, latent: int, posture: int) -> Recipe:
    """The recipe with other numbers a window and of posture; over 10.24 s (16 windows) `floats` a window in all."""
    return replace(recipe, network=replace(recipe.network, latent=latent, posture=posture))


def floats(recipe: Recipe) -> float:
    """Numbers for each 0.64 s of 10.24 s, everything counted."""
    sizes = recipe.network
    return sizes.latent + (sizes.posture + sizes.vector) / 16.0
