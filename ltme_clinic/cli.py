"""The command line: parse, call, print. Heavy libraries are imported inside the commands that need them.

Results go to standard output, progress and refusals to standard error. Exit 0 done; 1 refused (one line: file, fact,
cure); 2 wrong usage; 3 done, some inputs refused (listed).
"""

from __future__ import annotations

import io
import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from ltme_clinic import INTENDED_USE, __version__
from ltme_clinic.errors import LtmeError
from ltme_clinic.printing import as_dict, plain, print_json, print_notes

SOME_REFUSED = 3

app = typer.Typer(
    name="ltme",
    help=f"Long-term motion embeddings for clinical gait analysis. {INTENDED_USE}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
reference_app = typer.Typer(help="Reference populations: build one, list those there are.", no_args_is_help=True)
app.add_typer(reference_app, name="reference")

StoreOption = Annotated[
    str | None,
    typer.Option("--store", envvar="LTME_STORE", help="A folder or database URL.", show_default="./ltme-store"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ReferenceOption = Annotated[
    Path | None, typer.Option("--reference", help="Another reference population than the shipped one.")
]
CheckpointOption = Annotated[Path | None, typer.Option("--checkpoint", help="Another checkpoint than the shipped one.")]
PathsArgument = Annotated[list[Path], typer.Argument(help="C3D files, or folders that hold some.")]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same result.")]
PatientOption = Annotated[str, typer.Option("--patient", help="The patient's pseudonym.")]


def main() -> None:
    """Entry point of `ltme`: a user's mistake is one line and exit 1, never a traceback."""
    signal.signal(signal.SIGTERM, _end)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file's name may hold what the terminal can't show
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app(standalone_mode=True)
    except LtmeError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except OSError as error:
        place = str(error.filename or "this machine")
        print(LtmeError(place, f"can't be read or written ({error.strerror or error})"), file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print("interrupted; what was finished is kept", file=sys.stderr)
        raise SystemExit(130) from None


def _end(_signal: int, _frame: object) -> None:
    """Being asked to stop ends like Ctrl-C, so that servers and children are stopped too."""
    raise KeyboardInterrupt


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(__version__)
        raise typer.Exit


@app.command()
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


@app.command()
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


@app.command()
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
    _exit_for(report.embedded, len(report.refused))


@app.command()
def add(
    paths: PathsArgument,
    patient: Annotated[str | None, typer.Option(help="Pseudonym of the patient of all these files.")] = None,
    visit: Annotated[str | None, typer.Option(help="Date of the visit, YYYY-MM-DD.")] = None,
    condition: Annotated[str, typer.Option(help="Barefoot, shoes, orthosis, aid ...: only like is compared.")] = "",
    manifest: Annotated[Path | None, typer.Option(help="CSV: file, patient, visit_date, condition.")] = None,
    by_folder: Annotated[bool, typer.Option("--by-folder", help="Folders are PATIENT/YYYY-MM-DD/.")] = False,
    store: StoreOption = None,
) -> None:
    """Take recordings into the store and bring their patients' findings up to date.

    Safe to repeat: known recordings are skipped. What can't be assigned to a patient waits.
    """
    from ltme_clinic.pipeline import Assignment, add_recordings, refresh_patients

    assignment = Assignment(
        patient=patient, visit_date=_date(visit), condition=condition, manifest=manifest, by_folder=by_folder
    )
    with _store(store, create=True) as opened, progress_bar("adding") as progress:
        report = add_recordings(opened, paths, assignment, progress=progress)
        lines = refresh_patients(opened, report.patients, progress=progress)
    print_notes([*report.problems, *lines])
    if report.taken + report.seen + report.waiting:
        print(report.counts)
    _exit_for(report.taken + report.seen + report.waiting, len(report.refused))


@app.command()
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

    with _store(store) as opened:
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


@app.command()
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

    with _store(store) as opened:
        review = review_patient(opened, patient, reference=reference)
    print_notes(review.notes)
    if as_json:
        print_json([as_dict(trend) for trend in review.trends])
        return
    for trend in review.trends:
        print(f"{trend.title}: {trend.sentence}")
        for refusal in trend.refusals:
            print(f"  ({refusal})")


@app.command()
def reembed(store: StoreOption = None) -> None:
    """Bring a store to the present checkpoint: embeddings, findings and trends.

    Safe to repeat: it goes on where it was cut short. What another checkpoint made stays.
    """
    from ltme_clinic.access import local_principal
    from ltme_clinic.pipeline import reembed_store, refresh_patients

    with _store(store) as opened, progress_bar("embedding again") as progress:
        done = reembed_store(opened, progress=progress)
        patients = [item.pseudonym for item in opened.patients(local_principal()) if item.origin != "generated"]
        lines = refresh_patients(opened, patients, progress=progress)
    print_notes([*done.refused, *lines])
    print(f"embedded {done.embedded}   known already {done.known}   refused {len(done.refused)}")
    _exit_for(done.embedded + done.known, len(done.refused))


@app.command()
def report(
    patient: PatientOption,
    out: Annotated[Path, typer.Option(help="PDF file to write.")],
    store: StoreOption = None,
) -> None:
    """Write one patient's page as a PDF: the stored finding of the latest visit, and the trends."""
    from ltme_clinic.pipeline import report_patient

    with _store(store) as opened:
        report_patient(opened, patient, out)
    print(out)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="Folder for the C3D files, a truth.json beside each.")],
    patients: Annotated[int, typer.Option(min=1, max=100_000, help="How many patients.")] = 10,
    visits: Annotated[int, typer.Option(min=1, max=100, help="Visits of each.")] = 1,
    trials: Annotated[int, typer.Option(min=1, max=50, help="Walks at each visit.")] = 3,
    impairment: Annotated[str, typer.Option(help="none, crouch, stiff_knee, equinus, foot_drop, ...")] = "none",
    severity: Annotated[float, typer.Option(min=0.0, max=1.0, help="0 healthy, 1 severe.")] = 0.0,
    seed: SeedOption = 0,
) -> None:
    """Write virtual patients' walks as C3D files, each with its truth."""
    from ltme_clinic.virtual_lab import write_cohort

    with progress_bar("simulating") as progress:
        written = write_cohort(
            out,
            patients=patients,
            visits=visits,
            trials=trials,
            impairment=_impairment(impairment),
            severity=severity,
            seed=seed,
            progress=lambda done, total: progress("virtual walks", done, total),
        )
    print(f"{len(written)} virtual recordings in {out}")


@app.command("generate")
def generate_command(
    exercise: Annotated[str, typer.Argument(help="An exercise's name, or 'list'.")],
    out: Annotated[Path | None, typer.Option(help="C3D file to write.")] = None,
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
        raise typer.BadParameter("name the file to write with --out FILE.c3d")
    chosen = find_exercise(exercise)
    body = _walker(like) if like is not None else None
    recording = generate(chosen, chosen.from_text(_params(param or [])), like=body, seed=seed)
    write_exercise(out, recording)
    print(f"{out}: {recording.duration_s:.1f} s, SYNTHETIC")


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="tiny (2 CPU cores, ten minutes) or base (one GPU).")],
    out: Annotated[Path, typer.Option(help="Folder of the run; a cut run goes on there.")] = Path("runs"),
    device: Annotated[str | None, typer.Option(help="cpu or cuda; the best there is by default.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Fewer steps than the recipe's.")] = None,
    people: Annotated[int | None, typer.Option(min=60, help="Fewer people than the recipe's.")] = None,
) -> None:
    """Train a model on virtual walkers."""
    from dataclasses import replace

    from ltme_clinic.training.loop import train as run
    from ltme_clinic.training.recipes import RECIPES

    if recipe not in RECIPES:
        raise LtmeError(recipe, "there is no such recipe", f"Choose one of {', '.join(RECIPES)}")
    changes: dict[str, Any] = {
        name: value for name, value in (("steps", steps), ("people", people)) if value is not None
    }
    with progress_bar(f"training {recipe}") as progress:
        checkpoint = run(replace(RECIPES[recipe], **changes), out / recipe, progress=progress, device=device)
    print_json({"fingerprint": checkpoint.fingerprint, **checkpoint.card["validation"]})


@app.command()
def evaluate(
    checkpoint: CheckpointOption = None,
    people: Annotated[int, typer.Option(min=10, help="Virtual people nobody trained on.")] = 100,
    recordings: Annotated[list[Path] | None, typer.Option(help="Real recordings to reconstruct as well.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The evaluation bench: the model beside PCA, harmonics + ridge, marker mean + SD and speed."""
    from ltme_clinic.training.bench import as_text, run_bench

    with progress_bar("evaluating") as progress:
        result = run_bench(checkpoint, people=people, recordings=recordings or [], progress=progress)
    print_json(result) if as_json else print(as_text(result))


@reference_app.command("build")
def reference_build(
    out: Annotated[Path, typer.Option(help="File to write.")],
    virtual: Annotated[int, typer.Option(min=40, help="How many healthy virtual people.")] = 400,
    checkpoint: CheckpointOption = None,
    seed: SeedOption = 0,
) -> None:
    """Build a reference population of healthy virtual people, each measured twice."""
    from ltme_clinic.training.reference import build_virtual_reference

    with progress_bar("reference") as progress:
        built = build_virtual_reference(out, people=virtual, checkpoint=checkpoint, seed=seed, progress=progress)
    print(f"{out}: {built.name}, {len(built.people)} people, checkpoint {built.fingerprint[:12]}")


@reference_app.command("list")
def reference_list(as_json: JsonOption = False) -> None:
    """The reference populations that come with the program."""
    from ltme_clinic.pipeline import shipped_references

    listed = [
        {"name": item.name, "origin": item.origin, "people": len(item.people), "checkpoint": item.fingerprint}
        for item in shipped_references()
    ]
    if as_json:
        print_json(listed)
    else:
        for item in listed:
            print(
                f"{item['name']}: {item['people']} {item['origin']} people, checkpoint {str(item['checkpoint'])[:12]}"
            )


@app.command()
def dashboard(
    store: StoreOption = None,
    port: Annotated[int | None, typer.Option(help="Port; a free one by default.")] = None,
) -> None:
    """Serve the dashboard and its worker until interrupted."""
    from ltme_clinic.demonstration import serve_until_interrupted

    serve_until_interrupted(_location(store), port)


@app.command()
def worker(
    store: StoreOption = None,
    once: Annotated[bool, typer.Option("--once", help="Do what is waiting, then stop.")] = False,
) -> None:
    """Do the work that the dashboard asked for: exercises, findings and trends."""
    from ltme_clinic.worker import work

    with _store(store) as opened:
        done = work(opened, once=once)
    print(f"{done} jobs done")


@app.command()
def forget(
    patient: PatientOption,
    store: StoreOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it: there is no way back.")] = False,
) -> None:
    """Erase a person from the store; a tombstone without personal data stays."""
    from ltme_clinic.access import local_principal

    if not yes:
        raise LtmeError(patient, "forgetting has no way back", "Say --yes to do it")
    with _store(store) as opened:
        opened.forget(local_principal(), patient)
    print(f"{patient}: forgotten")


@app.command()
def doctor(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """What is installed, which accelerator and which checkpoint there are, and what is missing."""
    from ltme_clinic import doctor as doctors

    found = doctors.report(store=store)
    print_json(found) if as_json else print(doctors.as_text(found))


def progress_bar(title: str) -> Any:
    """A bar on standard error; entering gives progress(what, done, total)."""
    from ltme_clinic.progress import ProgressBar

    return ProgressBar(title)


def _exit_for(done: int, refused: int) -> None:
    if refused:
        raise typer.Exit(SOME_REFUSED if done else 1)


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LtmeError("--visit", f"'{text}' is not a date", "Write it as YYYY-MM-DD") from None


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


def _impairment(name: str) -> Any:
    from typing import get_args

    from ltme_clinic.types import Impairment

    if name not in get_args(Impairment):
        raise LtmeError("--impairment", f"there is no '{name}'", f"Choose one of {', '.join(get_args(Impairment))}")
    return name


def _location(store: str | None) -> str:
    return store or "ltme-store"


def _store(store: str | None, *, create: bool = False) -> Any:
    from ltme_clinic.store import Store

    return Store.open(_location(store), create=create)


if __name__ == "__main__":
    main()
