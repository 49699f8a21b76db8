"""Whose is each point of a file? Two people in one file are told apart or refused, and never made into one body."""

from ltme_clinic.recordings.subjects.labels import bare_of, point_labels
from ltme_clinic.recordings.subjects.sharing import Share, shares_of

__all__ = ["Share", "bare_of", "point_labels", "shares_of"]
