"""Commands about norms: a laboratory's own controls, and what comes with the program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ltme_clinic.cli.app import app
from ltme_clinic.cli.files import PANEL
from ltme_clinic.cli.options import JsonOption, progress_bar
from ltme_clinic.printing import plain, print_json, print_notes

norms_app = typer.Typer(help="Norms: build your laboratory's own, list those there are.", no_args_is_help=True)
app.add_typer(norms_app, name="norms", rich_help_panel=PANEL)


@norms_app.command("build")
def norms_build(
    folder: Annotated[Path, typer.Argument(help="One subfolder a person, with that person's walks (and static).")],
    out: Annotated[Path, typer.Option(help="JSON file to write; `ltme gait --controls` takes it.")],
    name: Annotated[str, typer.Option(help='Who they are: "able-bodied adults, barefoot, our laboratory".')],
    ages: Annotated[Path | None, typer.Option(help="CSV with the columns person and age_y.")] = None,
) -> None:
    """Make a reference from your own controls: 20 people for bands and GPS, 45 for a GDI.

    The file holds means, spreads and scales; nobody's curve and nobody's name.
    """
    from ltme_clinic.norms import save_controls
    from ltme_clinic.pipeline.own_controls import build_own_controls

    with progress_bar("controls") as progress:
        report = build_own_controls(folder, name=name, ages=ages, progress=progress)
    save_controls(report.controls, out)
    print_notes(report.refused)
    scale = "with a GDI scale" if report.controls.gdi else "too few for a GDI scale"
    print(f"{out}: {plain(report.controls.words)}, {report.walks} walks, {scale}; {len(report.refused)} left out")
    if report.refused:
        raise typer.Exit(3)


@norms_app.command("list")
def norms_list(as_json: JsonOption = False) -> None:
    """The published tables that come with the program, with their sources."""
    from ltme_clinic.norms import published_controls, speed_limits

    controls = published_controls()
    lowest, highest = speed_limits()
    listed = [
        {
            "name": "bands of angles, moments, powers, ground reaction and EMG",
            "who": "typically developing children at five speeds (n 51 to 82), Schwartz 2008",
            "holds_for": f"dimensionless speeds of {lowest:.2f} to {highest:.2f}",
        },
        {
            "name": "GDI, GPS, MAP",
            "who": controls.words,
            "holds_for": "ages of {:g} to {:g} years".format(*controls.ages_y) if controls.ages_y else "any age",
        },
    ]
    if as_json:
        print_json(listed)
        return
    for item in listed:
        print(f"{item['name']}: {item['who']}; {item['holds_for']}")
