"""The two lines: a C3D file becomes stored embeddings, and stored embeddings become findings, trends and a report."""

from ltme_clinic.assignment import Assignment
from ltme_clinic.pipeline.encoding import EmbedReport, ReembedReport, embed_files, reembed_store
from ltme_clinic.pipeline.intake import add_recordings
from ltme_clinic.pipeline.intake_report import IntakeReport, intake_table
from ltme_clinic.pipeline.references import keep_reference, load_reference, shipped_references
from ltme_clinic.pipeline.review import Review, refresh_patient, refresh_patients, report_patient, review_patient
from ltme_clinic.pipeline.waiting import Assigned, Waiting, assign_recording, list_waiting, waiting_table

__all__ = [
    "Assigned",
    "Assignment",
    "EmbedReport",
    "IntakeReport",
    "ReembedReport",
    "Review",
    "Waiting",
    "add_recordings",
    "assign_recording",
    "embed_files",
    "intake_table",
    "keep_reference",
    "list_waiting",
    "load_reference",
    "reembed_store",
    "refresh_patient",
    "refresh_patients",
    "report_patient",
    "review_patient",
    "shipped_references",
    "waiting_table",
]
