"""A laboratory's own reference population: a folder of healthy people's walks, as one checkpoint sees them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic import __version__
from ltme_clinic.pipeline.people_folders import files_by_person
from ltme_clinic.progress import Progress, silent
from ltme_clinic.types import LtmeError, MotionEmbedding, Recording

if TYPE_CHECKING:
    from ltme_clinic.embedding import LtmeModel
    from ltme_clinic.findings import ReferencePopulation

VISITS_USED = 2
"""The first makes the reference, the second the test-retest noise."""


@dataclass
class ReferenceReport:
    """What a reference was made of."""

    reference: ReferencePopulation
    walks: int
    refused: list[str] = field(default_factory=list)
    """One line for each recording and person left out, and why."""


def build_own_reference(
    folder: Path,
    out: Path,
    *,
    name: str,
    condition: str = "",
    checkpoint: Path | None = None,
    progress: Progress = silent,
) -> ReferenceReport:
    """Encode every straight walk below FOLDER/PERSON (one visit) or FOLDER/PERSON/VISIT, and keep the people in `out`.

    The file holds vectors, speeds and leg lengths; of names nothing but a hash, which decides who calibrates. It says
    in its card how many walks of which marker sets it was made of, under which condition (as a store calls it:
    "barefoot", "shoes, cane") and, where every person's files state it, of which ages; visits are matched by these.

    Raises
    ------
    LtmeError
        There are too few people for any score, or people of several origins.
    """
    from ltme_clinic.embedding import load_model
    from ltme_clinic.findings import build_reference
    from ltme_clinic.findings.detectors import MINIMUM_PEOPLE

    model = load_model(checkpoint)
    people, refused = files_by_person(folder)
    marker_sets: Counter[str] = Counter()
    ages_y: dict[str, float | None] = {}
    encoded: dict[str, list[list[MotionEmbedding]]] = {}
    for number, (person, files) in enumerate(sorted(people.items()), start=1):
        visits = [_walks(own, model, marker_sets, refused) for own in _visits(folder / person, files)]
        walked = [[walk for walk, _ in walks] for walks in visits if walks]
        if walked:
            ages_y[person] = next((years for walks in visits for _, years in walks if years is not None), None)
            encoded[f"person-{hashlib.sha256(person.encode()).hexdigest()[:16]}"] = walked
        else:
            refused.append(f"{person}: no straight walk to encode")
        progress("reference people", number, len(people))
    if len(encoded) < MINIMUM_PEOPLE:
        fact = f"{len(encoded)} people walk in it, a score takes {MINIMUM_PEOPLE} (a p-value 40)"
        raise LtmeError(folder.name, fact, "Give a folder with a subfolder of straight walks for each person")
    trials = [walk for visits in encoded.values() for walks in visits for walk in walks]
    card = {
        "made_by": "ltme reference build --recordings",
        "software": __version__,
        "people": len(encoded),
        "walks": len(trials),
        "marker_sets": dict(sorted(marker_sets.items())),
        "condition": condition,
    }
    stated_y = [years for years in ages_y.values() if years is not None]
    if len(stated_y) == len(ages_y):
        card["ages_y"] = [min(stated_y), max(stated_y)]
    reference = build_reference(encoded, name=name, origin=trials[0].origin, card=card)
    out.parent.mkdir(parents=True, exist_ok=True)
    reference.save(out)
    return ReferenceReport(reference, len(trials), refused)


def _visits(home: Path, files: Sequence[Path]) -> list[list[Path]]:
    """A person's files by visit: those that lie in the person's folder itself, then a subfolder each, by name."""
    visits: dict[str, list[Path]] = {}
    for file in files:
        inside = file.relative_to(home).parts
        visits.setdefault(inside[0] if len(inside) > 1 else "", []).append(file)
    return [visits[name] for name in sorted(visits)][:VISITS_USED]


def _walks(
    files: Sequence[Path], model: LtmeModel, marker_sets: Counter[str], refused: list[str]
) -> list[tuple[MotionEmbedding, float | None]]:
    """One visit's straight walks, each with the age that its file states; a line in `refused` for anything else but
    static trials."""
    from ltme_clinic.findings import why_not_a_walk
    from ltme_clinic.marker_sets import detect_marker_set
    from ltme_clinic.pipeline.scorable import scorable_clip

    walks = []
    for file in files:
        try:
            for recording in _moving(file):
                embedding = scorable_clip(recording).encoded(model)
                reason = why_not_a_walk(embedding)
                if reason:
                    refused.append(f"{recording.source_name}: {reason}")
                else:
                    walks.append((embedding, recording.trial.years))
                    marker_sets[detect_marker_set(recording.marker_labels).name] += 1
        except LtmeError as error:
            refused.append(str(error))
    return walks


def _moving(file: Path) -> Iterator[Recording]:
    from ltme_clinic.recordings import read_recordings

    found = read_recordings(file)
    if len(found) > 1:
        raise LtmeError(file.name, "holds several people", "Give each person a file of their own")
    yield from (recording for recording in found if not recording.is_static)
