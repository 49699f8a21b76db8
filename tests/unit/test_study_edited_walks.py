"""The study of edited walks: what turns, by how much, about what, and what the page makes of scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.clips import make_clip
from ltme_clinic.kinematics.joint_centre_angles import sagittal_angles
from ltme_clinic.types import CLIP_RATE_HZ, LtmeError, MotionClip
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from studies.edited_walks import run
from studies.edited_walks.edits import edited, edits

BY_NAME = {edit.name: edit for edit in edits()}


@pytest.fixture(scope="module")
def clip() -> MotionClip:
    return make_clip(simulate_walk(sample_patient(21), duration_s=5.0, marker_set="ltme-slots").recording)


def knee_deg(clip: MotionClip, side: str) -> np.ndarray:
    still = np.zeros(clip.frames)
    return sagittal_angles(clip.positions_m.astype(float), CLIP_RATE_HZ, still).values_deg["knee_flexion", side]


def moved(clip: MotionClip, other: MotionClip) -> set[str]:
    apart = np.nanmax(np.linalg.norm(clip.positions_m - other.positions_m, axis=-1), axis=0)
    return {SLOTS[k] for k in np.flatnonzero(apart > 1e-4)}


def test_a_stiff_knee_bends_less_by_as_much_as_was_asked_on_its_side_alone(clip):
    other = edited(clip, BY_NAME["knee bent less in swing"], "right", 15.0)
    change = knee_deg(other, "right") - knee_deg(clip, "right")
    assert change.min() == pytest.approx(-15.0, abs=1.0)
    assert change.max() < 0.5
    assert np.abs(knee_deg(other, "left") - knee_deg(clip, "left")).max() < 1e-3
    assert np.nanmax(knee_deg(other, "right")) < np.nanmax(knee_deg(clip, "right")) - 5.0  # it takes from the peak
    assert moved(clip, other) <= {f"right_{name}" for name in _below_the_knee()}


def _below_the_knee() -> tuple[str, ...]:
    ends = ("shank", "ankle", "ankle_medial", "ankle_centre", "heel", "toe", "metatarsal_1", "metatarsal_5")
    return (*ends, "knee_centre")


def test_a_crouch_bends_both_knees_and_keeps_the_feet_level(clip):
    other = edited(clip, BY_NAME["crouch"], "left", 20.0)
    for side in ("left", "right"):
        assert (knee_deg(other, side) - knee_deg(clip, side)).mean() == pytest.approx(20.0, abs=1.0)
        feet = [SLOT_INDEX[f"{side}_{name}"] for name in ("heel", "toe")]
        slope = [c.positions_m[:, feet[1], 2] - c.positions_m[:, feet[0], 2] for c in (clip, other)]
        assert np.abs(slope[0] - slope[1]).max() < 0.01


@pytest.mark.parametrize(("side", "outward"), [("left", 1.0), ("right", -1.0)])
def test_a_leg_swings_outward_and_a_trunk_leans_over_its_leg(clip, side, outward):
    swung = edited(clip, BY_NAME["leg out in swing"], side, 20.0)
    ankle = SLOT_INDEX[f"{side}_ankle"]
    assert (outward * (swung.positions_m - clip.positions_m)[:, ankle, 1]).max() > 0.1
    leaned = edited(clip, BY_NAME["trunk over one leg"], side, 20.0)
    neck = SLOT_INDEX["c7"]
    assert (outward * (leaned.positions_m - clip.positions_m)[:, neck, 1]).max() > 0.08
    assert not {slot for slot in moved(clip, leaned) if "knee" in slot or "asis" in slot}


@pytest.mark.parametrize("edit", edits(), ids=lambda edit: edit.name)
def test_no_degrees_move_nothing_and_bones_keep_their_length(edit, clip):
    assert not moved(clip, edited(clip, edit, "left", 0.0))
    other = edited(clip, edit, "left", 20.0)
    for a, b in (("hip_centre", "knee_centre"), ("knee_centre", "ankle_centre"), ("heel", "toe")):
        ends = [SLOT_INDEX[f"left_{name}"] for name in (a, b)]
        before, after = (np.linalg.norm(np.diff(c.positions_m[:, ends], axis=1)[:, 0], axis=1) for c in (clip, other))
        assert np.abs(before - after).max() < 1e-4


def test_a_stander_is_refused(clip):
    still = replace(clip, positions_m=np.repeat(clip.positions_m[:1], clip.frames, axis=0))
    with pytest.raises(LtmeError, match="no steps"):
        edited(still, BY_NAME["crouch"], "left", 5.0)


def test_scores_of_files_come_from_fits_on_others_and_larger_edits_score_higher():
    rng = np.random.default_rng(0)
    plain = [{"x": rng.normal(size=3), "covariates": rng.normal(size=2) * 0.1 + 1.0} for _ in range(60)]
    groups = {("bent", degrees): [{**walk, "x": walk["x"] + degrees} for walk in plain] for degrees in (0.0, 4.0)}
    scores = run.scored("x", plain, groups)
    assert np.array_equal(scores[None], scores["bent", 0.0])
    assert scores["bent", 4.0][:, 0].mean() > scores[None][:, 0].mean() + 1.0
    outlier = [dict(walk) for walk in plain]
    outlier[0]["x"] = outlier[0]["x"] + 50.0
    again = run.scored("x", outlier, {})
    others_fold = np.arange(60) % run.FOLDS != 0
    assert np.array_equal(again[None][~others_fold][1:], scores[None][~others_fold][1:])  # not fitted on its own fold
