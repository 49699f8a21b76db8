"""The two lines: a C3D file becomes stored embeddings, and stored embeddings become findings, trends and a report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic.access import Principal, local_principal
from ltme_clinic.assignment import Assignment, Placed
from ltme_clinic.types import Finding, LtmeError, MotionEmbedding, Recording, Trend

if TYPE_CHECKING:
    from ltme_clinic.embedding import LtmeModel, PcaModel
    from ltme_clinic.findings import ReferencePopulation, VisitEmbeddings
    from ltme_clinic.store import Store

Progress = Callable[[str, int, int], None]
REFERENCES = Path(__file__).parent / "findings" / "references"


def _silent(_what: str, _done: int, _total: int) -> None:
    return None


# Intake: file -> Recording -> MotionClip -> MotionEmbedding -> Store ------------------------------------------------


@dataclass
class IntakeReport:
    """What became of every file."""

    taken: int = 0
    seen: int = 0
    waiting: int = 0
    """Stored, and waiting to be assigned to a patient."""
    not_encoded: list[str] = field(default_factory=list)
    """Taken without an embedding, and why (a static trial, say)."""
    refused: list[str] = field(default_factory=list)

    @property
    def counts(self) -> str:
        """How many files fared how, in one line."""
        return (
            f"taken {self.taken}   known already {self.seen}   waiting for a patient {self.waiting}"
            f"   without embedding {len(self.not_encoded)}   refused {len(self.refused)}"
        )

    @property
    def problems(self) -> list[str]:
        """One line for each file that was refused, or taken without an embedding."""
        return [*self.refused, *(f"{line} Stored without an embedding." for line in self.not_encoded)]


def add_recordings(
    store: Store,
    paths: Iterable[Path],
    assignment: Assignment,
    *,
    model: LtmeModel | None = None,
    principal: Principal | None = None,
    progress: Progress = _silent,
) -> IntakeReport:
    """Take every C3D file below the paths into the store, with its embedding; safe to repeat and to interrupt."""
    from ltme_clinic.embedding import load_model
    from ltme_clinic.recordings import read_recordings

    principal = principal or local_principal()
    model = model or load_model()
    report = IntakeReport()
    files = _files_by_root(paths, report.refused)
    for number, (root, file) in enumerate(files, start=1):
        try:
            for recording in read_recordings(file):
                placed = assignment.place(file, root, recording.subject)
                _add_one(store, principal, recording, placed, model, report)
        except LtmeError as error:
            report.refused.append(str(error))
        progress("adding", number, len(files))
    return report


def _add_one(
    store: Store, principal: Principal, recording: Recording, placed: Placed, model: LtmeModel, report: IntakeReport
) -> None:
    from ltme_clinic.clips import make_clip
    from ltme_clinic.marker_sets import detect_marker_set

    clip, reason = None, None
    try:
        clip = make_clip(recording)
    except LtmeError as error:
        reason = str(error)
    outcome = store.add_recording(
        principal,
        recording,
        clip,
        patient=placed.patient,
        visit_date=placed.visit_date,
        condition=placed.condition,
        file_sha256=recording.file_sha256,
        source_path_name=recording.source_name,
        marker_set=detect_marker_set(recording.marker_labels).name,
    )
    if clip is not None and not recording.is_static:
        if not store.has_embedding(principal, recording.recording_id, model.fingerprint):
            store.save_embedding(principal, model.encode(clip))
    else:
        reason = reason or f"{recording.source_name}: a static trial holds no walk."
    if reason and outcome != "seen":
        report.not_encoded.append(reason)
    report.taken += outcome == "added"
    report.seen += outcome == "seen"
    report.waiting += outcome == "unassigned"


@dataclass
class EmbedReport:
    """What `embed_files` did."""

    embedded: int
    refused: list[str]


def embed_files(
    paths: Iterable[Path],
    out: Path,
    *,
    model: str = "ltme",
    checkpoint: Path | None = None,
    progress: Progress = _silent,
) -> EmbedReport:
    """Encode every C3D file below the paths into one Parquet table; refusals are listed, not raised.

    Nothing is written when nothing could be embedded.
    """
    from ltme_clinic.embedding import load_model, load_pca_model, write_embeddings

    loaders: dict[str, Callable[[Path | None], LtmeModel | PcaModel]] = {"ltme": load_model, "pca": load_pca_model}
    if model not in loaders:
        raise LtmeError(model, "there is no such model", "Choose ltme or pca")
    coder = loaders[model](checkpoint)
    refused: list[str] = []
    embeddings: list[MotionEmbedding] = []
    sources: dict[str, str] = {}
    files = _files_by_root(paths, refused)
    for number, (_, file) in enumerate(files, start=1):
        for recording, result in _encoded(file, coder):
            if isinstance(result, LtmeError):
                refused.append(str(result))
            elif recording is not None:
                embeddings.append(result)
                sources[result.recording_id] = recording.source_name
        progress("embedding", number, len(files))
    if embeddings:
        write_embeddings(out, embeddings, sources)
    return EmbedReport(len(embeddings), refused)


def _encoded(file: Path, coder: LtmeModel | PcaModel) -> Iterator[tuple[Recording | None, MotionEmbedding | LtmeError]]:
    from ltme_clinic.clips import make_clip
    from ltme_clinic.recordings import read_recordings

    try:
        recordings = read_recordings(file)
    except LtmeError as error:
        yield None, error
        return
    for recording in recordings:
        try:
            yield recording, coder.encode(make_clip(recording))
        except LtmeError as error:
            yield recording, error


def _files_by_root(paths: Iterable[Path], refused: list[str]) -> list[tuple[Path, Path]]:
    """Every C3D file with the path it was found under; what can't be walked goes to `refused`."""
    from ltme_clinic.recordings import find_c3d_files

    found: dict[Path, Path] = {}
    for path in paths:
        files, problems = find_c3d_files([path])
        refused.extend(str(problem) for problem in problems)
        for file in files:
            found.setdefault(file, path if path.is_dir() else path.parent)
        if not files and not problems:
            refused.append(str(LtmeError(str(path), "there is no C3D file", "Name a folder that holds some")))
    return [(root, file) for file, root in found.items()]


# Review: Store -> Finding, Trend -> Report ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Review:
    """All that can be said of a patient today."""

    findings: tuple[Finding, ...]
    trends: tuple[Trend, ...]
    notes: tuple[str, ...] = ()
    """What was left out, and why."""


def review_patient(
    store: Store,
    patient: str,
    *,
    model: LtmeModel | None = None,
    reference: Path | None = None,
    principal: Principal | None = None,
) -> Review:
    """Findings of every visit and trends over them, calculated and stored."""
    from ltme_clinic.embedding import load_model
    from ltme_clinic.findings import BaselineTracker, MahalanobisDetector

    principal = principal or local_principal()
    model = model or load_model()
    detector = MahalanobisDetector().fit(load_reference(model.fingerprint, reference))
    visits, notes = visits_of(store, patient, model.fingerprint, principal)
    findings = tuple(detector.finding(visit, model) for visit in visits)
    trends = BaselineTracker().track(visits, detector) if visits else ()
    store.save_findings(principal, findings)
    store.save_trends(principal, trends)
    return Review(findings, trends, notes)


def visits_of(
    store: Store, patient: str, fingerprint: str, principal: Principal
) -> tuple[list[VisitEmbeddings], tuple[str, ...]]:
    """A patient's visits as the detectors see them: walking trials only, one condition each; and what was left out."""
    from ltme_clinic.findings import VisitEmbeddings

    grouped = defaultdict(list)
    notes = []
    for stored in store.embeddings(principal, patient, fingerprint):
        if stored.embedding.cadence_spm != stored.embedding.cadence_spm:
            notes.append(f"recording {stored.recording_id[:12]} of {stored.visit} has no steps and is not scored")
            continue
        grouped[(stored.visit, stored.visit_date, stored.condition)].append(stored.embedding)
    visits = [
        VisitEmbeddings(patient, visit, day, condition, embeddings[0].origin, tuple(embeddings))
        for (visit, day, condition), embeddings in grouped.items()
    ]
    return visits, tuple(notes)


def report_patient(store: Store, patient: str, out: Path, *, principal: Principal | None = None) -> Path:
    """One patient's page as a PDF, from what is stored: the latest visit's finding and the trends."""
    from ltme_clinic.report import write_patient_report

    principal = principal or local_principal()
    findings = store.findings(principal, patient)
    origins = {trial.origin for trial in store.trials(principal, patient)}
    out.parent.mkdir(parents=True, exist_ok=True)
    return write_patient_report(
        out,
        patient=patient,
        origin=origins.pop() if origins else "measured",
        finding=findings[-1] if findings else None,
        trends=store.trends(principal, patient),
    )


def load_reference(fingerprint: str, path: Path | None = None) -> ReferencePopulation:
    """A reference population by file, or the shipped one that belongs to the checkpoint."""
    from ltme_clinic.findings import ReferencePopulation

    if path is not None:
        return ReferencePopulation.load(path)
    for reference in shipped_references():
        if reference.fingerprint == fingerprint:
            return reference
    raise LtmeError(
        f"checkpoint {fingerprint[:12]}",
        "no reference population was built with it",
        "Build one with ltme reference build, and name it with --reference",
    )


def shipped_references() -> list[ReferencePopulation]:
    """The reference populations that come with the program."""
    from ltme_clinic.findings import ReferencePopulation

    return [ReferencePopulation.load(path) for path in sorted(REFERENCES.glob("*.safetensors"))]
