"""Which analog channels are muscles' (EMG): by what the file calls them, never by their signal."""

from __future__ import annotations

import re

from ltme_clinic.types import AnalogSignals

_EMG = re.compile(r"(?<![a-z])s?emgs?(?![a-z])|electromyo|myoelec|delsys|trigno|noraxon|myon\b|cometa|zerowire", re.I)
_OTHER = re.compile(
    r"force|moment|\b[fm][xyz]\d*\b|\bcop|plate|plattform|kistler|amti|bertec|pressure|insole|foot ?switch|fsr|"
    r"accel|\bacc\b|gyro|magnet|goniom|trigger|sync|genlock|spare|unused|imu\b|microphone|torque|\bpin ?\d",
    re.I,
)
# Words and usual abbreviations of muscles of the leg and trunk; whole words only.
_MUSCLE_WORDS = """
    rect rectus recfem rectfem rf vast vastus vasti vl vm vmo vaslat vasmed ham hams hamstring hamstrings semitend
    semitendinosus st semimem semimembranosus sm bicfem biceps bf gast gastroc gastrocnemius gas gastmed gastlat gm gl
    medgas latgas mg lg sol soleus tib ta tibant tibialis tibpost tp per peroneus peroneal pl glut gluteus gmax gmed
    glutmax glutmed add adductor adductors iliopsoas psoas sartorius tfl gracilis quad quads ers erector es multifidus
    ehl edl fdl fhl obliq oblique obliques abdominis deltoid deltoideus trapezius latissimus pectoralis triceps
"""
_MUSCLES = frozenset(_MUSCLE_WORDS.split())
_SURE = frozenset(word for word in _MUSCLES if len(word) >= 4) | {"tib", "sol", "gas", "ham", "glu", "tfl", "vmo"}
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_VOLTS = re.compile(r"\s*(?:[µμmu]|milli|micro)?v(?:olts?)?\s*", re.I)


def emg_channels(analogs: AnalogSignals | None) -> tuple[int, ...]:
    """Indices of the channels that hold muscle activity.

    A channel is one where its label or description says EMG or the name of an EMG system, or where its label names a
    muscle: in full anywhere, by an abbreviation ("RTA", "L Gast") only if it is measured in volts or has no unit. A
    channel of a force plate, an accelerometer or a foot switch is none, whatever else it is called. What a channel
    without any of these names measures is not guessed.
    """
    if analogs is None:
        return ()
    described = analogs.descriptions or ("",) * len(analogs.labels)
    return tuple(
        index
        for index, (label, unit, text) in enumerate(zip(analogs.labels, analogs.units, described, strict=True))
        if _is_emg(label, unit, text)
    )


def _is_emg(label: str, unit: str, description: str) -> bool:
    if _OTHER.search(label.replace("_", " ")):
        return False
    if _EMG.search(label):
        return True
    is_voltage = _VOLTS.fullmatch(unit) is not None or not unit.strip()
    words = {word.lower() for word in _WORD.findall(label.rpartition(".")[2] or label)}
    named = words | {word[1:] for word in words if word[:1] in "lr"}
    if is_voltage and _EMG.search(description) and not _OTHER.search(description):
        return True
    return bool(named & _SURE) or (is_voltage and bool(named & _MUSCLES))
