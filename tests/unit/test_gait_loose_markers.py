"""Markers that leave their segment, frames that repeat or are lost, and measures that no body has."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_feet import walked

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.gait.checks.frame_faults import lost_frames, without_repeated_frames
from ltme_clinic.gait.checks.loose_markers import leave_out_loose, unsteady_slots
from ltme_clinic.gait.checks.measure_limits import within_limits
from ltme_clinic.kinematics.slot_positions import slot_positions
from ltme_clinic.types import BodyMeasures, LegMeasures, LtmeError

RATE_HZ = 100.0
HEEL = SLOT_INDEX["left_heel"]


@pytest.fixture
def positions_m() -> np.ndarray:
    """Six seconds in which every foot keeps its shape."""
    return slot_positions(walked()).positions_m


def flat_feet(positions_m: np.ndarray) -> np.ndarray:
    """The heel no longer rises before the foot: it follows the ankle."""
    for side in ("left", "right"):
        ankle_m = positions_m[:, SLOT_INDEX[f"{side}_ankle"]]
        positions_m[:, SLOT_INDEX[f"{side}_heel"]] = ankle_m + np.array([-0.05, 0.0, -0.05])
    return positions_m


def test_rigid_feet_lose_nothing(positions_m: np.ndarray) -> None:
    before_m = flat_feet(positions_m).copy()
    assert leave_out_loose(positions_m, RATE_HZ, "walk") == ()
    np.testing.assert_array_equal(positions_m, before_m)


@pytest.mark.parametrize(("off_m", "lost"), [(0.05, False), (0.09, True), (0.5, True)])
def test_a_marker_is_left_out_from_seven_centimetres_on(positions_m: np.ndarray, off_m: float, lost: bool) -> None:
    flat_feet(positions_m)[200:300, HEEL, 0] -= off_m
    warnings = leave_out_loose(positions_m, RATE_HZ, "walk")
    missing = np.isnan(positions_m[:, HEEL, 0])
    assert missing[200:300].all() == lost
    assert not missing[:196].any()
    assert not missing[304:].any()
    others = np.delete(positions_m, HEEL, axis=1)
    assert np.isnan(others).sum() == np.isnan(np.delete(flat_feet(slot_positions(walked()).positions_m), HEEL, 1)).sum()
    assert any("left heel (1.0" in warning for warning in warnings) == lost
    told_jump = [warning for warning in warnings if "jump between two frames, first at 2.00 s: left heel" in warning]
    assert bool(told_jump) == (not lost)


def test_a_stranger_that_passes_the_right_place_is_left_out_there_as_well(positions_m: np.ndarray) -> None:
    flat_feet(positions_m)[200:240, HEEL, 0] -= 0.3
    positions_m[250:300, HEEL, 0] += 0.3
    leave_out_loose(positions_m, RATE_HZ, "walk")
    assert np.isnan(positions_m[200:300, HEEL]).all()


def test_a_marker_that_never_moves_with_its_segment_is_refused(positions_m: np.ndarray) -> None:
    flat_feet(positions_m)[:, HEEL] = positions_m[0, HEEL]
    with pytest.raises(LtmeError, match="left heel marker does not move with its segment"):
        leave_out_loose(positions_m, RATE_HZ, "walk")


def test_a_head_that_nods_is_steady_and_a_hand_taken_for_it_is_not(positions_m: np.ndarray) -> None:
    nod = 0.3 * np.sin(np.arange(len(positions_m)) / 20.0)
    centre_m = positions_m[:, SLOT_INDEX["sacrum"]] + np.array([0.0, 0.0, 0.7])
    for end, ahead_m in (("front", 0.08), ("back", -0.08)):
        for side, out_m in (("left", 0.07), ("right", -0.07)):
            way_m = np.stack([ahead_m * np.cos(nod), np.full_like(nod, out_m), ahead_m * np.sin(nod)], axis=1)
            positions_m[:, SLOT_INDEX[f"{side}_head_{end}"]] = centre_m + way_m
    assert unsteady_slots(positions_m) == ()
    positions_m[:, SLOT_INDEX["left_head_front"], 0] += 0.3 * np.sin(np.arange(len(positions_m)) / 15.0)
    assert unsteady_slots(positions_m) == ("left_head_front",)


def test_repeated_frames_go_where_somebody_goes_and_stay_where_somebody_stands(positions_m: np.ndarray) -> None:
    positions_m[100:110] = positions_m[100]
    standing_m = np.repeat(positions_m[:1], 50, axis=0)
    assert without_repeated_frames(standing_m, RATE_HZ) == ()
    assert without_repeated_frames(positions_m, RATE_HZ)[0].startswith("left out: 9 frames")
    assert np.isnan(positions_m[101:110]).all()
    assert np.isfinite(positions_m[[100, 110], HEEL]).all()


def test_lost_frames_show_as_a_leap_of_every_marker(positions_m: np.ndarray) -> None:
    assert lost_frames(positions_m, RATE_HZ) == ()
    assert "between two frames at 2.0" in lost_frames(np.delete(positions_m, slice(200, 210), axis=0), RATE_HZ)[0]
    one_marker_m = positions_m.copy()
    one_marker_m[200, HEEL] += 0.5
    assert lost_frames(one_marker_m, RATE_HZ) == ()


def test_what_a_body_can_have_is_kept_and_the_rest_is_named() -> None:
    leg = LegMeasures(leg_length_m=0.9, knee_width_m=0.1, ankle_width_m=0.07, tibial_torsion_rad=np.radians(20.0))
    wrong = LegMeasures(leg_length_m=0.5, knee_width_m=0.07, ankle_width_m=0.1, tibial_torsion_rad=20.0)
    kept, warnings = within_limits(BodyMeasures(left_leg=leg, right_leg=wrong), 0.88)
    assert kept.left_leg == leg
    assert kept.right_leg == LegMeasures()
    assert warnings == (
        "left out: a right tibial torsion of 1146 deg, which is no human's",
        "left out: a right leg length of 0.50 m, where the markers show 0.88 m",
        "left out: a right knee of 70 mm with an ankle of 100 mm: the widths are exchanged",
    )
