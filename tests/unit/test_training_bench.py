"""A whole bench of a handful of people: nobody trained on, another laboratory, every table filled."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.embedding import load_model, load_pca_model
from ltme_clinic.recordings import write_c3d
from ltme_clinic.training.bench import BenchSettings, as_text, judge, record_bench, write_report
from ltme_clinic.training.bench.features import FEATURE_SETS, see
from ltme_clinic.training.bench.people import WalkOrder, bench_walk, drawn_laboratory
from ltme_clinic.training.bench.reconstruction import recorded_reconstruction
from ltme_clinic.training.bench.recording import BenchWalks
from ltme_clinic.training.recorded import read_clips
from ltme_clinic.training.walkers import PLACEMENT_SD_M, TEST_SEED_OFFSET
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

SMALL = BenchSettings(
    people=5,
    reference_people=14,
    few_people=12,
    calibration_people=5,
    targets=(0.85,),
    impairments=("crouch", "equinus"),
    unseen=("crouch",),
    halvings=1,
    trial_s=4.0,
    usual_trial_s=4.0,
    workers=1,
)


@pytest.fixture(scope="module")
def walks() -> BenchWalks:
    return record_bench(SMALL)


def test_nobody_is_there_twice_and_nobody_was_trained_on() -> None:
    settings = BenchSettings(people=1000)
    seeds = [set(settings.seeds(role)) for role in ("test", "calibration", "reference")]
    assert len(set.union(*seeds)) == sum(map(len, seeds))
    assert min(map(min, seeds)) >= settings.seed * 1_000_000 + TEST_SEED_OFFSET


def test_a_persons_laboratory_is_the_same_at_every_visit_and_none_of_trainings() -> None:
    first, lost = drawn_laboratory(SMALL.laboratory, 1_700_000)
    assert (first, lost) == drawn_laboratory(SMALL.laboratory, 1_700_000)
    drawn = [drawn_laboratory(SMALL.laboratory, seed)[0] for seed in range(40)]
    assert len({laboratory.marker_set for laboratory in drawn}) > 2
    assert min(laboratory.cameras.placement_sd_m for laboratory in drawn) >= PLACEMENT_SD_M[1]


def test_lost_markers_are_not_in_the_clip_and_entered_events_are_not_used() -> None:
    seed = next(seed for seed in range(100) if "left_elbow" in drawn_laboratory(SMALL.laboratory, seed)[1])
    walk = bench_walk(WalkOrder(seed), SMALL)
    assert walk is not None
    assert walk.clip is not None
    assert not walk.clip.valid[:, SLOT_INDEX["left_elbow"]].any()
    assert walk.clip.valid[:, SLOT_INDEX["left_knee"]].any()
    assert np.isfinite(walk.clinic.curves_deg).all()
    off_deg = np.sqrt(np.square(walk.clinic.curves_deg - walk.truth.curves_deg).mean())
    assert 1.0 < off_deg < 15.0


def test_markers_are_placed_anew_at_the_second_visit() -> None:
    first, second = (bench_walk(WalkOrder(1_700_003, visit=visit), SMALL) for visit in (0, 1))
    assert first is not None
    assert second is not None
    assert not np.allclose(first.clinic.curves_deg, second.clinic.curves_deg, atol=0.5)
    assert first.speed_m_s == pytest.approx(second.speed_m_s, rel=0.15)


def test_a_walk_with_a_gap_in_any_feature_is_left_out_of_all() -> None:
    walk = bench_walk(WalkOrder(1_700_004), SMALL)
    assert walk is not None
    holed = replace(walk, clinic=replace(walk.clinic, gdi=np.array([np.nan, 90.0])))
    seen = see([walk, holed, None], load_model(), SMALL)
    assert [item is not None for item in seen] == [True, False, False]


def test_the_whole_bench_fills_every_table_and_is_plain_json(walks: BenchWalks, tmp_path: Path) -> None:
    model = load_model()
    result = judge(model, {"ltme": model, "pca": load_pca_model()}, walks)
    figures, picture = write_report(result, tmp_path / "out")
    read = json.loads(figures.read_text())
    assert picture.stat().st_size > 10_000
    assert read["title"].startswith("Synthetic")
    assert {(t["reference_people"], t["task"]) for t in read["detection"]} == {
        (size, task) for size in (14, 12) for task in ("unusual", "changed")
    }
    for table in read["detection"]:
        assert set(table["impairments"]) == {"crouch", "equinus"}
        assert set(table["seen"]["means"]) == {feature.name for feature in FEATURE_SETS}
    assert (
        0.0 < read["joint_curves"]["healthy"]["ltme"]["value"] < read["joint_curves"]["spread_between_healthy_deg"] * 2
    )
    assert read["reconstruction"]["other_laboratory"]["error_mm"]["pca"]["value"] > 1.0
    assert read["walks_lost"] == 0
    text = as_text(result)
    assert "recording vector" in text
    assert "Synthetic" in text.splitlines()[0]


def test_the_severity_was_found_on_other_people_than_are_tested(walks: BenchWalks) -> None:
    for name, (found,) in walks.severities.items():
        tested = {walk.order.severity for walk in walks.impaired[name, 0.85] if walk is not None}
        assert tested == {found.severity}
        assert 0.0 < found.severity <= 1.0


def test_recordings_are_reconstructed_and_files_that_are_none_are_named(tmp_path: Path) -> None:
    write_c3d(tmp_path / "walk.c3d", simulate_walk(sample_patient(1_700_005), duration_s=3.0).recording)
    (tmp_path / "broken.c3d").write_bytes(b"not a recording")
    clips, refused = read_clips([tmp_path])
    (row,) = recorded_reconstruction({"pca": load_pca_model()}, clips)
    assert row["file"] == "walk.c3d"
    assert 1.0 < row["pca_mm"] < 100.0
    assert any("broken.c3d" in line for line in refused)


@pytest.mark.parametrize(
    "wrong", [{"people": 2}, {"few_people": 5}, {"unseen": ("ataxic",), "impairments": ("crouch",)}]
)
def test_a_bench_that_can_say_nothing_is_refused(wrong: dict) -> None:
    with pytest.raises(LtmeError):
        BenchSettings(**wrong)
