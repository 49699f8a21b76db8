"""The store: SQLite or PostgreSQL rows and Parquet signals. Importing this imports no database."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ltme_clinic.store.arrivals import Arrival, Placing, SignalWriter
    from ltme_clinic.store.signals import Signals
    from ltme_clinic.store.store import Store
    from ltme_clinic.store.summaries import (
        UNDATED,
        AddOutcome,
        AuditEntry,
        AuditVerdict,
        Job,
        KnownRecording,
        PatientSummary,
        RecordingVectors,
        ReferenceSummary,
        StoreCounts,
        StoredEmbedding,
        SweepReport,
        Tombstone,
        TrialSummary,
        VisitSummary,
        visit_key,
    )

_SUMMARIES = "ltme_clinic.store.summaries"
_ARRIVALS = "ltme_clinic.store.arrivals"
_HOMES = {
    "Arrival": _ARRIVALS,
    "Placing": _ARRIVALS,
    "SignalWriter": _ARRIVALS,
    "Signals": "ltme_clinic.store.signals",
    "Store": "ltme_clinic.store.store",
}

__all__ = [
    "UNDATED",
    "AddOutcome",
    "Arrival",
    "AuditEntry",
    "AuditVerdict",
    "Job",
    "KnownRecording",
    "PatientSummary",
    "Placing",
    "RecordingVectors",
    "ReferenceSummary",
    "SignalWriter",
    "Signals",
    "Store",
    "StoreCounts",
    "StoredEmbedding",
    "SweepReport",
    "Tombstone",
    "TrialSummary",
    "VisitSummary",
    "visit_key",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, _SUMMARIES)), name)
