"""What a patient did, wore and leant on, by everything that stands beside a recording's signals, and who says so.

In order of trust: a manifest (laid over these facts where a store takes a file in), the trial's .enf files, the file's
own parameters, its name and its folder's, and last the signals. Each fact carries its source; what two sources of
equal rank contradict each other about, and what nobody says, is left unsaid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltme_clinic.errors import one_line
from ltme_clinic.recordings.enf import enf_facts
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.trial_words import said_by_name, said_in_entry, side_of, words_of
from ltme_clinic.types import GaitEvent, TrialFacts
from ltme_clinic.types.trial import (
    FACTS,
    LONGEST_FACT,
    OPERATED_SIDES,
    TRIAL_KINDS,
    is_age,
    with_given,
    without_facts,
)

OUR_GROUP = "LTME_TRIAL"
"""The group that our writer fills, with a parameter for each fact: KIND, FOOTWEAR, ... EXAMINER."""

_GROUPS = ("TRIAL", "CONDITION", "CONDITIONS", "SESSION", "PROCESSING", "SUBJECTS", "SUBJECT")
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "kind": ("TRIAL_TYPE", "TRIALTYPE", "TYPE_OF_TRIAL", "TASK", "KIND"),
    "footwear": ("FOOTWEAR", "SHOES"),
    "orthosis": ("ORTHOSIS", "ORTHOSES", "PROTHESISORTHOSIS", "BRACE"),
    "aid": ("AID", "AIDS", "WALKING_AID", "EXTERNALAID", "ASSISTIVE_DEVICE"),
    "assistance": ("ASSISTANCE", "PERSONALAID"),
    "medication": ("MEDICATION", "MEDICATION_STATE"),
    "operated_side": ("OPERATED_SIDE", "OPERATEDSIDE"),
    "examiner": ("EXAMINER", "ASSESSOR"),
}
_SOURCES = {"parameters": "file's parameters", "enf": ".enf files"}
"""What is unclear in a name is left out there."""
_WALKED_LEGS = 1.5
"""A path this long, in heights of the pelvis above the feet, is travelled and not swayed."""
_FEWEST_STEPS = 3
_FASTEST_WALK_MPS = 2.2
"""People change to running near here (a Froude number of .5 for a leg of .9 m)."""
_LONGEST_STEP_S = 3.0
_TOGETHER_S = 0.15
"""Feet that strike within this time land from a jump."""
_CLIMBED_LEGS = 0.25
"""A pelvis that ends this much higher or lower, in its heights above the feet, has climbed, sat down or stood up."""
_MOST_FRAMES = 300
_PELVIS = ("left_asis", "right_asis", "left_psis", "right_psis", "sacrum", "left_hip_centre", "right_hip_centre")
_FEET = tuple(f"{side}_{part}" for part in ("ankle", "heel", "toe", "ankle_centre") for side in ("left", "right"))
"""Markers first: a skeleton's files have joint centres alone."""


@dataclass(frozen=True)
class Motion:
    """What the signals show of a trial."""

    frames: int
    is_still: bool
    """No marker moves: `file_facts.stands_still`."""
    landmarks: Mapping[str, np.ndarray]
    """Slot of the body -> (frame, 3) metres."""
    events: Sequence[GaitEvent]
    rate_hz: float


def trial_facts(raw: RawC3D, path: Path | None, motion: Motion) -> tuple[TrialFacts, tuple[str, ...]]:
    """The facts of one trial with their sources, and warnings about what was contradicted.

    Parameters
    ----------
    raw : the decoded file
    path : where it lies: its name, its folder's name and the .enf files beside it are looked at; None looks at the
        name that `raw` has
    motion : the subject's markers and events
    """
    shown = signal_kind(motion)
    named, warnings = _by_names(raw, path, motion, shown)
    facts = TrialFacts()
    unclear: list[str] = []
    for source, found in (
        ("signals", {"kind": shown} if shown else {}),
        ("file name", named),
        ("parameters", _by_parameters(raw)),
        ("enf", enf_facts(path) if path is not None else {}),
    ):
        facts = with_given(facts, found, source=source)
        denied = [fact for fact, text in found.items() if not text]
        facts = without_facts(facts, denied)
        if source in _SOURCES:
            unclear += [f"what the {_SOURCES[source]} say of {fact} is unclear: none was taken" for fact in denied]
    return facts, (*warnings, *unclear)


def signal_kind(motion: Motion) -> str:
    """ "static" or "walk" where the signals leave no doubt; else empty.

    Static: no marker moves more than in a sway, for half a second at least. Walk, on the level: entered events in which
    each foot leaves the ground only after the other has struck it; or, without such events, a path over the floor of
    several steps of both feet, slower than people run. A squat, a jump, a run, a side step or a stair is none.
    """
    if motion.is_still:
        return "static"
    by_events = _walks_by_events(motion.events)
    walks = _walks_by_path(motion) if by_events is None else by_events
    return "walk" if walks and not _climbs(motion) else ""


def _by_names(raw: RawC3D, path: Path | None, motion: Motion, shown: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """What the file's name says, and its folder's where that says nothing."""
    file = path or Path(raw.source_name)
    people = [*raw.texts("SUBJECTS", "NAMES"), raw.text("SUBJECT", "NAME")]
    own = said_by_name(file.stem, known_names=people)
    said = {**_of_folder(file.parent.name, people), **own.facts} if path is not None else dict(own.facts)
    warnings = [f"the file's name says two things of {fact}: none was taken" for fact in own.contradicted]
    said = {fact: value for fact, value in said.items() if fact not in own.unclear}
    contrary = {"static": _travel_legs(motion) > _WALKED_LEGS, "walk": shown == "static"}
    if contrary.get(said.get("kind", ""), False):
        warnings.append(f"the file's name says {said['kind']}, which the markers contradict: no kind was taken")
        if said["kind"] == "static":  # nobody who travels stands
            del said["kind"]
        else:  # who stands still in a "walk" may be about to go
            said["kind"] = ""
    return said, tuple(warnings)


def _of_folder(name: str, people: Sequence[str]) -> dict[str, str]:
    """What a folder's name says; of the trials' kind only if that is all it says: a visit's folder holds all kinds."""
    said = dict(said_by_name(name, may_be_a_person=True, known_names=people).facts)
    if sum(not word.isdigit() for word in words_of(name)) > 1:
        said.pop("kind", None)
    return said


def _by_parameters(raw: RawC3D) -> dict[str, str]:
    """What the file's own parameters say: ours as they stand, others' only in words that are known."""
    found: dict[str, str] = {"kind": "static"} if raw.number("SUBJECTS", "IS_STATIC") == 1 else {}
    for group in _GROUPS:
        there = raw.parameters.get(group, {})
        for fact, names in _PARAMETERS.items():
            text = next((text for name in names if name in there and (text := raw.text(group, name))), "")
            if text and (said := _foreign(fact, text)) is not None:
                found.setdefault(fact, said)
    for fact in FACTS if OUR_GROUP in raw.parameters else ():
        text = one_line(raw.text(OUR_GROUP, fact.upper()))[:LONGEST_FACT]
        allowed = {"kind": TRIAL_KINDS, "operated_side": OPERATED_SIDES}.get(fact)
        if text and (is_age(text) if fact == "age_y" else allowed is None or text in allowed):
            found[fact] = text
    return found


def _foreign(fact: str, text: str) -> str | None:
    """An entry in our own words; None where it says nothing that is known, empty where it leaves the fact unclear."""
    if fact == "examiner":
        return one_line(text)[:LONGEST_FACT] or None
    if fact == "operated_side":
        return side_of(text) or None
    if fact == "medication" and text.strip().lower() in ("on", "off"):
        return text.strip().lower()
    told = said_in_entry(text)
    return told.facts.get(fact, "" if fact in told.unclear and fact != "kind" else None)


def _walks_by_events(events: Sequence[GaitEvent]) -> bool | None:
    """Whether the events are a walk's: one foot strikes while the other stands. None if they don't tell."""
    times_s = {
        (side, kind): [e.time_s for e in events if e.side == side and e.kind == kind]
        for side in ("left", "right")
        for kind in ("initial_contact", "foot_off")
    }
    told = []
    for side, other in (("left", "right"), ("right", "left")):
        for contact_s in times_s[side, "initial_contact"]:
            off_s = next((t for t in times_s[side, "foot_off"] if t > contact_s), None)
            next_s = next((t for t in times_s[other, "initial_contact"] if t > contact_s - _TOGETHER_S), None)
            if off_s is not None and next_s is not None and next_s - contact_s < _LONGEST_STEP_S:
                told.append(contact_s + _TOGETHER_S < next_s <= off_s)
    return all(told) if told else None


def _walks_by_path(motion: Motion) -> bool:
    """Whether both feet step along a path over the floor, slower than a run."""
    parts = ("heel", "ankle", "toe", "ankle_centre")
    feet = [_landmark(motion, *(f"{side}_{part}" for part in parts)) for side in ("left", "right")]
    if feet[0] is None or feet[1] is None or _travel_legs(motion) <= _WALKED_LEGS:
        return False
    middle = 0.5 * (feet[0] + feet[1])[:, :2]
    seen = np.flatnonzero(np.isfinite(middle).all(axis=1))
    path = middle[seen[-1]] - middle[seen[0]]
    length_m, duration_s = float(np.linalg.norm(path)), (seen[-1] - seen[0]) * _step(motion) / motion.rate_hz
    if length_m < 0.5 or length_m / max(duration_s, 1e-6) > _FASTEST_WALK_MPS:
        return False
    ahead_m = ((feet[0] - feet[1])[seen, :2] @ path) / length_m
    leading = np.sign(ahead_m[np.abs(ahead_m) > 0.1])
    return int((np.diff(leading) != 0).sum()) + 1 >= _FEWEST_STEPS


def _travel_legs(motion: Motion) -> float:
    """How far the body's middle comes from where it began, in heights of the pelvis above the feet; 0 if unknown."""
    pelvis, foot = _pelvis(motion), _foot(motion)
    if pelvis is None or foot is None:
        return 0.0
    height_m = float(np.nanmedian(pelvis[:, 2]) - np.nanmedian(foot[:, 2]))
    away_m = np.linalg.norm(pelvis[:, :2] - pelvis[np.isfinite(pelvis[:, 0])][0, :2], axis=1)
    return float(np.nanmax(away_m)) / height_m if height_m > 0.1 else 0.0


def _climbs(motion: Motion) -> bool:
    """Whether the pelvis ends well above or below where it began."""
    pelvis, foot = _pelvis(motion), _foot(motion)
    if pelvis is None or foot is None:
        return False
    heights_m = pelvis[np.isfinite(pelvis[:, 2]), 2]
    tenth = max(1, len(heights_m) // 10)
    climbed_m = abs(float(np.median(heights_m[-tenth:]) - np.median(heights_m[:tenth])))
    return climbed_m > _CLIMBED_LEGS * float(np.median(heights_m) - np.nanmedian(foot[:, 2]))


def _pelvis(motion: Motion) -> np.ndarray | None:
    return _landmark(motion, *_PELVIS)


def _foot(motion: Motion) -> np.ndarray | None:
    return _landmark(motion, *_FEET)


def _landmark(motion: Motion, *slots: str) -> np.ndarray | None:
    """Sampled positions (frame, 3) of the first of some landmarks that is seen in most frames."""
    for slot in slots:
        if slot in motion.landmarks:
            positions_m = motion.landmarks[slot][:: _step(motion)]
            if len(positions_m) and np.isfinite(positions_m[:, 0]).mean() > 0.5:
                return positions_m
    return None


def _step(motion: Motion) -> int:
    return max(1, motion.frames // _MOST_FRAMES)
