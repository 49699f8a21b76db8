"""Speed-matched bands: the published curves at the published speeds, physiology's signs, and refusals."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic import norms
from ltme_clinic.body import ANGLES
from ltme_clinic.norms.walking import walking_curves
from ltme_clinic.types import LtmeError

GROUP_SPEEDS = {"VerySlow": 0.17, "Slow": 0.29, "Free": 0.43, "Fast": 0.56, "VeryFast": 0.69}
PUBLISHED_ANGLES = {
    "pelvic_tilt": "Pelvic Ant/Posterior Tilt",
    "pelvic_obliquity": "Pelvic Up/Down Obliquity",
    "pelvic_rotation": "Pelvic Int/External Rotation",
    "hip_flexion": "Hip Flex/Extension",
    "hip_adduction": "Hip Ad/Abduction",
    "hip_rotation": "Hip Int/External Rotation",
    "knee_flexion": "Knee Flex/Extension",
    "knee_adduction": "Knee Ad/Abduction",
    "knee_rotation": "Knee Int/External Rotation",
    "ankle_dorsiflexion": "Ankle Dorsi/Plantarflexion",
    "foot_progression": "Foot Int/External Progression",
}


@pytest.mark.parametrize("group", GROUP_SPEEDS)
def test_at_a_groups_speed_every_angle_is_the_published_one(shared_data: Path, group: str):
    published: dict[str, list[tuple[float, float]]] = {}
    with (shared_data / "norms" / "schwartz2008" / "joint_angles_deg.csv").open() as file:
        for row in csv.DictReader(file):
            if row["speed_group"] == group:
                published.setdefault(row["variable"], []).append((float(row["mean"]), float(row["sd"])))
    for name in norms.BAND_ANGLES:
        band = norms.angle_band(name, GROUP_SPEEDS[group])
        expected = np.array(published[PUBLISHED_ANGLES[name]])
        np.testing.assert_allclose(np.stack([band.mean[::2], band.sd[::2]], axis=1), expected, atol=0.0051)


def test_the_nine_angles_are_those_that_virtual_people_walk_with():
    mean, sd = walking_curves(0.36)
    for number, name in enumerate(ANGLES):
        band = norms.angle_band(name, 0.36)
        np.testing.assert_allclose(band.mean[::2], mean[number])
        np.testing.assert_allclose(band.sd[::2], sd[number])


def test_between_two_groups_the_band_lies_between_and_counts_the_smaller_group():
    slow, between, free = (norms.angle_band("knee_flexion", speed) for speed in (0.29, 0.36, 0.43))
    np.testing.assert_allclose(between.mean, (slow.mean + free.mean) / 2)
    assert [norms.angle_band("knee_flexion", v).n for v in (0.17, 0.23, 0.43, 0.50, 0.60, 0.69)] == [
        *(77, 77, 82, 76, 51, 51)
    ]
    assert "slow to free speed" in between.source
    assert "82 typically developing children" in free.source
    assert "free speed" in free.source


def test_force_plates_saw_fewer_children_than_the_cameras():
    speeds = GROUP_SPEEDS.values()
    assert [norms.moment_band("hip_extension", v).n for v in speeds] == [51, 81, 82, 74, 47]
    assert [norms.angle_band("hip_flexion", v).n for v in speeds] == [77, 82, 82, 76, 51]
    assert [norms.emg_band("rectus femoris", v).n for v in speeds] == [77, 82, 82, 76, 51]


def test_moments_are_internal_and_positive_as_their_names_say():
    ankle = norms.moment_band("ankle_plantarflexion", 0.43).mean
    assert ankle.max() == pytest.approx(1.23, abs=0.01)  # the calf pushes off at the end of stance
    assert 44 <= ankle.argmax() <= 52
    hip = norms.moment_band("hip_extension", 0.43).mean
    assert hip[:10].max() > 0.6  # the extensors take the load
    assert hip[45:55].min() < -0.5  # the flexors stop the trailing thigh
    assert norms.moment_band("knee_extension", 0.43).mean[12] > 0.3  # the quadriceps, knee bent under load
    for name, peak in (("hip_abduction", 0.49), ("knee_abduction", 0.28)):  # the ground pushes both into adduction
        stance = norms.moment_band(name, 0.43).mean[5:50]
        assert stance.min() > 0.0
        assert stance.max() == pytest.approx(peak, abs=0.01)


def test_the_second_knee_moment_is_the_valgus_one():
    for speed in GROUP_SPEEDS.values():
        mean = norms.moment_band("knee_abduction", speed).mean
        first = norms.child_parameter("knee_abduction_moment_max_early_stance_nm_kg", speed).mean
        assert mean[:30].max() == pytest.approx(first, abs=0.06)


def test_powers_and_ground_reaction_have_their_known_shapes():
    ankle = norms.power_band("ankle", 0.43).mean
    assert ankle.max() == pytest.approx(2.80, abs=0.01)
    assert 52 <= ankle.argmax() <= 56
    assert norms.power_band("knee", 0.43).mean[85:].min() < -0.9  # the hamstrings brake the shank
    vertical = norms.ground_reaction_band("vertical", 0.43).mean
    assert vertical[10:18].max() > 1.05 > 0.85 > vertical[25:35].min()  # two humps and a valley
    forward = norms.ground_reaction_band("anterior", 0.43).mean
    assert forward[:20].min() < -0.15 < 0.15 < forward[45:56].max()  # brakes, then pushes


def test_muscles_work_when_they_should_and_go_by_either_name():
    assert 35 <= norms.emg_band("medial gastrocnemius", 0.43).mean.argmax() <= 45
    assert norms.emg_band("tibialis anterior", 0.43).mean.argmax() <= 5
    other = norms.emg_band("Anterior Tibialis", 0.43)
    np.testing.assert_array_equal(other.mean, norms.emg_band("tibialis anterior", 0.43).mean)


def test_a_speed_a_little_beyond_the_groups_holds_their_curve_and_further_away_is_refused():
    lowest, highest = norms.speed_limits()
    assert (lowest, highest) == pytest.approx((0.11, 0.79))
    slowest = norms.angle_band("knee_flexion", 0.17)
    np.testing.assert_array_equal(norms.angle_band("knee_flexion", 0.12).mean, slowest.mean)
    np.testing.assert_array_equal(
        norms.angle_band("knee_flexion", 0.78).mean, norms.angle_band("knee_flexion", 0.69).mean
    )
    for speed in (0.0, 0.10, 0.80, 1.3, -0.4):
        with pytest.raises(LtmeError, match=r"outside the reference's 0\.11 to 0\.79"):
            norms.angle_band("knee_flexion", speed)
    with pytest.raises(LtmeError, match="speed is not known"):
        norms.moment_band("hip_extension", float("nan"))


def test_a_trunk_band_is_refused_where_it_would_be_drawn_behind_a_thorax():
    for name in ("trunk_tilt", "trunk_obliquity", "trunk_rotation"):
        with pytest.raises(LtmeError, match="not the thorax against the laboratory"):
            norms.angle_band(name, 0.43)
    published = norms.published_trunk_band("trunk_tilt", 0.43)
    assert published.name == "trunk_tilt_as_published"
    assert 20.0 < published.mean.mean() < 22.0


@pytest.mark.parametrize(
    ("band", "name"),
    [
        (norms.angle_band, "elbow_flexion"),
        (norms.moment_band, "knee_rotation"),
        (norms.power_band, "shoulder"),
        (norms.ground_reaction_band, "medial"),
        (norms.emg_band, "soleus"),
    ],
)
def test_what_was_never_published_is_refused_by_name(band, name: str):
    with pytest.raises(LtmeError, match=f"{name}: there is no band"):
        band(name, 0.43)


def test_every_band_is_whole_with_a_spread():
    bands = [norms.angle_band(name, 0.33) for name in norms.BAND_ANGLES]
    bands += [norms.moment_band(name, 0.33) for name in norms.BAND_MOMENTS]
    bands += [norms.power_band(name, 0.33) for name in norms.BAND_POWERS]
    bands += [norms.ground_reaction_band(name, 0.33) for name in norms.BAND_GROUND_REACTIONS]
    bands += [norms.emg_band(name, 0.33) for name in norms.BAND_MUSCLES]
    for band in bands:
        assert band.mean.shape == band.sd.shape == (101,)
        assert np.isfinite(band.mean).all()
        assert (band.sd >= 0.0).all()
        assert band.sd.max() > 0.0


def test_speed_by_itself_moves_the_mean_curves():
    assert norms.speed_shift_deg(0.43) == 0.0
    shifts = [norms.speed_shift_deg(v) for v in (0.43, 0.36, 0.29, 0.17)]
    assert shifts == sorted(shifts)
    assert 4.0 < shifts[-1] < 7.0  # as much as a child differs from others
