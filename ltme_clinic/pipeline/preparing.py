"""One file on its way into a store: hashed, and unless it is known, read, cut to a clip, encoded, its signals written.

This is the part of intake that any process can do: it writes new files and no row. Paths and a few settings go in, a
few kilobytes come out, whatever a recording's length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic.store import Arrival, SignalWriter
from ltme_clinic.types import LtmeError, MotionEmbedding, Recording
from ltme_clinic.types.trial import with_given

if TYPE_CHECKING:
    from ltme_clinic.embedding import LtmeModel
    from ltme_clinic.pipeline.scorable import ScorableClip

REPORT_IT = "The other files are not affected; report this with the program that wrote the file"


@dataclass(frozen=True)
class Settings:
    """What a process needs to prepare files for one store."""

    writer: SignalWriter
    finished: frozenset[str]
    """SHA-256 of the files that need not be read again."""
    encode: bool = True


@dataclass(frozen=True)
class FileTask:
    """One file to be prepared."""

    path: Path
    root: Path
    """The folder it was found under."""
    facts: tuple[tuple[str, str], ...] = ()
    """What the user states of its trial."""
    read_again: bool = False
    """Read it even if it is known."""
    number: int = 0
    """Its place among the tasks."""

    @property
    def shown(self) -> str:
        """The path relative to the folder that the user gave."""
        try:
            return self.path.relative_to(self.root).as_posix()
        except ValueError:
            return self.path.name


@dataclass(frozen=True)
class PreparedFile:
    """What became of one task."""

    task: FileTask
    file_sha256: str = ""
    arrivals: tuple[Arrival, ...] = ()
    reasons: tuple[LtmeError | None, ...] = ()
    """For each arrival why it has no embedding, None if it has one or none was asked for."""
    error: LtmeError | None = None
    """Why the file is refused; about the store itself, why nothing more can be taken."""

    @property
    def is_known(self) -> bool:
        """Whether the store holds these bytes already, with all that can be made of them."""
        return self.error is None and not self.arrivals


class Preparer:
    """Prepares files one by one; the model is loaded when the first clip is to be encoded."""

    def __init__(self, settings: Settings, model: LtmeModel | None = None) -> None:
        self._settings = settings
        self._model = model

    def prepare(self, task: FileTask) -> PreparedFile:
        """Prepare one file. Whatever is wrong with it is said in the answer, so that no file stops the others."""
        from ltme_clinic.recordings.folders import hash_file
        from ltme_clinic.recordings.readers import refuse_large_impostor

        written: list[Arrival] = []
        try:
            if self._settings.finished and not task.read_again:  # else the reader's own hash is enough
                refuse_large_impostor(task.path)
                file_sha256 = hash_file(task.path)
                if file_sha256 in self._settings.finished:
                    return PreparedFile(task, file_sha256)
            return self._read(task, written)
        except LtmeError as error:
            refusal = error
        except MemoryError:
            refusal = LtmeError(task.path.name, "needs more memory than there is", "Read it on a larger machine")
        except Exception as error:  # a mistake of this program: it costs this file, not the thousand after it
            fact = f"reading it failed ({type(error).__name__}: {error})"
            refusal = LtmeError(task.path.name, fact, REPORT_IT)
        self._settings.writer.discard(written)
        return PreparedFile(task, error=refusal)

    def finish(self, files: Sequence[PreparedFile]) -> list[PreparedFile]:
        """Make what was written for these files durable, all at once; rows may name it afterwards."""
        arrivals = [arrival for file in files for arrival in file.arrivals]
        try:
            self._settings.writer.sync(arrivals)
        except LtmeError as error:
            self._settings.writer.discard(arrivals)
            return [replace(file, arrivals=(), error=error) if file.arrivals else file for file in files]
        return list(files)

    def _read(self, task: FileTask, written: list[Arrival]) -> PreparedFile:
        from ltme_clinic.recordings import read_recordings

        recordings = read_recordings(task.path)
        reasons = []
        for person, recording in enumerate(recordings, start=1):
            recording = _with_facts(recording, task.facts)
            scorable, embedding, reason = self._encoded(recording)
            reasons.append(reason)
            written.append(self._written(recording, scorable, embedding, person, len(recordings)))
        return PreparedFile(task, recordings[0].file_sha256, tuple(written), tuple(reasons))

    def _encoded(self, recording: Recording) -> tuple[ScorableClip | None, MotionEmbedding | None, LtmeError | None]:
        """A recording's clip and its embedding; where there is none, the reason."""
        from ltme_clinic.pipeline.scorable import scorable_clip

        scorable = None
        try:
            scorable = scorable_clip(recording)
            if recording.is_static:
                return scorable, None, LtmeError(recording.source_name, "a static trial holds no walk")
            return scorable, scorable.encoded(self._loaded()) if self._settings.encode else None, None
        except LtmeError as error:
            return scorable, None, error

    def _loaded(self) -> LtmeModel:
        if self._model is None:
            from ltme_clinic.embedding import load_model

            self._model = load_model()
        return self._model

    def _written(
        self,
        recording: Recording,
        scorable: ScorableClip | None,
        embedding: MotionEmbedding | None,
        person: int,
        people: int,
    ) -> Arrival:
        from ltme_clinic.marker_sets import detect_marker_set

        marker_set = detect_marker_set(recording.marker_labels).name
        return self._settings.writer.write(
            recording,
            scorable.clip if scorable else None,
            embedding,
            joint_cells_deg=scorable.joint_cells_deg if scorable else None,
            gait_figures=scorable.gait_figures if scorable else None,
            marker_set=marker_set,
            person=person,
            people=people,
        )


def _with_facts(recording: Recording, given: tuple[tuple[str, str], ...]) -> Recording:
    """The recording with what the user states of its trial laid over what the file tells."""
    if not given:
        return recording
    trial = with_given(recording.trial, dict(given))
    if "kind" in dict(given):
        return replace(recording, trial=trial, is_static=trial.kind == "static")
    return replace(recording, trial=trial)
