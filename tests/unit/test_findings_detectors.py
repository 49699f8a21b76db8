"""Known answers for the Mahalanobis detector and for what a finding says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from findings_world import LATENT, MOVED, VECTOR, LinearModel, World, change_of, vector_of

from ltme_clinic.body import ANGLES, GAIT_PHASES
from ltme_clinic.findings import MahalanobisDetector, ResidualDetector, build_reference
from ltme_clinic.findings.detectors import Deviations
from ltme_clinic.findings.drift import drift
from ltme_clinic.findings.explain import explain_body, phase_means
from ltme_clinic.findings.scorings import Mahalanobis
from ltme_clinic.findings.visit import mean_over_trials
from ltme_clinic.findings.wording import difference_in_words, finding_sentence, p_text
from ltme_clinic.statistics import auroc
from ltme_clinic.types import BodyPartContribution, LtmeError, MotionEmbedding
from ltme_clinic.types.motion import own_latents

MODEL = LinearModel()
OWN = own_latents(LATENT)


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=3)


@pytest.fixture(scope="module")
def fitted(world):
    return MahalanobisDetector().fit(world.reference(count=398, retest=0))


def average_person(speed_m_s: float = 1.12) -> dict:
    return {"vector": np.zeros(VECTOR), "speed_m_s": speed_m_s, "leg_length_m": 0.9}


def test_the_injected_joint_side_and_phase_come_out_first_with_their_degrees(fitted, world):
    world = replace(world, placement=0.0, trial=0.0)
    finding = fitted.finding(world.visit(average_person(), change=change_of("right", "knee_flexion", 2, -40.0)), MODEL)
    first = finding.body_parts[0]
    assert (first.side, first.variable, first.phase) == ("right", "knee_flexion", "initial swing")
    truth = phase_means(MODEL.decode_curves(change_of("right", "knee_flexion", 2, -40.0)[None]))
    truth -= phase_means(MODEL.decode_curves(np.zeros((1, VECTOR))))
    assert first.difference_deg == pytest.approx(truth.min(), abs=1.0)
    assert abs(first.z) > 3.0 * abs(finding.body_parts[1].z)
    assert len({(part.side, part.variable) for part in finding.body_parts}) == 3


def test_the_sentence_of_an_unusual_walk(fitted, world):
    finding = fitted.finding(world.visit(average_person(), change=change_of("right", "knee_flexion", 2, -60.0)), MODEL)
    first = finding.body_parts[0]
    assert finding.sentence == (
        f"This walk is unusual for healthy virtual walking at {finding.speed_m_s:.2f} m/s "
        "(p = .005, the smallest this reference of 199 people can give): "
        f"the right knee flexes {-first.difference_deg:.0f} deg less than the reference in initial swing."
    )
    assert finding.label == ""
    assert finding.refusals == ()


def test_the_sentence_of_a_healthy_walk_names_no_joint(fitted, world):
    finding = fitted.finding(world.visit(average_person()), MODEL)
    assert finding.p_value > 0.5
    assert finding.sentence.startswith("This walk is within what healthy virtual walking at 1.")
    assert "deg" not in finding.sentence


def test_a_deviation_spread_over_the_body_is_unusual_without_a_joint_that_stands_out(fitted, world):
    everywhere = np.full(VECTOR, 1.4) * np.where(np.arange(VECTOR) % 2, 1.0, -1.0)
    finding = fitted.finding(world.visit(average_person(), change=everywhere), MODEL)
    assert finding.p_value <= 0.05
    assert "no single joint and phase stands out" in finding.sentence


def test_the_most_different_joint_of_healthy_people_stands_out_in_one_of_twenty(fitted, world):
    alarms = 0
    for _ in range(150):
        visit = world.visit(world.person())
        alarms += explain_body(MODEL, fitted.reference, visit.vectors, visit.covariates).stands_out
    assert alarms <= 18  # 99.9 % point of a binomial of 150 at .05 is 17


def test_speed_and_size_alone_are_not_unusual(fitted, world):
    walk = replace(world, placement=0.0, trial=0.0)
    for speed_m_s, leg_length_m in ((0.95, 0.85), (1.2, 0.9), (1.5, 0.97)):
        visit = walk.visit({"vector": np.zeros(VECTOR), "speed_m_s": speed_m_s, "leg_length_m": leg_length_m})
        assert fitted.score(visit.vectors, visit.covariates) < 4.0  # people score about 4, the root of 16


def test_impaired_walkers_score_above_healthy_ones(fitted, world):
    impaired = change_of("left", "knee_flexion", 2, -30.0) + change_of("left", "ankle_dorsiflexion", 2, -30.0)
    scores = []
    for change in (0.0, impaired):
        visits = [world.visit(world.person(), change=change) for _ in range(150)]
        scores.append([fitted.score(visit.vectors, visit.covariates) for visit in visits])
    assert auroc(scores[0], scores[1]) > 0.9


def test_findings_look_at_the_numbers_of_deviation_alone(fitted, world):
    visit = world.visit(average_person())
    elsewhere, there = np.zeros(VECTOR), np.zeros(VECTOR)
    elsewhere[:MOVED], there[MOVED:] = 9.0, 9.0
    score = fitted.score(visit.vectors, visit.covariates)
    assert fitted.score(visit.vectors + elsewhere, visit.covariates) == pytest.approx(score)
    assert fitted.score(visit.vectors + there, visit.covariates) > 2.0 * score


def test_few_people_give_a_rank_in_words_and_very_few_no_p_value():
    world = World(seed=8)
    far = change_of("left", "hip_adduction", 1, -80.0)
    forty = (
        MahalanobisDetector()
        .fit(world.reference(count=80, retest=0))
        .finding(world.visit(average_person(), change=far), MODEL)
    )
    assert "(beyond all 40 people of this reference)" in forty.sentence
    assert forty.p_value == pytest.approx(1 / 41)
    assert "the left hip is" in forty.sentence
    assert "more abducted" in forty.sentence
    few = (
        MahalanobisDetector()
        .fit(world.reference(count=16, retest=0))
        .finding(world.visit(average_person(), change=20.0 * far), MODEL)
    )
    assert (few.p_value, few.smallest_p, few.rank) == (None, None, 8)
    assert few.sentence == "This walk scores beyond all 8 people of this reference, who are too few for a p-value."
    with pytest.raises(LtmeError, match="11 people"):
        MahalanobisDetector().fit(world.reference(count=11, retest=0))


def test_a_measured_walk_is_described_and_not_judged(fitted, world):
    change = change_of("right", "knee_flexion", 2, -60.0)
    finding = fitted.finding(world.visit(average_person(), origin="measured", change=change), MODEL)
    assert finding.sentence.startswith("Against a virtual reference, at 1.")
    assert "the right knee flexes" in finding.sentence
    assert finding.refusals == ("no p-value: the recording is measured, the reference virtual",)


def with_cells(embedding: MotionEmbedding, cells: np.ndarray | None) -> MotionEmbedding:
    return replace(embedding, joint_cells_deg=cells)


def test_measured_joint_angles_are_compared_where_visit_and_reference_have_them():
    world = World(seed=5, placement=0.0, trial=0.0, is_measured=True)
    measured = MahalanobisDetector().fit(world.reference(count=100, retest=0))
    visit = world.visit(average_person(), change=change_of("left", "hip_flexion", 1, 30.0))
    knee = phase_means(MODEL.decode_curves(change_of("right", "knee_flexion", 2, -40.0)[None]))
    knee = (knee - phase_means(MODEL.decode_curves(np.zeros((1, VECTOR)))))[0].astype(np.float32)
    stiff = replace(visit, embeddings=tuple(with_cells(e, e.joint_cells_deg + knee) for e in visit.embeddings))
    finding = measured.finding(stiff, MODEL)
    assert finding.joint_angles == "measured"
    first, second = finding.body_parts[:2]
    assert (first.side, first.variable, first.phase) == ("right", "knee_flexion", "initial swing")
    assert (second.side, second.variable) == ("left", "hip_flexion")
    assert first.difference_deg == pytest.approx(knee.min(), abs=2.0)
    assert finding.anomaly_score == measured.finding(visit, MODEL).anomaly_score  # the score is the embedding's

    unmeasured = replace(visit, embeddings=tuple(with_cells(e, None) for e in visit.embeddings))
    partly = replace(visit, embeddings=(*stiff.embeddings[:1], *unmeasured.embeddings[1:]))
    assert measured.finding(partly, MODEL).body_parts[0].variable == "knee_flexion"
    assert measured.finding(unmeasured, MODEL).joint_angles == "decoded"
    assert measured.finding(unmeasured, MODEL).body_parts[0].variable == "hip_flexion"

    few = measured.reference.joint_cells_deg.copy()
    fitting, _ = measured.reference.split()
    few[fitting[5:]] = np.nan  # five fit and fifty calibrate
    fallen_back = MahalanobisDetector().fit(replace(measured.reference, joint_cells_deg=few))
    assert fallen_back.finding(stiff, MODEL).joint_angles == "decoded"


def test_what_the_rest_of_the_body_does_not_explain_is_named_beside_what_differs_most():
    """Hips that go together say each other; one that goes alone is said by nobody."""
    rng = np.random.default_rng(12)
    world = World(seed=7, placement=0.1, trial=0.1, is_measured=True)
    together = change_of("left", "hip_flexion", 1, 1.0) + change_of("right", "hip_flexion", 1, 1.0)
    people = {
        f"H{number}": [world.trials(world.person() | {"vector": 30.0 * rng.normal() * together}, 3)]
        for number in range(200)
    }
    fitted = MahalanobisDetector().fit(build_reference(people, name="r", origin="virtual"))
    usual = fitted.finding(world.visit(average_person(), change=45.0 * together), MODEL)
    alone = fitted.finding(
        world.visit(average_person(), change=45.0 * together + change_of("right", "knee_flexion", 2, 12.0)), MODEL
    )
    assert {part.variable for part in alone.body_parts[:2]} == {"hip_flexion", "knee_flexion"}
    first = alone.unexplained[0]
    assert (first.side, first.variable, first.phase) == ("right", "knee_flexion", "initial swing")
    assert abs(first.z) > alone.unexplained_limit_z > abs(usual.unexplained[0].z)
    said = finding_sentence(
        origin="virtual",
        speed_m_s=1.2,
        p_value=0.01,
        rank=99,
        people=100,
        stands_out=None,
        unexplained=replace(first, difference_deg=11.6),
    )
    assert said.endswith(
        "unlike the rest of the body, the right knee flexes 12 deg more than the reference in initial swing."
    )
    assert len(alone.unexplained) == 5
    assert all(part.z * part.difference_deg > 0.0 for part in alone.unexplained)


def test_people_without_joint_angles_are_left_out_of_their_comparison_alone():
    world = World(seed=6, is_measured=True)
    reference = world.reference(count=100, retest=0)
    some = reference.joint_cells_deg.copy()
    some[::3], some[1::3, 0] = np.nan, np.nan
    visit = world.visit(average_person(), change=change_of("right", "knee_flexion", 2, -60.0))
    finding = MahalanobisDetector().fit(replace(reference, joint_cells_deg=some)).finding(visit, MODEL)
    assert (finding.joint_angles, finding.reference_n) == ("measured", 50)
    assert finding.body_parts[0].variable == "knee_flexion"
    assert np.isfinite([cell.z for cell in finding.cells]).all()


def test_healthy_people_who_walk_slowly_and_unlike_each_other_alarm_no_more_often_than_fast_ones(world):
    rng = np.random.default_rng(8)

    def walkers(count):
        known = np.column_stack([rng.uniform(0.7, 1.5, count), rng.uniform(0.8, 0.9, count), np.full(count, 110.0)])
        spread = np.exp(0.8 * (1.1 - known[:, 0]))  # the slower, the more people differ
        return np.stack([vector_of(rng.normal(size=MOVED)) for _ in known]) * spread[:, None], known

    vectors, known = walkers(600)
    plain = world.reference(count=600, retest=0, trials=1)
    reference = replace(plain, vectors=vectors[:, None].astype(np.float32), covariates=known[:, None])
    others, theirs = walkers(4000)
    slow = theirs[:, 0] < 0.85
    fast = theirs[:, 0] > 1.35
    shares = {}
    for is_levelled in (False, True):
        fitted = ResidualDetector(Mahalanobis(), Deviations(), is_levelled=is_levelled).fit(reference)
        limit = np.quantile(fitted.calibration_scores(1), 0.95)
        alarms = fitted.mean_scores(others, theirs, 1) > limit
        shares[is_levelled] = alarms[slow].mean(), alarms[fast].mean()
    assert shares[False][0] > 0.12 > 0.01 > shares[False][1]
    assert all(0.02 < share < 0.09 for share in shares[True])


def test_an_unknown_leg_length_is_refused_on_measurement(fitted, world):
    visit = world.visit(average_person())
    blind = tuple(replace(embedding, leg_length_m=float("nan")) for embedding in visit.embeddings)
    finding = fitted.finding(replace(visit, embeddings=blind), MODEL)
    assert finding.refusals == ("no score: the leg length is not known",)
    assert finding.sentence == "No score: the leg length is not known."


def test_more_trials_than_the_reference_err_towards_not_unusual(world):
    noisy = replace(world, trial=1.0)
    fitted = MahalanobisDetector().fit(noisy.reference(count=200, retest=0, trials=2))
    means = []
    for count in (2, 12):
        visits = [noisy.visit(noisy.person(), count=count) for _ in range(200)]
        means.append(np.mean([fitted.score(visit.vectors, visit.covariates) for visit in visits]))
    assert means[1] < means[0]


def test_the_unusual_second_is_found_in_the_recordings_own_time(fitted, world):
    visit = world.visit(average_person())
    latents = visit.embeddings[1].latents.copy()
    latents[3:5] += 8.0
    strange = replace(visit.embeddings[1], latents=latents, source_start_s=2.5)
    finding = fitted.finding(replace(visit, embeddings=(visit.embeddings[0], strange)), MODEL)
    first = finding.episodes[0]
    assert first.recording_id == strange.recording_id
    assert (first.start_s, first.stop_s) == pytest.approx((2.5 + 3 * 0.64, 2.5 + 5 * 0.64))
    assert first.z > 5.0


def test_somebody_who_walks_unusually_all_the_time_has_no_episode_and_one_who_freezes_has(fitted, world):
    visit = world.visit(average_person(), count=1)
    latents = np.tile(visit.embeddings[0].latents, (6, 1))
    latents += 6.0 * np.sign(latents)  # every window is far from healthy people's
    walk = replace(visit.embeddings[0], latents=latents, frames=len(latents) * 32)
    assert fitted.reference.windows.distances(latents[:, :OWN]).min() > fitted.reference.windows.distance_limit
    assert fitted.finding(replace(visit, embeddings=(walk,)), MODEL).episodes == ()
    frozen = latents.copy()
    frozen[20:24] *= 5.0
    (episode,) = fitted.finding(replace(visit, embeddings=(replace(walk, latents=frozen),)), MODEL).episodes
    assert (episode.start_s, episode.stop_s) == pytest.approx((20 * 0.64, 24 * 0.64))
    assert not episode.is_lasting


def test_the_longer_a_recording_the_further_a_window_must_be(fitted):
    windows = fitted.reference.windows
    limits = [windows.limit(np.full(count, 10.0)) for count in (5, 9, 90, 900)]
    assert limits == sorted(limits)
    assert limits[0] == pytest.approx(10.0 * windows.own_ratio)
    assert limits[-1] > 1.1 * limits[0]
    assert windows.limit(np.full(9, 0.1)) == windows.distance_limit
    assert windows.limit(np.empty(0)) == windows.distance_limit


def test_a_recording_that_ends_otherwise_than_it_began_is_said_with_the_second(fitted, world):
    visit = world.visit(average_person(), count=1)
    rng = np.random.default_rng(3)
    steady = rng.normal(size=(96, visit.embeddings[0].latents.shape[1])).astype(np.float32)
    tired = steady.copy()
    tired[48:, 0] += 1.5
    for latents, expected in ((steady, False), (tired, True)):
        walk = replace(visit.embeddings[0], latents=latents, frames=len(latents) * 32, source_start_s=2.0)
        lasting = [e for e in fitted.finding(replace(visit, embeddings=(walk,)), MODEL).episodes if e.is_lasting]
        assert bool(lasting) == expected
    assert lasting[0].start_s == pytest.approx(2.0 + 48 * 0.64, abs=2 * 5.12)
    assert lasting[0].stop_s == pytest.approx(2.0 + 96 * 0.64)


def test_drift_alarms_no_more_often_than_it_says_and_asks_for_41_seconds():
    rng = np.random.default_rng(4)
    p = np.array([drift(rng.normal(size=(80, 6)), np.eye(6)).p_value for _ in range(200)])
    assert np.mean(p <= 0.05) <= 0.09
    assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.11)
    assert drift(rng.normal(size=(63, 6)), np.eye(6)) is None
    assert drift(rng.normal(size=(64, 6)), np.eye(6)) is not None


def test_a_hardly_filled_last_window_is_not_looked_at(fitted, world):
    visit = world.visit(average_person(), count=1)
    latents = visit.embeddings[0].latents.copy()
    latents[-1] += 50.0
    cut = replace(visit.embeddings[0], latents=latents, frames=7 * 32 + 10)
    assert not any(e.z > 10 for e in fitted.finding(replace(visit, embeddings=(cut,)), MODEL).episodes)
    fuller = replace(cut, frames=7 * 32 + 20)
    last = fitted.finding(replace(visit, embeddings=(fuller,)), MODEL).episodes[0]
    assert last.stop_s == pytest.approx((7 * 32 + 20) / 50.0)


def test_mirroring_the_change_swaps_the_side(fitted, world):
    world = replace(world, placement=0.0, trial=0.0)
    firsts = []
    for side in ("left", "right"):
        change = change_of(side, "foot_progression", 0, 40.0)
        firsts.append(fitted.finding(world.visit(average_person(), change=change), MODEL).body_parts[0])
    assert [part.side for part in firsts] == ["left", "right"]
    assert firsts[0].variable == firsts[1].variable == "foot_progression"
    assert {part.phase for part in firsts} <= {"initial contact", "loading response"}


def test_one_pelvis_is_named_once(fitted, world):
    both = change_of("left", "pelvic_tilt", 1, 60.0) + change_of("right", "pelvic_tilt", 1, 60.0)
    finding = fitted.finding(world.visit(average_person(), change=both), MODEL)
    assert [part.variable for part in finding.body_parts].count("pelvic_tilt") == 1


def test_phase_means_take_each_point_of_the_cycle_once():
    percent = np.broadcast_to(np.linspace(0.0, 100.0, 51), (1, 2, 9, 51))
    means = phase_means(percent).reshape(2, 9, len(GAIT_PHASES))
    np.testing.assert_allclose(means[0, 0], [0, 6, 21, 40, 55, 68, 81, 94])


@pytest.mark.parametrize(("sign", "sense"), [(1, "positive"), (-1, "negative")])
@pytest.mark.parametrize("variable", ANGLES)
def test_every_joint_and_direction_has_words(variable, sign, sense):
    words = difference_in_words(BodyPartContribution(variable, "left", "mid-swing", sign * 7.0, sign * 3.0))
    other = difference_in_words(BodyPartContribution(variable, "left", "mid-swing", -sign * 7.0, -sign * 3.0))
    assert "7 deg" in words
    assert words.endswith("than the reference in mid-swing")
    assert words != other


def test_words_follow_the_signs_of_the_gait_model():
    def words(variable: str, degrees: float, phase: str = "mid-stance") -> str:
        return difference_in_words(BodyPartContribution(variable, "right", phase, degrees, 3.0))

    assert words("ankle_dorsiflexion", -12.4, "initial contact") == (
        "the right ankle dorsiflexes 12 deg less than the reference at initial contact"
    )
    assert words("pelvic_obliquity", -6.0).startswith("the right side of the pelvis is 6 deg lower")
    assert words("foot_progression", 9.0).startswith("the right foot points 9 deg further inward")
    assert words("hip_rotation", -9.0).startswith("the right hip is turned 9 deg further outward")
    assert words("pelvic_tilt", 0.4).startswith("the pelvis tilts forward under 1 deg more")


def test_probabilities_are_printed_as_journals_print_them():
    assert [p_text(p) for p in (0.005, 0.0476, 0.43, 1.0)] == [".005", ".048", ".43", "1.00"]


def test_a_mean_over_trials_forgives_missing_ones():
    values = np.array([[[1.0], [3.0], [np.nan]], [[np.nan], [np.nan], [np.nan]]])
    np.testing.assert_array_equal(mean_over_trials(values)[:, 0], [2.0, np.nan])
    np.testing.assert_array_equal(mean_over_trials(values, 1)[:, 0], [1.0, np.nan])
