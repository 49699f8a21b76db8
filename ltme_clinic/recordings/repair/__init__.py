"""Repair: gaps filled from neighbours and a zero-lag low-pass, every filled sample marked, every step written down."""

from ltme_clinic.recordings.repair.filling import METHODS, FilledGap, Filling, Method, fill_gaps, fill_gaps_in_detail
from ltme_clinic.recordings.repair.filtering import low_pass

__all__ = ["METHODS", "FilledGap", "Filling", "Method", "fill_gaps", "fill_gaps_in_detail", "low_pass"]
