"""A motion on another body: bones keep their length, the pose is the motion's, the shape is the body's."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.clips import make_clip
from ltme_clinic.kinematics.joint_centre_angles import sagittal_angles
from ltme_clinic.kinematics.retargeting import on_body
from ltme_clinic.types import CLIP_RATE_HZ, LtmeError
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

BONES = (("hip_centre", "knee_centre"), ("knee_centre", "ankle_centre"), ("ankle_centre", "toe"), ("heel", "toe"))


def walked(seed: int, age_y: float) -> np.ndarray:
    walk = simulate_walk(sample_patient(seed, age_y=age_y), duration_s=4.0, marker_set="ltme-slots")
    positions_m = make_clip(walk.recording).positions_m.astype(float)
    return positions_m[np.isfinite(positions_m).all(axis=(1, 2))]


@pytest.fixture(scope="module")
def child() -> np.ndarray:
    return walked(11, age_y=8.0)


@pytest.fixture(scope="module")
def adult() -> np.ndarray:
    return walked(12, age_y=40.0)


def lengths_m(positions_m: np.ndarray, bone: tuple[str, str]) -> np.ndarray:
    """(side, frame)."""
    ends = [[positions_m[:, SLOT_INDEX[f"{side}_{name}"]] for name in bone] for side in ("left", "right")]
    return np.array([np.linalg.norm(a - b, axis=1) for a, b in ends])


def test_bones_keep_one_length_and_it_is_the_body_s(child, adult):
    moved = on_body(adult, child)
    assert np.isfinite(moved).all()
    assert moved.shape == adult.shape
    for bone in BONES:
        found, own = lengths_m(moved, bone), lengths_m(child, bone)
        assert np.ptp(found, axis=1).max() < 1e-9
        assert np.abs(found.mean(axis=1) - own.mean(axis=1)).max() < 0.003
    shanks = [lengths_m(positions_m, BONES[1]).mean() for positions_m in (moved, adult)]
    assert shanks[0] < shanks[1] - 0.05


def test_on_its_own_body_a_motion_stays_where_it_is(adult):
    moved = on_body(adult, adult)
    assert np.linalg.norm(moved - adult, axis=-1).mean() < 0.004  # what skin and noise move


def test_joints_bend_as_in_the_motion_and_feet_reach_the_floor(child, adult):
    moved = on_body(adult, child)
    still = np.zeros(len(adult))
    before, after = (sagittal_angles(m, CLIP_RATE_HZ, still).values_deg for m in (adult, moved))
    for side in ("left", "right"):
        apart = after["knee_flexion", side] - before["knee_flexion", side]
        assert np.std(apart) < 1.5
    heels = [SLOT_INDEX[f"{side}_heel"] for side in ("left", "right")]
    assert abs(moved[:, heels, 2].min() - adult[:, heels, 2].min()) < 0.02


def test_a_hidden_marker_is_refused(adult):
    holed = adult.copy()
    holed[3, 7] = np.nan
    with pytest.raises(LtmeError, match="not finite"):
        on_body(holed, adult)


def test_every_slot_is_carried(adult):
    assert on_body(adult[:5], adult).shape == (5, len(SLOTS), 3)
