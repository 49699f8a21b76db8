"""Virtual patients with known truth walk, run and exercise, and a virtual laboratory measures them."""

from ltme_clinic.virtual_lab.camera_faults import CameraFaults
from ltme_clinic.virtual_lab.cohorts import DEMO_COURSES, demo_cohort, write_cohort
from ltme_clinic.virtual_lab.conditions import BAREFOOT, Condition
from ltme_clinic.virtual_lab.courses import Course, course_named
from ltme_clinic.virtual_lab.dialects import DIALECTS, write_dialect
from ltme_clinic.virtual_lab.exercising import simulate_exercise, simulate_walking_exercise
from ltme_clinic.virtual_lab.force_recording import ForceSetup
from ltme_clinic.virtual_lab.laboratory import Exercising, Laboratory, Running, Walking
from ltme_clinic.virtual_lab.markers import PERFECT, TEXTBOOK, CameraSystem
from ltme_clinic.virtual_lab.patient import IMPAIRMENTS, VirtualPatient, sample_patient
from ltme_clinic.virtual_lab.running import simulate_run
from ltme_clinic.virtual_lab.simulate import VirtualWalk, simulate_measurements, simulate_slots, simulate_walk
from ltme_clinic.virtual_lab.standing import simulate_static
from ltme_clinic.virtual_lab.tasks import AS_USUAL, WalkingTask

__all__ = [
    "AS_USUAL",
    "BAREFOOT",
    "DEMO_COURSES",
    "DIALECTS",
    "IMPAIRMENTS",
    "PERFECT",
    "TEXTBOOK",
    "CameraFaults",
    "CameraSystem",
    "Condition",
    "Course",
    "Exercising",
    "ForceSetup",
    "Laboratory",
    "Running",
    "VirtualPatient",
    "VirtualWalk",
    "Walking",
    "WalkingTask",
    "course_named",
    "demo_cohort",
    "sample_patient",
    "simulate_exercise",
    "simulate_measurements",
    "simulate_run",
    "simulate_slots",
    "simulate_static",
    "simulate_walk",
    "simulate_walking_exercise",
    "write_cohort",
    "write_dialect",
]
