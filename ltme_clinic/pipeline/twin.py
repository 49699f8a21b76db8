"""The normative twin of one stored trial: light enough for a page, for it needs no torch."""

from __future__ import annotations

from ltme_clinic.access import Principal
from ltme_clinic.generator.normative_twin import NormativeTwin, normative_twin
from ltme_clinic.pipeline.references import ReferencesAtHand
from ltme_clinic.pipeline.review import visits_of
from ltme_clinic.store import Store
from ltme_clinic.types import Refused


def twin_of_trial(store: Store, principal: Principal, patient: str, recording_id: str) -> NormativeTwin:
    """Against the reference that its visit is compared with, by the shipped checkpoint.

    Raises
    ------
    Refused
        The recording is no straight walk, or its visit can't be compared with the reference.
    LtmeError
        Some of the patient's recordings are embedded by another checkpoint alone; no reference belongs to this one.
    """
    from ltme_clinic.embedding.reader import load_reader

    reader = load_reader()
    visits, notes = visits_of(store, patient, reader.fingerprint, principal)
    for visit in visits:
        for trial in visit.embeddings:
            if trial.recording_id == recording_id:
                reference = ReferencesAtHand.of(store, reader.fingerprint).matched(visit)
                return normative_twin(reader, reference, visit, trial)
    own = [note for note in notes if recording_id[:12] in note]
    raise Refused(f"recording {recording_id[:12]}", own[0].split(": ")[-1] if own else "it is not embedded yet")
