"""How a file's data section is laid out: which of its declarations its length bears out.

Header and parameters say the same things twice, and on real files one of them is often wrong. Where they differ, each
combination is tried, and the one that fills the file to its end is the true one. Frames that the last block's padding
may be taken for are left to their content (`padding`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from ltme_clinic.errors import LtmeError
from ltme_clinic.recordings.c3d.declarations import Declarations
from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.recordings.c3d.header import BLOCK_BYTES, SATURATED


@dataclass(frozen=True)
class Layout:
    """Where points and analogs lie in the file."""

    data_start: int
    """Byte at which the first frame starts."""
    frames: int
    points: int
    channels: int
    samples_per_frame: int
    is_float: bool
    fills_file: bool
    """Whether the frames end where the file does, but for padding."""
    least_frames: int
    """Fewer than `frames` where not every count declares the frames between, and they may be padding."""
    warnings: tuple[str, ...] = ()

    @property
    def analog_words(self) -> int:
        return self.channels * self.samples_per_frame

    @property
    def words(self) -> int:
        """Numbers in each frame."""
        return 4 * self.points + self.analog_words

    @property
    def frame_bytes(self) -> int:
        return self.words * (4 if self.is_float else 2)


@dataclass(frozen=True)
class _Candidate:
    """One combination of declarations, and how it lies in the file."""

    data_start: int
    data_bytes: int
    points: int
    channels: int
    samples_per_frame: int
    is_float: bool
    frames: int

    @property
    def frame_bytes(self) -> int:
        return (4 * self.points + self.channels * self.samples_per_frame) * (4 if self.is_float else 2)

    @property
    def left_bytes(self) -> int:
        """What the last frame leaves over; negative if the file ends before it."""
        return self.data_bytes - self.frames * self.frame_bytes

    @property
    def misfit(self) -> int:
        """0 fills the file, 1 but for the last block's padding, 2 but for one block more, 3 fits, 4 doesn't.

        In a file of whole blocks the last one's padding is as likely as none.
        """
        left = self.left_bytes
        if left < 0 or self.frame_bytes == 0:
            return 4
        if left == 0 or (left < BLOCK_BYTES and self.data_bytes % BLOCK_BYTES == 0):
            return 0
        return 1 if left < BLOCK_BYTES else 2 if left < 2 * BLOCK_BYTES else 3

    @property
    def ends_unpadded(self) -> bool:
        """Whether the last frame ends the file within a block: there is no padding that could be taken for frames."""
        return self.left_bytes == 0 and self.data_bytes % BLOCK_BYTES != 0


def decide_layout(name: str, declared: Declarations) -> Layout:
    """The layout that the file's length bears out.

    Parameters
    ----------
    name : the file's name, for errors
    declared : what header and parameters say

    Raises
    ------
    LtmeError
        If the file ends before its declared data do, or holds neither points nor analogs.
    """
    if not any(declared.points) and declared.analogs == ((0, 0),):
        if declared.rotations:
            fact = f"holds {declared.rotations} segment rotations and no points"
            raise LtmeError(name, fact, "Export the joint centres or virtual markers as points")
        raise LtmeError(name, "holds no points", "Give a trial with reconstructed markers")
    if not declared.data_starts:
        raise LtmeError(name, "does not tell where its data start", EXPORT_AGAIN)
    candidates = [c for shape in _shapes(declared) for c in _with_frames(shape, declared)]
    if not candidates and (declared.frames or all(s > declared.file_bytes for s in declared.data_starts)):
        raise LtmeError(name, f"is cut off after {declared.file_bytes} bytes", EXPORT_AGAIN)
    if not candidates:
        raise LtmeError(name, "holds no frames", "Give a trial with reconstructed markers")
    best = min(candidates, key=lambda c: (c.misfit, -c.frames if c.misfit == 3 else 0))
    overruns = any(c.misfit == 4 for c in candidates if c.frame_bytes == best.frame_bytes)
    if best.misfit == 4 or (best.misfit == 3 and overruns):
        raise _cut_off(name, candidates)
    if best.misfit == 3 and _is_contradictory(best, declared):
        raise LtmeError(name, "contradicts itself on its data, and no reading fits its length", EXPORT_AGAIN)
    return _layout(*_disputed(best, candidates), declared)


def _is_contradictory(best: _Candidate, declared: Declarations) -> bool:
    """Whether header and parameters put the numbers in different places, so that all but one reading is nonsense."""
    words = declared.analog_counts.words
    choices = (declared.data_starts, declared.points, declared.storages)
    return any(len(choice) > 1 for choice in choices) or words != best.channels * best.samples_per_frame


def _disputed(best: _Candidate, candidates: list[_Candidate]) -> tuple[_Candidate, int]:
    """The most frames that may be meant, and the fewest: counts that differ by what padding may be."""
    if best.ends_unpadded:
        return best, best.frames
    alike = [c for c in candidates if replace(c, frames=best.frames) == best]
    most = max(c.frames for c in alike if c.misfit <= best.misfit or c.misfit < 3)
    fewest = min(c.frames for c in alike if (most - c.frames) * best.frame_bytes < 2 * BLOCK_BYTES)
    return replace(best, frames=most), fewest


def _shapes(declared: Declarations) -> list[_Candidate]:
    """Every declared shape of a frame that holds anything, with no frames yet; the likeliest first."""
    shapes = []
    for start, points, (channels, samples), is_float in product(
        declared.data_starts, declared.points, declared.analogs, declared.storages
    ):
        data_bytes = declared.data_end(start) - start
        shape = _Candidate(start, data_bytes, points, channels, samples, is_float, 0)
        if data_bytes > 0 and shape.frame_bytes > 0:
            shapes.append(shape)
    return shapes


def _with_frames(shape: _Candidate, declared: Declarations) -> list[_Candidate]:
    """A shape with every frame count that may be meant. What lies within 16 bits may be the low word of more."""
    room = shape.data_bytes // shape.frame_bytes
    declared_counts = [replace(shape, frames=count) for count in declared.frames or [max(room, declared.fewest_frames)]]
    wrapped = (room - (room - low) % (SATURATED + 1) for low in declared.frames if low <= SATURATED)
    more = (replace(shape, frames=count) for count in wrapped if count > SATURATED)
    return [c for c in declared_counts if c.frames > 0] + [c for c in more if c.misfit < 3]


def _layout(best: _Candidate, fewest: int, declared: Declarations) -> Layout:
    room = best.data_bytes // best.frame_bytes
    is_counted = any((best.frames - count) % (SATURATED + 1) == 0 for count in declared.frames)
    if not is_counted and not best.ends_unpadded:
        fewest = max(1, -(-(best.data_bytes - BLOCK_BYTES + 1) // best.frame_bytes))
    return Layout(
        data_start=best.data_start,
        frames=min(best.frames, room),
        points=best.points,
        channels=best.channels,
        samples_per_frame=best.samples_per_frame,
        is_float=best.is_float,
        fills_file=best.misfit < 3,
        least_frames=min(fewest, best.frames, room),
        warnings=(*_contradictions(best, declared), *_unread(best)),
    )


def _contradictions(best: _Candidate, declared: Declarations) -> Iterator[str]:
    if len(declared.data_starts) > 1:
        block = best.data_start // BLOCK_BYTES + 1
        yield f"header and parameters declare different places of the data: they were read from block {block}"
    if len(declared.points) > 1:
        yield f"header and parameters declare different numbers of points: {best.points} were read"
    if declared.analog_counts.contradicts(best.channels, best.samples_per_frame):
        shape = f"{best.channels} channels with {best.samples_per_frame} samples a frame"
        yield f"header and parameters declare different analogs: {shape} were read"
    if len(declared.storages) > 1:
        yield f"header and parameters do not agree on a storage: {'floats' if best.is_float else 'integers'} were read"


def _unread(best: _Candidate) -> Iterator[str]:
    if best.misfit == 3 or (best.left_bytes > 0 and best.data_bytes % BLOCK_BYTES != 0):  # more than padding
        yield f"{best.left_bytes} bytes after the last declared frame were not read"


def frame_warnings(layout: Layout, declared: Declarations, frames: int) -> tuple[str, ...]:
    """What to say of a file's frame counts, once it is known how many of the layout's frames were kept."""
    others = ", ".join(str(count) for count in declared.frames if count != frames)
    if frames in declared.frames and others:
        fact = f"the file declares {frames} frames and {others}"
    elif frames not in declared.frames and frames != declared.fewest_frames:
        fact = f"the file declares {others or 'no'} frames"
    else:
        return ()
    if layout.least_frames == layout.frames:
        return (f"{fact}: its length bears out {frames}",)
    if frames < layout.frames:
        return (f"{fact}: its length bears out {frames}, and what follows them was taken for padding",)
    return (f"{fact}: its length bears out {frames}, and the last of them go on with the others",)


def _cut_off(name: str, candidates: list[_Candidate]) -> LtmeError:
    likeliest = candidates[0]
    complete = likeliest.data_bytes // likeliest.frame_bytes
    declared = max(c.frames for c in candidates if c.frame_bytes == likeliest.frame_bytes)
    return LtmeError(name, f"is cut off: it holds {complete} of its {declared} frames", EXPORT_AGAIN)
