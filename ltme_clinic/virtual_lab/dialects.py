"""How vendors' software would have written a virtual recording: C3D files that differ in everything but content.

Each file says MANUFACTURER:COMPANY = "SYNTHETIC", whatever software it imitates: nothing here makes anybody believe
that a camera measured it. What a dialect imitates is stated with its source; no file of these vendors is copied.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from ltme_clinic.recordings import write_c3d
from ltme_clinic.recordings.c3d_writing import write_raw
from ltme_clinic.recordings.c3d_writing.encoding import Encoding
from ltme_clinic.recordings.raw import ParameterValue
from ltme_clinic.types import LtmeError, Recording
from ltme_clinic.virtual_lab.dialect_content import dialect_content

EventStyle = Literal["contexts", "labels", "header", "none"]
Groups = Mapping[str, Mapping[str, ParameterValue]]


@dataclass(frozen=True, eq=False)
class Dialect:
    """What one vendor's software puts where in a C3D file."""

    name: str
    title: str
    source: str
    """Where the imitated facts are from."""
    marker_sets: tuple[str, ...]
    """Its usual marker sets: of the lower body first, of the full body last; any other can be written as well."""
    encoding: Encoding = field(default_factory=Encoding)
    unit: Literal["mm", "cm", "m"] = "mm"
    up: Literal["z", "y"] = "z"
    """The axis that points up; x stays forward, and a right-handed frame right-handed."""
    screen: tuple[str, str] | None = ("+X", "+Z")
    """POINT:X_SCREEN and Y_SCREEN; None where the software writes none."""
    has_prefix: bool = False
    """Whether each label begins with the subject's name and a colon."""
    has_subjects: bool = True
    """Whether the SUBJECTS group names the patient."""
    first_frame: int = 1
    """The number of the first stored frame: above 1 where trials are cropped and keep their numbers."""
    events: EventStyle = "contexts"
    """Sides in EVENT:CONTEXTS, inside the labels, four letters in the file's header, or no events at all."""
    event_labels: tuple[str, str] = ("{side}HS", "{side}TO")
    """Initial contact and foot off where the side stands in the label: {side} is L or R."""
    channel_label: str = "{F}{x}{number}"
    """A plate's channel: {F} F or M, {Force} Force or Moment, {x} or {X} the axis, {number} the plate's."""
    groups: Groups = field(default_factory=dict)
    """Further parameters, as the software writes them whatever was recorded."""


LTME = Dialect(
    "ltme",
    "What this project writes",
    "recordings.write_c3d",
    ("plug-in-gait-lower-body", "plug-in-gait-full-body"),
)
"""The default dialect: its files are those of `write_c3d`, byte for byte."""

_EVENT_CONTEXT: Mapping[str, ParameterValue] = {
    "USED": np.array([3]),
    "ICON_IDS": np.array([0, 1, 2]),
    "LABELS": ("General", "Left", "Right"),
    "DESCRIPTIONS": ("For other events", "Left side", "Right side"),
    "COLOURS": np.array([[255, 255, 0], [50, 164, 0], [255, 50, 255]]),
}
_NEXUS_UNITS: Mapping[str, ParameterValue] = {
    "ANGLE_UNITS": ("deg",),
    "FORCE_UNITS": ("N",),
    "MOMENT_UNITS": ("Nmm",),
    "POWER_UNITS": ("W",),
    "SCALAR_UNITS": ("mm",),
}

NEXUS = Dialect(
    "vicon-nexus",
    "Vicon Nexus",
    "Parameters of public Nexus files (1.7 to 2.10): children, overground and stair trials of the shared recordings",
    ("plug-in-gait-lower-body", "plug-in-gait-full-body"),
    first_frame=249,
    channel_label="{Force}.{F}{x}{number}",
    groups={
        "TRIAL": {"VIDEO_RATE_DIVIDER": np.array([1]), "X_DIRECTION": np.array([1]), "Y_DIRECTION": np.array([3])},
        "POINT": {**_NEXUS_UNITS, "MOVIE_DELAY": np.zeros(2)},
        "EVENT_CONTEXT": _EVENT_CONTEXT,
        "ANALYSIS": {"USED": np.array([0])},
    },
)
NEXUS_PREFIXED = replace(
    NEXUS,
    name="vicon-nexus-prefixed",
    title="Vicon with a prefix for each subject",
    source="A public CMU trial: SUBJECTS:USES_PREFIXES 1, LABEL_PREFIXES with the colon, labels such as Name:LASI",
    first_frame=1,
    has_prefix=True,
)
VICON_370 = Dialect(
    "vicon-370",
    "Vicon 370 and VCM on a DEC computer",
    "CGA C3D notes of 1998 (Vicon 370 always writes processor type DEC); the encodings of one public trial "
    "(header events RHS, SUBJECT group, units nt and ntmm); C3D User Guide, header events",
    ("helen-hayes", "plug-in-gait-full-body"),
    encoding=Encoding("DEC", "integer", gen_scale=0.5),
    screen=("+Y", "+Z"),
    has_subjects=False,
    events="header",
    channel_label="{F}{X}{number}",
)
QUALISYS = Dialect(
    "qualisys-qtm",
    "Qualisys Track Manager",
    "A public QTM 2.17 file: X_SCREEN -X, Y_SCREEN -Z, no SUBJECTS and no CONTEXTS, events LHS RTO RHS LTO, channels "
    "FP1_FX, first frame 705 of a cropped measurement",
    ("qualisys-cast", "isb-landmarks"),
    screen=("-X", "-Z"),
    has_subjects=False,
    first_frame=705,
    events="labels",
    channel_label="FP{number}_{F}{X}",
    groups={"SEG": {"PRED_ERROR": np.array([30.0]), "MAX_RESID": np.array([10.0]), "ACC_FACTOR": np.array([50000.0])}},
)
CORTEX = Dialect(
    "motion-analysis",
    "Motion Analysis EVaRT and Cortex on a Silicon Graphics computer",
    "C3D User Guide (SGI/MIPS processor, integer 3D data and their scale); labels of the Cortex reference manual; no "
    "public file of this software was at hand",
    ("cortex", "helen-hayes-modified"),
    encoding=Encoding("MIPS", "integer"),
    screen=("+X", "+Z"),
    events="none",
    channel_label="{F}{number}{X}",
)
CORTEX_PC = replace(
    CORTEX,
    name="motion-analysis-pc",
    title="Motion Analysis EVaRT and Cortex on a PC, unsigned analogs",
    source="C3D User Guide (integer 3D data, ANALOG:FORMAT UNSIGNED, ANALOG:BITS)",
    encoding=Encoding("Intel", "integer", unsigned=True, gen_scale=0.25),
)
MOTIVE = Dialect(
    "optitrack-motive",
    "OptiTrack Motive",
    "docs.optitrack.com, Data Export: C3D (right-handed with y up; axes and units chosen at the export; asset names "
    "before the labels)",
    ("optitrack-biomech", "motive-baseline"),
    unit="m",
    up="y",
    screen=None,
    has_prefix=True,
    has_subjects=False,
    events="none",
)
BTS = Dialect(
    "bts-smart",
    "BTS SMART",
    "Values of the ezc3d project's tests on its BTS sample (100 Hz, 22 points, point scale -0.1, one UNITS entry, "
    "FORCE_PLATFORM:ZERO 0 0, events in no header); labels of BTS trials among BTK's tests; event labels such as eRHS",
    ("bts-davis", "bts-davis"),
    unit="m",
    up="y",
    screen=("+X", "+Y"),
    has_subjects=False,
    events="labels",
    event_labels=("e{side}HS", "e{side}TO"),
    channel_label="{F}{x}{number}",
)
CODA = Dialect(
    "codamotion",
    "Codamotion Analysis",
    "CODA cx1 User Guide (Charnwood Dynamics 2004): gait marker names L.ASIS, L.PSIS, L.Knee, L.Ankle, L.Heel, L.Toe; "
    "how it stores numbers and events is not documented there",
    ("cortex", "cortex"),
    screen=None,
    events="labels",
    event_labels=("{side} Heel Strike", "{side} Toe Off"),
    channel_label="FP{number} {F}{x}",
)

DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        dialect.name: dialect
        for dialect in (LTME, NEXUS, NEXUS_PREFIXED, VICON_370, QUALISYS, CORTEX, CORTEX_PC, MOTIVE, BTS, CODA)
    }
)


def write_dialect(path: str | os.PathLike[str], recording: Recording, dialect: Dialect | str = LTME) -> Path:
    """Write a virtual recording as a vendor's software would.

    The file appears complete or not at all. Positions are stored within a tenth of a millimetre as floats, and to the
    32,000th part of the largest coordinate as integers. Force plates of any type are carried, their moments in the
    file's length unit. What a dialect has no place for is left out: events, the subject's name.

    Parameters
    ----------
    path : the file to write, replaced if it is there
    recording : of origin "virtual" or "generated", z up
    dialect : one of `DIALECTS`, or its name

    Raises
    ------
    LtmeError
        An unknown dialect, a measured recording, and as `write_c3d`.
    """
    path = Path(path)
    if isinstance(dialect, str):
        if dialect not in DIALECTS:
            raise LtmeError("C3D dialect", f"'{dialect}' is not known", f"Use one of {', '.join(DIALECTS)}")
        dialect = DIALECTS[dialect]
    if recording.origin == "measured":
        raise LtmeError(path.name, "a measured recording is not written in another vendor's name", "Use write_c3d")
    if dialect.name == LTME.name:
        write_c3d(path, recording)
    else:
        write_raw(path, dialect_content(path.name, recording, dialect), dialect.encoding)
    return path
