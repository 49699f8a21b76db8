"""Gait events as people entered them in a file: two-part times, sides inside labels, blanks and duplicates."""

from ltme_clinic.recordings.events.reading import meaning_of_entry, read_events
from ltme_clinic.recordings.events.stored import stored_events
from ltme_clinic.recordings.events.words import interpret

__all__ = ["interpret", "meaning_of_entry", "read_events", "stored_events"]
