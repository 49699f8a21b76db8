"""The virtual laboratory's realism study: its own measures, on motions and numbers that can be solved in the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.norms import GRAVITY_M_S2
from ltme_clinic.types import GaitEvent, GroundReaction, MotionTruth
from studies.virtual_lab_realism.curves import rms_difference, spread_ratio
from studies.virtual_lab_realism.feet import lowest_m, slips_m, stretches, toe_clearances_m
from studies.virtual_lab_realism.figures import Figure, PartResult, over_people
from studies.virtual_lab_realism.floor_force import demanded_bw, force_disagreement, peaks_and_valley
from studies.virtual_lab_realism.placebo import cross_validated_auroc, principal_components
from studies.virtual_lab_realism.retest import curve_sem_deg, visits_of
from studies.virtual_lab_realism.run import json_safe
from studies.virtual_lab_realism.spectrum import explained, published_pair_shares, side_correlation
from studies.virtual_lab_realism.stride_times import dfa_alpha, stride_times_s
from studies.virtual_lab_realism.tables import as_page, short
from studies.virtual_lab_realism.true_motion import TrueWalk

RATE_HZ = 100.0


@pytest.mark.parametrize(
    ("value", "bar", "verdict"),
    [
        (2.0, (None, 2.0), "pass"),
        (2.1, (None, 2.0), "MISS"),
        (-6.0, (-5.0, None), "MISS"),
        (0.8, (0.75, 1.25), "pass"),
        (float("nan"), (None, 2.0), "MISS"),
        (7.0, None, "-"),
    ],
)
def test_a_figure_meets_its_bar_or_misses_it(
    value: float, bar: tuple[float | None, float | None], verdict: str
) -> None:
    assert Figure("any", value, "mm", 3, bar=bar).verdict == verdict


def test_an_interval_over_people_holds_the_mean_of_people() -> None:
    figure = over_people("any", np.arange(50.0), lambda drawn: float(drawn.mean()), "mm")
    assert figure.value == 24.5
    assert figure.low < 24.5 < figure.high
    assert figure.n == 50


def test_nobody_gives_no_figure_and_no_pass() -> None:
    figure = over_people("any", np.empty(0), lambda drawn: float(drawn.mean()), "mm", bar=(None, 1.0))
    assert np.isnan(figure.value)
    assert figure.verdict == "MISS"


def test_the_page_puts_groups_side_by_side_and_marks_a_miss() -> None:
    figures = [Figure("slow: slip", 2.0, "mm", 4, bar=(None, 5.0)), Figure("fast: slip", 7.0, "mm", 4, bar=(None, 5.0))]
    page = as_page({"physics": json_safe(PartResult("Feet", figures).as_dict())})
    assert "| | unit | bar | slow (n 4) | fast (n 4) |" in page
    assert "| slip | mm | at most 5 | 2.00 | **7.00** |" in page
    assert "| physics | 1 | 2 |" in page


@pytest.mark.parametrize(
    ("value", "text"), [(1234.4, "1234"), (0.0123, "0.0123"), (1e-9, "0"), (None, "-"), (2.345, "2.35")]
)
def test_numbers_keep_three_figures_and_no_powers_of_ten(value: float | None, text: str) -> None:
    assert short(value) == text


def test_equal_means_differ_by_nothing_and_a_shift_by_itself() -> None:
    mean = np.sin(np.linspace(0.0, 6.0, 51))
    curves = np.stack([[mean + 1.0, mean - 1.0], [mean + 2.0, mean - 2.0]])
    assert rms_difference(curves, mean) == pytest.approx(0.0, abs=1e-12)
    assert rms_difference(curves + 3.0, mean) == pytest.approx(3.0)


def test_twice_the_spread_is_a_ratio_of_two() -> None:
    sides = np.random.default_rng(1).standard_normal((40, 2, 51))
    sd = sides.reshape(80, 51).std(axis=0, ddof=1)
    assert spread_ratio(2.0 * sides + 7.0, sd) == pytest.approx(2.0)


def test_two_ways_to_differ_are_explained_by_two_components() -> None:
    rng = np.random.default_rng(2)
    vectors = rng.standard_normal((60, 2)) @ rng.standard_normal((2, 30))
    assert explained(vectors, (1, 2, 10))[1:] == pytest.approx([1.0, 1.0])
    assert explained(vectors, (1,))[0] < 1.0


def test_the_published_pairs_spectrum_rises_to_less_than_the_model_keeps() -> None:
    shares = published_pair_shares()
    assert (np.diff(shares) > 0.0).all()
    assert shares[-1] < 0.92


def test_a_mirrored_side_correlates_by_minus_one() -> None:
    left = np.random.default_rng(3).standard_normal((30, 51))
    assert side_correlation(np.stack([left, -left], axis=1)) == pytest.approx(-1.0)
    assert side_correlation(np.stack([left, left + 5.0], axis=1)) == pytest.approx(1.0)


def test_visits_that_differ_by_a_known_spread_have_that_error() -> None:
    curves = np.zeros((10, 4, 2, 51))
    curves[:, 0], curves[:, 1] = 1.0, -1.0  # within-person SD of two visits at +1 and -1 is the square root of 2
    curves[:, 2:] = np.nan
    assert curve_sem_deg(curves) == pytest.approx(np.sqrt(2.0))
    assert [visits_of(person) for person in range(4)] == [2, 3, 4, 2]


def test_white_noise_has_no_memory_and_a_random_walk_keeps_everything() -> None:
    noise = np.random.default_rng(4).standard_normal(4000)
    assert dfa_alpha(noise) == pytest.approx(0.5, abs=0.06)
    assert dfa_alpha(np.cumsum(noise)) == pytest.approx(1.5, abs=0.1)
    assert np.isnan(dfa_alpha(noise[:30]))


def _event(side: str, kind: str, time_s: float) -> GaitEvent:
    return GaitEvent(side, kind, time_s, round(time_s * RATE_HZ), kind)  # type: ignore[arg-type]


def test_stride_times_are_between_contacts_of_one_foot() -> None:
    events = [_event("left", "initial_contact", t) for t in (0.0, 1.0, 2.2)] + [_event("right", "initial_contact", 0.5)]
    assert stride_times_s(events, "left") == pytest.approx([1.0, 1.2])


def _sole(height_m: np.ndarray, forward_m: np.ndarray) -> np.ndarray:
    return np.stack([forward_m, np.zeros_like(forward_m), height_m], axis=1)


def _soles(**moved: np.ndarray) -> dict[str, np.ndarray]:
    """Four points of soles, high up unless said otherwise."""
    up = _sole(np.full(100, 0.5), np.zeros(100))
    return {name: moved.get(name, up) for name in ("left_heel", "left_toe", "right_heel", "right_toe")}


def test_a_sole_that_creeps_slips_by_its_way_and_one_in_the_air_doesnt() -> None:
    height_m = np.where(np.arange(100) < 50, 0.0, 0.3)
    creeping_m = np.linspace(0.0, 0.1, 100)
    slips = slips_m(_soles(left_heel=_sole(height_m, creeping_m)))
    assert slips == pytest.approx([creeping_m[49]])
    assert slips_m(_soles()) == []


def test_the_lowest_point_of_a_sole_is_found_under_the_floor() -> None:
    height_m = np.full(100, 0.02)
    height_m[40] = -0.003
    assert lowest_m(_soles(right_toe=_sole(height_m, np.zeros(100)))) == pytest.approx(-0.003)


def test_stretches_are_half_open_and_reach_both_ends() -> None:
    assert stretches(np.array([True, True, False, True])) == [(0, 2), (3, 4)]


def _walk(
    centres_m: dict[str, np.ndarray], events: tuple[GaitEvent, ...], reaction: GroundReaction | None = None
) -> TrueWalk:
    mass_m = np.zeros((len(centres_m["left_heel"]), 3))
    return TrueWalk(MotionTruth(centres_m, {}, mass_m, reaction), events, RATE_HZ)


def test_toes_clear_the_floor_by_their_lowest_height_in_mid_swing() -> None:
    ball_m = 0.05 + 0.03 * np.cos(np.linspace(0.0, 2.0 * np.pi, 100))  # lowest, 20 mm, in the middle
    centres_m = _soles(left_toe=_sole(ball_m, np.zeros(100)), left_heel=_sole(ball_m, np.zeros(100)))
    events = (_event("left", "foot_off", 0.0), _event("left", "initial_contact", 0.99))
    found = toe_clearances_m(_walk(centres_m, events))
    assert found["ball"] == pytest.approx([0.02], abs=1e-4)
    assert found["tip"] == pytest.approx([0.02], abs=1e-4)


def test_who_hangs_still_weighs_one_and_who_falls_weighs_nothing() -> None:
    time_s = np.arange(50) / RATE_HZ
    still_m = np.zeros((50, 3))
    falling_m = np.stack([np.zeros(50), np.zeros(50), -0.5 * GRAVITY_M_S2 * time_s**2], axis=1)
    assert demanded_bw(still_m, RATE_HZ) == pytest.approx(np.tile([0.0, 0.0, 1.0], (50, 1)))
    assert demanded_bw(falling_m, RATE_HZ) == pytest.approx(np.zeros((50, 3)), abs=1e-6)


def test_forces_that_carry_a_standing_body_agree_and_a_tenth_too_much_doesnt() -> None:
    mass_kg = 40.0
    half_n = np.zeros((2, 100, 3))
    half_n[:, :, 2] = 0.5 * mass_kg * GRAVITY_M_S2
    reaction = GroundReaction(half_n, np.zeros((2, 100, 3)), np.zeros((2, 100)))
    walk = _walk(_soles(), (), reaction)
    assert force_disagreement(walk, mass_kg) == pytest.approx(0.0, abs=1e-9)
    heavier = replace(reaction, force_n=1.1 * half_n)
    assert force_disagreement(_walk(_soles(), (), heavier), mass_kg) == pytest.approx(0.1)
    assert np.isnan(force_disagreement(_walk(_soles(), ()), mass_kg))


def test_an_m_shaped_force_has_two_peaks_and_a_valley() -> None:
    points = [0.0, 0.25, 0.5, 0.75, 1.0]
    step = np.interp(np.linspace(0.0, 1.0, 51), points, [0.0, 1.13, 0.78, 1.10, 0.0])
    found = peaks_and_valley(step)
    assert found["first_peak"] == pytest.approx(1.13, abs=0.03)
    assert found["valley"] == pytest.approx(0.78, abs=0.01)
    assert found["second_peak"] == pytest.approx(1.10, abs=0.03)


def test_equal_groups_are_told_apart_by_chance_alone_and_shifted_ones_surely() -> None:
    features = np.random.default_rng(5).standard_normal((400, 60))
    labels = np.repeat([0, 1], 200)
    assert cross_validated_auroc(principal_components(features), labels) == pytest.approx(0.5, abs=0.1)
    features[200:, :20] += 1.0
    assert cross_validated_auroc(principal_components(features), labels) > 0.9
