"""A decoded motion that can be asked for any marker at any time, without making the whole clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.embedding.features import WIDTH
from ltme_clinic.embedding.rhythm import TERMS, cycle_terms, frame_phases
from ltme_clinic.embedding.seams import ENDS, LEAD, TRAIL, jumps
from ltme_clinic.embedding.skeleton import Skeleton
from ltme_clinic.types import CLIP_RATE_HZ, WINDOW_FRAMES, LtmeError


@dataclass(frozen=True)
class DecodedMotion:
    """What a decoder said of one embedding: the average cycle, its phase in every frame, and what windows add."""

    harmonics: np.ndarray  # (TERMS, WIDTH)
    phase_rad: np.ndarray  # (frame,) unwrapped
    amount: np.ndarray  # (frame,) how much of a cycle there is
    directions: np.ndarray  # (window, directions)
    window_basis: np.ndarray  # (WINDOW_FRAMES, WIDTH, directions)
    jumps: np.ndarray  # (window + 1, WIDTH) as in `seams`
    frames: int

    @property
    def duration_s(self) -> float:
        """From the first frame to the last."""
        return (self.frames - 1) / CLIP_RATE_HZ

    def positions_m(self, slots: Sequence[str], times_s: np.ndarray) -> np.ndarray:
        """Named slots at given times, (time, slot, 3) metres in the walker's heading frame (see `MotionClip`).

        Parameters
        ----------
        slots
            Names of `body.SLOTS`, whether the encoder saw them or not.
        times_s
            (time,) seconds from the clip's first frame, in any order; between frames the motion is interpolated.

        Raises
        ------
        LtmeError
            For a slot that no body has, or a time outside the clip.
        """
        unknown = [slot for slot in slots if slot not in SLOT_INDEX]
        if unknown:
            raise LtmeError("decoded motion", f"there is no slot '{unknown[0]}'", "Use the names of body.SLOTS")
        times_s = np.asarray(times_s, dtype=float)
        if times_s.size and not (times_s.min() >= 0.0 and times_s.max() <= self.duration_s + 1e-9):
            fact = f"a time outside its 0 to {self.duration_s:g} s was asked for"
            raise LtmeError("decoded motion", fact, "Ask within the clip")
        columns = (3 * np.array([SLOT_INDEX[slot] for slot in slots])[:, None] + np.arange(3)).ravel()
        position = np.clip(times_s * CLIP_RATE_HZ, 0.0, self.frames - 1)
        before = np.minimum(position.astype(int), max(self.frames - 2, 0))
        after = np.minimum(before + 1, self.frames - 1)
        share = (position - before)[:, None]
        around = (1.0 - share) * self._around(before, columns) + share * self._around(after, columns)
        frame = np.arange(len(self.phase_rad))
        phase, amount = (np.interp(position, frame, values) for values in (self.phase_rad, self.amount))
        rows = cycle_terms(phase, amount) @ self.harmonics[:, columns] + around
        return rows.reshape(len(times_s), len(slots), 3)

    def _around(self, frame: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """What windows add to the cycle in given frames, (frame, column)."""
        window, within = np.divmod(frame, WINDOW_FRAMES)
        basis = self.window_basis[within[:, None], columns]  # (frame, column, directions)
        alone = (basis @ self.directions[window][..., None])[..., 0]
        jump = self.jumps[:, columns]
        around: np.ndarray = alone + LEAD[within, None] * jump[window] + TRAIL[within, None] * jump[window + 1]
        return around


def decoded_motion(
    skeleton: Skeleton, components: np.ndarray, phases: np.ndarray, directions: np.ndarray, frames: int
) -> DecodedMotion:
    """From a decoder's output: components (components,), phases (window, 2), directions (window, directions)."""
    phase_rad, amount = frame_phases(phases)
    window_basis = skeleton.linear.window_basis.reshape(WINDOW_FRAMES, WIDTH, -1)
    ends = np.einsum("fwd,nd->nfw", window_basis[list(ENDS)], directions)
    return DecodedMotion(
        harmonics=skeleton.cycle.harmonics(components).reshape(TERMS, WIDTH),
        phase_rad=phase_rad[:frames],
        amount=amount[:frames],
        directions=directions,
        window_basis=window_basis,
        jumps=jumps(ends),
        frames=frames,
    )
