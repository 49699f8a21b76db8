"""Published figures carried with the package: they are what the sources print."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic import norms
from ltme_clinic.body import ANGLES
from ltme_clinic.types import LtmeError

KNEE = ANGLES.index("knee_flexion")


def test_the_free_speed_curves_are_the_published_ones():
    mean, sd = norms.walking_curves(0.43)
    assert mean.shape == sd.shape == (9, 51)
    assert mean[KNEE].max() == pytest.approx(59.13, abs=0.01)
    assert mean[ANGLES.index("ankle_dorsiflexion")].min() == pytest.approx(-19.79, abs=0.01)
    assert sd[ANGLES.index("pelvic_tilt")].mean() == pytest.approx(4.89, abs=0.01)


def test_swing_knee_flexion_grows_with_speed_and_a_speed_between_groups_lies_between():
    peaks = [norms.walking_curves(v)[0][KNEE].max() for v in (0.17, 0.23, 0.29, 0.43, 0.69)]
    assert peaks == sorted(peaks)
    below, between, above = (norms.walking_curves(v)[0] for v in (0.29, 0.36, 0.43))
    np.testing.assert_allclose(between, (below + above) / 2)


def test_speeds_beyond_the_tables_are_held():
    np.testing.assert_array_equal(norms.walking_curves(2.0)[0], norms.walking_curves(0.8)[0])
    assert np.isfinite(norms.walking_curves(0.0)[1]).all()


def test_cadence_times_step_length_is_speed_and_follows_the_groups():
    for v, cadence, step in ((0.17, 0.34, 0.51), (0.43, 0.56, 0.76), (0.69, 0.76, 0.92)):
        leg_m = 0.9
        cadence_spm = norms.cadence_steps_min(v, leg_m)
        step_m = norms.step_length_m(v, leg_m)
        assert cadence_spm / 60 * step_m == pytest.approx(norms.speed_m_s(v, leg_m))
        assert cadence_spm / 60 / np.sqrt(9.81 / leg_m) == pytest.approx(cadence, abs=0.02)
        assert step_m / leg_m == pytest.approx(step, abs=0.03)
    assert norms.foot_off_pct(0.43) == 59


def test_dimensionless_speed_and_back():
    assert norms.speed_m_s(norms.dimensionless_speed(1.2, 0.88), 0.88) == pytest.approx(1.2)


def test_the_pair_model_keeps_left_and_right_together():
    model = norms.pair_model()
    rng = np.random.default_rng(0)
    people = np.stack([model.sample(rng) for _ in range(400)])
    offsets = people.mean(axis=3)  # (person, side, variable)
    r = [np.corrcoef(offsets[:, 0, v], offsets[:, 1, v])[0, 1] for v in range(9)]
    assert r[ANGLES.index("pelvic_tilt")] > 0.95
    assert r[ANGLES.index("hip_flexion")] > 0.85
    assert r[ANGLES.index("pelvic_obliquity")] < -0.8
    np.testing.assert_allclose(model.mean_deg[0], model.mean_deg[1], atol=1e-4)
    flat = model.components.reshape(len(model.sd_deg), -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(len(flat)), atol=2e-3)


def test_the_pair_model_agrees_with_the_published_controls(shared_data):
    rows = np.genfromtxt(shared_data / "norms/gdi/gdi_control_kinematics_459x166.csv", delimiter=",", skip_header=1)
    curves = rows[:, 2:].T.reshape(166, 9, 51)
    np.testing.assert_allclose(norms.pair_model().mean_deg.mean(axis=0), curves.mean(axis=0), atol=0.01)


def test_children_grow_and_old_people_walk_more_slowly():
    heights = [norms.body_build(age, "female").height_m for age in (6, 9, 12, 16)]
    assert heights == sorted(heights)
    assert norms.body_build(40, "male").height_m > norms.body_build(40, "female").height_m
    assert norms.preferred_speed(80, 0.85)[0] < norms.preferred_speed(30, 0.85)[0]
    assert norms.preferred_speed(8, 0.65) == (0.43, 0.03)


def test_every_measurement_error_has_a_value_and_a_source():
    for row in norms.measurement_errors():
        assert row.value > 0
        assert row.source
        assert row.figure in ("sem", "mdc95", "mcid")
    assert norms.measurement_error("gdi", "sem", "stroke").value == 3.4
    assert norms.measurement_error("gdi", "mdc95", "cerebral palsy").cautious == 17.4
    with pytest.raises(LtmeError, match="no mcid is published for stroke"):
        norms.measurement_error("gdi", "mcid", "stroke")


@pytest.mark.parametrize(
    "table", ["schwartz2008_curves", "speed_groups", "growth", "adult_speed", "measurement_errors"]
)
def test_every_table_cites_its_source(table):
    assert len(norms.source_of(table)) > 40
