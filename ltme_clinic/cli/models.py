"""Commands about the model: training, evaluating, and reference populations."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ltme_clinic.cli.app import app
from ltme_clinic.cli.options import CheckpointOption, JsonOption, SeedOption, StoreOption, open_store, progress_bar
from ltme_clinic.errors import LtmeError
from ltme_clinic.printing import plain, print_json, print_notes

PANEL = "The model"
reference_app = typer.Typer(help="Reference populations: build, list, add to a store.", no_args_is_help=True)
app.add_typer(reference_app, name="reference", rich_help_panel=PANEL)


@app.command(rich_help_panel=PANEL)
def train(
    recipe: Annotated[str, typer.Argument(help="tiny (2 CPU cores, ten minutes) or base (one GPU).")],
    out: Annotated[Path, typer.Option(help="Folder of the run; a cut run goes on there.")] = Path("runs"),
    device: Annotated[str | None, typer.Option(help="cpu or cuda; the best there is by default.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Fewer steps than the recipe's.")] = None,
    people: Annotated[int | None, typer.Option(min=60, help="Fewer people than the recipe's.")] = None,
    recordings: Annotated[
        list[Path] | None, typer.Option(help="Measured recordings (files or folders) to learn from as well.")
    ] = None,
    seed: SeedOption = 1,
) -> None:
    """Train a model on virtual walkers, and on recordings if there are any."""
    from dataclasses import replace

    from ltme_clinic.training.loop import train as run
    from ltme_clinic.training.recipes import RECIPES
    from ltme_clinic.training.recorded import Measured, read_clips

    if recipe not in RECIPES:
        raise LtmeError(recipe, "there is no such recipe", f"Choose one of {', '.join(RECIPES)}")
    changes: dict[str, Any] = {
        name: value for name, value in (("steps", steps), ("people", people)) if value is not None
    }
    clips, refused = read_clips(recordings or [])
    for line in refused:
        print(f"left out: {line}", file=sys.stderr)
    if recordings and not clips:
        raise LtmeError("recordings", "none of them shows somebody walking", "Name folders of C3D files")
    with progress_bar(f"training {recipe}") as progress:
        checkpoint = run(
            replace(RECIPES[recipe], seed=seed, **changes),
            out / recipe,
            recorded=[Measured(clip) for clip in clips.values()],
            progress=progress,
            device=device,
        )
    print_json({"fingerprint": checkpoint.fingerprint, **checkpoint.card["validation"]})


@app.command(rich_help_panel=PANEL)
def evaluate(
    checkpoint: CheckpointOption = None,
    people: Annotated[int, typer.Option(min=10, help="Virtual people nobody trained on.")] = 100,
    reference_people: Annotated[
        int, typer.Option(min=60, help="Healthy virtual people that scores are fitted on.")
    ] = 450,
    calibration_people: Annotated[int, typer.Option(min=5, help="Virtual people who say how severe is severe.")] = 60,
    recordings: Annotated[list[Path] | None, typer.Option(help="Real recordings to reconstruct as well.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for bench.json and a page of pictures.")] = None,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
) -> None:
    """The evaluation bench: the model beside every yardstick, on virtual people in a laboratory unlike training's."""
    from ltme_clinic.training.bench import BenchSettings, as_text, run_bench, write_report

    settings = BenchSettings(
        people=people, reference_people=reference_people, calibration_people=calibration_people, seed=seed
    )
    with progress_bar("evaluating") as progress:
        result = run_bench(checkpoint, settings=settings, recordings=recordings or [], progress=progress)
    if out is not None:
        write_report(result, out)
    print_json(result) if as_json else print(as_text(result))


@app.command(rich_help_panel=PANEL)
def onnx(
    out: Annotated[Path, typer.Option(help="Folder for encoder.onnx and decoder.onnx.")],
    checkpoint: CheckpointOption = None,
) -> None:
    """Write the network as ONNX files, for programs without torch."""
    from ltme_clinic.embedding.checkpoint import load_checkpoint
    from ltme_clinic.embedding.onnx_export import export_onnx

    for path in export_onnx(load_checkpoint(checkpoint), out):
        print(path)


@reference_app.command("build")
def reference_build(
    out: Annotated[Path, typer.Option(help="File to write.")],
    recordings: Annotated[
        Path | None, typer.Option(help="Your own healthy people: PERSON/*.c3d, or PERSON/VISIT/*.c3d for two visits.")
    ] = None,
    name: Annotated[str, typer.Option(help='Who they are: "adults, barefoot, our laboratory".')] = "",
    condition: Annotated[str, typer.Option(help='What they wore and leant on, as the store says it: "shoes".')] = "",
    virtual: Annotated[int, typer.Option(min=40, help="How many healthy virtual people.")] = 400,
    checkpoint: CheckpointOption = None,
    seed: SeedOption = 0,
) -> None:
    """Build a reference population: of your own healthy people, or of virtual ones, each measured twice."""
    if recordings is not None:
        _build_own(recordings, out, name, condition, checkpoint)
        return
    from ltme_clinic.training.reference import build_virtual_reference

    with progress_bar("reference") as progress:
        built = build_virtual_reference(out, people=virtual, checkpoint=checkpoint, seed=seed, progress=progress)
    print(f"{out}: {built.name}, {len(built.people)} people, checkpoint {built.fingerprint[:12]}")


def _build_own(recordings: Path, out: Path, name: str, condition: str, checkpoint: Path | None) -> None:
    from ltme_clinic.pipeline.own_reference import build_own_reference

    if not name.strip():
        raise LtmeError("reference", "it has no name", 'Say who they are: --name "adults, barefoot, our laboratory"')
    with progress_bar("reference") as progress:
        report = build_own_reference(
            recordings,
            out,
            name=name.strip(),
            condition=condition.strip(),
            checkpoint=checkpoint,
            progress=progress,
        )
    print_notes(report.refused)
    built = report.reference
    print(
        f"{out}: {plain(built.name)}, {built.n} {built.origin} people ({built.retest_n} measured twice), "
        f"{report.walks} walks, checkpoint {built.fingerprint[:12]}; {len(report.refused)} left out"
    )
    if report.refused:
        raise typer.Exit(3)


@reference_app.command("add")
def reference_add(
    file: Annotated[Path, typer.Argument(help="A file that ltme reference build wrote.")], store: StoreOption = None
) -> None:
    """Compare a store's visits with this reference wherever it is the most like them, and make all findings anew."""
    from ltme_clinic.pipeline import keep_reference

    with open_store(store) as opened:
        kept = keep_reference(opened, file)
        _refresh_everybody(opened)
    print(f"{plain(kept.name)}: {kept.n} {kept.origin} people, kept in {opened.location}")


@reference_app.command("remove")
def reference_remove(
    name: Annotated[str, typer.Argument(help="As ltme reference list says it.")], store: StoreOption = None
) -> None:
    """Keep a reference no longer in a store, and make all findings anew."""
    from ltme_clinic.access import local_principal

    with open_store(store) as opened:
        opened.remove_reference(local_principal(), name)
        _refresh_everybody(opened)
    print(f"{plain(name)}: removed from {opened.location}")


def _refresh_everybody(opened: Any) -> None:
    from ltme_clinic.access import local_principal
    from ltme_clinic.pipeline import refresh_patients

    people = [item.pseudonym for item in opened.patients(local_principal()) if item.origin != "generated"]
    with progress_bar("findings") as progress:
        print_notes(refresh_patients(opened, people, progress=progress))


@reference_app.command("list")
def reference_list(
    store: Annotated[str | None, typer.Option(envvar="LTME_STORE", help="List what this store keeps as well.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The reference populations that come with the program, and a store's own."""
    from ltme_clinic.pipeline import shipped_references

    listed = [
        {"name": item.name, "origin": item.origin, "people": item.n, "checkpoint": item.fingerprint, "kept": "shipped"}
        for item in shipped_references()
    ]
    if store is not None:
        with open_store(store) as opened:
            listed += [
                {
                    "name": item.name,
                    "origin": item.origin,
                    "people": item.people,
                    "checkpoint": item.fingerprint,
                    "kept": "store",
                }
                for item in opened.references()
            ]
    if as_json:
        print_json(listed)
        return
    for item in listed:
        who = f"{item['people']} {item['origin']} people, checkpoint {str(item['checkpoint'])[:12]}"
        print(f"{plain(str(item['name']))}: {who}, {item['kept']}")
