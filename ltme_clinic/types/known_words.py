"""Words that say nothing about anybody, and whether a text is made of them: an allow-list for what a file says.

De-identified files and the store's main database hold a file's own words only where they are these. What is not made of
them is left out or replaced, never looked through for names.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SEPARATORS = re.compile(r"[\s._\-+#/()%,;=\d]+")
_DIGITS = re.compile(r"\d+")
_NUMBERS_TOGETHER = re.compile(r"\d[\W_]+\d")
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_LONGEST = 40
_MOST_DIGITS = 2
"""A marker's, a channel's or a trial's number has no more; a day and month, a year or a patient's number has."""


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

FACT_WORDS = SIDES | words_of(
    """
    barefoot bare foot feet socks shoe shoes own sneakers boots sandals orthopaedic orthopedic insole insoles
    lift heel afo dafo safo grafo frafo gafo kafo hkafo smo ucbl fes brace splint orthosis orthoses hinged solid rigid
    dynamic articulated posterior leaf spring spiral carbon night prosthesis prosthetic with without no none
    cane stick quad crutch crutches elbow forearm axillary walker rollator frame wheeled wheelchair pole poles
    handrail rail rails harness body weight support treadmill hand held one two hands person persons parent
    therapist assisted assistance assist unassisted independent supervision supervised minimal moderate maximal
    light touch standby guard contact verbal cues on off medication levodopa botulinum toxin baclofen mg ml min
    h aid aids before after pre post walk walking slow fast self selected comfortable speed standing
    """
)

OTHER_EVENTS = words_of(
    """
    event general start stop end begin turn turning foot flat midstance mid stance swing heel rise toe jump
    landing land peak sync trigger marker contact off
    """
)

GAIT_EVENTS = SIDES | words_of(
    """
    foot heel toe initial final strike strikes contact contacts touch touchdown down off up lift liftoff footoff
    toeoff on fs hs ic fc to fo
    """
)

UNITS = words_of(
    """
    mm cm m in deg degree degrees rad radian radians n kn n/kg nmm n.mm nm n.m nmm/kg nm/kg n.m/kg n.mm/kg w
    w/kg mw watt j v mv uv volt volts g m/s m/s^2 mm/s mm/s^2 deg/s rad/s % s ms hz kg pa kpa ohm bits bit au
    """
) | {"µv", "°"}


def unit(text: str) -> str:
    """A unit as it stands, if it is one; a unit repeated for each point ("mmmmmm") is no unit but read as one."""
    stripped = text.strip()
    if stripped.lower() in UNITS:
        return stripped
    return "mm" if len(stripped) > 2 and not stripped.lower().replace("mm", "") else ""


@lru_cache(maxsize=4096)
def made_of(text: str, words: frozenset[str], *, never: frozenset[str] = frozenset()) -> bool:
    """Whether a text is nothing but known words, separators and a few digits, in any case.

    Words may run together where capitals part them ("LHipAngles"), and one side letter may stand before a word ("LTA").
    There are no more than two digits, and no two numbers beside each other: "23.11" and "3 4" may be a birthday. No
    word may be in `never` (in capitals).
    """
    if not text.isascii() or len(text) > _LONGEST or _NUMBERS_TOGETHER.search(text):
        return False
    if len("".join(_DIGITS.findall(text))) > _MOST_DIGITS:
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
