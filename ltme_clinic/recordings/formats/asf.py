"""The skeleton of an Acclaim motion (ASF): bones with their lengths, their axes, and what hangs on what.

After the format's description at research.cs.wisc.edu/graphics/Courses/cs-838-1999/Jeff/ASF-AMC.html.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltme_clinic.kinematics.rotations import rotation_about_axes
from ltme_clinic.recordings.formats.number_text import numbers_in
from ltme_clinic.recordings.formats.posing import LONGEST_NAME, MOST_JOINTS
from ltme_clinic.recordings.formats.whole_file import read_whole
from ltme_clinic.types import LtmeError

ROOT = "root"
_MOST_BYTES = 1 << 20
_AGAIN = "Fetch or export the skeleton again"
_ROOT_CHANNELS = ("TX", "TY", "TZ", "RX", "RY", "RZ")
_BONE_CHANNELS = ("RX", "RY", "RZ")
_ORDERS = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


@dataclass(frozen=True)
class Bone:
    """One bone in the rest pose, in the skeleton's frame and unit."""

    vector: np.ndarray
    """From its beginning to its end, (3,)."""
    axes: np.ndarray
    """Its own axes, (3, 3): about these it turns."""
    order: str
    """Of its turns, first to last, each about the axes that stay: "XYZ"."""
    channels: tuple[str, ...]
    """Its numbers in a frame of the motion: RX, RY and RZ, in the file's order; empty for a bone that never turns."""


@dataclass(frozen=True)
class AcclaimSkeleton:
    """Bones by name, and how they hang together."""

    bones: dict[str, Bone]
    """The root is among them, without length."""
    parents: dict[str, str]
    """Bone -> the bone at whose end it begins, the root's own first; each after the one it hangs on."""
    length_scale: float
    """What the skeleton's lengths were multiplied by, `length` under :units."""
    is_degrees: bool
    """Whether its angles are degrees, and so those of a motion that doesn't say."""


def skeleton_beside(motion: Path) -> Path:
    """The .asf of an .amc: beside it under the beginning of its name (03_01.amc: 03.asf), else the only one there.

    Raises
    ------
    LtmeError
        There is none, or several and none with such a name.
    """
    try:
        with os.scandir(motion.parent) as entries:
            found = sorted(entry.name for entry in entries if entry.name.lower().endswith(".asf"))
    except OSError as error:
        raise LtmeError(motion.name, f"its folder can't be listed ({error.strerror})", "Check the folder") from error
    by_stem = {name[: -len(".asf")].lower(): name for name in found}
    stem = motion.stem.lower()
    while stem:
        if stem in by_stem:
            return motion.with_name(by_stem[stem])
        stem = stem.rpartition("_")[0]
    if len(found) == 1:
        return motion.with_name(found[0])
    there = (
        f"{len(found)} skeletons (.asf) lie beside it, none of its name" if found else "no skeleton (.asf) beside it"
    )
    wanted = motion.stem.partition("_")[0]
    raise LtmeError(motion.name, there, f"Put its skeleton into the same folder as {wanted}.asf")


def read_skeleton(path: Path) -> AcclaimSkeleton:
    """The skeleton that a file holds.

    Raises
    ------
    LtmeError
        It is no ASF file, is damaged, or moves in a way that isn't read: a bone that gets longer or leaves its place, a
        root that is turned at rest.
    """
    file = read_whole(path, most_bytes=_MOST_BYTES)
    name = file.name
    sections = dict(_sections(file.text()))
    if "BONEDATA" not in sections or "HIERARCHY" not in sections:
        raise LtmeError(name, "is no ASF skeleton (no :bonedata, no :hierarchy)", _AGAIN)
    units = {words[0].lower(): words[-1].lower() for words in sections.get("UNITS", [])}
    is_degrees = not units.get("angle", "deg").startswith("rad")
    bones = {ROOT: _root({words[0].lower(): words[1:] for words in sections.get("ROOT", [])}, name)}
    for block in _bone_blocks(sections["BONEDATA"], name):
        _add_bone(bones, block, is_degrees, name)
    (scale,) = _finite([units.get("length", "1")], 1, "length under :units", name)
    return AcclaimSkeleton(bones, _parents(bones, sections["HIERARCHY"], name), float(scale), is_degrees)


def _sections(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Each section that a colon opens, with its lines as words; comments and empty lines left out."""
    section = ""
    lines: list[list[str]] = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words and words[0].startswith(":"):
            yield section, lines
            section, lines = words[0][1:].upper(), []
        elif words:
            lines.append(words)
    yield section, lines


def _bone_blocks(lines: list[list[str]], name: str) -> Iterator[dict[str, list[str]]]:
    """The lines between each begin and end, by their first words."""
    block: dict[str, list[str]] | None = None
    for words in lines:
        keyword = words[0].lower()
        if keyword == "begin":
            block = {}
        elif keyword == "end" and block is not None:
            yield block
            block = None
        elif block is None:
            raise LtmeError(name, f"'{keyword[:20]}' stands between the bones of :bonedata", _AGAIN)
        else:
            block[keyword] = words[1:]
    if block is not None:
        raise LtmeError(name, "the last bone of :bonedata has no end", _AGAIN)


def _add_bone(bones: dict[str, Bone], block: dict[str, list[str]], is_degrees: bool, name: str) -> None:
    bone = (block.get("name") or [""])[0]
    if not bone or len(bone) > LONGEST_NAME or bone in bones:
        raise LtmeError(name, f"a bone is called '{bone[:20]}', as no bone or as another one", _AGAIN)
    if len(bones) > MOST_JOINTS:
        raise LtmeError(name, f"holds more than {MOST_JOINTS} bones", _AGAIN)
    axis = block.get("axis", ["0", "0", "0", "XYZ"])
    order = axis[3].upper() if len(axis) > 3 else "XYZ"
    if order not in _ORDERS:
        raise LtmeError(name, f"the axes of {bone} are in the order '{order[:20]}'", _AGAIN)
    angles = _finite(axis[:3], 3, f"the axis of {bone}", name)
    (length,) = _finite(block.get("length", []), 1, f"the length of {bone}", name)
    direction = _finite(block.get("direction", []), 3, f"the direction of {bone}", name)
    bones[bone] = Bone(
        direction * length,
        turned(order, order, np.radians(angles) if is_degrees else angles),
        order,
        _channels(block.get("dof", []), _BONE_CHANNELS, bone, name),
    )


def turned(order: str, axes: str, angles_rad: np.ndarray) -> np.ndarray:
    """Turns about axes that stay, first to last in `order`: (..., 3, 3).

    Parameters
    ----------
    order : of the turns: "XYZ" is Rz Ry Rx
    axes : which of them there are, any of X, Y and Z
    angles_rad : (..., axis), an angle for each letter of `axes`
    """
    last_first = [axis for axis in reversed(order) if axis in axes]
    places = [axes.index(axis) for axis in last_first]
    return rotation_about_axes("".join(last_first).lower(), angles_rad[..., places])


def _root(lines: dict[str, list[str]], name: str) -> Bone:
    """The root as a bone without length."""
    order = (lines.get("axis") or ["XYZ"])[0].upper()
    if order not in _ORDERS:
        raise LtmeError(name, f"the axes of the root are in the order '{order[:20]}'", _AGAIN)
    if _finite(lines.get("orientation", ["0"] * 3), 3, "the root's orientation", name).any():
        raise LtmeError(name, "its root is turned at rest, which is not read", "Export it with :root orientation 0 0 0")
    channels = _channels(lines.get("order", list(_ROOT_CHANNELS)), _ROOT_CHANNELS, ROOT, name)
    return Bone(np.zeros(3), np.eye(3), order, channels)


def _channels(words: Sequence[str], known: Sequence[str], bone: str, name: str) -> tuple[str, ...]:
    channels = tuple(word.upper() for word in words)
    for channel in channels:
        if channel not in known or channels.count(channel) > 1:
            fact = f"{bone} moves along '{channel[:20]}', and only {', '.join(known)} are read, each once"
            raise LtmeError(name, fact, "Export the skeleton with rotations alone")
    return channels


def _parents(bones: Mapping[str, Bone], lines: list[list[str]], name: str) -> dict[str, str]:
    """Every bone of the hierarchy after the one it hangs on."""
    parent_of: dict[str, str] = {}
    children: dict[str, list[str]] = {}
    for parent, *added in lines:
        for child in added:
            if child not in bones or parent not in bones or child in parent_of or child == ROOT:
                fact = f":hierarchy hangs '{child[:20]}' on '{parent[:20]}', which is no bone or hangs elsewhere"
                raise LtmeError(name, fact, _AGAIN)
            parent_of[child] = parent
            children.setdefault(parent, []).append(child)
    ordered: dict[str, str] = {}
    waiting = [ROOT]
    while waiting:
        for child in children.get(waiting.pop(), []):
            ordered[child] = parent_of[child]
            waiting.append(child)
    loose = next((bone for bone in bones if bone not in ordered and bone != ROOT), None)
    if loose is not None:
        raise LtmeError(name, f"the bone {loose} hangs on nothing that hangs on the root", _AGAIN)
    return ordered


def _finite(words: Sequence[str], count: int, what: str, name: str) -> np.ndarray:
    """Exactly so many finite numbers."""
    if len(words) != count:
        raise LtmeError(name, f"{what} has {len(words)} numbers instead of {count}", _AGAIN)
    numbers = numbers_in(words, name)
    if not np.isfinite(numbers).all():
        raise LtmeError(name, f"{what} is {' '.join(words)[:40]}", _AGAIN)
    return numbers
