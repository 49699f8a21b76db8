"""Commands on recordings alone, without a store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ltme_clinic.cli.app import app
from ltme_clinic.cli.options import CheckpointOption, JsonOption, PathsArgument, exit_for, progress_bar
from ltme_clinic.printing import plain, print_json, print_notes

PANEL = "Recordings"


@app.command(rich_help_panel=PANEL)
def inspect(
    file: Annotated[Path, typer.Argument(help="A recording: C3D, TRC, MOT, BVH ...")],
    as_json: JsonOption = False,
    oracle: Annotated[bool, typer.Option("--oracle", help="A second reader's opinion of the same bytes.")] = False,
    parameters: Annotated[bool, typer.Option("--parameters", help="Every parameter; names the patient.")] = False,
    suggest: Annotated[bool, typer.Option("--suggest", help="A draft marker set for labels nobody knows.")] = False,
) -> None:
    """What a recording holds: subjects, markers, events, plates, model outputs, quality, warnings."""
    from ltme_clinic.recordings.inspection import file_parameters, inspect_file

    if oracle:
        _second_opinion(file, as_json)
    elif parameters:
        groups = file_parameters(file)
        print_json(groups) if as_json else _print_groups(groups)
    elif suggest:
        _draft_marker_set(file)
    else:
        subjects = inspect_file(file)
        print_json(subjects) if as_json else _print_subjects(subjects)


@app.command(rich_help_panel=PANEL)
def deidentify(
    paths: PathsArgument,
    out: Annotated[Path, typer.Option(help="A new folder, or that of an earlier run with the same key.")],
    key: Annotated[Path, typer.Option(help="Secret key file; made if there is none. Keep it, and keep it apart.")],
    patient: Annotated[str, typer.Option(help="Whose files these all are, if the files don't tell.")] = "",
    by_folder: Annotated[bool, typer.Option("--by-folder", help="The first folder names the patient.")] = False,
    identities: Annotated[
        Path | None, typer.Option(help="Database of names.", show_default="beside the key, .identities.sqlite")
    ] = None,
) -> None:
    """Write copies of C3D files that name nobody: pseudonyms, shifted dates, known words only.

    The originals stay as they are. Safe to repeat and to interrupt.
    """
    from ltme_clinic.recordings.deidentify import DeidentificationKey, WhoseFiles, deidentify_folder
    from ltme_clinic.store.identities import IdentityDatabase

    names = IdentityDatabase(identities or key.with_suffix(".identities.sqlite"))
    with progress_bar("de-identifying") as progress:
        report = deidentify_folder(
            paths,
            out,
            DeidentificationKey.open_or_create(key),
            whose=WhoseFiles(patient=patient, by_folder=by_folder),
            remember=names.set_name,
            progress=progress,
        )
    print_notes([*(str(error) for error in report.refused), *report.warnings])
    print_notes(f"{what}: {count}" for what, count in report.notes.items())
    if report.taken:
        print(f"written {report.written}   there already {report.already_there}   refused {len(report.refused)}")
    exit_for(len(report.taken), len(report.refused))


@app.command(rich_help_panel=PANEL)
def benchmark(
    folder: Annotated[Path | None, typer.Argument(help="C3D files to read; made ones by default.")] = None,
    large: Annotated[bool, typer.Option("--large", help="Also a file of 1 GB.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The speed and memory figures, as ratios within one run."""
    from ltme_clinic.benchmark import as_text, run_benchmark

    with progress_bar("benchmark") as progress:
        result = run_benchmark(folder, progress, large=large)
    print_json(result) if as_json else print(as_text(result))


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


def _second_opinion(file: Path, as_json: bool) -> None:
    from ltme_clinic.recordings.oracle.opinion import ask_oracle

    opinion = ask_oracle(file)
    if as_json:
        print_json(opinion.as_dict())
        return
    print(plain(opinion.sentence))
    for found, why in zip(opinion.disagreements, opinion.reasons, strict=True):
        print(f"  {plain(found.sentence)}{f' ({plain(why)})' if why else ''}")


def _draft_marker_set(file: Path) -> None:
    from ltme_clinic.marker_sets import detect_marker_set, suggest_mapping, suggested_yaml
    from ltme_clinic.recordings import read_recordings

    for recording in read_recordings(file):
        known = detect_marker_set(recording.marker_labels)
        suggestions = suggest_mapping(recording.marker_labels, recording.positions_m, known=known)
        print_notes(f"{item.label}: {item.slot}, {item.confidence:.0%} ({item.reason})" for item in suggestions)
        if suggestions:
            print(suggested_yaml(suggestions, "my-laboratory", known=known))
        else:
            print_notes([f"{file.name}: no label can be suggested with confidence"])


def _print_subjects(subjects: list[dict[str, Any]]) -> None:
    for subject in subjects:
        for name, value in subject.items():
            print(f"{name:>18}  {plain(value)}")
        print()


def _print_groups(groups: dict[str, Any]) -> None:
    for group, values in groups.items():
        print(plain(group))
        for name, value in values.items():
            print(f"  {plain(name)}  {plain(value)}")
