"""The figures on findings: a patient with many visits, and a reference of many people."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from ltme_clinic.benchmark.material import Material
from ltme_clinic.types import WINDOW_FRAMES, MotionEmbedding

if TYPE_CHECKING:
    from ltme_clinic.access import Principal
    from ltme_clinic.findings import ReferencePopulation
    from ltme_clinic.store import Store

VISITS, TRIALS = 50, 3
PATIENT, FIRST_DAY = "P1", date(2020, 1, 6)
RECORDINGS = 10_000
TRIALS_A_PERSON = 2
REPEATS = 5
NOISE = 0.1


def findings_of_many_visits(material: Material) -> dict[str, Any]:
    """Everything that `ltme findings` and `ltme track` say of a patient, from the store's embeddings, checkpoint and
    detector in memory; beside reading the embeddings alone."""
    from ltme_clinic.access import local_principal
    from ltme_clinic.embedding import load_model
    from ltme_clinic.findings import BaselineTracker
    from ltme_clinic.pipeline.references import fitted_detector
    from ltme_clinic.pipeline.review import visits_of
    from ltme_clinic.store import Store

    model, who = load_model(), local_principal()
    with Store.open(material.scratch / "visits", create=True) as store:
        _store_visits(store, who, material)
        taken_s, reading_s = [], []
        for _ in range(REPEATS):
            detector = fitted_detector(model.fingerprint)
            started_s = time.perf_counter()
            visits, _ = visits_of(store, PATIENT, model.fingerprint, who)
            for visit in visits:
                for embedding in visit.embeddings:
                    _ = embedding.latents
            reading_s.append(time.perf_counter() - started_s)
            for visit in visits:
                detector.finding(visit, model)
            BaselineTracker().track(visits, detector)
            taken_s.append(time.perf_counter() - started_s)
    whole_ms, reading_ms = 1000.0 * min(taken_s), 1000.0 * min(reading_s)
    return {
        "visits": len(visits),
        "trials": TRIALS,
        "milliseconds": whole_ms,
        "of_these_reading": reading_ms,
        "sentence": (
            f"Findings and trends of a patient with {len(visits)} visits of {TRIALS} trials take {whole_ms:.0f} ms "
            f"from the store, {reading_ms:.0f} of them for reading the embeddings."
        ),
    }


def large_reference(material: Material) -> dict[str, Any]:
    """Building a reference of many recordings from their embeddings, and fitting the detector on it."""
    from ltme_clinic.embedding import load_model
    from ltme_clinic.findings import MahalanobisDetector, build_reference
    from ltme_clinic.pipeline.references import load_reference

    shipped = load_reference(load_model().fingerprint)
    rng = np.random.default_rng(0)
    people: dict[str, list[list[MotionEmbedding]]] = {}
    for number in range(RECORDINGS // TRIALS_A_PERSON):
        like = number % shipped.n
        people[f"person {number}"] = [
            [_embedding(shipped, like, rng, f"{number:060d}{trial:04d}") for trial in range(TRIALS_A_PERSON)]
        ]
    started_s = time.perf_counter()
    reference = build_reference(people, name="many", origin="virtual", card={})
    built_s = time.perf_counter() - started_s
    MahalanobisDetector().fit(reference)
    fitted_s = time.perf_counter() - started_s - built_s
    material.progress("a large reference", 1, 1)
    return {
        "recordings": RECORDINGS,
        "build_s": built_s,
        "fit_s": fitted_s,
        "sentence": (
            f"A reference of {RECORDINGS:,} embedded recordings is built in {built_s:.1f} s, and the detector fitted "
            f"on it in {fitted_s:.2f} s."
        ),
    }


def _store_visits(store: Store, who: Principal, material: Material) -> None:
    """One walk, stored again and again as the trials of many visits, its vector a little different each time."""
    from ltme_clinic.embedding import load_model
    from ltme_clinic.pipeline.scorable import scorable_clip
    from ltme_clinic.virtual_lab import sample_patient, simulate_walk

    recording = simulate_walk(sample_patient(5), duration_s=6.0).recording
    scorable = scorable_clip(recording)
    embedding = scorable.encoded(load_model())
    rng = np.random.default_rng(0)
    for number in range(VISITS * TRIALS):
        name = hashlib.sha256(str(number).encode()).hexdigest()
        moved = embedding.recording_vector + NOISE * rng.normal(size=embedding.recording_vector.size)
        store.add_recording(
            who,
            replace(recording, recording_id=name),
            replace(scorable.clip, recording_id=name),
            patient=PATIENT,
            visit_date=FIRST_DAY + timedelta(days=30 * (number // TRIALS)),
            file_sha256=name,
            joint_cells_deg=scorable.joint_cells_deg,
            gait_figures=scorable.gait_figures,
        )
        store.save_embedding(who, replace(embedding, recording_id=name, recording_vector=moved.astype(np.float32)))
        material.progress("storing visits", number + 1, VISITS * TRIALS)


def _embedding(shipped: ReferencePopulation, like: int, rng: np.random.Generator, name: str) -> MotionEmbedding:
    """A walk like that of one of the shipped reference's people."""
    speed_m_s, leg_length_m, cadence_spm = shipped.covariates[like, 0]
    vector = shipped.vectors[like, 0] + NOISE * rng.normal(size=shipped.vectors.shape[2])
    latent = len(shipped.windows.mean)
    return MotionEmbedding(
        recording_id=name,
        origin="virtual",
        fingerprint=shipped.fingerprint,
        clip_version=shipped.clip_version,
        recording_vector=vector.astype(np.float32),
        posture_vector=np.zeros(2, dtype=np.float32),
        latents=rng.normal(size=(12, latent)).astype(np.float32),
        frames=12 * WINDOW_FRAMES,
        speed_m_s=float(speed_m_s),
        leg_length_m=float(leg_length_m),
        cadence_spm=float(cadence_spm),
        joint_cells_deg=shipped.joint_cells_deg[like, 0],
    )
