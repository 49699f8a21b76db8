"""The study of real people's embeddings: labels, clips and what is counted, checked where the answer is known."""

import json
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import pairwise

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.kinematics.slot_positions import slot_positions
from ltme_clinic.types import LtmeError, MotionClip
from studies.motion_embedding import cloud, identity, pairs, probe, reconstruction, retest, subject, training
from studies.motion_embedding.heights import standing_spread_m, with_hips_level
from studies.motion_embedding.material import equal_pieces, real_material
from studies.real_recordings.deepmimic import COLUMNS, posed_centres_m, read_deepmimic
from studies.real_recordings.files import real_files
from studies.real_recordings.labels import RULES, STRAIGHT, TURNING, label_of

EXPMAPS = "motions/cmu_expmap_x/data/cmu_mocap"


@pytest.fixture(scope="module")
def few_files(shared_data, tmp_path_factory):
    """A folder with one child's three files, a run and a walk of CMU's, as links."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "recordings").mkdir()
    (folder / "recordings" / "children").mkdir()
    for name in ("HC031A01.c3d", "HC031A06.c3d", "HC031A23.c3d"):
        (folder / "recordings" / "children" / name).symlink_to(shared_data / "recordings" / "children" / name)
    (folder / "motions").mkdir()
    archive = "cmu_amc_subj02_03.tar.xz"
    (folder / "motions" / archive).symlink_to(shared_data / "motions" / archive)
    return folder


@pytest.fixture(scope="module")
def material(few_files):
    return real_material(few_files)


def stepping(step_m: float) -> MotionClip:
    """Two toes that stand by turns, each stand `step_m` higher than the last one; hips 0.9 m above."""
    frames, stand = 200, 25
    positions_m = np.full((frames, len(SLOTS), 3), np.nan, dtype=np.float32)
    level = step_m * (np.arange(frames) // stand)
    for side, first in (("left", 0), ("right", 1)):
        toe = np.zeros((frames, 3))
        standing = (np.arange(frames) // stand) % 2 == first
        toe[:, 0] = np.where(standing, -0.02 * np.arange(frames), 0.02 * np.arange(frames))
        toe[:, 2] = level
        positions_m[:, SLOT_INDEX[f"{side}_toe"]] = toe
        positions_m[:, SLOT_INDEX[f"{side}_hip_centre"]] = np.column_stack([0 * level, 0 * level, 0.9 + level])
    speed = np.column_stack([np.full(frames, 1.0), np.zeros(frames)]).astype(np.float32)
    return MotionClip(
        recording_id="steps",
        origin="virtual",
        positions_m=positions_m,
        valid=~np.isnan(positions_m[..., 0]),
        velocity_m_s=speed,
        heading_rate_rad_s=np.zeros(frames, dtype=np.float32),
        start_m=np.zeros(2),
        start_heading_rad=0.0,
    )


def test_every_real_file_has_a_label_and_every_rule_a_file(shared_data, tmp_path):
    paths = [path for path, _ in real_files(shared_data, tmp_path)]
    assert [path for path in paths if label_of(path) is None] == []
    idle = [pattern for pattern, *_ in RULES if not any(fnmatchcase(path, pattern) for path in paths)]
    assert idle == []


def test_activities_are_those_that_names_and_lists_tell():
    told = {
        f"{EXPMAPS}/train/running/running_1.txt": "running",
        f"{EXPMAPS}/test/walking_extra/walking_7.txt": "walking",
        f"{EXPMAPS}/train/soccer/soccer_1.txt": "other",
        "motions/cmu_amc_subj02_03/02/02_03.amc": "running",
        "motions/cmu_amc_subj02_03/03/03_02.amc": "uneven",
        "motions/cmu_bvh_x/003/003_01.bvh": "uneven",
        "motions/deepmimic_mit/humanoid3d_zombie_walk.txt": "other",
        "recordings/children/HC030A01.c3d": None,
    }
    for path, activity in told.items():
        label = label_of(path)
        assert label is not None
        assert label.activity == activity
        assert label.why
    assert label_of("recordings/elsewhere/x.c3d") is None


def test_a_person_and_a_take_in_three_formats_are_one():
    amc, bvh, text = (
        label_of(path)
        for path in (
            "motions/cmu_amc_a/02_01.amc",
            "motions/cmu_bvh_b/002_01.bvh",
            f"{EXPMAPS}/train/walking/walking_1.txt",
        )
    )
    assert {amc.person, bvh.person, text.person} == {"CMU 2"}
    assert {amc.take, bvh.take, text.take} == {"CMU 2 01"}
    other = label_of(f"{EXPMAPS}/test/walking/walking_1.txt")
    assert other.person != text.person
    assert not other.person_known


def test_children_have_one_straight_and_one_turning_trial_each():
    assert [name[:5] for name in STRAIGHT] == [name[:5] for name in TURNING]
    assert not set(STRAIGHT) & set(TURNING)


def test_without_the_recordings_the_reader_is_told_where_they_belong(tmp_path):
    with pytest.raises(LtmeError, match="shared/data"):
        real_material(tmp_path)


def test_a_child_comes_whole_and_in_straight_stretches_and_its_standing_is_left_out(material):
    child = material.children_whole()["HC031"]
    assert abs(child[0].clip.turn_deg) < 20.0 < 70.0 < abs(child[1].clip.turn_deg)
    assert {item.label.person for item in material.walks()} == {"HC031", "CMU 2"}
    assert any("HC031A01.c3d" in line for line in material.told())


def test_uneven_terrain_is_no_walk_and_its_toes_stand_at_many_heights(material):
    uneven = [item for item in material.clips if item.label.activity == "uneven"]
    assert uneven
    assert not any(item.walks for item in uneven)
    level = max(standing_spread_m(item.clip) for item in material.walks())
    assert min(standing_spread_m(item.clip) for item in uneven) > 2.0 * level


def test_a_laboratory_left_out_of_training_is_left_out_and_a_misspelt_one_refused(material):
    laboratories = {clip.label.laboratory for clip in training.trained_on(material, [])}
    assert "children's hospital" in laboratories
    left = training.trained_on(material, ["children's hospital"])
    assert {clip.label.laboratory for clip in left} == laboratories - {"children's hospital"}
    assert {clip.label.activity for clip in left} <= set(training.ACTIVITIES)
    with pytest.raises(LtmeError, match="no recording is of this laboratory"):
        training.trained_on(material, ["childrens hospital"])


def test_pieces_cover_everything_and_are_short():
    pieces = equal_pieces(1450, 100.0)
    assert [pieces[0][0], pieces[-1][1], len(pieces)] == [0, 1450, 3]
    assert all(a[1] == b[0] for a, b in pairwise(pieces))


def test_deepmimic_at_rest_stands_upright_facing_forward_with_left_to_the_left(tmp_path):
    frame = np.zeros(COLUMNS)
    frame[0], frame[2] = 0.02, 0.9
    frame[[4, 8, 12, 16, 21, 25, 30, 35, 39]] = 1.0  # w of each quaternion
    frame[20] = -np.pi / 2  # the right knee bends
    path = tmp_path / "humanoid3d_rest.txt"
    path.write_text(json.dumps({"Loop": "none", "Frames": [frame.tolist()] * 3}))
    recording = read_deepmimic(path)
    assert recording.rate_hz == pytest.approx(50.0)
    places = slot_positions(recording).positions_m[0]
    left, right = (places[SLOT_INDEX[f"{side}_ankle_centre"]] for side in ("left", "right"))
    assert left == pytest.approx([0.0, 0.084887, 0.9 - 0.421546 - 0.409870])
    assert right == pytest.approx([-0.409870, -0.084887, 0.9 - 0.421546])  # the heel goes back


def test_deepmimic_turns_the_body_by_its_root_and_refuses_other_files(tmp_path):
    frame = np.zeros((2, COLUMNS))
    frame[:, [8, 12, 16, 21, 25, 30, 35, 39]] = 1.0
    frame[:, 4], frame[:, 6] = np.cos(np.pi / 4), np.sin(np.pi / 4)  # a quarter turn about the vertical, to the left
    hips = posed_centres_m(frame)[0]
    assert hips[8] - hips[3] == pytest.approx([-2 * 0.084887, 0.0, 0.0], abs=1e-9)
    (tmp_path / "x.txt").write_text('{"Frames": [[1, 2, 3]]}')
    with pytest.raises(LtmeError, match="44 numbers"):
        read_deepmimic(tmp_path / "x.txt")


def test_toes_that_climb_are_told_from_toes_on_a_floor():
    assert standing_spread_m(stepping(0.0)) == pytest.approx(0.0, abs=1e-6)
    assert standing_spread_m(stepping(0.1)) > 0.5
    levelled = with_hips_level(stepping(0.1))
    hips = levelled.positions_m[:, SLOT_INDEX["left_hip_centre"], 2]
    assert np.ptp(hips) < 1e-6


def test_own_trials_that_are_nearest_give_certainty_and_dealt_ones_chance():
    people = np.random.default_rng(1).normal(size=(8, 5))
    near = pairs.distances(people, people + 0.01)
    assert pairs.own_against_others(near) == 1.0
    assert pairs.retrieval(near) == 1.0
    rows = pairs.figures_of(pairs.VECTOR, near)
    assert rows[1].verdict == "pass"
    assert rows[1].value < 0.01
    strangers = pairs.distances(people, np.random.default_rng(5).normal(size=(8, 5)))
    assert pairs.figures_of(pairs.VECTOR, strangers)[1].verdict == "MISS"
    assert pairs.dealt_anew(near, pairs.own_against_others, 400).mean() == pytest.approx(0.5, abs=0.05)


def test_whitening_makes_noisy_directions_count_less():
    rng = np.random.default_rng(3)
    scale = np.array([1.0, 10.0])
    visits = rng.normal(size=(400, 1, 2)) * 3.0 + rng.normal(size=(400, 2, 2)) * scale
    white = retest.whitened(visits.reshape(-1, 2), retest.within_person(visits)).reshape(400, 2, 2)
    assert (white[:, 0] - white[:, 1]).std(axis=0) == pytest.approx(np.sqrt(2.0) * np.ones(2), rel=0.2)


def test_people_inside_are_those_below_the_percentile_of_held_out_virtual_people():
    held_out = np.linspace(1.0, 10.0, 1000)
    figures = cloud.inside("x", np.array([2.0, 3.0, 20.0, 9.7]), held_out, (0.5, None))
    assert [figure.value for figure in figures[:2]] == [0.75, 0.5]
    assert figures[0].verdict == "pass"
    assert cloud.inside("x", np.array([20.0, 30.0, 2.0]), held_out, (0.5, None))[0].verdict == "MISS"


def test_the_probe_tells_separable_classes_of_people_it_never_saw_and_nothing_from_noise():
    rng = np.random.default_rng(4)
    classes = np.repeat([0, 1, 2], 10)
    people = np.arange(30) // 2
    clear = np.eye(3)[classes] * 5.0 + rng.normal(size=(30, 3))
    told = probe.held_out_probabilities(clear, classes, people).argmax(axis=1)
    assert probe.mean_recall(classes, told) == 1.0
    noise = probe.held_out_probabilities(rng.normal(size=(30, 3)), classes, people).argmax(axis=1)
    assert probe.mean_recall(classes, noise) < 0.7


def test_a_person_who_has_the_label_to_themselves_cannot_be_learnt_by_heart():
    classes = np.array([0, 0, 1, 1])
    people = np.array(["a", "a", "b", "b"])
    with pytest.raises(ValueError, match="class"):
        probe.held_out_probabilities(np.eye(4), classes, people)


def test_pieces_of_a_take_vote_once():
    votes = np.array([[0.6, 0.4, 0.0], [0.1, 0.9, 0.0], [0.0, 0.1, 0.9]])
    truth, told, owners = probe.by_take(
        votes, np.array([1, 1, 2]), np.array(["t", "t", "u"]), np.array(["p", "p", "q"])
    )
    assert truth.tolist() == told.tolist() == [1, 2]
    assert owners.tolist() == ["p", "q"]


def test_identity_counts_other_takes_and_strangers_alone():
    places = np.array([identity.KNOWN_PEOPLE] * 4)
    people, takes = np.array(["a", "a", "b", "b"]), np.array(["1", "2", "3", "4"])
    table = np.array([[0.0], [0.1], [5.0], [5.1]])
    assert identity.person_retrieval("x", table, places, people, takes).value == 1.0
    same_take = np.array(["1", "1", "3", "3"])
    assert identity.person_retrieval("x", table, places, people, same_take).value == 0.0
    rooms = np.array(["r", "r", "s", "s"])
    names = np.array(["a", "b", "c", "d"])
    assert identity.laboratory_retrieval("x", table, rooms, names)[0].value == 1.0


def test_a_twin_in_another_format_counts_by_how_many_strangers_are_nearer():
    places, takes = np.array(["AMC", "BVH", "BVH", "BVH"]), np.array(["1", "1", "2", "3"])
    near = identity.twins("x", np.array([[0.0], [0.1], [3.0], [4.0]]), places, takes)
    far = identity.twins("x", np.array([[0.0], [5.0], [1.0], [9.0]]), places, takes)
    assert near.value == 0.0
    assert far.value == pytest.approx(0.5)  # one of the two others; the way back has no strangers to ask


def test_a_ratio_is_of_people_and_misses_its_bar_where_the_model_is_no_better():
    table = np.array([[10.0, 20.0, np.nan, 0.01], [30.0, 20.0, np.nan, 0.02]])
    figures = {figure.name: figure for figure in reconstruction.figures_of("x", table, bar=True)}
    assert figures["x: ratio"].value == 1.0
    assert figures["x: ratio"].verdict == "MISS"
    assert figures["x: model, hips kept level"].n == 0
    assert figures["x: model"].value == 20.0


def test_the_whole_of_it_runs_on_few_files(few_files):
    asked = subject.subject_of(recordings=few_files)
    assert len(asked.coded) == len(asked.material.clips)
    result = reconstruction.measure(asked)
    by_name = {figure.name: figure.value for figure in result.figures}
    assert by_name["walking over uneven terrain (CMU 3): model"] > 2.0 * by_name["all walks: model"]
    assert "not measured" in pairs.measure(asked).remarks[-1]
    if asked.reference is not None:
        assert cloud.measure(asked).figures
    of_another = cloud.measure(replace(asked, reference=None))
    assert not of_another.figures
    assert "--reference" in of_another.remarks[-1]
