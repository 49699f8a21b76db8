"""Files of skeletons for the tests of their readers, real ones unpacked, and mutants of both."""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from processor_time import processor_time_below

from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import LtmeError, Recording

MOST_S = 0.5


def unpacked(archive: Path, members: Sequence[str], folder: Path) -> list[Path]:
    """Some files of an archive, put flat into a folder."""
    paths = []
    with tarfile.open(archive) as tar:
        found = {member.name.removeprefix("./"): member for member in tar}
        for member in members:
            content = tar.extractfile(found[member])
            assert content is not None
            paths.append(folder / Path(member).name)
            paths[-1].write_bytes(content.read())
    return paths


def assert_mutants_read_or_are_refused(path: Path, count: int, seed: int, *, read: Path | None = None) -> None:
    """Bytes of a file changed, cut, doubled and swapped: LtmeError is all that may come out, and soon.

    Parameters
    ----------
    path : the file, as it should be
    read : the file that is read, if it is another beside it
    """
    whole = path.read_bytes()
    rng = np.random.default_rng(seed)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(count):
        path.write_bytes(mutant(whole, rng))
        with processor_time_below(MOST_S):
            try:
                read_recordings(read or path)
                outcomes["read"] += 1
            except LtmeError:
                outcomes["refused"] += 1
    path.write_bytes(whole)
    assert min(outcomes.values()) > 0, outcomes


def mutant(whole: bytes, rng: np.random.Generator) -> bytes:
    """One to four blows, half of them on the first thousand bytes: digits and bytes changed, cut, doubled, put in."""
    changed = bytearray(whole)
    for _ in range(int(rng.integers(1, 5))):
        most = len(changed) if rng.random() < 0.5 else min(1000, len(changed))
        place = int(rng.integers(0, max(1, most)))
        length = int(rng.integers(1, 40))
        blow = int(rng.integers(0, 10))
        if blow >= 4:
            digits = [near for near in range(place, min(place + 200, len(changed))) if chr(changed[near]).isdigit()]
            if digits:
                changed[digits[0]] = ord(str(rng.integers(0, 10)))
        elif blow == 0:
            changed[place : place + 1] = bytes([int(rng.integers(0, 256))])
        elif blow == 1:
            del changed[place : place + length]
        elif blow == 2:
            changed[place:place] = changed[place : place + length]
        else:
            changed[place:place] = rng.choice(_WORDS)
    return bytes(changed)


_WORDS = [b" 1e308 ", b" nan ", b"-inf ", b" 99999999999999999999 ", b"{", b"}", b"\n", b"\0", b"\xff", b"0,5", b":"]


def knee_flexion_deg(recording: Recording, hip: str, knee: str, ankle: str) -> np.ndarray:
    """180 degrees less the angle that hip, knee and ankle make, (frame,)."""
    thigh = recording.marker(hip) - recording.marker(knee)
    shank = recording.marker(ankle) - recording.marker(knee)
    lengths = np.linalg.norm(thigh, axis=1) * np.linalg.norm(shank, axis=1)
    return 180.0 - np.degrees(np.arccos(np.clip((thigh * shank).sum(axis=1) / lengths, -1.0, 1.0)))


def stance_slide_m_s(recording: Recording, toes: Sequence[str]) -> float:
    """How fast the feet move in the third of the frames in which each moves least, metres a second."""
    slides = []
    for toe in toes:
        speed_m_s = np.linalg.norm(np.diff(recording.marker(toe), axis=0), axis=1) * recording.rate_hz
        slides.append(np.sort(speed_m_s)[: len(speed_m_s) // 3].mean())
    return float(np.mean(slides))
