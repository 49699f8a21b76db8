"""Gait events as people entered them in a file: two-part times, sides inside labels, blanks and duplicates."""

from ltme_clinic.recordings.events.reading import read_events
from ltme_clinic.recordings.events.stored import event_times_s
from ltme_clinic.recordings.events.words import interpret

__all__ = ["event_times_s", "interpret", "read_events"]
