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
    "speed_m_s",
    "cadence_spm",
    "step_length_m",
    "stride_time_s",
    "stance_pct",
    "double_support_pct",
    "step_width_m",
    "gdi",
    "gps_deg",
)
"""What the short summary shows of some forty figures, if it is there."""


@app.command(rich_help_panel=PANEL)
def gait(
    file: Annotated[Path, typer.Argument(help="A walk: C3D, TRC, BVH ...")],
    static: Annotated[Path | None, typer.Option(help="The standing trial of the same session.")] = None,
    measures: Annotated[Path | None, typer.Option(help="Measured body: YAML or Vicon .vsk.")] = None,
    events: Annotated[Path | None, typer.Option(help="Corrected events.csv: these events, and no others.")] = None,
    method: Annotated[str, typer.Option(help="auto, or one event detector by name.")] = "auto",
    age: Annotated[float | None, typer.Option(min=0, max=120, help="Age in years: decides which norms apply.")] = None,
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
    """A screen's worth: what was found, the leading figures, and what is refused."""
    counting = sum(cycle.counts for cycle in analysis.cycles)
    mark = "" if analysis.origin == "measured" else f"   SYNTHETIC ({analysis.origin})"
    print(f"{plain(analysis.source_name)}: {analysis.movement}, {analysis.setting}{mark}")
    print(f"  {len(analysis.events)} events ({plain(analysis.event_method)})")
    print(f"  {len(analysis.cycles)} cycles, of which {counting} count")
    if analysis.angles is not None:
        print(f"  joint angles: {plain(analysis.angles.model)}")
    print(f"\n  {'':<22}{'left':>10}{'right':>10}{'both':>10}   reference")
    for name in _SHOWN:
        sides = [analysis.figure(name, side) for side in ("left", "right", None)]
        if any(sides):
            print(f"  {name:<22}{''.join(_cell(figure) for figure in sides)}   {_reference(sides)}")
    _print_refusals(analysis.refusals)


def _print_refusals(refusals: Any) -> None:
    """Once for each reason, the kinds of variability together, without the lists in brackets: JSON has them whole."""
    grouped: dict[str, list[str]] = {}
    varying = [refusal for refusal in refusals if refusal.what.endswith("_variability")]
    for refusal in refusals:
        if refusal in varying[1:]:
            continue
        what = "variability" if refusal in varying else refusal.what
        grouped.setdefault(refusal.reason.split(" (")[0], []).append(what)
    for reason, whats in grouped.items():
        print(f"  refused: {', '.join(dict.fromkeys(whats))}: {plain(reason)}")


def _cell(figure: Any) -> str:
    return f"{figure.value:>10.3g}" if figure is not None else f"{'':>10}"


def _reference(figures: list[Any]) -> str:
    figure = next((f for f in figures if f is not None and f.reference_mean is not None), None)
    if figure is None:
        return ""
    spread = f" ± {figure.reference_sd:.3g}" if figure.reference_sd is not None else ""
    return f"{figure.reference_mean:.3g}{spread}"
