"""Which label of a laboratory's file is which slot of the body: known marker sets, detection, and suggestions."""

from ltme_clinic.marker_sets.detection import MIN_SLOTS, UNKNOWN, Alternative, MarkerSetMatch, detect_marker_set
from ltme_clinic.marker_sets.known import ENVIRONMENT_VARIABLE, MarkerSet, marker_sets, normalised_label
from ltme_clinic.marker_sets.names import NameReading, slot_of_name
from ltme_clinic.marker_sets.places import Placement, place_markers
from ltme_clinic.marker_sets.suggestion import MIN_CONFIDENCE, Suggestion, suggest_mapping, suggested_yaml

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "MIN_CONFIDENCE",
    "MIN_SLOTS",
    "UNKNOWN",
    "Alternative",
    "MarkerSet",
    "MarkerSetMatch",
    "NameReading",
    "Placement",
    "Suggestion",
    "detect_marker_set",
    "marker_sets",
    "normalised_label",
    "place_markers",
    "slot_of_name",
    "suggest_mapping",
    "suggested_yaml",
]
