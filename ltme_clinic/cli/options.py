"""The options that several commands share, and what they do with what a user typed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from ltme_clinic.errors import LtmeError

SOME_REFUSED = 3

StoreOption = Annotated[
    str | None,
    typer.Option("--store", envvar="LTME_STORE", help="A folder or database URL.", show_default="./ltme-store"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ReferenceOption = Annotated[
    Path | None, typer.Option("--reference", help="This reference file, not the one at hand most like each visit.")
]
CheckpointOption = Annotated[Path | None, typer.Option("--checkpoint", help="Another checkpoint than the shipped one.")]
PathsArgument = Annotated[list[Path], typer.Argument(help="Recordings, or folders of C3D files.")]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same result.")]
PatientOption = Annotated[str, typer.Option("--patient", help="The patient's pseudonym.")]


def progress_bar(title: str) -> Any:
    """A bar on standard error; entering gives progress(what, done, total)."""
    from ltme_clinic.progress import ProgressBar

    return ProgressBar(title)


def exit_for(done: int, refused: int) -> None:
    if refused:
        raise typer.Exit(SOME_REFUSED if done else 1)


def as_date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LtmeError("--visit", f"'{text}' is not a date", "Write it as YYYY-MM-DD") from None


def store_location(store: str | None) -> str:
    return store or "ltme-store"


def open_store(store: str | None, *, create: bool = False) -> Any:
    from ltme_clinic.store import Store

    return Store.open(store_location(store), create=create)
