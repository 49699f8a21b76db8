"""The evaluation bench: the transformer beside its yardsticks, on virtual people nobody trained on, and on real files.

Reconstruction is compared with PCA at the same number of floats, joint curves with harmonics + ridge, detection with
marker mean + SD and with speed alone. Intervals are bootstraps over people. Every virtual table says "synthetic".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ltme_clinic.body import SLOTS
from ltme_clinic.embedding import LtmeModel, PcaModel
from ltme_clinic.embedding.features import clip_features
from ltme_clinic.embedding.linear import reconstruction_error_mm
from ltme_clinic.embedding.prepare import prepare
from ltme_clinic.training.walkers import IMPAIRMENTS, TEST_SEED_OFFSET
from ltme_clinic.types import CLIP_RATE_HZ, MotionClip, Side, WalkTruth

Progress = Callable[[str, int, int], None]
TRIAL_S = 6.0


@dataclass(frozen=True)
class Measured:
    """One virtual walk as the bench needs it."""

    person: int
    clip: MotionClip
    """As the Plug-in Gait markers see it."""
    complete_clip: MotionClip
    truth: WalkTruth

    @property
    def complete(self) -> np.ndarray:
        """The rows of every slot, (frame, WIDTH)."""
        return clip_features(self.complete_clip)[0]


def evaluate(
    model: LtmeModel,
    pca: PcaModel,
    *,
    people: int = 100,
    severity: float = 0.5,
    seed: int = 1,
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """The whole bench on `people` virtual people, as JSON-ready figures."""
    healthy = [_measure(number, seed, "none", 0.0, visit) for visit in (0, 1) for number in range(people)]
    progress("virtual people", 1, 4)
    first, second = healthy[:people], healthy[people:]
    result: dict[str, Any] = {
        "title": "Synthetic: virtual people, split by person",
        "people": people,
        "fingerprint": model.fingerprint,
        "reconstruction": reconstruction(model, pca, first),
        "reconstruction_complete": reconstruction(model, pca, [replace(w, clip=w.complete_clip) for w in first]),
    }
    progress("reconstruction", 2, 4)
    result["joint_curves"] = joint_curves(model, first)
    result["retest"] = retest(model, first, second)
    progress("retest", 3, 4)
    result["detection"] = {
        name: detection(model, first, second, [_measure(n, seed, name, severity, 0) for n in range(people)])
        for name in IMPAIRMENTS
    }
    result["detection_severity"] = severity
    progress("detection", 4, 4)
    return result


def reconstruction(model: LtmeModel, pca: PcaModel, walks: Iterable[Measured]) -> dict[str, Any]:
    """Mean distance of decoded from true slots, millimetres, over all slots, seen by the encoder or not."""
    rows = []
    for walk in walks:
        decoded, complete = [_decoded_rows(coder, walk.clip) for coder in (model, pca)], walk.complete
        rows.append([reconstruction_error_mm(complete, item) for item in decoded])
    return compare(np.array(rows))


def reconstruction_of_recordings(model: LtmeModel, pca: PcaModel, clips: Iterable[MotionClip]) -> list[dict[str, Any]]:
    """The same for measured clips, over the slots that were seen: one row a recording."""
    table = []
    for clip in clips:
        rows, seen = clip_features(clip)
        errors = [reconstruction_error_mm(rows, _decoded_rows(coder, clip), seen) for coder in (model, pca)]
        table.append({"recording_id": clip.recording_id, "ltme_mm": errors[0], "pca_mm": errors[1]})
    return table


def compare(errors_mm: np.ndarray, seed: int = 0) -> dict[str, Any]:
    """Means of two columns (ltme, pca) and the ratio with a 95 % bootstrap interval over rows (people)."""
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(errors_mm), size=(2000, len(errors_mm)))
    ratios = errors_mm[draws, 0].mean(axis=1) / errors_mm[draws, 1].mean(axis=1)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return {
        "ltme_mm": float(errors_mm[:, 0].mean()),
        "pca_mm": float(errors_mm[:, 1].mean()),
        "ratio": float(errors_mm[:, 0].mean() / errors_mm[:, 1].mean()),
        "ratio_95": [float(low), float(high)],
        "n": len(errors_mm),
    }


def joint_curves(model: LtmeModel, walks: list[Measured]) -> dict[str, float]:
    """Root mean square difference of decoded from true joint curves, degrees: transformer, harmonics + ridge."""
    truth = np.stack([walk.truth.curves_deg for walk in walks])
    vectors = np.stack([model.encode(walk.clip).recording_vector for walk in walks])
    linear = np.stack([_linear_vector(model, walk.clip) for walk in walks])
    return {
        "ltme_deg": _rms(model.decode_curves(vectors) - truth),
        "harmonics_ridge_deg": _rms(model.decode_curves(linear) - truth),
        "spread_between_people_deg": _rms(truth - truth.mean(axis=0)),
    }


def retest(model: LtmeModel, first: list[Measured], second: list[Measured]) -> dict[str, Any]:
    """Intraclass correlation of the vector's leading directions when markers are placed anew."""
    from ltme_clinic.statistics import icc_agreement

    pairs = np.stack([[model.encode(walk.clip).recording_vector for walk in visit] for visit in (first, second)], 1)
    centred = pairs - pairs.mean(axis=(0, 1))
    _, _, directions = np.linalg.svd(centred.reshape(-1, centred.shape[-1]), full_matrices=False)
    values = [float(icc_agreement(centred @ direction)) for direction in directions[:8]]
    return {"icc_leading_8": values, "icc_mean": float(np.mean(values))}


def detection(
    model: LtmeModel, first: list[Measured], second: list[Measured], impaired: list[Measured]
) -> dict[str, float]:
    """AUROC of healthy-only Mahalanobis for several features, fitted on one half of the people, tested on the other."""
    from sklearn.covariance import LedoitWolf

    from ltme_clinic.statistics import auroc

    half = len(first) // 2
    figures = {}
    for name, feature in _features(model).items():
        fit, healthy, ill = (
            np.stack([feature(walk) for walk in walks])
            for walks in (first[:half] + second[:half], first[half:], impaired[half:])
        )
        scale = fit.std(axis=0) + 1e-9
        estimate = LedoitWolf().fit((fit - fit.mean(axis=0)) / scale)
        scores = [estimate.mahalanobis((item - fit.mean(axis=0)) / scale) for item in (healthy, ill)]
        figures[name] = float(auroc(scores[0], scores[1]))
    return figures


def _features(model: LtmeModel) -> dict[str, Callable[[Measured], np.ndarray]]:
    return {
        "ltme": lambda walk: model.encode(walk.clip).recording_vector,
        "harmonics_ridge": lambda walk: _linear_vector(model, walk.clip),
        "marker_mean_sd": _mean_and_sd,
        "speed": lambda walk: np.array([walk.clip.speed_m_s]),
    }


def _mean_and_sd(walk: Measured) -> np.ndarray:
    seen = walk.clip.valid.all(axis=0)
    positions = walk.clip.positions_m[:, seen]
    return np.concatenate([positions.mean(axis=0).ravel(), positions.std(axis=0).ravel()])


def _linear_vector(model: LtmeModel, clip: MotionClip) -> np.ndarray:
    return model.skeleton.vector(prepare(clip, model.skeleton).components)


def _decoded_rows(coder: LtmeModel | PcaModel, clip: MotionClip) -> np.ndarray:
    return clip_features(coder.decode(coder.encode(clip)))[0]


def _rms(difference: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(difference))))


def _measure(number: int, seed: int, impairment: Any, severity: float, visit: int) -> Measured:
    """One walk of test person `number`, as the Plug-in Gait markers see it."""
    from ltme_clinic.clips import clip_from_positions
    from ltme_clinic.marker_sets import marker_sets
    from ltme_clinic.virtual_lab import sample_patient, simulate_slots

    person = seed * 1_000_000 + TEST_SEED_OFFSET + number
    side: Side = "left" if number % 2 else "right"
    patient = sample_patient(person, impairment=impairment, severity=severity, side=side)
    positions_m, truth = simulate_slots(patient, visit=visit, trial=0, duration_s=TRIAL_S, rate_hz=CLIP_RATE_HZ)
    complete = clip_from_positions(positions_m, CLIP_RATE_HZ, f"person-{number}", "virtual")
    slots = marker_sets()["plug-in-gait-full-body"].slots
    there = np.array([slot in slots and not slot.endswith("_centre") for slot in SLOTS])
    valid = complete.valid & there
    seen = replace(complete, valid=valid, positions_m=np.where(valid[..., None], complete.positions_m, np.nan))
    return Measured(person, seen, complete, truth)
