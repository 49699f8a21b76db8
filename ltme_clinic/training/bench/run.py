"""`ltme evaluate`: the whole bench on one checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ltme_clinic.embedding import LtmeModel, load_model, load_pca_model, load_skeleton_model
from ltme_clinic.progress import Progress, silent
from ltme_clinic.training.bench.detection import SeenBench, detection_tables, measure_aurocs
from ltme_clinic.training.bench.features import see
from ltme_clinic.training.bench.people import BenchSettings
from ltme_clinic.training.bench.reconstruction import (
    Coders,
    as_marker_set,
    hidden_markers,
    motion_kept,
    reconstruction,
    recorded_reconstruction,
)
from ltme_clinic.training.bench.recording import BenchWalks, record_bench
from ltme_clinic.training.bench.retest import curve_errors, retest, side_accuracy, speed_r2
from ltme_clinic.training.bench.strata import strata
from ltme_clinic.training.recorded import read_clips
from ltme_clinic.types import MotionClip

TITLE = "Synthetic: virtual people nobody trained on, in a laboratory unlike training's"


def run_bench(
    checkpoint: Path | None,
    *,
    settings: BenchSettings | None = None,
    walks: BenchWalks | None = None,
    recordings: Iterable[Path] = (),
    progress: Progress = silent,
) -> dict[str, Any]:
    """The synthetic bench, and the reconstruction of real walking recordings where any are named: JSON-ready.

    Walks that were recorded before are judged as they are; else they are recorded by the settings.
    """
    model, coders = coders_of(checkpoint)
    if walks is None:
        walks = record_bench(settings or BenchSettings(), progress)
    result = judge(model, coders, walks, progress)
    clips, refused = read_clips(recordings)
    if clips:
        result["recordings"] = recorded_reconstruction(coders, clips)
    if refused:
        result["refused"] = refused
    return result


def coders_of(checkpoint: Path | None) -> tuple[LtmeModel, Coders]:
    """A checkpoint's model; and by name the model, what it was before its first step, and PCA, of the same floats."""
    model = load_model(checkpoint)
    return model, {"ltme": model, "step 0": load_skeleton_model(checkpoint), "pca": load_pca_model(checkpoint)}


def judge(
    model: LtmeModel, coders: Coders, walks: BenchWalks, progress: Progress = silent, *, by_band: bool = True
) -> dict[str, Any]:
    """Everything about one model, from walks that any model can be judged on.

    Parameters
    ----------
    coders : for reconstruction, by name; the model comes first
    by_band : whether to look by age, speed and so on as well (`strata`), which takes as long again as all the rest
    """
    settings = walks.settings
    bench = seen_bench(model, walks, progress)
    progress("reconstruction", 0, 1)
    fitted = reconstructions(model, coders, walks)
    progress("reconstruction", 1, 1)
    aurocs = measure_aurocs(bench, progress)
    return {
        "title": TITLE,
        "fingerprint": model.fingerprint,
        "impairments_of_training": model.card.get("impairments"),
        "settings": asdict(settings),
        "walks_lost": walks.lost(),
        "walks_left_out": _left_out(walks, bench),
        "severities": {
            name: [{"target": s.target, "severity": s.severity, "auroc": s.auroc, "reached": s.reached} for s in found]
            for name, found in walks.severities.items()
        },
        **fitted,
        "detection": detection_tables(aurocs),
        "retest": retest(bench),
        "joint_curves": curve_errors(bench),
        "speed_r2": speed_r2(bench),
        "side_accuracy": side_accuracy(bench),
        "strata": strata(coders, bench) if by_band else [],
    }


def reconstructions(model: LtmeModel, coders: Coders, walks: BenchWalks) -> dict[str, Any]:
    """All of reconstruction: a usual laboratory's walks, the other laboratory's, impaired ones, hidden markers, motion.

    Impaired people have one impairment each, in turn, at the severest tested degree.
    """
    settings = walks.settings
    usual = [walk.usual for walk in walks.healthy[0] if walk is not None and walk.usual is not None]
    other = [(walk.order.seed, walk.clip) for walk in walks.healthy[0] if walk is not None and walk.clip is not None]
    clips = [clip for _, clip in other]
    severest = max(settings.targets)
    impaired: list[MotionClip] = []
    for person in range(settings.people):
        name = settings.impairments[person % len(settings.impairments)]
        walk = walks.impaired[name, severest][person]
        if walk is not None and walk.clip is not None:
            impaired.append(walk.clip)
    tables = {
        "usual_every_slot_seen": reconstruction(coders, usual, usual),
        "usual_plug_in_gait_seen": reconstruction(coders, [as_marker_set(clip) for clip in usual], usual),
        "other_laboratory": reconstruction(coders, clips, clips),
        "other_laboratory_impaired": reconstruction(coders, impaired, impaired),
    }
    return {
        "reconstruction": tables,
        "hidden_markers": hidden_markers(model, coders, clips, [seed for seed, _ in other]),
        "motion_kept": motion_kept(coders, usual),
    }


def seen_bench(model: LtmeModel, walks: BenchWalks, progress: Progress = silent) -> SeenBench:
    """Everybody's walks as the model sees them."""
    total = 4 + len(walks.impaired)
    groups = []
    for group in (*walks.reference, *walks.healthy, *walks.impaired.values()):
        groups.append(see(group, model, walks.settings))
        progress("encoding", len(groups), total)
    impaired = dict(zip(walks.impaired, groups[4:], strict=True))
    return SeenBench(walks.settings, (groups[0], groups[1]), (groups[2], groups[3]), impaired)


def _left_out(walks: BenchWalks, bench: SeenBench) -> int:
    """Walks that were had but that some feature set has a gap in: no set is judged on them."""
    seen = (*bench.reference, *bench.healthy, *bench.impaired.values())
    return sum(walk is None for group in seen for walk in group) - walks.lost()
