"""Windows are written one by one; here their borders are joined, so that a decoded motion has no seam.

Where two windows meet, each is carried on by half a frame; what their two ends then differ by is a jump that no body
made. Each side takes half of it, and less and less over the next `EASE_FRAMES`. Speeds at the border stay as they are.
"""

from __future__ import annotations

import numpy as np

from ltme_clinic.types import WINDOW_FRAMES

EASE_FRAMES = 8
"""0.16 s: shorter leaves corners, longer bends what was right."""
ENDS = (0, 1, WINDOW_FRAMES - 2, WINDOW_FRAMES - 1)
"""Frames of a window by which it is carried on over its borders."""
CARRIED_IN = np.array([1.5, -0.5, 0.0, 0.0], dtype=np.float32)
"""Weights of `ENDS`: where a window comes from, half a frame before its first frame."""
CARRIED_ON = np.array([0.0, 0.0, -0.5, 1.5], dtype=np.float32)
"""Where it goes, half a frame after its last."""


def _eased() -> np.ndarray:
    share = np.minimum((np.arange(WINDOW_FRAMES) + 0.5) / EASE_FRAMES, 1.0)
    eased: np.ndarray = (0.25 * (1.0 + np.cos(np.pi * share))).astype(np.float32)
    return eased


LEAD = -_eased()
"""(WINDOW_FRAMES,) how much of the jump at a window's beginning each of its frames takes."""
TRAIL = _eased()[::-1].copy()
"""The same of the jump at its end."""


def jumps(ends: np.ndarray) -> np.ndarray:
    """Jumps before the first, between, and after the last of some windows: none at the two outer ends.

    Parameters
    ----------
    ends : (window, 4, width) the windows' `ENDS`

    Returns
    -------
    (window + 1, width)
    """
    found = np.zeros((len(ends) + 1, ends.shape[2]), dtype=ends.dtype)
    found[1:-1] = np.tensordot(CARRIED_IN, ends[1:], (0, 1)) - np.tensordot(CARRIED_ON, ends[:-1], (0, 1))
    return found


def joined(windows: np.ndarray) -> np.ndarray:
    """Windows (window, WINDOW_FRAMES, width) without jumps between them."""
    jump = jumps(windows[:, ENDS])
    lead, trail = LEAD[:, None], TRAIL[:, None]
    smooth: np.ndarray = windows + lead * jump[:-1, None] + trail * jump[1:, None]
    return smooth
