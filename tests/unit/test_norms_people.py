"""Bodies drawn from published anthropometry: size by age and sex, proportions together, nothing impossible."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic import norms
from ltme_clinic.norms.bodies import adult_size, body_proportions, body_size, child_growth, sample_body

SEXES = ("female", "male")


def people(age_y: float, sex: str, count: int = 1500) -> dict[str, np.ndarray]:
    """Height, log body mass index and every share of `count` people."""
    rng = np.random.default_rng(11)
    bodies = [sample_body(rng, age_y, sex) for _ in range(count)]
    found = {name: np.array([body.shares[name] for body in bodies]) for name in bodies[0].shares}
    found["height"] = np.array([body.height_m for body in bodies])
    found["mass"] = np.array([body.mass_kg for body in bodies])
    found["bmi"] = found["mass"] / found["height"] ** 2
    return found


@pytest.mark.parametrize(
    ("sex", "age_y", "height_m", "bmi"),
    [("male", 6, 1.154, 15.38), ("female", 10, 1.380, 16.84), ("male", 14, 1.638, 19.13), ("female", 18, 1.631, 21.26)],
)
def test_children_have_the_medians_of_the_growth_charts(sex, age_y, height_m, bmi):
    build = norms.body_build(age_y, sex)
    assert build.height_m == pytest.approx(height_m, abs=0.001)
    assert build.bmi == pytest.approx(bmi, abs=0.01)


def test_the_charts_centiles_come_back():
    height, bmi, _ = child_growth(6 + 0.5 / 12, "male")  # a published half month: 3rd and 97th centile, cm
    assert height.at(-1.881) == pytest.approx(1.061, abs=0.002)
    assert height.at(1.881) == pytest.approx(1.251, abs=0.002)
    assert bmi.at(1.645) / bmi.median > 1.5 * (1.0 - bmi.at(-1.645) / bmi.median)  # heavy children are further off


@pytest.mark.parametrize("sex", SEXES)
def test_adults_have_the_published_size_and_spread(sex):
    drawn, published = people(50.0, sex), adult_size(50.0, sex)
    assert drawn["height"].mean() == pytest.approx(published["height_m"][0], abs=0.005)
    assert drawn["height"].std() == pytest.approx(published["height_m"][1], rel=0.06)
    assert np.log(drawn["bmi"]).mean() == pytest.approx(published["log_bmi"][0], abs=0.012)
    assert np.log(drawn["bmi"]).std() == pytest.approx(published["log_bmi"][1], rel=0.10)
    assert drawn["leg"].mean() == pytest.approx(published["leg_ratio"][0], abs=0.002)
    assert drawn["leg"].std() == pytest.approx(published["leg_ratio"][1], rel=0.06)


def test_adults_follow_the_people_they_were_computed_from(shared_data):
    path = shared_data / "norms/adults_vancriekinge2023/data/processed/final_advanced_biomechanical_dataset.csv"
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
    for sex in SEXES:
        own = table[table["Sex"] == sex[0].upper()]
        own = own[own["LegToHeight_Ratio"] > 0.48]
        expected = [adult_size(float(age), sex) for age in own["Age"]]
        for measure, values in (("height_m", own["Height_m"]), ("leg_ratio", own["LegToHeight_Ratio"])):
            away = values - np.array([body[measure][0] for body in expected])
            assert abs(away.mean()) < 0.002
            assert away.std() == pytest.approx(expected[0][measure][1], rel=0.05)


@pytest.mark.parametrize("sex", SEXES)
def test_every_proportion_has_its_mean_and_spread(sex):
    drawn = people(40.0, sex)
    for name, (mean, sd) in body_proportions(40.0, sex).items():
        assert np.median(drawn[name]) == pytest.approx(mean, rel=0.01), name
        assert np.log(drawn[name]).std() == pytest.approx(sd, rel=0.08), name


def test_parts_of_a_body_go_together_as_measured():
    drawn = people(40.0, "male", 3000)

    def together(a: str, b: str) -> float:
        return float(np.corrcoef(np.log(drawn[a]), np.log(drawn[b]))[0, 1])

    assert together("knee_width", "ankle_width") == pytest.approx(0.54, abs=0.06)
    assert together("bmi", "knee_width") == pytest.approx(0.56, abs=0.06)
    assert together("bmi", "pelvis_width") == pytest.approx(0.45, abs=0.06)
    assert together("upper_arm", "forearm") == pytest.approx(0.37, abs=0.06)
    assert together("leg", "upper_arm") == pytest.approx(0.40, abs=0.06)
    assert together("height", "mass") > 0.4


def test_tall_children_are_heavier_for_their_height_and_adults_are_not():
    for age_y, expected in ((9.0, 0.33), (17.0, 0.0), (40.0, -0.07)):
        drawn = people(age_y, "male")
        r = np.corrcoef(np.log(drawn["height"]), np.log(drawn["bmi"]))[0, 1]
        assert r == pytest.approx(expected, abs=0.12), age_y


def test_an_ankle_is_narrower_than_the_knee_in_everybody():
    rng = np.random.default_rng(5)
    ratios = []
    for _ in range(2000):
        body = sample_body(rng, rng.uniform(6.0, 80.0), SEXES[rng.integers(2)])
        ratios.append(body.shares["ankle_width"] / body.shares["knee_width"])
    assert min(ratios) > 0.50  # 507 adults of Heinz 2003: .53 to .90
    assert max(ratios) < 0.90
    assert np.mean(ratios) == pytest.approx(0.70, abs=0.03)


def test_children_have_shorter_legs_longer_heads_and_wider_knees():
    young, grown = body_proportions(6.0, "male"), body_proportions(20.0, "male")
    assert young["leg"][0] == pytest.approx(0.505, abs=0.01)
    assert grown["leg"][0] == pytest.approx(0.528, abs=0.01)
    assert young["neck_height"][0] < grown["neck_height"][0] - 0.03
    assert young["knee_width"][0] > 1.1 * grown["knee_width"][0]


def test_growing_up_is_without_a_jump():
    for sex in SEXES:
        ages = np.arange(6.0, 80.0, 0.05)
        sizes = np.array([body_size(age, sex, 1.0, -1.0) for age in ages])
        assert np.abs(np.diff(sizes[:, 0])).max() < 0.006  # 12 cm a year at most
        assert np.abs(np.diff(sizes[:, 1])).max() < 0.12


def test_the_same_generator_draws_the_same_body():
    first, again = (sample_body(np.random.default_rng(3), 30.0, "female") for _ in range(2))
    assert first == again
