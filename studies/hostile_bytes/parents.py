"""The undamaged files that mutants are made from: every encoding, and the odd ones of the wild."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ltme_clinic.recordings.oracle.made_files import MadeFile, Value, made_bytes

_SMALL = MadeFile(frames=24, channels=3, samples=4, events=4, header_events=2, first_frame=3)
_Groups = dict[str, dict[str, Value]]
_PLATES: _Groups = {
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
    "plates": replace(_SMALL, channels=15, groups=_PLATES),
    "two subjects": replace(_SMALL, prefix="Anna:", groups=_SUBJECTS),
    "model outputs": replace(_SMALL, points=15, groups=_OUTPUTS),
    "long texts": replace(_SMALL, groups={"NOTES": {"TEXT": ["x" * 200] * 40, "GRID": np.zeros((5, 5, 5, 5))}}),
}


@cache
def parent_bytes(name: str) -> bytes:
    """One parent's whole file."""
    return made_bytes(PARENTS[name])
