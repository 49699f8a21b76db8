"""A skeleton of any shape, as motion files tell it: joints that hang on joints, turned one on another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class JointChain:
    """Joints in an order in which each comes after the one it hangs on."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    """The joint that each hangs on, -1 for one that hangs on nothing."""
    offsets: np.ndarray  # (joint, axis)
    """From the joint that it hangs on, in that joint's frame at rest; without one, from the origin. Any unit."""


def joint_centres(
    chain: JointChain,
    turns: Mapping[int, np.ndarray],
    shifts: Mapping[int, np.ndarray],
    *,
    frames: int,
    kept: Sequence[int] | None = None,
) -> np.ndarray:
    """Where the joints are, (frame, joint, axis), in the chain's unit and in the frame that the first joints hang in.

    Parameters
    ----------
    turns : joint -> (frame, 3, 3), its turn out of the rest pose against the joint it hangs on; without one it is rigid
    shifts : joint -> (frame, 3), in place of its offset
    frames : how many there are
    kept : the joints wanted, all if left out

    Notes
    -----
    NaN in a turn or a shift goes down to all that hangs on it. Takes 72 bytes a joint and frame: give long motions in
    parts.
    """
    wanted = range(len(chain.names)) if kept is None else kept
    places: list[np.ndarray] = []
    frames_of: list[np.ndarray | None] = []  # each joint's frame, (frame, 3, 3); None is not turned at all
    for joint, parent in enumerate(chain.parents):
        shift = shifts.get(joint, chain.offsets[joint])
        around = frames_of[parent] if parent >= 0 else None
        turn = turns.get(joint)
        moved = shift if around is None else _turned(around, shift)
        places.append(moved + places[parent] if parent >= 0 else np.broadcast_to(moved, (frames, 3)))
        frames_of.append(around if turn is None else turn if around is None else around @ turn)
    centres = np.empty((frames, len(wanted), 3))
    for column, joint in enumerate(wanted):
        centres[:, column] = places[joint]
    return centres


def _turned(rotation: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Vectors (3,) or (frame, 3) in turned frames (frame, 3, 3)."""
    return np.einsum("fij,fj->fi", rotation, np.broadcast_to(vector, (len(rotation), 3)))
