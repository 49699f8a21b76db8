"""Facts of a trial in the .enf files that Vicon's Eclipse keeps beside it: only those asked for, never names or notes.

A session's folder holds one small ini-like file for each trial (``walk01.Trial.enf``, ``walk01.Trial03.enf``), one for
the session and one for the patient. Keys are the laboratory's own; those known here are the ones that public protocols
use, in English, German and French. They are somebody else's files: small ones only, regular ones only, no links.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ltme_clinic.errors import one_line
from ltme_clinic.recordings.trial_words import said_by_name, said_in_entry, side_of
from ltme_clinic.types.trial import FACTS

MOST_BYTES = 256 * 1024
"""An .enf file holds a few dozen lines."""
_MOST_LINES = 5000
_MOST_FILES = 100_000
_LONGEST_NAME = 60

_KEYS: dict[str, tuple[str, ...]] = {
    "kind": ("trialtype", "type of trial", "task", "trial task", "kind", "aufgabe", "tache"),
    "footwear": ("footwear", "shoes", "shoe", "schuhe", "chaussures", "chaussage", "footwear condition"),
    "orthosis": (
        *("orthosis", "orthoses", "orthese", "prothesisorthosis", "prosthesisorthosis", "orthotics", "brace"),
        *("prosthesis", "hilfsmittel orthese"),
    ),
    "aid": ("aid", "aids", "externalaid", "walking aid", "assistive device", "hilfsmittel", "aide technique"),
    "assistance": ("assistance", "personalaid", "assistance level", "hilfe", "aide humaine"),
    "medication": ("medication", "medication state", "medstate", "meds", "medikation"),
    "operated_side": ("operated side", "operatedside", "operated", "side operated", "op seite"),
    "examiner": ("examiner", "assessor", "tester", "clinician", "operator", "untersucher", "examinateur"),
}
_FACT_OF = {re.sub(r"[^a-z]", "", key): fact for fact, keys in _KEYS.items() for key in keys}
_DESCRIPTION = "description"
_NOTHING = frozenset({"", "none", "no", "n/a", "na", "nan", "null", "false", "0", "-", "unknown", "invalid"})
_CONDITION_WORDS = {"footwear": {"yes": "shoes", "true": "shoes"}}
_MEDICATION = {"on": "on", "off": "off"}


def enf_facts(recording_file: Path) -> dict[str, str]:
    """What the .enf files beside a recording say of its trial: fact -> value in our own words, empty if left unclear.

    The trial's own file counts before the session's, this before the patient's in the folder above; two files that
    claim the same place count for nothing. Unreadable, oversized and linked files are passed over; nothing is raised.

    Parameters
    ----------
    recording_file : the C3D file, in whose folder the trial's and the session's file lie
    """
    folder = recording_file.parent
    facts: dict[str, str] = {}
    names = _enf_names(folder)
    if name := _of_trial(recording_file.stem, names):
        facts = facts_of_enf(_text(folder / name))
    if name := _only_one(names, "session"):
        facts = facts_of_enf(_text(folder / name), of_trial=False) | facts
    above = folder.parent
    if above != folder and (name := _only_one(_enf_names(above), "patient", "subject")):
        facts = facts_of_enf(_text(above / name), of_trial=False) | facts
    return facts


def facts_of_enf(text: str, *, of_trial: bool = True) -> dict[str, str]:
    """The facts that the text of one .enf file states; empty is one that it leaves unclear ("shoes off").

    Parameters
    ----------
    text : lines of ``KEY=value`` under ``[SECTION]`` headings
    of_trial : whether it is a trial's own file: a session's or a patient's tells no trial's kind
    """
    facts: dict[str, str] = {}
    described: dict[str, str] = {}
    for key, value in _entries(text):
        if key == _DESCRIPTION and of_trial and len(value) <= _LONGEST_NAME:
            told = said_by_name(value, may_be_a_person=True)
            described = {**dict.fromkeys(set(told.unclear) - {"kind"}, ""), **told.facts}
        fact = _FACT_OF.get(key)
        if fact is None or (fact == "kind" and not of_trial):
            continue
        if (said := _value(fact, value)) is not None:
            facts.setdefault(fact, said)
    return {fact: found[fact] for fact in FACTS if fact in (found := described | facts)}


def _value(fact: str, text: str) -> str | None:
    """An entry in our own words; None where it says nothing that is known, empty where it leaves the fact unclear."""
    bare = text.strip().lower()
    if bare in _NOTHING:
        return None
    if fact == "examiner":
        return one_line(text) if 0 < len(text) <= _LONGEST_NAME else None
    if fact == "operated_side":
        return side_of(text) or None
    if fact == "medication" and bare in _MEDICATION:
        return _MEDICATION[bare]
    if bare in (words := _CONDITION_WORDS.get(fact, {})):
        return words[bare]
    told = said_in_entry(text)
    return told.facts.get(fact, "" if fact in told.unclear and fact != "kind" else None)


def _entries(text: str) -> list[tuple[str, str]]:
    """Keys without anything but letters, in small ones, and their values."""
    found = []
    for line in text.splitlines()[:_MOST_LINES]:
        key, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith(("[", ";", "#")):
            found.append((re.sub(r"[^a-z]", "", key[:80].lower()), value.strip()[:255]))
    return found


def _of_trial(stem: str, names: Mapping[str, str]) -> str:
    """The .enf file of one trial; empty if there is none or more than one."""
    pattern = re.compile(rf"{re.escape(stem.lower())}(?:\.trial\d{{0,5}})?\.enf")
    fitting = [
        name for lowered, name in names.items() if lowered.startswith(stem.lower()) and pattern.fullmatch(lowered)
    ]
    return fitting[0] if len(fitting) == 1 else ""


def _only_one(names: Mapping[str, str], *kinds: str) -> str:
    """The folder's one file of a kind ("Session 1.Session.enf"); empty if there is none or more than one."""
    pattern = re.compile(rf".*\.(?:{'|'.join(kinds)})\d{{0,5}}\.enf")
    fitting = [name for lowered, name in names.items() if pattern.fullmatch(lowered)]
    return fitting[0] if len(fitting) == 1 else ""


def _enf_names(folder: Path) -> Mapping[str, str]:
    """The .enf files in a folder: name in small letters -> name."""
    try:
        changed = os.stat(folder).st_mtime_ns
    except (OSError, ValueError):
        return {}
    return _listed(os.fspath(folder), changed)


@lru_cache(maxsize=16)
def _listed(folder: str, changed_ns: int) -> Mapping[str, str]:
    """Remembered until the folder changes: an archive's folders hold thousands of trials."""
    del changed_ns
    found: dict[str, str] = {}
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if count >= _MOST_FILES:
                    return {}
                if entry.name.lower().endswith(".enf"):
                    found[entry.name.lower()] = entry.name
    except OSError:
        return {}
    return found


def _text(path: Path) -> str:
    """The text of a small regular file, whatever its encoding; empty for anything else."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return ""
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
        try:
            content = _small_content(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        return ""
    return decoded(content)


def _small_content(descriptor: int) -> bytes:
    """All of a small regular file; nothing of another, which may have been put there since it was looked at."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
        return b""
    content = b""
    while block := os.read(descriptor, MOST_BYTES + 1 - len(content)):
        content += block
    return content if len(content) <= MOST_BYTES else b""


def decoded(content: bytes) -> str:
    """Text by its byte order mark, else UTF-16 where every other byte is 0, else UTF-8, else cp1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    sample = content[:512]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = sample[offset::2]
        if len(half) >= 4 and half.count(0) > 0.8 * len(half):
            return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
