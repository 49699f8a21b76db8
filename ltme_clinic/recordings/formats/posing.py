"""What the readers of skeletons share: a long motion's joints, part by part, and the pose that opens many files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ltme_clinic.kinematics.joint_chain import JointChain, joint_centres
from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.recordings.formats.whole_file import refuse_too_many
from ltme_clinic.recordings.positions import blocks
from ltme_clinic.types import LtmeError

MOST_JOINTS = 1000
"""A body with every finger and a face has some 200."""
LONGEST_NAME = 100

METRES_PER_CMU_UNIT = 0.0254 / 0.45
"""CMU's motions are in inches over 0.45 (mocap.cs.cmu.edu/faqs.php: "(1.0/0.45)*2.54/100.0 = 0.056444")."""
CMU_RATE_HZ = 120.0
RATE_WARNING = (
    f"the file tells no frame rate: {CMU_RATE_HZ:g} Hz was taken, that of most of CMU's motions (some have 60)"
)

_POINTS_A_NUMBER, _FREE_POINTS = 2, 10
"""Points that may be made for each number of a frame, and beside these."""

Pose = Callable[[slice], tuple[Mapping[int, np.ndarray], Mapping[int, np.ndarray]]]
"""Frames -> the turns and the shifts of joints in these, as `joint_centres` takes them."""

_JUMP = 4.0
"""A first pose is no part of the motion if it lies this many times a fast step of the motion's away ...

Before 114 motions of CMU's it lies 11 times as far or more at 120 Hz, and before their walks 5 times at 30 Hz; no frame
of the motions themselves, torn ones aside, lies 3 times as far.
"""
_JUMP_BODY = 0.05
"""... and this part of the body's extent."""
_FAST = 0.99
"""A fast step: of all steps from frame to frame this share is slower."""


def posed(chain: JointChain, frames: int, pose: Pose, name: str, kept: Sequence[int] | None = None) -> np.ndarray:
    """Joint centres (frame, joint, 3) float32 in the chain's unit.

    Raises
    ------
    LtmeError
        They would fill the memory.
    """
    count = len(chain.names) if kept is None else len(kept)
    refuse_too_many(name, frames, count)
    centres = np.empty((frames, count, 3), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # an angle or a length without bound gives no place
        for rows in blocks(frames, 12 * len(chain.names)):
            turns, shifts = pose(rows)
            length = rows.stop - rows.start
            centres[rows] = joint_centres(chain, turns, shifts, frames=length, kept=kept)
    return centres


def refuse_still(name: str, points: int, numbers: int) -> None:
    """LtmeError for a skeleton that hardly moves: of a few digits a frame no thousand points are made.

    Parameters
    ----------
    name : the file, for what is said about it
    points : how many are to be made for each frame
    numbers : how many the file holds for each frame
    """
    if points > _POINTS_A_NUMBER * numbers + _FREE_POINTS:
        raise LtmeError(name, f"moves {points} joints by {numbers} numbers a frame", EXPORT_AGAIN)


def opens_with_another_pose(centres: np.ndarray) -> bool:
    """Whether the first frame of (frame, joint, 3) is a pose of its own, such as the T-pose that exporters put first.

    The mean joint's way from the first frame to the second is over 4 times as long as a fast step between later frames
    (the 99th percentile, and the step that follows), and over a twentieth of the body's extent; as the joints lie in
    space, or as they lie about the first joint.
    """
    if len(centres) < 4:
        return False
    with np.errstate(invalid="ignore", over="ignore"):
        extent = float(np.max(np.ptp(centres[1], axis=0)))
        for places in (centres, centres - centres[:, :1]):
            steps = _mean_steps(places)
            fast = max(float(np.quantile(steps[1:], _FAST)), float(steps[1]))
            if steps[0] > _JUMP * fast and steps[0] > _JUMP_BODY * extent:
                return True
    return False


def _mean_steps(places: np.ndarray) -> np.ndarray:
    """The mean joint's way from each frame to the next, (frame - 1,)."""
    steps = np.empty(len(places) - 1)
    for rows in blocks(len(steps), 3 * places.shape[1]):
        ways = places[rows.start + 1 : rows.stop + 1] - places[rows]
        steps[rows] = np.linalg.norm(ways, axis=2).mean(axis=1)
    return steps
