"""Trains a recipe on virtual walkers and on the real walks, runs and jumps at hand, some laboratories left out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ltme_clinic.progress import ProgressBar
from ltme_clinic.training.recorded import Measured
from ltme_clinic.types import LtmeError
from studies.motion_embedding.material import Material, RealClip, real_material

ACTIVITIES = ("walking", "running", "jumping")
"""What is trained on; uneven ground and acted motions are not, so that something new is left to ask about."""


def main() -> None:
    """The shipped weights are `tiny` with seed 1, without the children's hospital."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", choices=("tiny", "base"))
    parser.add_argument("--without", action="append", default=[], help="a laboratory no recording of which is used")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs"))
    options = parser.parse_args()

    from ltme_clinic.training.loop import train
    from ltme_clinic.training.recipes import RECIPES

    clips = trained_on(real_material(), options.without)
    recipe = replace(RECIPES[options.recipe], seed=options.seed)
    with ProgressBar(f"training {recipe.name}") as progress:
        checkpoint = train(recipe, options.out / recipe.name, recorded=as_measured(clips), progress=progress)
    print(f"{checkpoint.fingerprint[:12]}: {checkpoint.card['validation']}")


def trained_on(material: Material, without: Sequence[str]) -> list[RealClip]:
    """Clips of `ACTIVITIES`, but for the laboratories that are left out.

    Raises
    ------
    LtmeError
        No recording is of a laboratory that is to be left out: a misspelt name would leak it into training.
    """
    known = {clip.label.laboratory for clip in material.clips}
    for laboratory in without:
        if laboratory not in known:
            raise LtmeError(laboratory, "no recording is of this laboratory", f"Choose from {', '.join(sorted(known))}")
    return [
        clip for clip in material.clips if clip.label.activity in ACTIVITIES and clip.label.laboratory not in without
    ]


def as_measured(clips: Sequence[RealClip]) -> list[Measured]:
    """What training is told of them: everybody recorded is healthy, and who walks straight shows how health walks."""
    return [Measured(clip.clip, healthy_walk=clip.walks) for clip in clips]


if __name__ == "__main__":
    main()
