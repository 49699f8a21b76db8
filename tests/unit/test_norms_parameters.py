"""Discrete figures with n: as published, in agreement with the curves, or refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ltme_clinic import norms
from ltme_clinic.norms.table_files import read_rows
from ltme_clinic.types import LtmeError


def test_there_are_47_parameters_at_five_speeds_and_they_are_the_published_ones(shared_data: Path):
    assert len(norms.child_parameters()) == 47
    with (shared_data / "norms" / "schwartz2008" / "discrete_params_by_speed.csv").open() as file:
        published = [tuple(row[key] for key in ("n", "mean", "sd")) for row in csv.DictReader(file)]
    assert [tuple(row[key] for key in ("n", "mean", "sd")) for row in read_rows("schwartz2008_parameters")] == published


def test_a_parameter_is_interpolated_in_speed_and_says_who_it_is_of():
    free = norms.child_parameter("knee_flexion_max_swing_deg", 0.43)
    assert (free.mean, free.sd, free.n, free.unit) == (60.46, 4.80, 82, "deg")
    assert norms.child_parameter("knee_flexion_max_swing_deg", 0.17).mean == 50.62
    assert norms.child_parameter("knee_flexion_max_swing_deg", 0.36).mean == pytest.approx((56.11 + 60.46) / 2)
    moment = norms.child_parameter("ankle_plantarflexion_moment_max_nm_kg", 0.69)
    assert (moment.n, moment.unit) == (47, "Nm/kg")
    assert "47 typically developing children" in moment.source


@pytest.mark.parametrize("speed", [0.17, 0.29, 0.43, 0.56, 0.69])
def test_parameters_agree_with_the_curves_of_the_same_supplement(speed: float):
    hip, knee, ankle = (norms.angle_band(n, speed).mean for n in ("hip_flexion", "knee_flexion", "ankle_dorsiflexion"))
    for name, at_contact in (("hip", hip[0]), ("knee", knee[0])):
        assert norms.child_parameter(f"{name}_flexion_at_contact_deg", speed).mean == pytest.approx(at_contact, abs=1.0)
    assert norms.child_parameter("ankle_dorsiflexion_at_contact_deg", speed).mean == pytest.approx(ankle[0], abs=1.0)
    # A mean of peaks lies beyond the peak of the mean.
    assert norms.child_parameter("knee_flexion_max_swing_deg", speed).mean > knee.max()
    assert norms.child_parameter("knee_flexion_min_deg", speed).mean < knee.min()
    assert (
        norms.child_parameter("hip_power_max_late_stance_w_kg", speed).mean > norms.power_band("hip", speed).mean.max()
    )


@pytest.mark.parametrize("name", ["ankle_dorsiflexion_at_foot_off_deg", "ankle_power_max_stance_w_kg"])
def test_a_parameter_that_contradicts_the_curves_is_refused(name: str):
    with pytest.raises(LtmeError, match="doubtful"):
        norms.child_parameter(name, 0.43)


def test_the_doubt_about_foot_off_is_that_the_value_is_the_curves_at_half_the_cycle():
    rows = [row for row in read_rows("schwartz2008_parameters") if row["parameter"].endswith("at_foot_off_deg")]
    for row, speed in zip(rows, (0.17, 0.29, 0.43, 0.56, 0.69), strict=True):
        curve = norms.angle_band("ankle_dorsiflexion", speed).mean
        assert float(row["mean"]) == pytest.approx(curve[50], abs=1.0)
        assert float(row["mean"]) - curve[round(norms.foot_off_pct(speed))] > 10.0


def test_an_unknown_parameter_or_speed_is_refused():
    with pytest.raises(LtmeError, match="none of the published"):
        norms.child_parameter("toe_flexion_deg", 0.43)
    with pytest.raises(LtmeError, match="outside the reference"):
        norms.child_parameter("knee_flexion_max_swing_deg", 0.05)


def test_adults_have_a_figure_by_decade_and_sex_with_n():
    old = norms.adult_figure("knee_flexion_range_deg", 84.0, "male")
    young = norms.adult_figure("knee_flexion_range_deg", 25.0, "male")
    assert old.mean < young.mean
    assert (old.n, young.n) == (8, 11)
    assert "8 able-bodied male adults of 80-89 years" in old.source
    people = sum(int(row["n"]) for row in read_rows("adults_by_age") if row["measure"] == "speed_m_s")
    assert people == 138


def test_adults_figures_are_those_of_the_published_people(shared_data: Path):
    folder = shared_data / "norms" / "adults_vancriekinge2023" / "data" / "processed"
    with (folder / "final_advanced_biomechanical_dataset.csv").open() as file:
        speeds = [
            (float(row["Lside_mps"]) + float(row["Rside_mps"])) / 2
            for row in csv.DictReader(file)
            if 50 <= int(row["Age"]) < 60 and row["Sex"] == "F"
        ]
    figure = norms.adult_figure("speed_m_s", 53.0, "female")
    assert (len(speeds), sum(speeds) / len(speeds)) == (figure.n, pytest.approx(figure.mean, abs=0.0006))


@pytest.mark.parametrize(
    ("measure", "age_y", "sex"),
    [("gdi", 30.0, "male"), ("speed_m_s", 12.0, "male"), ("speed_m_s", 95.0, "male"), ("speed_m_s", 30.0, "unknown")],
)
def test_adults_who_are_not_in_the_table_are_refused(measure: str, age_y: float, sex: str):
    with pytest.raises(LtmeError, match=measure):
        norms.adult_figure(measure, age_y, sex)
