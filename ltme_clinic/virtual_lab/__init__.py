"""Virtual patients with known truth walk, and a virtual camera system measures them."""

from ltme_clinic.virtual_lab.cohorts import DEMO_COURSES, Course, demo_cohort, write_cohort
from ltme_clinic.virtual_lab.markers import PERFECT, CameraSystem
from ltme_clinic.virtual_lab.patient import IMPAIRMENTS, VirtualPatient, sample_patient
from ltme_clinic.virtual_lab.simulate import VirtualWalk, simulate_slots, simulate_walk

__all__ = [
    "DEMO_COURSES",
    "IMPAIRMENTS",
    "PERFECT",
    "CameraSystem",
    "Course",
    "VirtualPatient",
    "VirtualWalk",
    "demo_cohort",
    "sample_patient",
    "simulate_slots",
    "simulate_walk",
    "write_cohort",
]
