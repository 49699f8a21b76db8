"""What every part of the study is given: the model asked about, its yardstick, its reference, the clips' codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import ltme_clinic.findings
from ltme_clinic.embedding import LtmeModel, PcaModel, load_model, load_pca_model
from ltme_clinic.findings import ReferencePopulation
from ltme_clinic.progress import Progress, silent
from ltme_clinic.statistics import shrinkage_covariance
from ltme_clinic.types import MotionEmbedding
from studies.motion_embedding.material import Material, RealClip, real_material
from studies.real_recordings.files import SHARED_DATA

SHIPPED_REFERENCE = Path(ltme_clinic.findings.__file__).parent / "references" / "virtual-healthy.safetensors"


@dataclass(frozen=True, eq=False)
class Coded:
    """A clip and what each model says of it."""

    item: RealClip
    ltme: MotionEmbedding
    pca: MotionEmbedding


@dataclass(frozen=True, eq=False)
class Subject:
    """One checkpoint and the real recordings as it sees them."""

    model: LtmeModel
    pca: PcaModel
    reference: ReferencePopulation | None
    """None where the reference at hand was made by another checkpoint."""
    material: Material
    coded: tuple[Coded, ...]

    def walks(self) -> list[Coded]:
        """Straight steady stretches of level walking."""
        return [code for code in self.coded if code.item.walks]

    def walks_of_people(self) -> list[Coded]:
        """The same without DeepMimic's, whose one body is nobody's."""
        return [code for code in self.walks() if code.item.label.laboratory != "DeepMimic"]

    def of(self, items: Sequence[RealClip]) -> list[Coded]:
        """The codes of these clips, in their order."""
        by_clip = {id(code.item): code for code in self.coded}
        return [by_clip[id(item)] for item in items]

    def remarks(self) -> list[str]:
        """What must be known of the checkpoint."""
        told = [f"checkpoint {self.model.fingerprint[:12]}, trained on: {self.model.card.get('data', 'not told')}"]
        if self.reference is None:
            told.append("the reference at hand is another checkpoint's: no whitening by it, no cloud")
        return told


def subject_of(
    checkpoint: Path | None = None,
    reference: Path | None = None,
    recordings: Path = SHARED_DATA,
    progress: Progress = silent,
) -> Subject:
    """Load models and recordings and encode every clip with both.

    Parameters
    ----------
    checkpoint, reference : the shipped ones if None

    Raises
    ------
    LtmeError
        The recordings are not there, or a file is none of its kind.
    """
    material = real_material(recordings)
    model, pca = load_model(checkpoint), load_pca_model(checkpoint)
    population = ReferencePopulation.load(reference or SHIPPED_REFERENCE)
    coded = []
    for number, item in enumerate(material.clips):
        coded.append(Coded(item, model.encode(item.clip), pca.encode(item.clip)))
        progress("real recordings", number + 1, len(material.clips))
    fits = population.fingerprint == model.fingerprint
    return Subject(model, pca, population if fits else None, material, tuple(coded))


def within_person_covariance(reference: ReferencePopulation) -> np.ndarray:
    """Covariance of a virtual person's single trials about that person's mean over both visits, (vector, vector)."""
    trials = reference.retest_vectors.astype(float)  # (person, visit, trial, vector)
    flat = trials.reshape(len(trials), -1, trials.shape[-1])  # (P, V, T, D) -> (P, V*T, D)
    known = np.isfinite(flat).all(axis=2)
    residuals = []
    for own, there in zip(flat, known, strict=True):
        count = int(there.sum())
        if count > 1:
            residuals.append((own[there] - own[there].mean(axis=0)) * np.sqrt(count / (count - 1)))
    return shrinkage_covariance(np.concatenate(residuals), centre=False)


def standardised(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, d) in their own standard deviations; a column that does not vary stays 0."""
    spread = vectors.std(axis=0)
    return (vectors - vectors.mean(axis=0)) / np.where(spread > 1e-9, spread, np.inf)
