"""How a file's data section is laid out: which of its declarations its length bears out.

Header and parameters say the same things twice, and on real files one of them is often wrong. Where they differ, each
combination is tried, and the one that fills the file to its end is the true one.
"""

from __future__ import annotations

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
    first_frame: int
    fills_file: bool
    """Whether the frames end where the file does, but for padding."""
    least_frames: int
    """Fewer than `frames` where nothing declares the count: the frames between lie within the last block's padding."""
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
        """0 fills the file exactly, 1 but for the last block's padding, 2 but for one block more, 3 fits, 4 doesn't."""
        left = self.left_bytes
        if left < 0 or self.frame_bytes == 0:
            return 4
        return 0 if left == 0 else 1 if left < BLOCK_BYTES else 2 if left < 2 * BLOCK_BYTES else 3


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
    # Counts that differ by less than the last block's padding: the frames between are real unless they are all zero.
    alike = [c.frames for c in candidates if c.misfit < 2 and replace(c, frames=best.frames) == best]
    return _layout(replace(best, frames=max([best.frames, *alike])), declared, min([best.frames, *alike]))


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


def _layout(best: _Candidate, declared: Declarations, fewest: int) -> Layout:
    room = best.data_bytes // best.frame_bytes
    counted = best.frames in declared.frames
    least = fewest if counted else max(0, -(-(best.data_bytes - BLOCK_BYTES + 1) // best.frame_bytes))
    warnings = []
    others = ", ".join(str(count) for count in declared.frames if count != best.frames)
    if not counted and best.frames != declared.fewest_frames:
        warnings.append(f"the file declares {others or 'no'} frames: its length bears out {best.frames}")
    elif others:
        warnings.append(f"the file declares {best.frames} frames and {others}: its length bears out {best.frames}")
    if best.misfit == 3:
        warnings.append(f"{best.left_bytes} bytes after the last declared frame were not read")
    if len(declared.points) > 1:
        warnings.append(f"header and parameters declare different numbers of points: {best.points} were read")
    return Layout(
        data_start=best.data_start,
        frames=min(best.frames, room),
        points=best.points,
        channels=best.channels,
        samples_per_frame=best.samples_per_frame,
        is_float=best.is_float,
        first_frame=declared.first_frame(best.frames),
        fills_file=best.misfit < 3,
        least_frames=min(least, best.frames, room),
        warnings=tuple(warnings),
    )


def _cut_off(name: str, candidates: list[_Candidate]) -> LtmeError:
    likeliest = candidates[0]
    complete = likeliest.data_bytes // likeliest.frame_bytes
    declared = max(c.frames for c in candidates if c.frame_bytes == likeliest.frame_bytes)
    return LtmeError(name, f"is cut off: it holds {complete} of its {declared} frames", EXPORT_AGAIN)
