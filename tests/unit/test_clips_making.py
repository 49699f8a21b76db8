"""Making clips: gaps, a hidden pelvis, joint centres, a treadmill, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips_walker import SPEED_M_S, recording, walker

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.clips import clip_from_positions, make_clip
from ltme_clinic.types import LtmeError, ModelOutput

LEG_AND_PELVIS = ("asis", "knee", "ankle")


def without(positions_m: np.ndarray, *slots: str, frames: slice = slice(None)) -> np.ndarray:
    positions_m = positions_m.copy()
    for slot in slots:
        positions_m[frames, SLOT_INDEX[slot]] = np.nan
    return positions_m


def test_both_ways_into_a_clip_give_the_same_clip() -> None:
    through_labels, direct = make_clip(recording(walker())), clip_from_positions(walker(), 100.0, "a", "virtual")
    assert np.array_equal(through_labels.positions_m, direct.positions_m, equal_nan=True)
    assert np.array_equal(through_labels.velocity_m_s, direct.velocity_m_s)


def test_a_sacrum_is_made_from_both_posterior_spines_but_never_the_reverse() -> None:
    from_spines = make_clip(recording(without(walker(), "sacrum")))
    from_sacrum = make_clip(recording(without(walker(), "left_psis", "right_psis")))
    assert from_spines.valid[:, SLOT_INDEX["sacrum"]].all()
    assert not from_sacrum.valid[:, SLOT_INDEX["left_psis"]].any()


def test_a_pelvis_marker_that_hides_for_seconds_is_rebuilt_from_the_others() -> None:
    whole = make_clip(recording(walker()))
    clip = make_clip(recording(without(walker(), "left_asis", frames=slice(150, 450))))
    assert clip.frames == whole.frames
    slot = SLOT_INDEX["left_asis"]
    assert np.abs(clip.positions_m[:, slot] - whole.positions_m[:, slot]).max() < 2e-3
    assert any("300 marker frames rebuilt" in warning for warning in clip.warnings)


def test_a_short_gap_is_bridged_and_a_long_one_stays_masked() -> None:
    heel = SLOT_INDEX["left_heel"]
    whole = make_clip(recording(walker()))
    short = make_clip(recording(without(walker(), "left_heel", frames=slice(200, 210))))
    long = make_clip(recording(without(walker(), "left_heel", frames=slice(200, 260))))
    assert short.valid[:, heel].all()
    assert np.abs(short.positions_m[:, heel] - whole.positions_m[:, heel]).max() < 0.02
    assert (~long.valid[:, heel]).sum() == 30
    assert np.isnan(long.positions_m[~long.valid]).all()
    assert np.isfinite(long.positions_m[long.valid]).all()


def test_a_recording_starts_where_its_pelvis_does() -> None:
    hidden = without(walker(), "left_asis", "right_asis", frames=slice(0, 100))
    clip = make_clip(recording(hidden))
    assert clip.source_start_s == pytest.approx(1.0)
    assert clip.duration_s == pytest.approx(5.0)


def test_hip_joint_centres_stand_in_for_an_absent_pelvis() -> None:
    clip = make_clip(recording(without(walker(), "left_asis", "right_asis")))
    assert clip.speed_m_s == pytest.approx(SPEED_M_S, rel=0.02)


def test_stored_joint_centres_are_taken_from_the_laboratory_s_outputs() -> None:
    whole = recording(without(walker(), "left_hip_centre", "right_hip_centre"))
    names = {
        "shoulder": "SHO",
        "asis": "ASI",
        "psis": "PSI",
        "knee": "KNE",
        "ankle": "ANK",
        "heel": "HEE",
        "toe": "TOE",
    }
    label_of = {"c7": "C7", "t10": "T10", "sternum": "STRN", "sacrum": "SACR"}
    for side, letter in (("left", "L"), ("right", "R")):
        label_of |= {f"{side}_{name}": letter + label for name, label in names.items()}
    markers = np.stack([whole.marker(slot) for slot in label_of], axis=1)
    hip_mm = walker()[:, SLOT_INDEX["left_hip_centre"]].astype(np.float32) * 1000
    hip_mm[:40] = 0.0
    output = ModelOutput("LFEP", "point", hip_mm, "mm")
    clip = make_clip(
        replace(whole, marker_labels=tuple(label_of.values()), positions_m=markers, model_outputs=(output,))
    )
    hip = SLOT_INDEX["left_hip_centre"]
    assert not clip.valid[:20, hip].any(), "a centre at the origin is one that was not calculated"
    assert clip.valid[20:, hip].all()
    assert clip.positions_m[30, hip, 2] == pytest.approx(0.87, abs=0.03)


def test_a_treadmill_s_belt_is_found_and_added() -> None:
    standing_m = walker(10.0)
    standing_m[..., 0] -= SPEED_M_S * np.arange(len(standing_m))[:, None] / 100.0
    treadmill, overground = make_clip(recording(standing_m)), make_clip(recording(walker(10.0)))
    assert overground.treadmill_speed_m_s == 0.0
    assert treadmill.treadmill_speed_m_s == pytest.approx(SPEED_M_S, rel=0.03)
    assert treadmill.speed_m_s == pytest.approx(SPEED_M_S, rel=0.03)
    assert any("treadmill" in warning for warning in treadmill.warnings)
    assert np.nanmax(np.abs(treadmill.positions_m - overground.positions_m)) < 1e-4


def test_marching_in_place_and_standing_are_no_treadmill() -> None:
    still = np.repeat(walker(0.02)[:1], 300, axis=0)
    marching = still.copy()
    marching[:, SLOT_INDEX["left_heel"], 2] += 0.1 * np.maximum(0, np.sin(np.arange(300) / 15))
    for positions_m in (still, marching):
        clip = make_clip(recording(positions_m))
        assert clip.treadmill_speed_m_s == 0.0
        assert abs(clip.speed_m_s) < 0.01


@pytest.mark.parametrize(
    ("positions_m", "says"),
    [
        (without(walker(), "left_asis", "left_hip_centre"), "no left ASIS"),
        (without(walker(), "sacrum", "left_psis", "left_hip_centre"), "both PSIS"),
        (without(walker(), "left_knee", "right_knee"), "no knee marker"),
        (without(walker(), "left_ankle", "right_ankle"), "no ankle marker"),
        (walker() * 1000, "no human's"),
        (walker() / 10, "no human's"),
        (walker(1.2), "1.20 of 1.20 s"),
        (walker()[..., [1, 0, 2]], "left and right are swapped"),
        (np.full((300, len(SLOTS), 3), np.nan), "0 labels"),
    ],
)
def test_what_can_not_be_a_walk_is_refused_in_one_line(positions_m: np.ndarray, says: str) -> None:
    with pytest.raises(LtmeError, match=r"^walk\.c3d: ") as caught:
        make_clip(recording(positions_m))
    assert says in str(caught.value)
    assert caught.value.cure


def test_a_handful_of_landmarks_a_slow_camera_and_a_wrong_shape_are_refused() -> None:
    few = without(walker(), *(slot for slot in SLOTS if not slot.endswith(LEG_AND_PELVIS) and slot != "sacrum"))
    few = without(few, "right_ankle", "right_knee")
    with pytest.raises(LtmeError, match="only 5 landmarks"):
        make_clip(recording(few))
    with pytest.raises(LtmeError, match="too slow"):
        make_clip(recording(walker(20.0, 10.0), 10.0))
    with pytest.raises(LtmeError, match="shape"):
        clip_from_positions(np.zeros((100, 3, 3)), 50.0, "a", "virtual")


def test_a_patient_s_name_in_a_label_is_not_repeated_in_a_refusal() -> None:
    known = recording(walker())
    odd = replace(known, marker_labels=tuple(f"Jane Roe:thing{i}" for i in range(len(known.marker_labels))))
    with pytest.raises(LtmeError, match="thing0") as caught:
        make_clip(odd)
    assert "Jane" not in str(caught.value)


def test_all_sixteen_children_s_walks_make_clips(shared_data: Path) -> None:
    from ltme_clinic.recordings import read_recordings

    statics = {"HC040A04"} | {f"HC0{person}A01" for person in (30, 31, 32, 33, 36, 38, 39)}
    walks = [f for f in sorted((shared_data / "recordings" / "children").glob("*.c3d")) if f.stem not in statics]
    assert len(walks) == 16
    for file in walks:
        clip = make_clip(read_recordings(file)[0])
        seen = clip.valid.any(axis=0)
        assert 0.7 < clip.speed_m_s < 1.7, file.name
        assert seen.sum() >= 35
        assert clip.valid[:, seen].mean() > 0.9


@pytest.mark.parametrize(
    ("file", "outcome"),
    [
        ("opensim/test_walking.c3d", 1.62),
        ("opensim/walking2.c3d", 1.65),
        ("opensim/jogging.c3d", 2.70),
        ("overground_adult/exampleOverground.c3d", 0.82),
        ("overground_small/test_small.c3d", 1.07),
        ("qualisys/Qualisys.c3d", 1.47),
        ("encodings/pc_real.c3d", "no known marker set"),
        ("opensim/sideCutting.c3d", "0.57 of 0.57 s"),
    ],
)
def test_every_other_laboratory_s_walk_makes_a_clip_or_is_refused(
    shared_data: Path, file: str, outcome: float | str
) -> None:
    from ltme_clinic.recordings import read_recordings

    (one,) = read_recordings(shared_data / "recordings" / file)
    if isinstance(outcome, str):
        with pytest.raises(LtmeError, match=outcome):
            make_clip(one)
    else:
        clip = make_clip(one)
        assert clip.speed_m_s == pytest.approx(outcome, abs=0.05)
