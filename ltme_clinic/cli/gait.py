"""The command that says of one walk what a clinic reads: events, curves, parameters, indices, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ltme_clinic.cli.app import app
from ltme_clinic.cli.files import PANEL
from ltme_clinic.cli.options import JsonOption, progress_bar
from ltme_clinic.printing import plain, print_json, print_notes

_SHOWN = (
    "gdi",
    "gps_deg",
    "speed_m_s",
    "cadence_spm",
    "step_length_m",
    "stride_time_s",
    "stance_pct",
    "double_support_pct",
    "step_width_m",
)
"""What the short summary shows of some forty figures, if it is there."""


@app.command(rich_help_panel=PANEL)
def gait(
    file: Annotated[Path, typer.Argument(help="A walk: C3D, TRC, BVH ...")],
    static: Annotated[Path | None, typer.Option(help="The standing trial of the same session.")] = None,
    measures: Annotated[Path | None, typer.Option(help="Measured body: YAML or Vicon .vsk.")] = None,
    events: Annotated[Path | None, typer.Option(help="Corrected events.csv: these events, and no others.")] = None,
    method: Annotated[str, typer.Option(help="auto, or one event detector by name.")] = "auto",
    age: Annotated[
        float | None,
        typer.Option(min=0, max=120, help="Age in years, decides which norms apply; without it the file's."),
    ] = None,
    sex: Annotated[str, typer.Option(help="female or male: whose walking speed an adult's stands beside.")] = "",
    controls: Annotated[Path | None, typer.Option(help="Your own controls, from `ltme norms build`.")] = None,
    hip_centres: Annotated[str, typer.Option(help="davis, harrington or hara.")] = "davis",
    marker_diameter: Annotated[
        float | None, typer.Option(min=2, max=40, help="Millimetres.", show_default="checked")
    ] = None,
    flat_foot: Annotated[
        bool | None, typer.Option("--flat-foot/--no-flat-foot", help="Feet flat in the static.")
    ] = None,
    fill_gaps: Annotated[bool, typer.Option("--fill-gaps", help="Fill gaps from other markers first.")] = False,
    low_pass: Annotated[float | None, typer.Option(help="Low-pass the markers first, Hz.")] = None,
    subject: Annotated[int | None, typer.Option(min=1, help="Which of several subjects, from 1.")] = None,
    as_json: JsonOption = False,
    out: Annotated[Path | None, typer.Option(help="Folder for tables and pictures.")] = None,
) -> None:
    """Gait analysis of one walk: events, cycles, joint angles, parameters, kinetics, EMG, indices.

    What can't be given is refused by name, with the reason. Markers are analysed as measured unless --fill-gaps or
    --low-pass is given.
    """
    from ltme_clinic.pipeline.gait import GaitRequest, analyse_file, settings_of
    from ltme_clinic.pipeline.gait_output import gait_json, write_gait_files

    settings = settings_of(
        method=method,
        age_y=age,
        sex=sex,
        hip_centres=hip_centres,
        marker_diameter_m=None if marker_diameter is None else marker_diameter / 1000.0,
        flat_foot=flat_foot,
    )
    request = GaitRequest(
        file,
        subject=subject,
        static=static,
        measures=measures,
        events=events,
        controls=controls,
        fill_gaps=fill_gaps,
        low_pass_hz=low_pass,
        settings=settings,
    )
    with progress_bar("gait analysis") as progress:
        analysis = analyse_file(request, progress)
        written = write_gait_files(analysis, out, progress) if out is not None else []
    print_notes(analysis.warnings)
    if as_json:
        print_json(gait_json(analysis))
    else:
        _print_summary(analysis)
    print_notes(f"written: {path}" for path in written)


def _print_summary(analysis: Any) -> None:
    """A screen's worth: what was walked and found, the leading figures with their reference, and what is refused."""
    from ltme_clinic.report.gait_words import cautions, error_words, refusal_words

    mark = "" if analysis.origin == "measured" else f"   SYNTHETIC ({analysis.origin})"
    print(f"{plain(analysis.source_name)}: {analysis.movement}, {analysis.setting}, {analysis.duration_s:.1f} s{mark}")
    print(f"  {_walker_words(analysis)}")
    print(f"  events: {len(analysis.events)}, {plain(analysis.event_method)}")
    if analysis.cycles:
        print(f"  gait cycles that count: {_cycle_words(analysis)}")
    if analysis.angles is not None:
        print(f"  joint angles: {plain(analysis.angles.model)}")
    _print_figures(analysis)
    for caution in cautions(analysis):
        print(f"  {plain(caution)}")
    if errors := error_words(analysis):
        print(f"  smaller changes can be measurement error: {plain(errors)}")
    for refused in refusal_words(analysis.refusals):
        print(f"  refused: {plain(refused)}")


def _print_figures(analysis: Any) -> None:
    """The table, and whose the references are."""
    from ltme_clinic.report.gait_words import figure_label, reference_words

    rows = {name: [analysis.figure(name, side) for side in ("left", "right", None)] for name in _SHOWN}
    rows = {name: figures for name, figures in rows.items() if any(figures)}
    if not rows:
        return
    sources: dict[str, list[str]] = {}
    print(f"\n  {'':<22}{'left':>10}{'right':>10}{'both':>10}   reference (mean ± SD)")
    for name, figures in rows.items():
        found = [figure for figure in figures if figure is not None]
        label = figure_label(name, found[0].unit)
        print(f"  {label:<22}{''.join(_cell(figure) for figure in figures)}   {reference_words(found)}".rstrip())
        for source in dict.fromkeys(figure.reference for figure in found if figure.reference):
            sources.setdefault(source, []).append(label.partition(" (")[0])
    for source, labels in sources.items():
        print(f"  reference of {', '.join(labels)}: {plain(source)}")
    print()


def _walker_words(analysis: Any) -> str:
    """Age and leg length, which decide what the walk is compared with."""
    leg_m, source = analysis.leg_length_m, analysis.settings.get("leg length", "")
    leg = f"{leg_m:.2f} m ({source})" if leg_m is not None else "not known"
    return f"age {analysis.settings.get('age', 'not known')}, leg length {leg}"


def _cycle_words(analysis: Any) -> str:
    """Such as "left 2 of 3, right 3 of 3"."""
    own = {side: [cycle.counts for cycle in analysis.cycles if cycle.side == side] for side in ("left", "right")}
    return ", ".join(f"{side} {sum(counts)} of {len(counts)}" for side, counts in own.items())


def _cell(figure: Any) -> str:
    from ltme_clinic.report.gait_words import value_words

    return f"{value_words(figure.value, figure.unit):>10}" if figure is not None else f"{'':>10}"
