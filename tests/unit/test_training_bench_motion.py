"""What the bench says of reconstructed motion, on clips whose errors are known beforehand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_up_walks import stepping_clip

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.embedding import load_model
from ltme_clinic.kinematics.pelvis import PELVIS_SLOTS
from ltme_clinic.training.bench.motion_kept import sagittal_error_deg, stride_time_cv
from ltme_clinic.training.bench.reconstruction import (
    as_marker_set,
    hidden_markers,
    reconstruction,
    slot_error_mm,
    some_hidden,
    without_slots,
)
from ltme_clinic.types import MotionClip, MotionEmbedding


class Shifting:
    """A coder that gives back what it was given, everything moved by so much; hidden slots come back at the origin."""

    def __init__(self, shift_m: float) -> None:
        self.shift_m = shift_m

    def encode(self, clip: MotionClip) -> MotionEmbedding:
        self.last = clip
        nothing = np.zeros(0, dtype=np.float32)
        return MotionEmbedding(
            "one", "virtual", "f", 1, nothing, nothing, np.zeros((4, 26), dtype=np.float32), clip.frames
        )

    def decode(self, embedding: MotionEmbedding) -> MotionClip:
        positions_m = np.nan_to_num(self.last.positions_m) + np.float32([0.0, 0.0, self.shift_m])
        everything = np.ones((self.last.frames, len(SLOTS)), dtype=bool)
        return replace(self.last, positions_m=positions_m.astype(np.float32), valid=everything)


class Remembering(Shifting):
    """The same, for several clips encoded before any is decoded."""

    def __init__(self, shift_m: float) -> None:
        super().__init__(shift_m)
        self.clips: dict[int, MotionClip] = {}

    def encode(self, clip: MotionClip) -> MotionEmbedding:
        embedding = super().encode(clip)
        self.clips[id(embedding)] = clip
        return embedding

    def decode(self, embedding: MotionEmbedding) -> MotionClip:
        self.last = self.clips[id(embedding)]
        return super().decode(embedding)


def walking_clip(stride_s: list[float], *, seconds: float = 12.0) -> MotionClip:
    """A walker whose left strides last as told, over and over, the right ones the same half a stride later."""
    clip = stepping_clip(frames=round(seconds * 50))
    time_s = np.arange(clip.frames) / 50.0
    contacts_s = np.concatenate([[0.0], np.cumsum(np.resize(stride_s, 40))])
    phase = np.interp(time_s, contacts_s, np.arange(len(contacts_s)))
    positions_m = clip.positions_m.copy()
    for side, later in (("left", 0.0), ("right", 0.5)):
        positions_m[:, SLOT_INDEX[f"{side}_heel"], 0] = 0.3 * np.cos(2 * np.pi * (phase - later))
    return replace(clip, positions_m=positions_m)


def test_a_shift_is_measured_in_millimetres_over_what_was_seen() -> None:
    clips = [stepping_clip(seed=seed) for seed in range(6)]
    partly = [without_slots(clip, np.arange(len(SLOTS)) < 5) for clip in clips]
    table = reconstruction({"half": Remembering(0.005), "whole": Remembering(0.010)}, clips, partly)
    assert table["error_mm"]["half"]["value"] == pytest.approx(5.0, rel=1e-3)
    assert table["ratio_to"]["whole"]["value"] == pytest.approx(0.5, rel=1e-3)
    assert table["ratio_to"]["whole"]["low"] == pytest.approx(0.5, rel=1e-3)
    assert table["floats"]["half"] == 4 * 26


def test_slots_that_were_not_seen_count_for_nothing() -> None:
    clip = stepping_clip()
    moved = clip.positions_m + np.float32([0.003, 0.0, 0.0])
    moved[:, SLOT_INDEX["left_knee"]] += 9.0
    hidden = np.array([slot == "left_knee" for slot in SLOTS])
    assert slot_error_mm(without_slots(clip, hidden), moved, clip.valid) == pytest.approx(3.0, rel=1e-3)
    assert slot_error_mm(clip, moved, clip.valid) > 100.0
    assert np.isnan(slot_error_mm(clip, moved, np.zeros_like(clip.valid)))


@pytest.mark.parametrize("seed", range(8))
def test_a_fifth_of_the_markers_is_hidden_with_the_joint_centres_between_them(seed: int) -> None:
    shown = as_marker_set(stepping_clip())
    hidden = {SLOTS[slot] for slot in np.flatnonzero(some_hidden(shown, seed))}
    assert len(hidden) == round(0.2 * shown.valid.any(axis=0).sum())
    assert not hidden & set(PELVIS_SLOTS)
    every = {SLOTS[slot] for slot in np.flatnonzero(some_hidden(stepping_clip(), seed))}
    for side in ("left", "right"):
        for joint in ("knee", "ankle"):
            if {f"{side}_{joint}", f"{side}_{joint}_medial"} & every:
                assert f"{side}_{joint}_centre" in every


def test_hidden_markers_are_judged_apart_from_visible_ones() -> None:
    clips = [as_marker_set(stepping_clip(seed=seed)) for seed in range(3)]
    table = hidden_markers(load_model(), {"shifting": Remembering(0.004)}, clips, [1, 2, 3])
    row = table["shifting"]
    assert row["visible_mm"]["value"] == pytest.approx(4.0, rel=1e-3)
    assert row["hidden_complete_mm"]["value"] == pytest.approx(4.0, rel=1e-3)
    assert row["visible_to_complete"]["value"] == pytest.approx(1.0, rel=1e-3)
    assert row["hidden_mm"]["value"] > 50.0
    assert row["hidden_to_fill"]["value"] == pytest.approx(
        row["hidden_mm"]["value"] / table["gaussian_fill_mm"]["value"]
    )


def test_the_same_motion_has_the_same_angles_and_a_bent_knee_has_not() -> None:
    clip = stepping_clip()
    same = sagittal_error_deg(clip, clip)
    assert same
    assert max(same.values()) == pytest.approx(0.0, abs=1e-4)
    bent_m = clip.positions_m.copy()
    bent_m[:, [SLOT_INDEX["left_ankle"], SLOT_INDEX["left_ankle_centre"]], 0] -= 0.1
    other = sagittal_error_deg(clip, replace(clip, positions_m=bent_m))
    assert other["knee_flexion"] > 1.0


def test_stride_times_that_alternate_have_the_variability_they_are_made_of() -> None:
    assert stride_time_cv(walking_clip([1.0])) == pytest.approx(0.0, abs=0.002)
    left_and_right = np.hypot(0.05, 0.0) / np.sqrt(2)  # a right stride is half of one and half of the next: all alike
    assert stride_time_cv(walking_clip([1.0, 1.1])) == pytest.approx(left_and_right / 1.05, rel=0.1)


def test_a_clip_of_a_stride_or_two_says_nothing_of_variability() -> None:
    assert np.isnan(stride_time_cv(walking_clip([1.2], seconds=2.5)))
