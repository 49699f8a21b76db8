"""Commands about the model: training, evaluating, and reference populations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ltme_clinic.cli.app import app
from ltme_clinic.cli.options import CheckpointOption, JsonOption, SeedOption, progress_bar
from ltme_clinic.errors import LtmeError
from ltme_clinic.printing import print_json

PANEL = "The model"
reference_app = typer.Typer(help="Reference populations: build one, list those there are.", no_args_is_help=True)
app.add_typer(reference_app, name="reference", rich_help_panel=PANEL)


@app.command(rich_help_panel=PANEL)
def train(
    recipe: Annotated[str, typer.Argument(help="tiny (2 CPU cores, ten minutes) or base (one GPU).")],
    out: Annotated[Path, typer.Option(help="Folder of the run; a cut run goes on there.")] = Path("runs"),
    device: Annotated[str | None, typer.Option(help="cpu or cuda; the best there is by default.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Fewer steps than the recipe's.")] = None,
    people: Annotated[int | None, typer.Option(min=60, help="Fewer people than the recipe's.")] = None,
) -> None:
    """Train a model on virtual walkers."""
    from dataclasses import replace

    from ltme_clinic.training.loop import train as run
    from ltme_clinic.training.recipes import RECIPES

    if recipe not in RECIPES:
        raise LtmeError(recipe, "there is no such recipe", f"Choose one of {', '.join(RECIPES)}")
    changes: dict[str, Any] = {
        name: value for name, value in (("steps", steps), ("people", people)) if value is not None
    }
    with progress_bar(f"training {recipe}") as progress:
        checkpoint = run(replace(RECIPES[recipe], **changes), out / recipe, progress=progress, device=device)
    print_json({"fingerprint": checkpoint.fingerprint, **checkpoint.card["validation"]})


@app.command(rich_help_panel=PANEL)
def evaluate(
    checkpoint: CheckpointOption = None,
    people: Annotated[int, typer.Option(min=10, help="Virtual people nobody trained on.")] = 100,
    recordings: Annotated[list[Path] | None, typer.Option(help="Real recordings to reconstruct as well.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The evaluation bench: the model beside PCA, harmonics + ridge, marker mean + SD and speed."""
    from ltme_clinic.training.bench import as_text, run_bench

    with progress_bar("evaluating") as progress:
        result = run_bench(checkpoint, people=people, recordings=recordings or [], progress=progress)
    print_json(result) if as_json else print(as_text(result))


@reference_app.command("build")
def reference_build(
    out: Annotated[Path, typer.Option(help="File to write.")],
    virtual: Annotated[int, typer.Option(min=40, help="How many healthy virtual people.")] = 400,
    checkpoint: CheckpointOption = None,
    seed: SeedOption = 0,
) -> None:
    """Build a reference population of healthy virtual people, each measured twice."""
    from ltme_clinic.training.reference import build_virtual_reference

    with progress_bar("reference") as progress:
        built = build_virtual_reference(out, people=virtual, checkpoint=checkpoint, seed=seed, progress=progress)
    print(f"{out}: {built.name}, {len(built.people)} people, checkpoint {built.fingerprint[:12]}")


@reference_app.command("list")
def reference_list(as_json: JsonOption = False) -> None:
    """The reference populations that come with the program."""
    from ltme_clinic.pipeline import shipped_references

    listed = [
        {"name": item.name, "origin": item.origin, "people": len(item.people), "checkpoint": item.fingerprint}
        for item in shipped_references()
    ]
    if as_json:
        print_json(listed)
    else:
        for item in listed:
            print(
                f"{item['name']}: {item['people']} {item['origin']} people, checkpoint {str(item['checkpoint'])[:12]}"
            )
