"""The words a de-identified file may hold. What is not made of them is left out or replaced, never looked through."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SEPARATORS = re.compile(r"[\s._\-+#/()%,;=\d]+")
_DIGITS = re.compile(r"\d+")
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_LONGEST = 40


def words_of(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(text.split())


SIDES = words_of("l r left right lt rt both bilateral")

POINT_WORDS = SIDES | words_of(
    """
    angle angles force forces moment moments torque power powers scalar velocity acceleration index length
    height width norm normalised normalized abs offset ratio threshold assign percent x y z hip knee ankle
    pelvis pelvic foot feet trunk thorax spine neck head shoulder elbow wrist waist hand arm leg toe heel torso
    thigh shank shin tibia fibula femur radius ulna clavicle scapula sternum sacrum humerus patella hallux chest
    back forefoot hindfoot midfoot forearm upperarm finger thumb upper lower fore hind mid medial lateral med
    lat ant post anterior posterior superior inferior inf sup distal proximal front rear top bottom in out big
    small inner outer tip base origin axis center centre of mass floor com cop grf ground reaction pressure
    vector plate forceplate fp global progress progression arch joint rotation flexion extension dorsiflexion
    plantarflexion abduction adduction tilt obliquity inversion eversion supination pronation varus valgus hjc
    kjc ajc sjc ejc wjc asis psis mt marker cluster point virtual proj oxford vicon
    """
)

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

FACT_WORDS = SIDES | words_of(
    """
    barefoot bare foot feet socks shoe shoes own sneakers boots sandals orthopaedic orthopedic insole insoles
    lift heel afo dafo grafo gafo kafo hkafo smo ucbl fes brace splint orthosis orthoses hinged solid rigid
    dynamic articulated posterior leaf spring spiral carbon night prosthesis prosthetic with without no none
    cane stick quad crutch crutches elbow forearm axillary walker rollator frame wheeled wheelchair pole poles
    handrail rail rails harness body weight support treadmill hand held one two hands person persons parent
    therapist assisted assistance assist unassisted independent supervision supervised minimal moderate maximal
    light touch standby guard contact verbal cues on off medication levodopa botulinum toxin baclofen mg ml min
    h before after pre post walk walking slow fast self selected comfortable speed standing
    """
)

PROCESSING_WORDS = words_of(
    """
    gap gaps filled filling fill spline cubic linear rigid body pca principal component components pattern
    method auto gaussian edges edge expected error used half power each unbroken run runs none
    markers marker frames frame samples sample of with from by at to up longest shorter than and in the on a
    lowpass low pass high filter filtered smoothed smoothing butterworth woltring order zero lag
    cutoff cut off hz s ms mm m resampled swapped exchanged swap ghost ghosts removed dropped
    turned unit scaled left right sides side z y x neighbours neighbour rate settings
    """
)

OTHER_EVENTS = words_of(
    """
    event general start stop end begin turn turning foot flat midstance mid stance swing heel rise toe jump
    landing land peak sync trigger marker contact off
    """
)

UNITS = words_of(
    """
    mm cm m in deg degree degrees rad radian radians n kn n/kg nmm n.mm nm n.m nmm/kg nm/kg n.m/kg n.mm/kg w
    w/kg mw watt j v mv uv volt volts g m/s m/s^2 mm/s mm/s^2 deg/s rad/s % s ms hz kg pa kpa ohm bits bit au
    """
) | {"µv", "°"}

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


def unit(text: str) -> str:
    """A unit as it stands, if it is one; a unit repeated for each point ("mmmmmm") is no unit but read as one."""
    stripped = text.strip()
    if stripped.lower() in UNITS:
        return stripped
    return "mm" if len(stripped) > 2 and not stripped.lower().replace("mm", "") else ""


def made_of(text: str, words: frozenset[str], *, never: frozenset[str] = frozenset()) -> bool:
    """Whether a text is nothing but known words, separators and a few digits, in any case.

    Words may run together where capitals part them ("LHipAngles"), and one side letter may stand before a word ("LTA").
    Not more than two digits stand together, nor four in all: a date has more. No word may be in `never` (in capitals).
    """
    digits = _DIGITS.findall(text)
    if not text.isascii() or len(text) > _LONGEST or any(len(run) > 2 for run in digits) or len("".join(digits)) > 4:
        return False
    chunks = [chunk for chunk in _SEPARATORS.split(text) if chunk]
    if never and not never.isdisjoint(part.upper() for chunk in chunks for part in (chunk, *_CAMEL.findall(chunk))):
        return False
    return bool(chunks) and all(_is_word(chunk, words) or _runs_together(chunk, words) for chunk in chunks)


def _runs_together(chunk: str, words: frozenset[str]) -> bool:
    parts = _CAMEL.findall(chunk)
    return "".join(parts) == chunk and all(_is_word(part, words) for part in parts)


def _is_word(chunk: str, words: frozenset[str]) -> bool:
    lowered = chunk.lower()
    return lowered in words or (len(lowered) > 1 and lowered[0] in "lr" and lowered[1:] in words)


def _named_in(text: str, names: Iterable[str], never: frozenset[str]) -> str:
    lowered = text.lower()
    found = [name for name in names if name.lower() in lowered and never.isdisjoint(name.upper().split())]
    return max(found, key=len, default="")
