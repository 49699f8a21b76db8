"""The content of a de-identified file, built anew from what may be in it: an allow-list, never a list of what may not.

Kept are numbers that are motion or how it was measured (positions, residuals, camera masks, analogs, rates, plates,
event times, body measures by their known names) and words of `vocabulary`. Anything else of the file (descriptions,
unknown groups and parameters, free text, what lay between the parameters or behind the data) is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from ltme_clinic.marker_sets import normalised_label
from ltme_clinic.recordings.c3d_writing.marks import FILLED, TRIAL_GROUP, filled_points, filled_runs
from ltme_clinic.recordings.deidentify import vocabulary
from ltme_clinic.recordings.deidentify.labels import new_analog_labels, new_point_labels, normalised_all
from ltme_clinic.recordings.deidentify.numbers import (
    body_measure,
    camera_rate_hz,
    counted_from,
    motion_of,
    plate_numbers,
    plausible_time,
    residual_step,
    rounded_s,
)
from ltme_clinic.recordings.deidentify.processing import is_processing
from ltme_clinic.recordings.events import interpret, meaning_of_entry, stored_events
from ltme_clinic.recordings.file_facts import GENERATOR_SOFTWARE, SYNTHETIC_COMPANY, VIRTUAL_SOFTWARE
from ltme_clinic.recordings.points import SubjectPoints
from ltme_clinic.recordings.raw import ParameterValue, RawC3D
from ltme_clinic.types import TrialFacts
from ltme_clinic.types.trial import CONDITION_FACTS

Parameters = dict[str, dict[str, ParameterValue]]

_OUTPUT_GROUPS = {
    "angle": "ANGLES",
    "force": "FORCES",
    "moment": "MOMENTS",
    "power": "POWERS",
    "scalar": "SCALARS",
    "point": "MODELED_MARKERS",
}
_POINT_UNITS = ("UNITS", "ANGLE_UNITS", "FORCE_UNITS", "MOMENT_UNITS", "POWER_UNITS", "SCALAR_UNITS")
_SCREEN_AXES = frozenset(sign + axis for sign in ("", "+", "-") for axis in "XYZ")
_BODY_GROUPS = {"SUBJECTS": ("HEIGHT", "MASS", "WEIGHT"), "SUBJECT": ("HEIGHT", "MASS", "WEIGHT")}
_BODY_SIDED = vocabulary.words_of(
    """
    LEGLENGTH KNEEWIDTH ANKLEWIDTH ASISTROCANTERDISTANCE TIBIALTORSION THIGHROTATION SHANKROTATION STATICPLANTFLEX
    STATICROTOFF SOLEDELTA ANKLEABADD SHOULDEROFFSET ELBOWWIDTH WRISTWIDTH HANDTHICKNESS FEMURLENGTH TIBIALENGTH
    FOOTLENGTH USEFLOORFF HINDFOOTFLAT
    """
)
_BODY_MEASURES = frozenset(
    ["BODYMASS", "HEIGHT", "INTERASISDISTANCE", "PELVISLENGTH", "MARKERDIAMETER", "HEADOFFSET", *_BODY_SIDED]
    + [side + name for side in "LR" for name in _BODY_SIDED]
)
_WORD = re.compile(r"[^\W\d_]+|\d+")
_SHORTEST_NAME = 3
"""Two letters are a side and a joint rather than a name."""
_CONTEXTS = {"left": "Left", "right": "Right", None: "General"}
_EVENT_LABELS = {"initial_contact": "Foot Strike", "foot_off": "Foot Off"}


@dataclass(frozen=True)
class Cleaned:
    """A file's content without its identity, and what that cost."""

    raw: RawC3D
    notes: tuple[str, ...]
    """What was replaced or left out, counted; never the words themselves."""


@dataclass(frozen=True)
class Replacements:
    """What stands in a de-identified file in place of what tells a person."""

    pseudonym: str
    name: str = ""
    """By what the person was told, if not by the file: its words are no labels."""
    examiner: str = ""
    """The examiner's pseudonym."""
    day: date | None = None
    """The trial's date, already moved by the person's shift."""
    keep_labels: frozenset[str] = field(default_factory=frozenset)
    """Further marker labels that the laboratory says are no names."""


def cleaned(
    raw: RawC3D, subject: SubjectPoints, facts: TrialFacts, new: Replacements, *, several: bool = False
) -> Cleaned:
    """One person's share of a file, from the allow-list only.

    Points and analogs keep their exact 32-bit values, their order and their rate. A label that is no known marker's or
    output's is replaced by a number, and what kind of output it was is declared instead.

    Parameters
    ----------
    raw : the file
    subject : which of its points are the person's; all points, the unlabelled ones too, where the file holds one person
    facts : what is known of the trial; only known words of it are kept
    new : pseudonyms and the moved date
    several : the file holds other people too: their points, their events and the body measures (nobody's in particular)
        are left out, and so are points without a name
    """
    notes: list[str] = []
    chosen, bare, kinds = _chosen_points(raw, subject, several)
    words = _person_words(raw, subject, new.name)
    labels, replaced = new_point_labels(bare, kinds, words, normalised_all(new.keep_labels))
    _note(notes, "marker and output labels replaced by numbers", len(replaced))
    analog_labels, replaced = new_analog_labels(raw.analog_labels, words)
    _note(notes, "analog labels replaced by numbers", len(replaced))
    groups: list[Parameters] = [
        {"POINT": _point_group(raw, labels, kinds)},
        {"ANALOG": {"UNITS": tuple(vocabulary.unit(u) for u in raw.texts("ANALOG", "UNITS"))}},
        {"FORCE_PLATFORM": dict(plate_numbers(raw))},
        _events(raw, subject.subject if several else "", new.pseudonym, notes),
        _subject(raw, new.pseudonym),
        {} if several else _body(raw),
        _maker(raw, words, notes),
        _trial(raw, new.day),
        _facts(raw, facts, new.examiner, chosen, notes),
    ]
    parameters: Parameters = {}
    for group in groups:
        parameters |= {name: values for name, values in group.items() if values}
    _note(notes, "groups and parameters left out", _count(raw.parameters) - _count(parameters, raw.parameters))
    index = np.array(chosen, dtype=int)
    positions, missing, analogs, absurd = motion_of(raw, chosen)
    _note(notes, "samples left out that no instrument gives", absurd)
    return Cleaned(
        RawC3D(
            source_name="",
            rate_hz=raw.rate_hz,
            first_frame=counted_from(raw),
            point_labels=tuple(labels),
            points=positions,
            missing=missing,
            analog_rate_hz=raw.analog_rate_hz,
            analog_labels=tuple(analog_labels),
            analogs=analogs,
            parameters=parameters,
            header_events=_header_events(raw),
            residuals=None if raw.residuals is None else raw.residuals[:, index],
            camera_masks=None if raw.camera_masks is None else raw.camera_masks[:, index],
            file_sha256=raw.file_sha256,
        ),
        tuple(notes),
    )


def _chosen_points(raw: RawC3D, subject: SubjectPoints, several: bool) -> tuple[list[int], list[str], list[str]]:
    """Indices of the person's points in the file's order, their labels without prefix, their kinds."""
    named: dict[int, tuple[str, str]] = {index: (label, "marker") for label, index in subject.markers}
    named |= {index: (label, kind) for label, kind, index in subject.outputs}
    if not several:
        named |= {i: (label, "unlabelled") for i, label in enumerate(raw.point_labels) if i not in named}
    chosen = sorted(named)
    return chosen, [named[i][0] for i in chosen], [named[i][1] for i in chosen]


def _person_words(raw: RawC3D, subject: SubjectPoints, name: str) -> frozenset[str]:
    """Normalised words of every name and prefix in the file: a label that is one of them is a name."""
    names = [
        name,
        subject.subject,
        subject.prefix,
        *raw.texts("SUBJECTS", "NAMES"),
        *raw.texts("SUBJECTS", "LABEL_PREFIXES"),
    ]
    names += [*raw.texts("SUBJECT", "NAME"), *raw.texts("EVENT", "SUBJECTS")]
    words = [one.rstrip(":") for one in names] + [word for one in names for word in _WORD.findall(one)]
    return frozenset(word for word in normalised_all(words) if len(word) >= _SHORTEST_NAME)


def _point_group(raw: RawC3D, labels: Sequence[str], kinds: Sequence[str]) -> dict[str, ParameterValue]:
    values: dict[str, ParameterValue] = {}
    for name in _POINT_UNITS:
        if known := vocabulary.unit(raw.text("POINT", name)):
            values[name] = (known,)
    for name in ("X_SCREEN", "Y_SCREEN"):
        if raw.text("POINT", name).upper() in _SCREEN_AXES:
            values[name] = (raw.text("POINT", name).upper(),)
    if step := residual_step(raw):
        values["SCALE"] = np.array([step])  # the step of the residuals; the writer stores what fits it
    for kind, group in _OUTPUT_GROUPS.items():
        if of_kind := tuple(label for label, own in zip(labels, kinds, strict=True) if own == kind):
            values[group] = of_kind
    return values


def _events(raw: RawC3D, only_of: str, pseudonym: str, notes: list[str]) -> Parameters:
    """The entered events, those outside the stored frames too: kind and side in standard words."""
    shift_s = (raw.first_frame - counted_from(raw)) / raw.rate_hz
    times_s, labels, contexts, unknown, absurd = [], [], [], 0, 0
    for entry in stored_events(raw).in_group:
        if only_of and entry.subject and normalised_label(entry.subject) != normalised_label(only_of):
            continue
        if not plausible_time(entry.time_s - shift_s, raw):
            absurd += 1
            continue
        kind, side = meaning_of_entry(entry)[:2]
        known = kind != "other" or not entry.label or vocabulary.made_of(entry.label, vocabulary.OTHER_EVENTS)
        unknown += not known
        times_s.append(entry.time_s - shift_s)
        labels.append(_EVENT_LABELS.get(kind) or (entry.label if known else "Event"))
        contexts.append(_CONTEXTS[side])
    _note(notes, "event labels replaced by 'Event'", unknown)
    _note(notes, "events left out that are of no time in the trial", absurd)
    if not times_s:
        return {}
    return {
        "EVENT": {
            "USED": np.array([len(times_s)]),
            "CONTEXTS": tuple(contexts),
            "LABELS": tuple(labels),
            "SUBJECTS": (pseudonym,) * len(times_s),
            "TIMES": _minutes_and_seconds(np.array(times_s)),
        }
    }


def _minutes_and_seconds(times_s: np.ndarray) -> np.ndarray:
    """Times as EVENT:TIMES holds them, (2, event)."""
    exact_s = rounded_s(times_s)
    return np.stack([np.floor(exact_s / 60.0), exact_s % 60.0]).astype("f4")


def _header_events(raw: RawC3D) -> tuple[tuple[str, float], ...]:
    """Events of the header block, with a label where it is a gait event's."""
    shift_s = (raw.first_frame - counted_from(raw)) / raw.rate_hz
    return tuple(
        (label if interpret(label, "")[0] != "other" else "EVT", float(rounded_s(time_s - shift_s)))
        for label, time_s in raw.header_events
        if plausible_time(time_s - shift_s, raw)
    )


def _subject(raw: RawC3D, pseudonym: str) -> Parameters:
    values: dict[str, ParameterValue] = {
        "USED": np.array([1]),
        "USES_PREFIXES": np.array([0]),
        "NAMES": (pseudonym,),
    }
    if (is_static := raw.number("SUBJECTS", "IS_STATIC")) is not None:
        values["IS_STATIC"] = np.array([int(is_static == 1)])
    return {"SUBJECTS": values}


def _body(raw: RawC3D) -> Parameters:
    """Body measures that a model needs, by their known names: one number each that a body can have."""
    found: dict[str, ParameterValue] = {}
    for group, names in {"PROCESSING": sorted(_BODY_MEASURES), **_BODY_GROUPS}.items():
        for name in names:
            stored = raw.number(group, name)
            known = {"MASS": "BODYMASS", "WEIGHT": "BODYMASS"}.get(name, name)
            value = None if stored is None else body_measure(known, stored)
            if value is not None and raw.numbers(group, name).size == 1:
                found.setdefault(known, np.array([value], dtype="f4"))
    return {"PROCESSING": found}


def _maker(raw: RawC3D, person_words: frozenset[str], notes: list[str]) -> Parameters:
    """Company and program by their known names; the mark of made-up motion exactly as it stands."""
    company, software = raw.text("MANUFACTURER", "COMPANY"), raw.text("MANUFACTURER", "SOFTWARE")
    if company.upper() == SYNTHETIC_COMPANY:
        program = GENERATOR_SOFTWARE if software == GENERATOR_SOFTWARE else VIRTUAL_SOFTWARE
        return {"MANUFACTURER": {"COMPANY": (SYNTHETIC_COMPANY,), "SOFTWARE": (program,)}}
    known = {
        "COMPANY": vocabulary.maker_in(company, never=person_words),
        "SOFTWARE": vocabulary.program_in(software, never=person_words),
    }
    _note(notes, "unknown makers left out", sum(bool(t) for t in (company, software)) - sum(map(bool, known.values())))
    return {"MANUFACTURER": {name: (text,) for name, text in known.items() if text}}


def _trial(raw: RawC3D, day: date | None) -> Parameters:
    values: dict[str, ParameterValue] = {}
    if rate_hz := camera_rate_hz(raw.number("TRIAL", "CAMERA_RATE") or 0.0, raw.rate_hz):
        values["CAMERA_RATE"] = np.array([rate_hz], dtype="f4")
    if day is not None:
        values["DATE"] = (day.isoformat(),)
    return {"TRIAL": values}


def _facts(raw: RawC3D, facts: TrialFacts, examiner: str, chosen: Sequence[int], notes: list[str]) -> Parameters:
    """Kind and condition of the trial in known words, the examiner's pseudonym, what a repair did."""
    said: dict[str, str] = {"KIND": facts.kind if facts.kind != "unknown" else "", "EXAMINER": examiner}
    said["OPERATED_SIDE"] = facts.operated_side or ""
    for name in CONDITION_FACTS:
        text = getattr(facts, name)
        if text and not vocabulary.made_of(text, vocabulary.FACT_WORDS):
            notes.append(f"{name} left out: it is not said in known words")
            text = ""
        said[name.upper()] = text
    values: dict[str, Any] = {name: (text,) for name, text in said.items() if text}
    steps = raw.texts(TRIAL_GROUP, "PROCESSING")
    known = tuple(step for step in steps if is_processing(step))
    _note(notes, "lines about the processing left out", len(steps) - len(known))
    if known:
        values["PROCESSING"] = known
    filled = filled_points(raw)
    if filled is not None and filled[:, list(chosen)].any():
        values[FILLED] = filled_runs(filled[:, list(chosen)])
    return {TRIAL_GROUP: values}


def _count(parameters: Mapping[str, Mapping[str, Any]], of: Mapping[str, Mapping[str, Any]] | None = None) -> int:
    """How many parameters there are; only those that stand in `of` too."""
    return sum(name in of.get(g, {}) if of is not None else True for g, values in parameters.items() for name in values)


def _note(notes: list[str], what: str, count: int) -> None:
    if count > 0:
        notes.append(f"{what}: {count}")
