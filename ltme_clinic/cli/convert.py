"""The command that writes a recording in another format, repaired on the way if that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ltme_clinic.cli.app import app
from ltme_clinic.cli.files import PANEL
from ltme_clinic.cli.options import progress_bar
from ltme_clinic.errors import LtmeError
from ltme_clinic.printing import print_notes


@app.command(rich_help_panel=PANEL)
def convert(
    file: Annotated[Path, typer.Argument(help="A recording: C3D, TRC, MOT ...")],
    out: Annotated[Path, typer.Option(help="File to write: .c3d, .trc (markers), .mot or .sto (forces, angles).")],
    subject: Annotated[int | None, typer.Option(min=1, help="Which of several subjects, from 1.")] = None,
    fill_gaps: Annotated[bool, typer.Option("--fill-gaps", help="Fill short gaps from the other markers.")] = False,
    low_pass: Annotated[float | None, typer.Option(help="Cut-off in Hz of a zero-lag low-pass.")] = None,
    content: Annotated[str | None, typer.Option(help="Of a .mot or .sto file: forces or angles.")] = None,
) -> None:
    """Write one subject's recording in another format; the original stays as it is."""
    from ltme_clinic.recordings import repair, write_recording
    from ltme_clinic.recordings.formats.mot_writing import CONTENTS

    if content is not None and content not in CONTENTS:
        raise typer.BadParameter(f"'{content}' is not one of {', '.join(CONTENTS)}", param_hint="--content")
    recording = _one_subject(file, subject)
    print_notes(recording.warnings)
    if fill_gaps:
        with progress_bar("filling gaps") as progress:
            filling = repair.fill_gaps_in_detail(recording, progress=progress)
        recording, filled = filling.recording, sum(gap.filled for gap in filling.gaps)
        print_notes([f"gaps filled: {filled}, left open: {len(filling.gaps) - filled}"])
    if low_pass is not None:
        recording = repair.low_pass(recording, low_pass)
    print_notes(write_recording(out, recording, content=content))
    print(f"{out}: {recording.duration_s:.2f} s, {_origin_in_words(recording)}")


def _one_subject(file: Path, number: int | None) -> Any:
    """The recording of a file's only subject, or of the one that was asked for."""
    from ltme_clinic.recordings import read_recordings

    subjects = read_recordings(file)
    if number is None and len(subjects) > 1:
        raise LtmeError(file.name, f"holds {len(subjects)} subjects", f"Choose one: --subject 1 to {len(subjects)}")
    if number is not None and number > len(subjects):
        raise LtmeError(file.name, f"has no subject {number}", f"It holds {len(subjects)}")
    return subjects[(number or 1) - 1]


def _origin_in_words(recording: Any) -> str:
    return "measured" if recording.origin == "measured" else f"SYNTHETIC ({recording.origin})"
