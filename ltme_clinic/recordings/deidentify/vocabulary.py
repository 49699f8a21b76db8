"""The words a de-identified file may hold besides those of `types.known_words`: channels, makers, programs."""

from __future__ import annotations

from collections.abc import Iterable

from ltme_clinic.types.known_words import FACT_WORDS, OTHER_EVENTS, POINT_WORDS, SIDES, made_of, unit, words_of

__all__ = [
    "ANALOG_WORDS",
    "FACT_WORDS",
    "OTHER_EVENTS",
    "POINT_WORDS",
    "made_of",
    "maker_in",
    "program_in",
    "unit",
    "words_of",
]

ANALOG_WORDS = SIDES | words_of(
    """
    force moment torque voltage volt electric potential raw analog analogue channel ch pin adc input amplitude
    fx fy fz mx my mz f m x y z fp pf plate forceplate copx copy cop px py free emg imemg semg ecg
    ekg eda electrodermal acc accel accelerometer gyro gyroscope mag magnetometer imu gonio goniometer pressure
    insole footswitch foot switch fsw heel toe treadmill belt speed torque angle button trigger trig start stop
    sync synch synchronisation synchronization clock video camera spare unused nothing none reference ref ground
    tib tibialis ta tp gast gastroc gastrocnemius gas gm gl mg lg soleus sol peroneus peron per pl pb longus
    brevis rect rectus fem femoris rf vast vastus vl vm vmo vi vmed vlat quad quadriceps ham hams hamstring
    hamstrings biceps bf semitendinosus semitend st semimembranosus sm glut gluteus gmax gmed maximus maximu max
    medius minimus min add adductor magnus magnu tfl tensor fasciae latae iliopsoas psoas sartorius sart
    gracilis grac erector spinae ers es lumbar multifidus ext external int internal oblique obliq obliquus
    abdominis abdominal abs deltoid delt trapezius trap triceps tri pectoralis pec latissimus dorsi ld
    brachioradialis flexor extensor carpi ant anterior post posterior med medial medialis lat lateral lateralis
    upper lower
    """
)

_MAKERS = (
    "Vicon", "Oxford Metrics", "Qualisys", "Motion Analysis", "BTS", "OptiTrack", "NaturalPoint", "C-Motion",
    "Codamotion", "Charnwood", "Northern Digital", "PhaseSpace", "Xsens", "Movella", "Theia", "Simi", "STT",
    "Noraxon", "Motek", "AMTI", "Kistler", "Bertec", "Peak Performance", "Elite", "Lab View", "OpenCap",
    "Biogesta",
)  # fmt: skip
_PROGRAMS = (
    "Vicon Nexus", "Vicon Workstation", "Vicon BodyBuilder", "Vicon Polygon", "Vicon ProCalc", "Vicon Shogun",
    "Vicon Blade", "Vicon iQ", "Qualisys Track Manager", "Cortex", "EVaRT", "OrthoTrak", "Visual3D", "Motive",
    "Theia3D", "SMART", "BTS SMART", "Mokka", "ezc3d", "BTK", "Biomechanical ToolKit", "Codamotion ODIN",
    "D-Flow", "CGM2", "pyCGM2", "Matlab",
)  # fmt: skip


def maker_in(text: str, *, never: frozenset[str] = frozenset()) -> str:
    """The known maker of motion capture systems that a text names; empty if it names none."""
    return _named_in(text, _MAKERS, never)


def program_in(text: str, *, never: frozenset[str] = frozenset()) -> str:
    """The known program that a text names; else the known maker; empty if it names neither."""
    return _named_in(text, _PROGRAMS, never) or maker_in(text, never=never)


def _named_in(text: str, names: Iterable[str], never: frozenset[str]) -> str:
    lowered = text.lower()
    found = [name for name in names if name.lower() in lowered and never.isdisjoint(name.upper().split())]
    return max(found, key=len, default="")
