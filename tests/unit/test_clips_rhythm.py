"""A clip's own rhythm and size, against walkers of known rhythm and children's recorded events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clips_walker import CADENCE_SPM, recording, walker

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.clips import cadence_spm, clip_quality, leg_length_m, make_clip


@pytest.mark.parametrize("stride_s", [0.7, 1.1, 1.9])
@pytest.mark.parametrize("duration_s", [2.5, 6.0, 30.0])
def test_the_cadence_of_an_even_walk_is_found(stride_s: float, duration_s: float) -> None:
    clip = make_clip(recording(walker(max(duration_s, 1.4 * stride_s), stride_s=stride_s)))
    assert cadence_spm(clip) == pytest.approx(120.0 / stride_s, rel=0.01)


def test_a_limp_does_not_halve_or_double_the_cadence() -> None:
    positions_m = walker()
    ankle = SLOT_INDEX["left_ankle"]
    positions_m[:, ankle, 0] -= 0.10 + 0.3 * (positions_m[:, ankle, 0] - positions_m[:, SLOT_INDEX["sacrum"], 0])
    assert cadence_spm(make_clip(recording(positions_m))) == pytest.approx(CADENCE_SPM, rel=0.01)


def test_a_gap_in_the_feet_does_not_change_the_cadence() -> None:
    positions_m = walker(10.0)
    for name in ("ankle", "heel", "toe"):
        positions_m[300:380, SLOT_INDEX[f"right_{name}"]] = np.nan
    assert cadence_spm(make_clip(recording(positions_m))) == pytest.approx(CADENCE_SPM, rel=0.01)


def test_nobody_stepping_has_no_cadence() -> None:
    still = np.repeat(walker(0.02)[:1], 300, axis=0)
    noisy = still + np.random.default_rng(0).normal(0, 0.003, still.shape)
    for positions_m in (still, noisy):
        assert np.isnan(cadence_spm(make_clip(recording(positions_m))))


def test_the_leg_length_is_the_height_of_the_iliac_spine_over_the_standing_ankle() -> None:
    clip = make_clip(recording(walker()))
    assert leg_length_m(clip) == pytest.approx(0.97 - 0.09, abs=0.02)
    hips_only = walker()
    hips_only[:, [SLOT_INDEX["left_asis"], SLOT_INDEX["right_asis"]]] = np.nan
    assert leg_length_m(make_clip(recording(hips_only))) == pytest.approx(0.89 - 0.09, abs=0.02)


def test_quality_counts_the_slots_and_their_valid_share() -> None:
    positions_m = walker()
    seen = int((~np.isnan(positions_m[..., 0])).any(axis=0).sum())
    positions_m[300:, SLOT_INDEX["c7"]] = np.nan
    quality = clip_quality(make_clip(recording(positions_m)))
    assert quality.slots_seen == seen
    assert quality.valid_share == pytest.approx(1 - 0.5 / seen, abs=1e-3)


def test_the_cadence_agrees_with_the_events_of_children_s_walks_within_five_percent(shared_data: Path) -> None:
    from ltme_clinic.recordings import read_recordings

    compared = 0
    for file in sorted((shared_data / "recordings" / "children").glob("*.c3d")):
        one = read_recordings(file)[0]
        strides_s = np.concatenate(
            [
                np.diff(sorted(e.time_s for e in one.events if e.side == side and e.kind == "initial_contact"))
                for side in ("left", "right")
            ]
        )
        if len(strides_s):
            assert cadence_spm(make_clip(one)) == pytest.approx(120.0 / strides_s.mean(), rel=0.05), file.name
            compared += 1
    assert compared >= 5
