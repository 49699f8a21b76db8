"""Trains every variant on the same people, judges each on the same bench, and keeps figures, page and pictures."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.progress import Progress, ProgressBar
from ltme_clinic.training.bench.recording import BenchWalks
from ltme_clinic.training.bench.resampling import figure, mean_draws, person_weights
from ltme_clinic.training.bench.run import coders_of, judge
from ltme_clinic.training.material import Material, People, gathered, simulated_people
from ltme_clinic.training.recipes import Recipe
from ltme_clinic.training.recorded import Measured
from studies.embedding_training.page import as_page, draw
from studies.embedding_training.pieces import PIECES, fit_pieces, piece_errors_mm
from studies.embedding_training.variants import Variant, floats, variants
from studies.motion_code.walks import recorded_bench
from studies.motion_embedding.material import CHILDREN, RealClip, real_material
from studies.motion_embedding.reconstruction import error_mm
from studies.motion_embedding.training import as_measured, trained_on
from studies.virtual_lab_realism.run import json_safe

RESULTS = Path(__file__).with_name("results")
PLAIN_FLOATS = (16, 32, 64)


def main() -> None:
    """Everything that is not yet kept in the folders; a cut run goes on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=40, help="test people and calibration people of the bench")
    parser.add_argument("--only", action="append", help="this variant alone; may be given several times")
    parser.add_argument("--runs", type=Path, default=Path("runs/embedding_training"), help="where weights are kept")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    options.runs.mkdir(parents=True, exist_ok=True)
    with ProgressBar("embedding training") as progress:
        walks = recorded_bench(options.people, progress)
        real = real_material()
        learned_from = trained_on(real, [CHILDREN])
        children = [clip for clip in real.walks() if clip.label.laboratory == CHILDREN]
        trainer = Trainer(options.runs, as_measured(learned_from), progress)
        for variant in variants():
            kept = options.results / f"{variant.name}.json"
            if kept.exists() or (options.only and variant.name not in options.only):
                continue
            checkpoint = trainer.trained(variant)
            result = judged(variant, checkpoint, walks, children, progress)
            if variant.name == "seed_1":
                result["plain"] = plain_codes(trainer.people(variant.recipe), checkpoint, walks, children, progress)
            kept.write_text(json.dumps(json_safe(result), indent=1) + "\n", encoding="utf-8")
    results = {
        variant.name: json.loads((options.results / f"{variant.name}.json").read_text(encoding="utf-8"))
        for variant in variants()
        if (options.results / f"{variant.name}.json").exists()
    }
    page = as_page(results)
    (options.results / "table.md").write_text(page + "\n", encoding="utf-8")
    draw(results, options.results / "training.png")
    print(page)


class Trainer:
    """Trains variants one after the other; people and projected walks of the last one are kept for the next."""

    def __init__(self, runs: Path, recorded: Sequence[Measured], progress: Progress) -> None:
        self.runs, self.recorded, self.progress = runs, recorded, progress
        self._people: tuple[tuple[Any, ...], People] | None = None
        self._material: tuple[tuple[Any, ...], Material] | None = None

    def people(self, recipe: Recipe) -> People:
        """Those of the recipe's seed and shares."""
        key = (recipe.seed, recipe.people, recipe.impaired_share, recipe.stranger_share)
        if self._people is None or self._people[0] != key:
            self._material = self._people = None
            self._people = key, simulated_people(recipe, self.progress)
        return self._people[1]

    def trained(self, variant: Variant) -> Path:
        """The checkpoint, trained unless it lies there from before."""
        from ltme_clinic.training.loop import train_on

        out = self.runs / variant.name
        path = out / f"{variant.recipe.name}.safetensors"
        if not path.exists() or (out / "resume.pt").exists():
            train_on(self._gathered(variant.recipe), variant.recipe, out, self.progress)
        return path

    def _gathered(self, recipe: Recipe) -> Material:
        sizes = recipe.network
        people = self.people(recipe)
        key = (sizes.latent, sizes.posture, sizes.vector, sizes.directions, sizes.components)
        if self._material is None or self._material[0] != key:
            self._material = None
            self._material = key, gathered(recipe, people, self.recorded, self.progress)
        return self._material[1]


def judged(
    variant: Variant, checkpoint: Path, walks: BenchWalks, children: Sequence[RealClip], progress: Progress
) -> dict[str, Any]:
    """The whole bench, the validation's history, and the children of a hospital that nobody learned from."""
    model, coders = coders_of(checkpoint)
    result = judge(model, coders, walks, progress, by_band=False)
    errors = {
        name: by_person(children, [error_mm(item.clip, coder.decode(coder.encode(item.clip))) for item in children])
        for name, coder in coders.items()
    }
    weights = person_weights(len(errors["ltme"]))
    draws = {name: mean_draws(values, weights) for name, values in errors.items()}
    return {
        "title": variant.title,
        "group": variant.group,
        "floats": floats(variant.recipe),
        "history": json.loads((checkpoint.parent / "history.json").read_text(encoding="utf-8")),
        "bench": result,
        "children": {
            "people": len(errors["ltme"]),
            "error_mm": {name: figure(values) for name, values in draws.items()},
            "ratio_to": {name: figure(draws["ltme"] / draws[name]) for name in draws if name != "ltme"},
        },
    }


def by_person(clips: Sequence[RealClip], values: Sequence[float] | np.ndarray) -> np.ndarray:
    """(person,) means over each person's clips."""
    people = np.array([clip.label.person for clip in clips])
    return np.array([np.mean(np.asarray(values)[people == person]) for person in np.unique(people)])


def plain_codes(
    people: People, checkpoint: Path, walks: BenchWalks, children: Sequence[RealClip], progress: Progress
) -> dict[str, Any]:
    """Principal components of windows and of blocks, fitted on the same virtual people: mean errors by floats."""
    linear = coders_of(checkpoint)[0].skeleton.linear
    usual = [walk.usual for walk in walks.healthy[0] if walk is not None and walk.usual is not None]
    found: dict[str, Any] = {}
    for number, (name, windows) in enumerate(PIECES.items()):
        code = fit_pieces(people.training, windows, max(PLAIN_FLOATS) * windows)
        for size in PLAIN_FLOATS:
            real = by_person(children, piece_errors_mm(code, size, linear, [item.clip for item in children]))
            found[f"{name}, {size}"] = {
                "virtual_mm": float(piece_errors_mm(code, size, linear, usual).mean()),
                "children_mm": float(real.mean()),
            }
        progress("plain codes", number + 1, len(PIECES))
    return found


if __name__ == "__main__":
    main()
