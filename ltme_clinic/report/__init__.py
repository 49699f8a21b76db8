"""Stored values as figures and as one PDF page; nothing here computes a finding or reads a store."""

from ltme_clinic.report.pdf import patient_report_pdf, write_patient_report

__all__ = ["patient_report_pdf", "write_patient_report"]
