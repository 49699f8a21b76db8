"""Commands on recordings alone, without a store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ltme_clinic.cli.app import app
from ltme_clinic.cli.options import CheckpointOption, JsonOption, PathsArgument, exit_for, progress_bar
from ltme_clinic.printing import plain, print_json, print_notes

PANEL = "Recordings"


@app.command(rich_help_panel=PANEL)
def inspect(file: Annotated[Path, typer.Argument(help="A C3D file.")], as_json: JsonOption = False) -> None:
    """What a C3D file holds: subjects, markers, events, plates, model outputs, quality, warnings."""
    from ltme_clinic.recordings import inspect_file

    subjects = inspect_file(file)
    if as_json:
        print_json(subjects)
        return
    for subject in subjects:
        for name, value in subject.items():
            print(f"{name:>14}  {plain(value)}")
        print()


@app.command(rich_help_panel=PANEL)
def embed(
    paths: PathsArgument,
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    model: Annotated[str, typer.Option(help="ltme or pca.")] = "ltme",
    checkpoint: CheckpointOption = None,
) -> None:
    """Encode recordings into long-term motion embeddings: one row a recording and level."""
    from ltme_clinic.pipeline import embed_files

    with progress_bar("embedding") as progress:
        report = embed_files(paths, out, model=model, checkpoint=checkpoint, progress=progress)
    print_notes(report.refused)
    if report.embedded:
        print(f"{report.embedded} recordings embedded in {out}, {len(report.refused)} files refused")
    exit_for(report.embedded, len(report.refused))
