"""The published controls of the indices, and scores frozen from a computation by hand outside our code.

The hand computation: plain Python loops over gdi_features_459x15.csv, gdi_control_kinematics_459x166.csv and
gdi_control_mean_scores_15.csv of the published addendum, with nothing of this package: c_k = sum over 459 points of
g_i F_ik, d = sqrt(sum (c_k - m_k)^2), GDI = 100 - 10 (ln d - 4.694223) / 0.297627; GVS and GPS as roots of mean squares
of the deviation from the mean over the 166 columns; the residual is what the 15 features leave of that deviation.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from index_walks import mean_walk

from ltme_clinic import norms
from ltme_clinic.body import ANGLES

SINGLE_SCORES = (  # control number, GDI, residual deg, GPS deg
    (1, 90.9222, 2.1058, 7.0089),
    (2, 109.4311, 2.0029, 4.3430),
    (17, 105.5619, 1.7990, 4.6832),
    (42, 92.8629, 3.5662, 7.2479),
    (83, 95.2429, 2.3159, 6.3181),
    (84, 103.0371, 2.2068, 5.1573),
    (100, 95.3095, 1.3782, 6.0265),
    (123, 112.2230, 2.0731, 4.1078),
    (150, 98.3361, 1.4210, 5.5465),
    (166, 98.4181, 2.3343, 5.8355),
)
OFFSET_SCORES = (  # the mean curve moved by so many degrees over the whole cycle, GDI, residual deg, GPS deg
    ({"knee_flexion": 10}, 115.9005, 1.0036, 3.3333),
    ({"knee_flexion": 30, "hip_flexion": 25, "ankle_dorsiflexion": 10}, 68.1544, 2.6938, 13.4371),
    ({"ankle_dorsiflexion": -15}, 100.9792, 0.6635, 5.0000),
    ({"hip_rotation": 20}, 91.0527, 0.3161, 6.6667),
    ({"foot_progression": -20}, 91.0884, 0.4405, 6.6667),
    ({"pelvic_obliquity": 5}, 153.1863, 1.2961, 1.6667),
    (dict.fromkeys(ANGLES, 10), 77.8066, 1.5620, 10.0000),
)
MEAN_GVS = (4.3, 2.0, 3.6, 5.7, 2.9, 8.2, 5.8, 5.3, 6.4)


@pytest.fixture(scope="module")
def controls(shared_data: Path) -> np.ndarray:
    """(166, 9, 51): the published control curves, left and right of each child one after the other."""
    with (shared_data / "norms" / "gdi" / "gdi_control_kinematics_459x166.csv").open() as file:
        columns = [[float(row[f"control{number}"]) for number in range(1, 167)] for row in csv.DictReader(file)]
    return np.array(columns).T.reshape(166, 9, 51)


@pytest.fixture(scope="module")
def reference() -> norms.ReferenceControls:
    return norms.published_controls()


@pytest.mark.parametrize(("number", "gdi", "residual", "gps"), SINGLE_SCORES)
def test_a_single_control_scores_as_by_hand(controls, reference, number, gdi, residual, gps):
    curve = controls[number - 1]
    scores = norms.variable_scores(curve, reference.mean_deg)
    assert reference.gdi.index(curve) == pytest.approx(gdi, abs=1e-4)
    assert reference.gdi.residual_deg(curve, reference.mean_deg) == pytest.approx(residual, abs=1e-4)
    assert norms.side_profile_score(scores) == pytest.approx(gps, abs=1e-4)


@pytest.mark.parametrize(("offsets", "gdi", "residual", "gps"), OFFSET_SCORES)
def test_an_offset_from_the_mean_scores_as_by_hand(reference, offsets, gdi, residual, gps):
    curve = mean_walk(**offsets)
    assert reference.gdi.index(curve) == pytest.approx(gdi, abs=1e-4)
    assert reference.gdi.residual_deg(curve, reference.mean_deg) == pytest.approx(residual, abs=1e-4)
    assert norms.side_profile_score(norms.variable_scores(curve, reference.mean_deg)) == pytest.approx(gps, abs=1e-4)


def test_half_the_knee_flexion_in_swing_scores_as_by_hand(reference):
    curve = mean_walk()
    curve[ANGLES.index("knee_flexion"), 30:] *= 0.5
    assert reference.gdi.index(curve) == pytest.approx(109.4030, abs=1e-4)
    assert reference.gdi.residual_deg(curve, reference.mean_deg) == pytest.approx(2.2750, abs=1e-4)


def test_the_controls_have_a_gdi_of_100_and_10(controls, reference):
    gdi = reference.gdi.index(controls)
    assert gdi.mean() == pytest.approx(100.0, abs=0.01)
    assert gdi.std(ddof=1) == pytest.approx(10.0, abs=0.01)
    assert (gdi.min(), gdi.max()) == pytest.approx((73.8, 129.9), abs=0.05)


def test_the_features_hold_88_percent_of_the_controls_variance(controls, reference):
    residual = reference.gdi.residual_deg(controls, reference.mean_deg)
    whole = norms.side_profile_score(norms.variable_scores(controls, reference.mean_deg))
    assert 1.0 - (residual**2).sum() / (whole**2).sum() == pytest.approx(0.876, abs=0.001)
    assert reference.scores["residual_deg"] == pytest.approx((residual.mean(), residual.std(ddof=1)), abs=1e-5)


def test_the_controls_have_a_gps_of_5_75_and_1_60(controls, reference):
    gvs = norms.variable_scores(controls, reference.mean_deg)
    gps = norms.side_profile_score(gvs)
    assert (gps.mean(), gps.std(ddof=1)) == pytest.approx((5.75, 1.60), abs=0.005)
    assert reference.scores["gps_deg"] == pytest.approx((gps.mean(), gps.std(ddof=1)), abs=1e-5)
    np.testing.assert_allclose(gvs.mean(axis=0), MEAN_GVS, atol=0.06)
    for number, angle in enumerate(ANGLES):
        assert reference.scores[f"gvs_{angle}_deg"][0] == pytest.approx(gvs[:, number].mean(), abs=1e-5)


def test_the_overall_gps_is_of_both_sides_of_a_child(controls, reference):
    gvs = norms.variable_scores(controls, reference.mean_deg)
    one_side_for_both = norms.overall_profile_score(gvs, gvs)
    assert one_side_for_both.mean() == pytest.approx(6.04, abs=0.01)
    assert one_side_for_both.std(ddof=1) == pytest.approx(1.72, abs=0.01)
    children = norms.overall_profile_score(gvs[0::2], gvs[1::2])
    assert children[0] == pytest.approx(6.1837, abs=1e-4)  # by hand
    assert (children.mean(), children.std(ddof=1)) == pytest.approx((6.12, 1.45), abs=0.005)
    assert reference.scores["gps_overall_deg"] == pytest.approx((children.mean(), children.std(ddof=1)), abs=1e-5)


def test_neighbouring_columns_are_the_two_sides_of_one_child(controls):
    tilt, obliquity = controls[:, 0].mean(axis=1), controls[:, 1].mean(axis=1)
    assert np.corrcoef(tilt[0::2], tilt[1::2])[0, 1] > 0.95
    assert np.corrcoef(obliquity[0::2], obliquity[1::2])[0, 1] < -0.8
    assert abs(np.corrcoef(tilt[:83], tilt[83:])[0, 1]) < 0.3


def test_the_mean_curve_itself_is_infinitely_near(reference):
    assert reference.gdi.distance(mean_walk()) == pytest.approx(0.0, abs=1e-6)
    assert reference.gdi.index(mean_walk()) > 500.0
    assert norms.variable_scores(mean_walk(), reference.mean_deg) == pytest.approx(np.zeros(9))


def test_many_curves_at_once_score_as_one_by_one(controls, reference):
    together = reference.gdi.index(controls.reshape(2, 83, 9, 51))
    assert together.shape == (2, 83)
    assert together[1, 5] == pytest.approx(float(reference.gdi.index(controls[88])))


def test_the_references_band_is_the_published_one_of_its_own_paper(reference):
    band = reference.band("knee_flexion")
    np.testing.assert_array_equal(band.mean[::2], reference.mean_deg[ANGLES.index("knee_flexion")])
    assert band.n == 83
    assert "83 typically developing children" in band.source


def test_children_are_measured_against_children_alone(reference):
    assert reference.age_problem(4.0) is None
    assert reference.age_problem(17.9) is None
    for age_y in (3.5, 18.0, 44.0):
        assert "nobody of this age" in reference.age_problem(age_y)
    assert "age is not known" in reference.age_problem(None)


def test_the_columns_of_the_age_table_are_what_the_decision_says(shared_data: Path, reference):
    """The General band is these very controls, with foot progression in column 10 and not in 11 as in the age bands."""
    general = {}
    with (shared_data / "norms" / "gdi" / "control_kinematics_by_age.csv").open() as file:
        for row in csv.DictReader(file):
            if row["age_band"] == "General":
                general[int(row["column"]), int(row["point"])] = float(row["mean"])
    for angle, column in zip(ANGLES, (0, 1, 2, 3, 4, 5, 6, 9, 10), strict=True):
        curve = [general[column, point] for point in range(51)]
        np.testing.assert_allclose(curve, reference.mean_deg[ANGLES.index(angle)], atol=1e-4)
    assert {general[column, point] for column in (7, 8, 11) for point in range(51)} == {0.0}
