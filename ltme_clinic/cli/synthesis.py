"""The command that makes exercise demonstrations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ltme_clinic.cli.app import app
from ltme_clinic.cli.options import SeedOption
from ltme_clinic.errors import LtmeError

PANEL = "Synthetic motion"


@app.command("generate", rich_help_panel=PANEL)
def generate_command(
    exercise: Annotated[str, typer.Argument(help="An exercise's name, or 'list'.")],
    out: Annotated[Path | None, typer.Option(help="File to write: .c3d, .trc (markers), .mot (angles).")] = None,
    param: Annotated[list[str] | None, typer.Option(help="name=value, as often as needed.")] = None,
    like: Annotated[Path | None, typer.Option(help="A recording whose body the demonstration takes.")] = None,
    seed: SeedOption = 0,
) -> None:
    """Make a synthetic exercise demonstration (or list the exercises and their parameters)."""
    from ltme_clinic.generator import exercises, find_exercise, generate, write_exercise

    if exercise == "list":
        print("\n\n".join(_exercise_lines(item) for item in exercises().values()))
        return
    if out is None:
        raise typer.BadParameter("name the file to write with --out FILE.c3d (or .trc, .mot)")
    chosen = find_exercise(exercise)
    body = _walker(like) if like is not None else None
    recording = generate(chosen, chosen.from_text(_params(param or [])), like=body, seed=seed)
    write_exercise(out, recording)
    print(f"{out}: {recording.duration_s:.1f} s, SYNTHETIC")


def _params(pairs: list[str]) -> dict[str, str]:
    chosen = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise LtmeError("--param", f"'{pair}' has no value", "Write it as name=value")
        chosen[name.strip()] = value.strip()
    return chosen


def _exercise_lines(exercise: Any) -> str:
    """An exercise's name and what can be chosen about it."""
    lines = [f"{exercise.name}: {exercise.summary}"]
    for item in exercise.parameters:
        lines.append(f"  {item.name}={item.default}  {item.title} ({item.limits})")
    return "\n".join(lines)


def _walker(file: Path) -> Any:
    """The one person in a recording."""
    from ltme_clinic.recordings import read_recordings

    subjects = read_recordings(file)
    if len(subjects) != 1:
        raise LtmeError(file.name, f"it holds {len(subjects)} people", "Name a recording of one person")
    return subjects[0]
