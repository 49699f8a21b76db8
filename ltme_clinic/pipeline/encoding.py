"""Encoding without intake: files into a table of embeddings, and a store's own walks for another checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic.access import Principal, local_principal
from ltme_clinic.errors import one_line
from ltme_clinic.pipeline.intake import files_by_root
from ltme_clinic.progress import Progress, silent
from ltme_clinic.types import CLIP_VERSION, LtmeError, MotionEmbedding, Recording

if TYPE_CHECKING:
    from ltme_clinic.embedding import LtmeModel, PcaModel
    from ltme_clinic.store import Store, TrialSummary


@dataclass
class ReembedReport:
    """What `reembed_store` did."""

    embedded: int = 0
    known: int = 0
    """Recordings that this checkpoint had embedded already."""
    refused: list[str] = field(default_factory=list)


def reembed_store(
    store: Store,
    *,
    model: LtmeModel | None = None,
    principal: Principal | None = None,
    progress: Progress = silent,
) -> ReembedReport:
    """Embed every stored walk that this checkpoint has not embedded; safe to repeat and to interrupt.

    The embeddings of other checkpoints stay. Findings and trends are brought along by `refresh_patients`.
    """
    from ltme_clinic.embedding import load_model

    principal = principal or local_principal()
    model = model or load_model()
    report = ReembedReport()
    people = [patient for patient in store.patients(principal) if patient.origin != "generated"]
    trials = [trial for patient in people for trial in store.trials(principal, patient.pseudonym)]
    trials = [trial for trial in [*trials, *store.unassigned(principal)] if _is_encoded(trial)]
    for number, trial in enumerate(trials, start=1):
        if store.has_embedding(principal, trial.recording_id, model.fingerprint):
            report.known += 1
        else:
            try:
                _embed_again(store, principal, trial.recording_id, model)
                report.embedded += 1
            except LtmeError as error:
                if error.subject == store.location:
                    raise
                report.refused.append(str(error))
        progress("embedding again", number, len(trials))
    return report


def _embed_again(store: Store, principal: Principal, recording_id: str, model: LtmeModel) -> None:
    clip = store.clip(principal, recording_id)
    if clip.clip_version != CLIP_VERSION:
        fact = f"its clip is of version {clip.clip_version}, this program makes {CLIP_VERSION}"
        raise LtmeError(f"recording {recording_id[:12]}", fact, "Add its C3D file again")
    store.save_embedding(principal, model.encode(clip))


def _is_encoded(trial: TrialSummary) -> bool:
    """Whether a recording is one that gets an embedding."""
    return trial.has_clip and not trial.is_static


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
    progress: Progress = silent,
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
    files = files_by_root(paths, refused)
    for number, (_, file) in enumerate(files, start=1):
        for recording, result in _encoded(file, coder):
            if isinstance(result, LtmeError):
                refused.append(str(result))
            elif recording is not None and result.recording_id in sources:
                fact = f"the same bytes as {sources[result.recording_id]}, which is embedded already"
                refused.append(str(LtmeError(recording.source_name, fact)))
            elif recording is not None:
                embeddings.append(result)
                sources[result.recording_id] = one_line(recording.source_name)
        progress("embedding", number, len(files))
    if embeddings:
        write_embeddings(out, embeddings, sources)
    return EmbedReport(len(embeddings), refused)


def _encoded(file: Path, coder: LtmeModel | PcaModel) -> Iterator[tuple[Recording | None, MotionEmbedding | LtmeError]]:
    from ltme_clinic.pipeline.scorable import scorable_clip
    from ltme_clinic.recordings import read_recordings

    try:
        recordings = read_recordings(file)
    except LtmeError as error:
        yield None, error
        return
    for recording in recordings:
        try:
            yield recording, scorable_clip(recording).encoded(coder)
        except LtmeError as error:
            yield recording, error
