"""The items of the Edinburgh Visual Gait Score: which kinematics answers, what they score, and when not."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from index_walks import FOOT_OFF, FREE_SPEED, TEN_YEARS, cycle_curves, mean_walk, on_101_points, walk

from ltme_clinic.body import ANGLES
from ltme_clinic.gait.indices import gait_indices
from ltme_clinic.gait.indices.edinburgh import all_items, item_reference, item_score, item_value_deg
from ltme_clinic.types import LtmeError

ANSWERED = (3, 7, 9, 10, 11, 12, 13, 14, 15)


def items_of(curves, **changes) -> dict[tuple[int, str], float]:
    result = gait_indices(curves, **{**TEN_YEARS, "foot_off_pct": FOOT_OFF, **changes})
    return {(int(f.name[5:7]), f.side): f.value for f in result.figures if f.name.startswith("evgs_")}


def test_there_are_17_items_of_which_kinematics_answers_nine():
    assert [item.number for item in all_items()] == list(range(1, 18))
    assert tuple(item.number for item in all_items() if item.angle) == ANSWERED
    assert all(bool(item.angle) != bool(item.why_not) for item in all_items())


def test_the_average_child_scores_zero_throughout_and_gets_no_total():
    result = gait_indices(walk(mean_walk(), mean_walk()), **TEN_YEARS, foot_off_pct=FOOT_OFF)
    items = [figure for figure in result.figures if figure.name.startswith("evgs_")]
    assert len(items) == 2 * len(ANSWERED)
    assert {figure.value for figure in items} == {0.0}
    assert not [figure for figure in items if "total" in figure.name]
    reason = next(refusal.reason for refusal in result.refusals if refusal.what == "evgs_total")
    assert "answer 9 of the 17 items" in reason
    assert "hindfoot" in reason


def test_boundaries_are_one_and_a_half_and_four_and_a_half_sd():
    assert [item_score(10.0 + 2.0 * z, 10.0, 2.0) for z in (0.0, 1.49, 1.5, 4.5, 4.51)] == [0, 0, 1, 1, 2]
    assert [item_score(10.0 - 2.0 * z, 10.0, 2.0) for z in (1.49, 1.5, 4.5, 4.51)] == [0, 1, 1, 2]


def test_equinus_is_marked_at_the_ankle_and_nowhere_else():
    items = items_of(walk(mean_walk(ankle_dorsiflexion=-25.0), mean_walk()))
    assert (items[3, "left"], items[7, "left"]) == (2.0, 2.0)
    assert {value for (number, side), value in items.items() if side == "right" or number not in (3, 7)} == {0.0}


def test_crouch_is_seen_in_stance_and_before_contact_and_a_stiff_knee_in_swing():
    crouch = items_of(walk(mean_walk(knee_flexion=30.0), mean_walk()))
    assert (crouch[9, "left"], crouch[10, "left"]) == (2.0, 2.0)
    stiff = mean_walk()
    knee = stiff[ANGLES.index("knee_flexion")]
    stiff[ANGLES.index("knee_flexion")] = np.minimum(knee, 25.0)
    items = items_of(walk(stiff, mean_walk()))
    assert items[11, "left"] == 2.0
    assert (items[9, "left"], items[10, "left"]) == (0.0, 0.0)


def test_the_note_holds_the_angle_and_its_reference():
    result = gait_indices(walk(mean_walk(hip_flexion=15.0), mean_walk()), **TEN_YEARS, foot_off_pct=FOOT_OFF)
    figure = result.figure("evgs_12_peak_hip_extension_in_stance", "left")
    assert figure.note.startswith("9.7 deg against -5.7 +/- 6.7 (z +2.3)")
    assert figure.value == 1.0
    assert "82 typically developing children at free speed" in figure.reference


def test_a_slow_child_is_compared_with_slow_children():
    peak = next(item for item in all_items() if item.number == 11)
    slow, free = (item_reference(peak, speed)[0] for speed in (0.17, FREE_SPEED))
    assert (slow, free) == (50.62, 60.46)
    stiff = walk(mean_walk(knee_flexion=-12.0), mean_walk())
    assert items_of(stiff)[11, "left"] == 1.0
    assert items_of(stiff, dimensionless_speed=0.17)[11, "left"] == 0.0


def test_each_items_reference_is_the_mean_and_sd_of_the_published_controls_sides(shared_data: Path):
    with (shared_data / "norms" / "gdi" / "gdi_control_kinematics_459x166.csv").open() as file:
        columns = [[float(row[f"control{number}"]) for number in range(1, 167)] for row in csv.DictReader(file)]
    controls = on_101_points(np.array(columns).T.reshape(166, 9, 51))
    for item in all_items():
        if item.angle:
            values = item_value_deg(item, controls[:, ANGLES.index(item.angle)], 59.0)
            mean, sd, _ = item_reference(item, FREE_SPEED)
            # Two samples of one laboratory, 82 and 83 children: within two standard errors of their difference.
            assert mean == pytest.approx(values.mean(), abs=2.0 * sd * np.sqrt(1 / 82 + 1 / 83)), item.name
            assert sd == pytest.approx(values.std(ddof=1), rel=0.12), item.name


def test_events_carry_the_items_or_they_are_refused():
    curves = walk(mean_walk(), mean_walk())
    for foot_off, said in (({}, "not known"), ({"left": 12.0}, "at 12 %"), ({"left": float("nan")}, "nan")):
        result = gait_indices(curves, **TEN_YEARS, foot_off_pct=foot_off)
        assert not [figure for figure in result.figures if figure.name.startswith("evgs_")]
        assert any(refusal.what == "evgs" and said in refusal.reason for refusal in result.refusals)
    one_side = items_of(curves, foot_off_pct={"right": 62.0})
    assert {side for _, side in one_side} == {"right"}


def test_age_and_speed_carry_the_items_or_they_are_refused():
    curves = walk(mean_walk(), mean_walk())
    for changes, said in (
        ({"age_y": 30.0}, "nobody of this age"),
        ({"dimensionless_speed": None}, "speed over leg length is not known"),
        ({"dimensionless_speed": 0.9}, "outside the reference's"),
    ):
        result = gait_indices(curves, **{**TEN_YEARS, "foot_off_pct": FOOT_OFF, **changes})
        assert not [figure for figure in result.figures if figure.name.startswith("evgs_")]
        assert any(refusal.what == "evgs" and said in refusal.reason for refusal in result.refusals)


def test_a_missing_angle_leaves_its_items_out_by_name():
    curves = walk(mean_walk(), mean_walk())
    del curves["pelvic_obliquity", "left"]
    gap = on_101_points(mean_walk())[[ANGLES.index("hip_flexion")]]
    gap[0, 50] = np.nan
    curves["hip_flexion", "left"] = cycle_curves("hip_flexion", "left", gap)
    result = gait_indices(curves, **TEN_YEARS, foot_off_pct=FOOT_OFF)
    numbers = {
        figure.name[5:7] for figure in result.figures if figure.name.startswith("evgs_") and figure.side == "left"
    }
    assert numbers == {"03", "07", "09", "10", "11", "15"}
    assert any("no complete hip_flexion, pelvic_obliquity" in refusal.reason for refusal in result.refusals)


def test_an_items_reference_outside_the_speeds_is_refused():
    with pytest.raises(LtmeError, match="outside the reference"):
        item_reference(next(item for item in all_items() if item.number == 9), 0.9)
