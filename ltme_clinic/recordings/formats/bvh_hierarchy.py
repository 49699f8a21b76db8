"""The skeleton of a BVH file: what stands between HIERARCHY and MOTION."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.kinematics.joint_chain import JointChain
from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.recordings.formats.number_text import numbers_in
from ltme_clinic.recordings.formats.posing import LONGEST_NAME, MOST_JOINTS
from ltme_clinic.types import LtmeError

Channel = tuple[str, str]
"""The axis, x, y or z, and "position" or "rotation"."""

_WORD = re.compile(r"[{}]|[^\s{}]+")
_CHANNEL = re.compile(r"([xyz])(position|rotation)", re.I)
_MOST_CHANNELS = 12
_NAMESPACE = re.compile(r"mixamorig\d*:")
"""Put before every joint by a widespread animation service: no person's name."""


@dataclass(frozen=True)
class Hierarchy:
    """Joints as the file names them, with their channels."""

    chain: JointChain
    labels: tuple[str, ...]
    """The joints' names, those of several roots with a prefix for each."""
    channels: tuple[tuple[Channel, ...], ...]
    """Of each joint, in the order of a frame's numbers."""
    points: tuple[int, ...]
    """The joints, and of the ends those that lie elsewhere than the joint they end."""


@dataclass
class _Draft:
    """What was read so far."""

    name: str
    """The file's."""
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[np.ndarray] = field(default_factory=list)
    channels: list[tuple[Channel, ...]] = field(default_factory=list)
    ends: set[int] = field(default_factory=set)
    open: list[int] = field(default_factory=list)
    """Joints whose brace is still open, the innermost last."""

    def refuse(self, fact: str) -> LtmeError:
        return LtmeError(self.name, fact, EXPORT_AGAIN)


def read_hierarchy(text: str, name: str) -> tuple[Hierarchy, int]:
    """The skeleton at a text's start, and the place after the word MOTION.

    Raises
    ------
    LtmeError
        The text is no BVH file, its braces don't match, or a word in it is not what it should be.
    """
    words = _WORD.finditer(text)
    first = next(words, None)
    if first is None or first.group().upper() != "HIERARCHY":
        raise LtmeError(name, "is no BVH file (it doesn't begin with HIERARCHY)", EXPORT_AGAIN)
    draft = _Draft(name)
    for match in words:
        word = match.group().upper()
        if word == "MOTION":
            if draft.open:
                raise draft.refuse(f"{len(draft.open)} braces of its hierarchy are not closed")
            return _finished(draft), match.end()
        _read_entry(draft, word, words)
    raise draft.refuse("holds no MOTION")


def _read_entry(draft: _Draft, word: str, words: Iterator[re.Match[str]]) -> None:
    """What one word begins, and the words that belong to it."""
    if word in ("ROOT", "JOINT", "END"):
        if (word == "ROOT") != (not draft.open):
            raise draft.refuse(f"a {word} stands {'inside another joint' if draft.open else 'outside every joint'}")
        _open_joint(draft, word, _name_before_brace(draft, words))
    elif not draft.open:
        raise draft.refuse(f"'{word[:20]}' stands outside every joint of its hierarchy")
    elif word == "}":
        draft.open.pop()
    elif word == "OFFSET":
        offset = numbers_in([_next(draft, words) for _ in range(3)], draft.name)
        if not np.isfinite(offset).all():
            raise draft.refuse(f"the OFFSET of {draft.names[draft.open[-1]]} is no place")
        draft.offsets[draft.open[-1]] = offset
    elif word == "CHANNELS":
        _read_channels(draft, words)
    else:
        raise draft.refuse(f"'{word[:20]}' stands where OFFSET, CHANNELS, JOINT or a brace should")


def _open_joint(draft: _Draft, kind: str, name: str) -> None:
    if len(draft.names) >= MOST_JOINTS:
        raise draft.refuse(f"holds more than {MOST_JOINTS} joints")
    parent = draft.open[-1] if draft.open else -1
    draft.names.append(f"{draft.names[parent]}End" if kind == "END" else _NAMESPACE.sub("", name))
    draft.parents.append(parent)
    draft.offsets.append(np.zeros(3))
    draft.channels.append(())
    draft.open.append(len(draft.names) - 1)
    if kind == "END":
        draft.ends.add(draft.open[-1])


def _name_before_brace(draft: _Draft, words: Iterator[re.Match[str]]) -> str:
    """A joint's name, which may be several words, up to the brace that opens the joint."""
    parts: list[str] = []
    while (word := _next(draft, words)) != "{":
        parts.append(word)
        if word.upper() in ("}", "OFFSET", "CHANNELS") or sum(map(len, parts)) > LONGEST_NAME:
            raise draft.refuse(f"the joint '{' '.join(parts)[:20]}' is not opened by a brace, or its name is too long")
    if not parts:
        raise draft.refuse("a joint has no name")
    return " ".join(parts)


def _read_channels(draft: _Draft, words: Iterator[re.Match[str]]) -> None:
    joint = draft.open[-1]
    count = _next(draft, words)
    if not count.isdecimal() or len(count) > 3 or int(count) > _MOST_CHANNELS:
        raise draft.refuse(f"{draft.names[joint]} has '{count[:20]}' channels (at most {_MOST_CHANNELS})")
    channels = []
    for _ in range(int(count)):
        word = _next(draft, words)
        known = _CHANNEL.fullmatch(word)
        if known is None:
            raise draft.refuse(f"{draft.names[joint]} has a channel '{word[:20]}', which is not known")
        channels.append((known[1].lower(), known[2].lower()))
    draft.channels[joint] = tuple(channels)


def _next(draft: _Draft, words: Iterator[re.Match[str]]) -> str:
    match = next(words, None)
    if match is None:
        raise draft.refuse("ends within its hierarchy")
    return match.group()


def _finished(draft: _Draft) -> Hierarchy:
    if not draft.names:
        raise draft.refuse("its hierarchy holds no joint")
    chain = JointChain(tuple(draft.names), tuple(draft.parents), np.array(draft.offsets))
    points = tuple(joint for joint in range(len(chain.names)) if joint not in draft.ends or chain.offsets[joint].any())
    return Hierarchy(chain, tuple(_labels(draft)), tuple(draft.channels), points)


def _labels(draft: _Draft) -> list[str]:
    """The joints' names; of several roots with a prefix for each, unless their own prefixes tell the roots apart."""
    root_of: list[int] = []
    for joint, parent in enumerate(draft.parents):
        root_of.append(joint if parent < 0 else root_of[parent])
    roots = sorted(set(root_of))
    owners: dict[str, set[int]] = {}
    for name, root in zip(draft.names, root_of, strict=True):
        owners.setdefault(name.partition(":")[0] if ":" in name else "", set()).add(root)
    if len(roots) == 1 or ("" not in owners and all(len(owned) == 1 for owned in owners.values())):
        return draft.names
    return [f"skeleton {roots.index(root) + 1}:{name}" for name, root in zip(draft.names, root_of, strict=True)]
