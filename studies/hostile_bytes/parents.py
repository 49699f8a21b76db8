"""The undamaged files that mutants are made from: every encoding, the odd ones of the wild, force plates, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Literal

import numpy as np

from ltme_clinic.kinematics.force_plates import CHANNELS
from ltme_clinic.recordings.oracle.made_files import MadeFile, Value, labels, made_bytes

Series = Literal["reader", "plates", "names"]
"""Which of the parents a mutant is made from."""

PERSON, OTHER_PERSON = "Zwetschkenbäumle", "Quittenhofer"
"""The names in the parents of the series "names": no words of the trade, and nothing that bytes spell by chance."""

_SMALL = MadeFile(frames=24, channels=3, samples=4, events=4, header_events=2, first_frame=3)
_Groups = dict[str, dict[str, Value]]
_TWO_PLATES: _Groups = {
    "FORCE_PLATFORM": {
        "USED": 2,
        "TYPE": np.array([2, 3]),
        "ZERO": np.array([1, 10]),
        "CORNERS": np.arange(24.0).reshape(3, 4, 2) * 40.0,
        "ORIGIN": np.full((3, 2), -20.0),
        "CHANNEL": (np.arange(16) % 15 + 1).reshape(8, 2),
    }
}
_SUBJECTS: _Groups = {
    "SUBJECTS": {"USED": 2, "NAMES": ["Anna", "Jörg"], "LABEL_PREFIXES": ["Anna:", "Jörg:"], "IS_STATIC": 0},
    "TRIAL": {"CAMERA_RATE": 100.0, "ACTUAL_START_FIELD": np.array([3, 0]), "ACTUAL_END_FIELD": np.array([26, 0])},
    "PROCESSING": {"Bodymass": 61.5, "Height": 1710.0, "LLegLength": 870.0},
    "MANUFACTURER": {"COMPANY": ["Größe"], "SOFTWARE": "made"},
}
_OUTPUTS: _Groups = {
    "POINT": {"ANGLES": ["M012", "M013"], "POWERS": ["M014"], "ANGLE_UNITS": ["deg"], "X_SCREEN": "+X"}
}

PARENTS: dict[str, MadeFile] = {
    "intel float": _SMALL,
    "intel integer": replace(_SMALL, storage="integer"),
    "dec float": replace(_SMALL, byte_order="DEC"),
    "dec integer": replace(_SMALL, byte_order="DEC", storage="integer"),
    "mips float": replace(_SMALL, byte_order="MIPS"),
    "mips integer": replace(_SMALL, byte_order="MIPS", storage="integer"),
    "intel unsigned": replace(_SMALL, storage="integer", unsigned=True),
    "dec unsigned": replace(_SMALL, byte_order="DEC", storage="integer", unsigned=True),
    "mips unsigned": replace(_SMALL, byte_order="MIPS", storage="integer", unsigned=True),
    "many labels": replace(_SMALL, points=300, frames=8),
    "many frames": MadeFile(frames=66_000, points=1, storage="integer", groups={"POINT": {"FRAMES": np.array(464)}}),
    "no parameters": replace(_SMALL, with_parameters=False),
    "no points": replace(_SMALL, points=0, events=0),
    "no analogs": replace(_SMALL, channels=0),
    "no rate": replace(_SMALL, leave_out=("POINT:RATE",)),
    "frames as float": replace(_SMALL, groups={"POINT": {"FRAMES": 24.0}}),
    "plates": replace(_SMALL, channels=15, groups=_TWO_PLATES),
    "two subjects": replace(_SMALL, prefix="Anna:", groups=_SUBJECTS),
    "model outputs": replace(_SMALL, points=15, groups=_OUTPUTS),
    "long texts": replace(_SMALL, groups={"NOTES": {"TEXT": ["x" * 200] * 40, "GRID": np.zeros((5, 5, 5, 5))}}),
}


def _plates(kinds: Sequence[int], rows: int = 12) -> MadeFile:
    """A file with plates of these types side by side, each with channels of its own that carry some 800 N."""
    count, first = len(kinds), np.cumsum([0, *(CHANNELS[kind] for kind in kinds)])
    channels = np.zeros((12, count), dtype=int)
    calibration = np.zeros((rows, 12, count))
    corners = np.zeros((3, 4, count))
    for plate, kind in enumerate(kinds):
        channels[: CHANNELS[kind], plate] = first[plate] + 1 + np.arange(CHANNELS[kind])
        calibration[..., plate] = 500.0 * np.eye(rows, 12) + 20.0
        corners[:2, :, plate] = [[400.0, 0.0, 0.0, 400.0], [600.0, 600.0, 0.0, 0.0]]
        corners[0, :, plate] += 500.0 * plate
    volts = np.arange(first[-1]) >= first[sum(kind < 4 for kind in kinds)]  # plates with a matrix come last
    return replace(
        _SMALL,
        channels=int(first[-1]),
        groups={
            "ANALOG": {
                "UNITS": ["V" if is_volts else "N" for is_volts in volts],
                "SCALE": 0.002 * (1.0 + np.arange(first[-1]) % 5) * np.where(volts, 1.0, 800.0),
            },
            "FORCE_PLATFORM": {
                "USED": count,
                "TYPE": np.array(kinds),
                "ZERO": np.array([1, 4]),
                "CORNERS": corners,
                "ORIGIN": np.tile([[130.0], [220.0], [-40.0]], (1, count)),
                "CHANNEL": channels,
                "CAL_MATRIX": calibration,
            },
        },
    )


PLATE_PARENTS: dict[str, MadeFile] = {
    "plates 1 to 3": _plates((1, 2, 3)),
    "plates 4 to 7": _plates((4, 5, 6, 7)),
    "plates of six rows": _plates((6, 7), rows=6),
    "dec plates": replace(_plates((2, 5)), byte_order="DEC", storage="integer"),
    "mips plates": replace(_plates((3, 7)), byte_order="MIPS"),
    "no corners": replace(_plates((1, 4)), leave_out=("FORCE_PLATFORM:CORNERS",)),
    "no origins": replace(_plates((2, 4)), leave_out=("FORCE_PLATFORM:ORIGIN",)),
    "zero unsaid": replace(_plates((2, 3, 6)), leave_out=("FORCE_PLATFORM:ZERO",)),
}


def _named(people: Sequence[str], labelled: Sequence[str]) -> _Groups:
    """A person's name in every text that a file may hold."""
    said, (person, *_) = [f"{name} 2019-03-04" for name in people], people
    return {
        "POINT": {"LABELS": list(labelled), "DESCRIPTIONS": [f"of {person}"] * len(labelled), "X_SCREEN": "+X"},
        "ANALOG": {"LABELS": [f"EMG {person}", "Fz1", person], "DESCRIPTIONS": [f"on {person}"] * 3},
        "SUBJECTS": {
            "USED": len(people),
            "NAMES": list(people),
            "LABEL_PREFIXES": [f"{name}:" for name in people],
            "MODELS": said,
            "MARKER_SETS": said,
        },
        "EVENT": {
            "USED": 4,
            "TIMES": np.array([[0.0] * 4, [0.05, 0.09, 0.13, 0.2]]),
            "LABELS": ["Foot Strike", "Foot Off", person, f"{person} falls"],
            "CONTEXTS": ["Left", "Right", person, "General"],
            "SUBJECTS": [people[number % len(people)] for number in range(4)],
            "DESCRIPTIONS": [f"{person} {number}" for number in range(4)],
        },
        "TRIAL": {"DATE": "2019-03-04", "PATIENT": person, "EXAMINER": person, "CAMERA_RATE": 100.0},
        "MANUFACTURER": {"COMPANY": person, "SOFTWARE": f"made for {person}"},
        "PROCESSING": {"Bodymass": 61.5, "Remark": person},
        OTHER_PERSON.upper(): {OTHER_PERSON[:10]: person},
    }


def _of_one(**options: object) -> MadeFile:
    own = [*labels(12, f"{PERSON}:"), PERSON, f"*{PERSON}", f"{PERSON}Angles"]
    return replace(_SMALL, points=len(own), groups=_named([PERSON], own), **options)  # type: ignore[arg-type]


_BOTH = [*labels(12, f"{PERSON}:"), *labels(12, f"{OTHER_PERSON}:")]
NAME_PARENTS: dict[str, MadeFile] = {
    "a name": _of_one(),
    "a name, dec": _of_one(byte_order="DEC"),
    "a name, mips integers": _of_one(byte_order="MIPS", storage="integer"),
    "a name, unsigned": _of_one(storage="integer", unsigned=True),
    "a name without prefix": replace(_of_one(), groups=_named([PERSON], labels(15))),
    "a name, no analogs": _of_one(channels=0),
    "two names": replace(_SMALL, points=24, groups=_named([PERSON, OTHER_PERSON], _BOTH)),
}

OF_SERIES: dict[Series, dict[str, MadeFile]] = {"reader": PARENTS, "plates": PLATE_PARENTS, "names": NAME_PARENTS}


@cache
def parent_bytes(name: str) -> bytes:
    """One parent's whole file."""
    if name not in NAME_PARENTS:
        return made_bytes((PARENTS | PLATE_PARENTS)[name])
    return _with_name_in_gaps(made_bytes(NAME_PARENTS[name]))


def _with_name_in_gaps(content: bytes) -> bytes:
    """The name behind the last parameter and behind the data, where what another program left over would be."""
    name, filled = PERSON.encode("cp1252"), bytearray(content)
    data_start = 512 * (int.from_bytes(content[16:18], "big" if content[515] == 86 else "little") - 1)
    if not any(content[data_start - len(name) - 2 : data_start]):
        filled[data_start - len(name) : data_start] = name
    return bytes(filled) + name
