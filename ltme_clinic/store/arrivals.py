"""A recording on its way into the store: its signals are in files already, its row is not yet written.

This is what a worker process hands to the one process that writes rows: a few kilobytes, whatever the recording's
length. No database is needed to make it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from ltme_clinic.errors import LtmeError
from ltme_clinic.store.cleaning import FileWords
from ltme_clinic.store.files import disk_errors, make_durable, remove_files, vector_to_bytes
from ltme_clinic.store.signals import write_angles, write_clip, write_latents
from ltme_clinic.types.motion import MotionClip, MotionEmbedding
from ltme_clinic.types.recording import Anthropometry, GaitEvent, Origin, Recording
from ltme_clinic.types.trial import TrialFacts


@dataclass(frozen=True)
class SignalFiles:
    """The files that hold a recording's signals, by their names relative to the store's folder."""

    clip: str | None = None
    angles: str | None = None
    latents: str | None = None
    clip_version: int | None = None

    @property
    def names(self) -> list[str]:
        return [name for name in (self.clip, self.angles, self.latents) if name]


@dataclass(frozen=True)
class Arrival:
    """One recording, complete but for its signals, which are in `files`."""

    recording_id: str
    origin: Origin
    source_name: str
    """Identifying: it is kept in the identity database."""
    subject: str
    """Identifying: only its keyed hash is stored."""
    file_sha256: str
    file_person: int
    """Which of the file's subjects, from 1."""
    file_people: int
    rate_hz: float
    frames: int
    first_file_frame: int
    duration_s: float
    marker_set: str
    is_static: bool
    trial: TrialFacts
    """As the file says it, free text among it: only known words of it are stored."""
    anthropometry: Anthropometry
    events: tuple[GaitEvent, ...]
    warnings: tuple[str, ...]
    files: SignalFiles
    embedding: MotionEmbedding | None = None
    """Without its window latents, which are in a file."""
    joint_cells: bytes = b""
    """`MotionEmbedding.joint_cells_deg` as the row holds them: with or without an embedding."""
    gait_figures: bytes = b""
    """`MotionEmbedding.gait_figures`, likewise."""


@dataclass(frozen=True)
class Placing:
    """Where somebody says that a recording belongs, and what they say of its trial."""

    patient: str | None
    """Pseudonym; None while nobody says."""
    visit_date: date | None = None
    condition: str = ""
    """As entered; without it the trial's facts tell."""
    given: tuple[tuple[str, str], ...] = ()
    """Facts of the trial that somebody states, such as ("footwear", "shoes")."""


@dataclass(frozen=True)
class SignalWriter:
    """Writes signals into a store's folder from any process; rows are for the store alone."""

    root: Path
    location: str
    """What to call the store in messages."""

    def write(
        self,
        recording: Recording,
        clip: MotionClip | None,
        embedding: MotionEmbedding | None = None,
        *,
        joint_cells_deg: np.ndarray | None = None,
        gait_figures: np.ndarray | None = None,
        marker_set: str = "",
        file_sha256: str = "",
        source_name: str = "",
        person: int = 1,
        people: int = 1,
    ) -> Arrival:
        """Write a recording's signals to new files: all of them, or none. They are durable after `sync`.

        Raises
        ------
        LtmeError
            The clip is of another recording; or, about the store, there is no room.
        """
        _check_pair(recording, clip)
        words = FileWords(recording.subject)
        warnings = words.warnings((*recording.warnings, *(clip.warnings if clip else ())))
        return Arrival(
            recording_id=recording.recording_id,
            origin=recording.origin,
            source_name=source_name or recording.source_name,
            subject=recording.subject,
            file_sha256=file_sha256 or recording.file_sha256,
            file_person=person,
            file_people=people,
            rate_hz=float(recording.rate_hz),
            frames=recording.frames,
            first_file_frame=int(recording.first_file_frame),
            duration_s=recording.duration_s,
            marker_set=marker_set,
            is_static=bool(recording.is_static),
            trial=recording.trial,
            anthropometry=recording.anthropometry,
            events=words.events(recording.events),
            warnings=warnings,
            files=self._write(recording, clip, embedding, words),
            embedding=embedding and replace(embedding, latents=np.empty((0, 0), np.float32)),
            joint_cells=b"" if joint_cells_deg is None else vector_to_bytes(joint_cells_deg),
            gait_figures=b"" if gait_figures is None else vector_to_bytes(gait_figures),
        )

    def sync(self, arrivals: list[Arrival]) -> None:
        """Make the files of these arrivals durable: together, which costs a disk less than one by one."""
        with disk_errors(self.location):
            make_durable(self.root, [name for arrival in arrivals for name in arrival.files.names])

    def discard(self, arrivals: list[Arrival]) -> None:
        """Delete the files of arrivals that will not be stored."""
        remove_files(self.root, [name for arrival in arrivals for name in arrival.files.names])

    def _write(
        self, recording: Recording, clip: MotionClip | None, embedding: MotionEmbedding | None, words: FileWords
    ) -> SignalFiles:
        written: dict[str, str | None] = {}
        with disk_errors(self.location):
            try:
                if clip is not None:
                    clean = replace(clip, warnings=words.warnings(clip.warnings))
                    written["clip"] = write_clip(self.root, clean, durable=False)
                angles = words.angles(list(recording.angles().values()))
                written["angles"] = write_angles(self.root, recording.recording_id, angles, durable=False)
                if embedding is not None:
                    latents = embedding.latents
                    written["latents"] = write_latents(self.root, recording.recording_id, latents, durable=False)
            except OSError:
                remove_files(self.root, [name for name in written.values() if name])
                raise
        return SignalFiles(**written, clip_version=clip.clip_version if clip else None)


def file_name(path: str) -> str:
    """A file's name without its folders, whichever system wrote the path: folders often hold a patient's name."""
    return PureWindowsPath(PurePosixPath(path).name).name


def _check_pair(recording: Recording, clip: MotionClip | None) -> None:
    if clip is None:
        return
    if (clip.recording_id, clip.origin) != (recording.recording_id, recording.origin):
        raise LtmeError(recording.source_name, "the clip is of another recording", "Make the clip from this recording")
