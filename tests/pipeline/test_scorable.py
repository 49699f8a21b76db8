"""What may be scored: asked of the measurement, never of the movement; and the study that counts it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from command_line import Ltme

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.findings.explain import phase_means
from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.pipeline.scorable import LEAST_SEEN, scorable_clip, scorable_walker
from ltme_clinic.recordings import write_c3d
from ltme_clinic.types import TRACKED_FIGURES, LtmeError, Recording, TrialFacts
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from studies.refusals import run as study
from studies.refusals.corruptions import Corruption, corruptions

WAYS = {way.name: way for way in corruptions()}
MISSED = {"the rate doubled", "the rate halved"}
"""A walk at another rate is a walk of another speed: nothing in the markers says otherwise."""
NOT_A_WALK = {"frames shuffled", "two passes spliced"}
"""Refused later: no steps, a turn."""


def corrupted(way: Corruption, walk: Recording) -> Recording:
    return way.done(walk, np.random.default_rng(0))


@pytest.mark.parametrize("name", [name for name in WAYS if name not in MISSED | NOT_A_WALK])
def test_what_is_measured_wrong_becomes_neither_clip_nor_embedding(name, walk):
    with pytest.raises(LtmeError):
        scorable_clip(corrupted(WAYS[name], walk))


@pytest.mark.parametrize("name", sorted(NOT_A_WALK))
def test_what_is_no_straight_walk_any_more_gets_no_score(name, walk):
    assert study.refusal([corrupted(WAYS[name], walk)])


def test_a_severe_patient_and_a_healthy_one_are_scored(walk):
    patient = sample_patient(7, impairment="hemiplegic", severity=1.0)
    severe = replace(simulate_walk(patient, duration_s=6.0).recording, events=())
    assert study.refusal([walk]) == ""
    assert study.refusal([severe]) == ""
    assert study.refusal([corrupted(WAYS["one leg hidden"], walk), severe]) == ""  # one bad trial of two


def test_a_walk_brings_its_measured_joint_angles_and_markers_without_a_gait_model_bring_none(walk):
    cells = scorable_clip(walk).joint_cells_deg
    analysis = analyse_gait(walk)
    curves = [[analysis.curves[name, side].mean[::2] for name in ANGLES] for side in SIDES]
    np.testing.assert_allclose(cells, phase_means(np.array([curves]))[0], atol=1e-3)
    figures = scorable_clip(walk).gait_figures
    said = [analysis.figure(*figure) for figure in TRACKED_FIGURES]
    np.testing.assert_allclose(figures[5:], [figure.value for figure in said[5:]], rtol=1e-5)
    assert np.isfinite(figures).all() == (4.0 <= walk.trial.years < 18.0)
    positions_m = walk.positions_m.copy()
    positions_m[:, walk.marker_labels.index("LTHI")] = np.nan
    assert scorable_clip(replace(walk, positions_m=positions_m)).joint_cells_deg is None


def test_a_knee_may_hide_for_a_while_and_not_for_most_of_the_time(walk):
    knee = [walk.marker_labels.index(label) for label in ("LKNE",)]
    for share, refused in ((1.1 - LEAST_SEEN - 0.2, False), (1.1 - LEAST_SEEN, True)):
        positions_m = walk.positions_m.copy()
        positions_m[: int(share * len(positions_m)), knee] = np.nan
        hidden = replace(walk, positions_m=positions_m)
        if refused:
            with pytest.raises(LtmeError, match="the left knee is measured in 50% of the frames"):
                scorable_walker(hidden)
        else:
            scorable_walker(hidden)


def test_an_exercise_is_asked_for_a_clip_alone(walk):
    exercise = replace(corrupted(WAYS["one leg hidden"], walk), trial=TrialFacts(kind="exercise"))
    assert scorable_clip(exercise).clip.frames > 0


def test_a_refused_walk_is_said_and_stored_without_a_score(walk, ltme: Ltme, tmp_path):
    folder = tmp_path / "VP-1" / "2026-03-03"
    folder.mkdir(parents=True)
    write_c3d(folder / "walk.c3d", corrupted(WAYS["heel and toe exchanged"], walk))
    done = ltme("add", tmp_path, "--by-folder", "--store", tmp_path / "store")
    assert "the right toe marker lies" in done.stdout + done.stderr
    asked = ltme("findings", "--patient", "VP-1", "--store", tmp_path / "store")
    assert asked.returncode == 1
    assert "no walk to look at" in asked.stderr


def test_the_study_counts_by_recording_and_by_visit():
    told = study.told(["", "no steps", "no steps", "too fast"])
    assert told == {"recordings": 4, "refused": 3, "reasons": {"no steps": 2, "too fast": 1}}
    page = study.as_page(
        {
            "healthy": study.told([""] * 3),
            "severe": {"crouch": study.told(["", "turns"])},
            "severe_trials": {"crouch": study.told(["", "turns", "turns"])},
            "corrupted": {"y up": {"kind": "axis", **study.told(["lies", "lies"])}},
            "measured": told,
        }
    )
    assert "Severe visits: 1 of 2 refused (50.0%)" in page
    assert "Corrupted recordings: 2 of 2 refused (100.0%)" in page
    assert "| no steps | 2 |" in page
