"""Virtual patients with known truth walk, and a virtual camera system measures them."""

from ltme_clinic.virtual_lab.cohorts import DEMO_COURSES, Course, demo_cohort, write_cohort
from ltme_clinic.virtual_lab.markers import PERFECT, TEXTBOOK, CameraSystem
from ltme_clinic.virtual_lab.patient import IMPAIRMENTS, VirtualPatient, sample_patient
from ltme_clinic.virtual_lab.simulate import VirtualWalk, simulate_slots, simulate_walk
from ltme_clinic.virtual_lab.standing import simulate_static
from ltme_clinic.virtual_lab.tasks import AS_USUAL, WalkingTask

__all__ = [
    "AS_USUAL",
    "DEMO_COURSES",
    "IMPAIRMENTS",
    "PERFECT",
    "TEXTBOOK",
    "CameraSystem",
    "Course",
    "VirtualPatient",
    "VirtualWalk",
    "WalkingTask",
    "demo_cohort",
    "sample_patient",
    "simulate_slots",
    "simulate_static",
    "simulate_walk",
    "write_cohort",
]
