"""CMU's motions as exponential maps (text): 117 numbers with commas a row, as human motion prediction uses them.

A row holds the root's place and, for the 38 joints of CMU's BVH files in their order there (ends included), a turn as
a vector. The published motions (Taylor et al. 2007, carried on by Li et al. 2018) were converted in a way of their own,
found by holding them against CMU's own file of the same trial (02_01), which they then give back to five digits:

- A vector is the inverse turn: a joint's turn against the one it hangs on is that about the vector's negative.
- The root's three angles were put together in the order z, x, y, where the skeleton has z, y, x. They are taken apart
  and put together again: otherwise someone who has turned round leans sideways for bending forward, and the feet
  slide. Angles of the order z, x, y are two for each turn, half a turn of y apart; the one is taken that goes on from
  the row before, from y = 0 at first.
- The first row is a T-pose.
"""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np

from ltme_clinic.kinematics.joint_chain import JointChain
from ltme_clinic.kinematics.rotations import rotation_about_axes, rotation_about_vectors
from ltme_clinic.recordings.body_frame import turned_upright
from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.recordings.formats.posing import CMU_RATE_HZ, METRES_PER_CMU_UNIT, RATE_WARNING, Pose, posed
from ltme_clinic.recordings.formats.typical_body import WARNING, cmu_chain
from ltme_clinic.recordings.formats.whole_file import read_whole
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import LtmeError

COLUMNS = 117
_LONGEST_ROW = 40 * COLUMNS
_LARGEST_TURN_RAD = 2 * np.pi
_SIDES = {"Left": (2, 20), "Right": (8, 29)}
"""Side -> the number, among a row's vectors, of its leg's first joint that turns, and of its arm's."""
_NUMBERS = (
    {"Hips": 0, "LowerBack": 13, "Spine": 14, "Spine1": 15, "Neck": 16, "Neck1": 17, "Head": 18}
    | {
        f"{side}{part}": leg + n
        for side, (leg, _) in _SIDES.items()
        for n, part in enumerate(("UpLeg", "Leg", "Foot", "ToeBase"))
    }
    | {
        f"{side}{part}": arm + n
        for side, (_, arm) in _SIDES.items()
        for n, part in enumerate(("Shoulder", "Arm", "ForeArm", "Hand", "FingerBase"))
    }
)
"""Joint -> its number among a row's vectors."""
_ENDS = (6, 12, 19, 26, 28, 35, 37)
"""Vectors of what has no joint: the tips of toes, head, fingers and thumbs. They are 0."""


class ExponentialMapReader:
    """Reads CMU's motions as exponential maps, on a body of typical size."""

    def read(self, path: Path) -> RawC3D:
        """Where the joints are, in metres with z up.

        Raises
        ------
        LtmeError
            The text is no such motion, or is damaged.
        """
        file = read_whole(path)
        values, is_cut = _values(file.text(), file.name)
        warnings = [WARNING, RATE_WARNING]
        has_pose = len(values) > 1 and not values[0, 3:6].any()
        if is_cut:
            warnings.append("the file ends within a row, which was dropped")
        if has_pose:
            warnings.append("the first row is a T-pose and was dropped")
        chain = cmu_chain()
        centres = posed(chain, len(values), _pose(chain, values), file.name)[int(has_pose) :]
        return file.raw(
            rate_hz=CMU_RATE_HZ,
            labels=chain.names,
            points=turned_upright(centres, "+y"),
            unit="m",
            first_frame=1 + has_pose,
            warnings=warnings,
        )


def _values(text: str, name: str) -> tuple[np.ndarray, bool]:
    """All whole rows, (row, 117), and whether the last one was cut off."""
    first = text[:_LONGEST_ROW].lstrip().partition("\n")[0]
    other = LtmeError(
        name,
        f"is not CMU motion text ({COLUMNS} numbers with commas a row)",
        "Export the trial as C3D, TRC, BVH or AMC",
    )
    if first.count(",") != COLUMNS - 1:
        raise other
    values = array("d")
    rows, is_cut = 0, False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        rows += 1
        count = line.count(",") + 1
        if is_cut or count > COLUMNS:
            what = "after a shorter one" if is_cut else f"instead of {COLUMNS}"
            raise LtmeError(name, f"row {rows} holds {count} numbers {what}", EXPORT_AGAIN)
        is_cut = count < COLUMNS
        if not is_cut:
            try:
                values.extend(map(float, line.split(",")))
            except ValueError:
                raise LtmeError(name, f"line {number} holds what is no number", EXPORT_AGAIN) from None
    table = np.array(values).reshape(-1, COLUMNS)
    vectors = table[:, 3:].reshape(len(table), -1, 3)
    with np.errstate(invalid="ignore"):
        if vectors[:, _ENDS].any() or not (np.abs(vectors) <= _LARGEST_TURN_RAD).all():
            raise other
    return table, is_cut


def _pose(chain: JointChain, values: np.ndarray) -> Pose:
    vectors = values[:, 3:].reshape(len(values), -1, 3)
    root = _root_turns(vectors[:, 0])

    def pose(rows: slice) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
        turns = {0: root[rows]}
        for joint, name in enumerate(chain.names[1:], 1):
            if name in _NUMBERS:
                turns[joint] = rotation_about_vectors(-vectors[rows, _NUMBERS[name]])
        return turns, {0: values[rows, :3] * METRES_PER_CMU_UNIT}

    return pose


def _root_turns(vectors: np.ndarray) -> np.ndarray:
    """The root's turns (row, 3, 3): put together in the order z, x, y they are taken apart, and joined as z, y, x."""
    told = rotation_about_vectors(-vectors)
    with np.errstate(invalid="ignore"):
        x = np.arcsin(np.clip(told[:, 2, 1], -1.0, 1.0))
    y = np.arctan2(-told[:, 2, 0], told[:, 2, 2])
    z = np.arctan2(-told[:, 0, 1], told[:, 1, 1])
    going_on = np.unwrap(np.concatenate([[0.0], y]), period=np.pi)[1:]
    is_other = np.cos(going_on - y) < 0  # the second of the two sets of angles for one turn
    x, z = np.where(is_other, np.pi - x, x), np.where(is_other, z + np.pi, z)
    return rotation_about_axes("zyx", np.stack([z, going_on, x], axis=1))
