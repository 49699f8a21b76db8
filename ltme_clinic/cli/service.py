"""Commands that run the whole: the demonstration, the dashboard and its worker, and the doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ltme_clinic.cli.app import app
from ltme_clinic.cli.options import JsonOption, StoreOption, open_store, store_location
from ltme_clinic.printing import print_json

PANEL = "The whole line"


@app.command(rich_help_panel=PANEL)
def demo(
    out: Annotated[Path, typer.Option(help="Folder for recordings, store and report.")] = Path("demo"),
    data: Annotated[Path | None, typer.Option(help="Your own folder of C3D files instead of virtual patients.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Everything but the dashboard.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Start the dashboard, open one page, stop.")] = False,
    port: Annotated[int | None, typer.Option(help="Port of the dashboard.")] = None,
) -> None:
    """From C3D files to the dashboard, on virtual patients or your own recordings."""
    from ltme_clinic.demonstration import demonstrate

    demonstrate(out, data=data, serve=not headless, check=check, port=port)


@app.command(rich_help_panel=PANEL)
def dashboard(
    store: StoreOption = None,
    port: Annotated[int | None, typer.Option(help="Port; a free one by default.")] = None,
) -> None:
    """Serve the dashboard and its worker until interrupted."""
    from ltme_clinic.demonstration import serve_until_interrupted

    serve_until_interrupted(store_location(store), port)


@app.command(rich_help_panel=PANEL)
def worker(
    store: StoreOption = None,
    once: Annotated[bool, typer.Option("--once", help="Do what is waiting, then stop.")] = False,
) -> None:
    """Do the work that the dashboard asked for: exercises, findings and trends."""
    from ltme_clinic.worker import work

    with open_store(store) as opened:
        done = work(opened, once=once)
    print(f"{done} jobs done")


@app.command(rich_help_panel=PANEL)
def doctor(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """What is installed, which accelerator and which checkpoint there are, and what is missing."""
    from ltme_clinic import doctor as doctors

    found = doctors.report(store=store)
    print_json(found) if as_json else print(doctors.as_text(found))
