"""The normative twin: healthy walking of the patient's own body, marked as generated, and refused where it can't be."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.clips import make_clip
from ltme_clinic.embedding import load_model
from ltme_clinic.embedding.reader import load_reader
from ltme_clinic.findings import MahalanobisDetector, VisitEmbeddings
from ltme_clinic.findings.comparable import check_comparable
from ltme_clinic.findings.steps import step_differences
from ltme_clinic.findings.wording import step_in_words
from ltme_clinic.generator.normative_twin import normative_twin
from ltme_clinic.pipeline.references import load_reference
from ltme_clinic.types import MotionEmbedding, Refused
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

MODEL = load_model()
READER = load_reader()
REFERENCE = load_reference(MODEL.fingerprint)


def encoded(seed: int, impairment: str = "none", severity: float = 0.0, speed_m_s: float | None = None):
    patient = sample_patient(seed, impairment=impairment, severity=severity)
    walk = simulate_walk(patient, duration_s=8.0, marker_set="ltme-slots", speed_m_s=speed_m_s)
    return MODEL.encode(make_clip(walk.recording))


def visit_of(trial: MotionEmbedding) -> VisitEmbeddings:
    return VisitEmbeddings("P1", "2026-03-03", None, "", trial.origin, (trial,))


def twin_of(trial: MotionEmbedding):
    return normative_twin(READER, REFERENCE, visit_of(trial), trial)


def apart_mm(first_m: np.ndarray, second_m: np.ndarray) -> float:
    return 1000.0 * float(np.linalg.norm(first_m - second_m, axis=-1).mean())


@pytest.fixture(scope="module")
def crouched() -> MotionEmbedding:
    return encoded(700, "crouch", 0.9)


@pytest.mark.parametrize(("seed", "impairment"), [(700, "crouch"), (808, "parkinsonian"), (709, "ataxic")])
def test_the_twin_is_nearer_to_the_person_s_own_healthy_walk_than_the_patient_is(seed, impairment):
    trial = encoded(seed, impairment, 0.9)
    healthy = encoded(seed, speed_m_s=trial.speed_m_s)
    # the healthy walk in step with the patient's
    own = READER.average_cycle(replace(healthy, latents=trial.latents, frames=trial.frames)).positions_m
    patient = READER.average_cycle(trial).positions_m
    assert apart_mm(twin_of(trial).clip.positions_m, own) < 0.8 * apart_mm(patient, own)


def test_bones_keep_the_patient_s_length_and_the_motion_is_marked(crouched):
    twin = twin_of(crouched)
    assert twin.clip.origin == "generated"
    assert twin.clip.frames == crouched.frames
    assert twin.clip.recording_id != crouched.recording_id
    patient = READER.average_cycle(crouched).positions_m
    for side in ("left", "right"):
        ends = [SLOT_INDEX[f"{side}_{name}"] for name in ("knee_centre", "ankle_centre")]
        shank, own = (np.linalg.norm(m[:, ends[0]] - m[:, ends[1]], axis=1) for m in (twin.clip.positions_m, patient))
        assert np.ptp(shank) < 1e-5
        assert abs(shank.mean() - own.mean()) < 0.005


def test_the_sentence_names_degrees_centimetres_and_no_goal(crouched):
    twin = twin_of(crouched)
    assert twin.part.variable == "knee_flexion"
    assert twin.part.difference_deg > 15.0
    assert "deg more than healthy virtual walking of this body" in twin.sentence
    assert " cm " in twin.sentence
    assert twin.sentence.endswith("Not a treatment goal.")


def test_an_ataxic_walker_s_feet_are_apart_by_about_what_was_done_to_them():
    trial = encoded(709, "ataxic", 0.9)
    healthy = encoded(709, speed_m_s=trial.speed_m_s)
    widths = READER.decode_spatiotemporal(np.stack([trial.recording_vector, healthy.recording_vector]))
    done_m = float(np.diff(widths[::-1, READER.spatiotemporal_names.index("step_width_m")])[0])
    step = twin_of(trial).step
    assert step.measure == "step_width_m"
    assert step.difference_m == pytest.approx(done_m, abs=0.04)
    assert done_m > 0.08


def test_a_healthy_person_at_the_reference_s_own_mean_has_no_step_to_speak_of():
    columns = [READER.spatiotemporal_names.index(name) for name in ("step_length_left_m", "step_width_m")]
    people = READER.decode_spatiotemporal(REFERENCE.vectors[:, 0].astype(float))[:, columns]
    differences = [
        step_differences(READER, REFERENCE, REFERENCE.vectors[k, :1].astype(float), REFERENCE.covariates[k, :1])
        for k in range(40)
    ]
    mean_m = np.mean([[d.difference_m for d in sorted(each, key=lambda d: d.measure)] for each in differences], axis=0)
    assert np.abs(mean_m).max() < 0.02 < people.std(axis=0).max()
    assert step_in_words("step_width_m", 0.004) == "steps are as long and as wide within 1 cm"
    assert step_in_words("step_length_left_m", -0.087) == "the left step is 9 cm shorter"


def test_a_visit_that_the_reference_does_not_cover_has_no_twin(crouched):
    fast = replace(crouched, speed_m_s=4.0)
    with pytest.raises(Refused, match="walking speed"):
        twin_of(fast)
    with pytest.raises(Refused, match="checkpoint"):
        twin_of(replace(crouched, fingerprint="0" * 64))


def test_a_twin_can_be_neither_scored_nor_tracked(crouched):
    again = MODEL.encode(twin_of(crouched).clip)
    assert again.origin == "generated"
    with pytest.raises(Refused, match="generated"):
        check_comparable(visit_of(again), REFERENCE)
    with pytest.raises(Refused, match="generated"):
        MahalanobisDetector().fit(REFERENCE).finding(visit_of(again), MODEL)


def test_the_reader_says_what_the_model_says_without_torch():
    vectors = REFERENCE.vectors[:5, 0].astype(float)
    assert np.array_equal(READER.decode_curves(vectors), MODEL.decode_curves(vectors))
    assert np.array_equal(READER.decode_spatiotemporal(vectors), MODEL.decode_spatiotemporal(vectors))
    code = (
        "import sys; from ltme_clinic.embedding.reader import load_reader; load_reader(); "
        "import ltme_clinic.pipeline.twin, ltme_clinic.generator.normative_twin; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
