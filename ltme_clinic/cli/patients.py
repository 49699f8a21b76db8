"""Commands on a store: patients, their recordings, findings and trends."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ltme_clinic.cli.app import app
from ltme_clinic.cli.options import (
    JsonOption,
    PathsArgument,
    PatientOption,
    ReferenceOption,
    StoreOption,
    as_date,
    exit_for,
    open_store,
    progress_bar,
)
from ltme_clinic.errors import LtmeError
from ltme_clinic.printing import as_dict, print_json, print_notes

FIGURE_WIDTHS = (38, 13, 14, 9, 16, 0)
"""Letters of the columns of indices and steps."""
PANEL = "Patients"


@app.command(rich_help_panel=PANEL)
def add(
    paths: PathsArgument,
    patient: Annotated[str | None, typer.Option(help="Pseudonym of the patient of all these files.")] = None,
    visit: Annotated[str | None, typer.Option(help="Date of the visit, YYYY-MM-DD.")] = None,
    condition: Annotated[str, typer.Option(help="Barefoot, shoes, orthosis, aid ...: only like is compared.")] = "",
    manifest: Annotated[
        Path | None, typer.Option(help="CSV: file, patient, visit_date, condition, age_y, footwear, ...")
    ] = None,
    by_folder: Annotated[bool, typer.Option("--by-folder", help="Folders are PATIENT/YYYY-MM-DD/.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes; as many as pay by default.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take recordings into the store and bring their patients' findings up to date.

    Safe to repeat: known recordings are skipped. What can't be assigned to a patient waits.
    """
    from ltme_clinic.pipeline import Assignment, add_recordings, intake_table, refresh_patients

    assignment = Assignment(
        patient=patient, visit_date=as_date(visit), condition=condition, manifest=manifest, by_folder=by_folder
    )
    with open_store(store, create=True) as opened, progress_bar("adding") as progress:
        report = add_recordings(opened, paths, assignment, workers=workers, progress=progress)
        lines = refresh_patients(opened, report.patients, progress=progress)
    print_notes([*report.problems, *lines])
    if as_json:
        print_json(report.as_dict())
    elif report.taken + report.seen + report.waiting:
        print(f"{intake_table(report)}\n{report.counts}")
    exit_for(report.taken + report.seen + report.waiting, len(report.refused))


@app.command(rich_help_panel=PANEL)
def waiting(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """The recordings that wait until somebody says whose they are."""
    from ltme_clinic.pipeline import list_waiting, waiting_table

    with open_store(store) as opened:
        found = list_waiting(opened)
    print_json([as_dict(item) for item in found]) if as_json else print(waiting_table(found))


@app.command(rich_help_panel=PANEL)
def assign(
    recording: Annotated[str, typer.Argument(help="The recording's id as `ltme waiting` lists it; its start will do.")],
    patient: PatientOption,
    visit: Annotated[str | None, typer.Option(help="Date of the visit, YYYY-MM-DD.")] = None,
    condition: Annotated[str | None, typer.Option(help="Barefoot, shoes, orthosis, aid ...")] = None,
    store: StoreOption = None,
) -> None:
    """Say whose a recording is and of which day, also to correct what was said before."""
    from ltme_clinic.pipeline import assign_recording, refresh_patients

    with open_store(store) as opened:
        done = assign_recording(opened, recording, patient, as_date(visit), condition=condition)
        lines = refresh_patients(opened, done.patients)
    print_notes(lines)
    print(f"{done.recording_id[:12]}: {done.patient}, {done.visit}{f', {done.condition}' if done.condition else ''}")


@app.command(rich_help_panel=PANEL)
def findings(
    patient: PatientOption,
    store: StoreOption = None,
    reference: ReferenceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is unusual about each visit, where on the body and when.

    Calculated from the stored embeddings; nothing is stored.
    """
    from ltme_clinic.pipeline import review_patient

    with open_store(store) as opened:
        review = review_patient(opened, patient, reference=reference)
    print_notes(review.notes)
    if as_json:
        print_json([as_dict(finding) for finding in review.findings])
        return
    for finding in review.findings:
        walked = f"  ({finding.condition})" if finding.condition else ""
        print(f"{finding.visit}{walked}  {finding.sentence}")
        for refusal in finding.refusals:
            print(f"{'':10}  ({refusal})")


@app.command(rich_help_panel=PANEL)
def track(
    patient: PatientOption,
    store: StoreOption = None,
    reference: ReferenceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What has changed since the first visit, by how much, against what measurement error.

    Calculated from the stored embeddings; nothing is stored.
    """
    from ltme_clinic.pipeline import review_patient
    from ltme_clinic.report import figure_table

    with open_store(store) as opened:
        review = review_patient(opened, patient, reference=reference)
    print_notes(review.notes)
    if as_json:
        print_json([as_dict(trend) for trend in review.trends])
        return
    for trend in review.trends:
        if not trend.is_figure:
            print(trend.sentence)
            for refusal in trend.refusals:
                print(f"  ({refusal})")
    rows = [figure_table.words_of(row) for row in figure_table.figure_rows(review.trends)]
    if not rows:
        return
    print()
    for row in [figure_table.COLUMNS, *rows]:
        print("".join(text.ljust(width) for text, width in zip(row, FIGURE_WIDTHS, strict=True)).rstrip())
    print(" ".join(figure_table.notes(review.trends)))


@app.command(rich_help_panel=PANEL)
def track_groups(
    groups: Annotated[Path, typer.Argument(help="CSV with the columns patient and group.")],
    metric: Annotated[str, typer.Option(help="As `ltme track --json` calls it: walking_speed, gps_deg, ...")] = (
        "walking_speed"
    ),
    store: StoreOption = None,
    reference: ReferenceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How groups of patients change over the years: a linear mixed model over their visits.

    Calculated from the stored embeddings; nothing is stored.
    """
    from ltme_clinic.pipeline.groups import track_groups as tracked

    with open_store(store) as opened:
        found = tracked(opened, groups, metric, reference=reference)
    print_notes(found.notes)
    if as_json:
        print_json(as_dict(found))
        return
    print(found.sentence)
    print(f"patients differ by {found.patient_sd:.3g} {found.unit}, visits from their course by {found.visit_sd:.3g}")


@app.command(rich_help_panel=PANEL)
def reembed(store: StoreOption = None) -> None:
    """Bring a store to the present checkpoint: embeddings, findings and trends.

    Safe to repeat: it goes on where it was cut short. What another checkpoint made stays.
    """
    from ltme_clinic.access import local_principal
    from ltme_clinic.pipeline import reembed_store, refresh_patients

    with open_store(store) as opened, progress_bar("embedding again") as progress:
        done = reembed_store(opened, progress=progress)
        patients = [item.pseudonym for item in opened.patients(local_principal()) if item.origin != "generated"]
        lines = refresh_patients(opened, patients, progress=progress)
    print_notes([*done.refused, *lines])
    print(f"embedded {done.embedded}   known already {done.known}   refused {len(done.refused)}")
    exit_for(done.embedded + done.known, len(done.refused))


@app.command(rich_help_panel=PANEL)
def report(
    patient: PatientOption,
    out: Annotated[Path, typer.Option(help="PDF file to write.")],
    store: StoreOption = None,
) -> None:
    """Write one patient's page as a PDF: the stored finding of the latest visit, and the trends."""
    from ltme_clinic.pipeline import report_patient

    with open_store(store) as opened:
        report_patient(opened, patient, out)
    print(out)


@app.command(rich_help_panel=PANEL)
def forget(
    patient: PatientOption,
    store: StoreOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it: there is no way back.")] = False,
) -> None:
    """Erase a person from the store; a tombstone without personal data stays."""
    from ltme_clinic.access import local_principal

    if not yes:
        raise LtmeError(patient, "forgetting has no way back", "Say --yes to do it")
    with open_store(store) as opened:
        opened.forget(local_principal(), patient)
    print(f"{patient}: forgotten")
