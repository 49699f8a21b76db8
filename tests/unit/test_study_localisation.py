"""The study of where on the body: what is changed, which cells show it, and what counts as named."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.body import ANGLES, CYCLE_POINTS, GAIT_PHASES, SIDES
from ltme_clinic.findings.explain import phase_means
from studies.localisation.bent import bent_recording
from studies.localisation.change import Change, drawn_change
from studies.localisation.run import MAPS, TOP, _same_side, _side_right, _top, as_page
from studies.localisation.walks import read_visit, seeds

CELLS = len(SIDES) * len(ANGLES) * len(GAIT_PHASES)


@pytest.mark.parametrize("variable", ["knee_flexion", "hip_rotation", "ankle_dorsiflexion"])
@pytest.mark.parametrize("phase", list(GAIT_PHASES))
def test_a_change_is_largest_in_the_cell_that_it_names(variable, phase):
    change = Change(variable, "right", phase, -20.0)
    cells = phase_means(change.curves_deg()[None])[0]
    assert int(np.abs(cells).argmax()) == change.cell
    assert change.cells == (change.cell,)
    assert change.curves_deg().shape == (2, 9, CYCLE_POINTS)
    assert not change.curves_deg()[0].any()  # the other side is left alone


def test_a_pelvis_moves_in_both_sides_rows_and_either_names_it():
    change = Change("pelvic_rotation", "left", "mid-stance", 10.0)
    own, other = change.cells
    assert own // (len(ANGLES) * len(GAIT_PHASES)) != other // (len(ANGLES) * len(GAIT_PHASES))
    cells = phase_means(change.curves_deg()[None])[0]
    assert abs(cells[own]) > 1.0 < abs(cells[other])


def test_a_person_s_change_is_the_same_each_time_and_people_differ():
    assert drawn_change(5, "knee_flexion", 10.0) == drawn_change(5, "knee_flexion", 10.0)
    drawn = [drawn_change(seed, "knee_flexion", 10.0) for seed in seeds("cases", 60)]
    assert {change.side for change in drawn} == {"left", "right"}
    assert {change.phase for change in drawn} == set(GAIT_PHASES)
    assert {np.sign(change.degrees) for change in drawn} == {-1.0, 1.0}


def test_the_five_largest_count_whatever_their_sign_and_the_first_says_the_side():
    z = np.zeros(CELLS)
    change = Change("knee_flexion", "left", "initial swing", 10.0)
    z[change.cell] = -2.0
    z[[100, 101, 102, 103]] = (3.0, 3.0, -3.0, 3.0)
    assert change.cell in _top(z)
    assert len(_top(z)) == TOP
    assert _side_right(z, change) == 0.0  # 100 is on the right
    z[change.cell] = -9.0
    assert _side_right(z, change) == 1.0
    assert _same_side(z, change.cell + 1) == 1.0
    assert _same_side(z, change.cell + CELLS // 2) == 0.0
    z[110] = 4.0
    z[change.cell] = 0.5
    assert change.cell not in _top(z)


def test_a_changed_walk_truly_changes_in_that_joint():
    change = Change("knee_flexion", "left", "initial swing", 20.0)
    seed = seeds("cases", 1, 9000)[0]
    before, after = read_visit(seed, None, 1), read_visit(seed, change, 1)
    cells = phase_means((after.true_deg - before.true_deg)[None])[0]
    phases = len(GAIT_PHASES)
    assert int(np.abs(cells).argmax()) // phases == change.cell // phases
    assert cells[change.cell] > 5.0


@pytest.mark.parametrize("variable", ANGLES)
def test_a_bent_joint_is_measured_where_it_was_bent_and_hardly_anywhere_else(variable):
    change = Change(variable, "right", "mid-stance", 15.0)
    seed = seeds("cases", 1, 9000)[0]
    before, after = read_visit(seed, None, 1, "bent"), read_visit(seed, change, 1, "bent")
    added = phase_means((after.measured_deg - before.measured_deg)[None])[0]
    wanted = phase_means(change.curves_deg()[None])[0]
    # skin follows a bent joint: what is measured is not all that was bent, and a little of it elsewhere
    assert added[change.cell] == pytest.approx(wanted[change.cell], rel=0.35)
    assert int(np.abs(added).argmax()) in change.cells
    truly = phase_means((after.true_deg - before.true_deg)[None])[0]
    np.testing.assert_allclose(truly, wanted, atol=1e-5)


def test_a_bent_walk_without_a_change_is_the_walk():
    seed = seeds("cases", 1, 9000)[0]
    straight, bent = (
        bent_recording(seed, 0, None),
        bent_recording(seed, 0, Change("knee_flexion", "left", "mid-swing", 0.0)),
    )
    np.testing.assert_allclose(bent.positions_m, straight.positions_m, atol=1e-9)


def test_the_page_says_it_is_synthetic_and_gives_every_map():
    share = {"value": 0.5, "low": 0.4, "high": 0.6}
    found = {"asked": share, "realised": share, "side": share, "realised_side": share}
    found["by_variable"] = {"knee_flexion": 0.5}
    maps = dict.fromkeys(MAPS, found)
    way = {"cases": 10, "chance": 5 / 144, "maps": maps, "degrees": {"knee_flexion": 12.0}}
    page = as_page({"ways": {"walked": way, "bent": way}})
    assert page.startswith("# Synthetic")
    assert page.count("0.50 (0.40 to 0.60)") == 40
    assert page.count("| knee_flexion | 12.0 | 0.50 | 0.50 | 0.50 | 0.50 | 0.50 |") == 2
