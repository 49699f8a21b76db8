"""The two lines: a C3D file becomes stored embeddings, and stored embeddings become findings, trends and a report."""

from ltme_clinic.assignment import Assignment
from ltme_clinic.pipeline.encoding import EmbedReport, ReembedReport, embed_files, reembed_store
from ltme_clinic.pipeline.intake import IntakeReport, add_recordings
from ltme_clinic.pipeline.review import (
    Review,
    load_reference,
    refresh_patient,
    refresh_patients,
    report_patient,
    review_patient,
    shipped_references,
)

__all__ = [
    "Assignment",
    "EmbedReport",
    "IntakeReport",
    "ReembedReport",
    "Review",
    "add_recordings",
    "embed_files",
    "load_reference",
    "reembed_store",
    "refresh_patient",
    "refresh_patients",
    "report_patient",
    "review_patient",
    "shipped_references",
]
