"""Gait events: when each foot lands and leaves, by whom or by which rule, and how sure that is."""

from ltme_clinic.gait.events.consensus import DETECTORS, METHODS, detect_events
from ltme_clinic.gait.events.desailly import DesaillyDetector
from ltme_clinic.gait.events.detection import EventDetection, Unseen
from ltme_clinic.gait.events.detector import EventDetector
from ltme_clinic.gait.events.ghoussayni import GhoussayniDetector
from ltme_clinic.gait.events.heel_toe_minimum import HeelToeMinimum
from ltme_clinic.gait.events.oconnor import OConnorDetector
from ltme_clinic.gait.events.zeni import ZeniDetector

__all__ = [
    "DETECTORS",
    "METHODS",
    "DesaillyDetector",
    "EventDetection",
    "EventDetector",
    "GhoussayniDetector",
    "HeelToeMinimum",
    "OConnorDetector",
    "Unseen",
    "ZeniDetector",
    "detect_events",
]
