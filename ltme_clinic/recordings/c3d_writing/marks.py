"""Which samples a repair put into a file: written as runs of frames, so that a later reader knows them again."""

from __future__ import annotations

import numpy as np

from ltme_clinic.recordings.raw import RawC3D

TRIAL_GROUP, FILLED = "LTME_TRIAL", "FILLED"
"""Where they stand: LTME_TRIAL:FILLED (and FILLED2 ...), one column a run: point, first frame, last frame.

Points and frames count from 1, frames from the first stored one, the last frame is the run's own. The same samples have
residual 0 and no camera, which is what the format says of a calculated point; but most files say that of every point.
"""


def filled_runs(filled: np.ndarray) -> np.ndarray:
    """Runs of filled samples as a parameter's value, (3, run) float32, from a mask (frame, point)."""
    edges = np.diff(np.pad(filled.astype(np.int8), ((1, 1), (0, 0))), axis=0)  # (frame + 1, point)
    first_point, first_frame = np.nonzero(edges.T == 1)
    _, after_frame = np.nonzero(edges.T == -1)
    return np.stack([first_point + 1, first_frame + 1, after_frame]).astype("f4")


def filled_points(raw: RawC3D) -> np.ndarray | None:
    """The mask (frame, point) that a file's LTME_TRIAL:FILLED declares; None where it declares none.

    Runs that don't lie inside the file are left out.
    """
    values = raw.parameters.get(TRIAL_GROUP, {})
    parts: list[np.ndarray] = []
    while isinstance(part := values.get(FILLED if not parts else f"{FILLED}{len(parts) + 1}"), np.ndarray):
        parts.append(np.atleast_2d(np.asarray(part)))
    runs = [run for part in parts if part.shape[0] == 3 for run in part.T]
    if not runs:
        return None
    frames, points = raw.missing.shape
    filled = np.zeros((frames, points), dtype=bool)
    for point, first, last in runs:
        if 1 <= point <= points and 1 <= first <= last <= frames:
            filled[int(first) - 1 : int(last), int(point) - 1] = True
    return filled
