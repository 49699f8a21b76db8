"""The references at hand, a store's own and the shipped: which one a visit is compared with, each fitted once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic.access import Principal, local_principal
from ltme_clinic.types import LtmeError

if TYPE_CHECKING:
    from ltme_clinic.findings import FittedDetector, ReferencePopulation, VisitEmbeddings
    from ltme_clinic.store import Store

SHIPPED = Path(__file__).parents[1] / "findings" / "references"


class ReferencesAtHand:
    """Chooses by `findings.matching`; a reference that was named by file is the only one."""

    def __init__(self, references: list[ReferencePopulation]) -> None:
        self._references = references
        self._fitted: dict[str, FittedDetector] = {}

    @classmethod
    def of(cls, store: Store, fingerprint: str, file: Path | None = None) -> ReferencesAtHand:
        """Those of one checkpoint.

        Raises
        ------
        LtmeError
            The file can't be read; or there is none of this checkpoint.
        """
        if file is not None:
            return cls([load_reference(fingerprint, file)])
        own = [item.name for item in store.references() if item.fingerprint == fingerprint]
        shipped = [reference for reference in shipped_references() if reference.fingerprint == fingerprint]
        found = [*(own_reference(store, name) for name in own), *shipped]
        return cls(found or [load_reference(fingerprint)])  # which says what to do

    def matched(self, visit: VisitEmbeddings) -> ReferencePopulation:
        """The reference that a visit is compared with."""
        from ltme_clinic.findings.matching import matched_reference

        return self._references[0] if len(self._references) == 1 else matched_reference(visit, self._references)

    def detector(self, visit: VisitEmbeddings) -> FittedDetector:
        """The detector, fitted on the visit's reference."""
        from ltme_clinic.findings import GaitDetector

        reference = self.matched(visit)
        if reference.name not in self._fitted:
            self._fitted[reference.name] = GaitDetector().fit(reference)
        return self._fitted[reference.name]


def own_reference(store: Store, name: str) -> ReferencePopulation:
    """A reference that a store keeps."""
    from ltme_clinic.findings import ReferencePopulation

    return ReferencePopulation.loads(store.reference_content(name), f"reference {name}")


def keep_reference(store: Store, file: Path, *, principal: Principal | None = None) -> ReferencePopulation:
    """Let a store's visits be compared with the reference in a file, wherever it is the most like them.

    Raises
    ------
    LtmeError
        The file is no reference; its checkpoint is not the shipped one; the store keeps another of its name.
    """
    from ltme_clinic.embedding.checkpoint import load_checkpoint
    from ltme_clinic.findings import ReferencePopulation

    reference = ReferencePopulation.load(file)
    fingerprint = load_checkpoint().fingerprint
    if reference.fingerprint != fingerprint:
        fact = f"made by checkpoint {reference.fingerprint[:12]}, findings are by {fingerprint[:12]}"
        raise LtmeError(file.name, fact, "Build it again with ltme reference build")
    if any(reference.name == shipped.name for shipped in shipped_references()):
        fact = f"'{reference.name}' is the shipped reference's name"
        raise LtmeError(file.name, fact, "Build it with another --name")
    store.add_reference(
        principal or local_principal(),
        name=reference.name,
        origin=reference.origin,
        fingerprint=reference.fingerprint,
        people=reference.n,
        content=Path(file).read_bytes(),
    )
    return reference


def fitted_detector(fingerprint: str, reference: Path | None = None) -> FittedDetector:
    """The detector, fitted on a reference by file or on the shipped one that belongs to the checkpoint."""
    from ltme_clinic.findings import GaitDetector

    return GaitDetector().fit(load_reference(fingerprint, reference))


def load_reference(fingerprint: str, path: Path | None = None) -> ReferencePopulation:
    """A reference population by file, or the shipped one that belongs to the checkpoint."""
    from ltme_clinic.findings import ReferencePopulation
    from ltme_clinic.findings.matching import no_reference

    if path is not None:
        return ReferencePopulation.load(path)
    for reference in shipped_references():
        if reference.fingerprint == fingerprint:
            return reference
    raise no_reference(fingerprint)


def shipped_references() -> tuple[ReferencePopulation, ...]:
    """The reference populations that come with the program."""
    from ltme_clinic.findings import ReferencePopulation

    return tuple(_loaded(ReferencePopulation, path) for path in sorted(SHIPPED.glob("*.safetensors")))


@cache
def _loaded(kind: type[ReferencePopulation], path: Path) -> ReferencePopulation:
    return kind.load(path)
