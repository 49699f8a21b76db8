"""`ltme evaluate`: run the bench on a checkpoint, and say it in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ltme_clinic.embedding import load_model, load_pca_model
from ltme_clinic.training.evaluate import evaluate, reconstruction_of_recordings
from ltme_clinic.types import LtmeError, MotionClip

Progress = Callable[[str, int, int], None]


def run_bench(
    checkpoint: Path | None, *, people: int, recordings: Iterable[Path], progress: Progress = lambda *_: None
) -> dict[str, Any]:
    """The synthetic bench, and the reconstruction of real walking recordings where any are named."""
    model, pca = load_model(checkpoint), load_pca_model(checkpoint)
    result = evaluate(model, pca, people=people, progress=progress)
    clips, refused = _clips(recordings)
    if clips:
        table = reconstruction_of_recordings(model, pca, clips.values())
        names = {clip.recording_id: name for name, clip in clips.items()}
        result["recordings"] = [{"file": names[row.pop("recording_id")], **row} for row in table]
    if refused:
        result["refused"] = refused
    return result


def as_text(result: dict[str, Any]) -> str:
    """The bench for people to read."""
    curves, retest = result["joint_curves"], result["retest"]
    lines = [
        f"{result['title']}; {result['people']} people nobody trained on; checkpoint {result['fingerprint'][:12]}",
        "",
        "Reconstruction, mean error over all slots (same number of floats)",
        _fit_line("Plug-in Gait markers seen", result["reconstruction"]),
        _fit_line("every slot seen", result["reconstruction_complete"]),
        "Joint curves against the truth, root mean square",
        f"  transformer {curves['ltme_deg']:.2f} deg   harmonics + ridge {curves['harmonics_ridge_deg']:.2f} deg   "
        f"spread between people {curves['spread_between_people_deg']:.2f} deg",
        f"Retest with markers placed anew, ICC of the leading 8 directions: mean {retest['icc_mean']:.3f}",
        f"AUROC of healthy-only Mahalanobis at severity {result['detection_severity']}",
    ]
    for impairment, row in result["detection"].items():
        lines.append(f"  {impairment:14}" + "   ".join(f"{name} {value:.2f}" for name, value in row.items()))
    if "recordings" in result:
        lines += ["", "Real recordings, mean slot error over the slots seen"]
        lines += [
            f"  {row['file']:28} transformer {row['ltme_mm']:.1f} mm   PCA {row['pca_mm']:.1f} mm"
            for row in result["recordings"]
        ]
    lines += [f"  refused: {line}" for line in result.get("refused", [])]
    return "\n".join(lines)


def _fit_line(what: str, fit: dict[str, Any]) -> str:
    low, high = fit["ratio_95"]
    return (
        f"  {what:26} transformer {fit['ltme_mm']:.2f} mm   PCA {fit['pca_mm']:.2f} mm   "
        f"ratio {fit['ratio']:.3f} (95 % {low:.3f} to {high:.3f})"
    )


def _clips(paths: Iterable[Path]) -> tuple[dict[str, MotionClip], list[str]]:
    from ltme_clinic.clips import make_clip
    from ltme_clinic.recordings import find_c3d_files, read_recordings

    files, problems = find_c3d_files(list(paths))
    clips, refused = {}, [str(problem) for problem in problems]
    for file in files:
        try:
            for recording in read_recordings(file):
                if not recording.is_static:
                    clips[file.name] = make_clip(recording)
        except LtmeError as error:
            refused.append(str(error))
    return clips, refused
