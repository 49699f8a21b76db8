"""Runs the bench on the shipped checkpoint and keeps its figures and a picture beside this file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ltme_clinic.progress import ProgressBar
from ltme_clinic.training.bench import as_text, run_bench

RESULTS = Path(__file__).with_name("results")
FEATURES = ("ltme", "harmonics_ridge", "marker_mean_sd", "speed")
TITLES = ("transformer", "harmonics + ridge", "marker mean + SD", "speed alone")
COLOURS = ("#0072B2", "#56B4E9", "#999999", "#DDDDDD")


def main() -> None:
    """Parse, measure, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--recordings", type=Path, action="append", default=[])
    options = parser.parse_args()
    with ProgressBar("motion code") as progress:
        result = run_bench(None, people=options.people, recordings=options.recordings, progress=progress)
    print(as_text(result))
    kept = without_single_recordings(result)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "figures.json").write_text(json.dumps(kept, indent=1) + "\n")
    draw(kept, RESULTS / "motion_code.png")


def without_single_recordings(result: dict[str, Any]) -> dict[str, Any]:
    """The figures to keep: of real recordings only what they come to together."""
    rows = result.pop("recordings", [])
    if rows:
        result["real_recordings"] = {
            "n": len(rows),
            "ltme_mm": sum(row["ltme_mm"] for row in rows) / len(rows),
            "pca_mm": sum(row["pca_mm"] for row in rows) / len(rows),
            "pca_better_in": sum(row["pca_mm"] < row["ltme_mm"] for row in rows),
        }
    return result


def draw(result: dict[str, Any], path: Path) -> None:
    """Reconstruction, joint curves and detection, side by side."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (code, curves, detection) = plt.subplots(1, 3, figsize=(13, 4.2), width_ratios=(1, 1, 2.6))
    fit, joint = result["reconstruction"], result["joint_curves"]
    bars = code.bar(("transformer", "PCA"), (fit["ltme_mm"], fit["pca_mm"]), color=("#0072B2", "#999999"))
    code.bar_label(bars, fmt="%.1f")
    low, high = fit["ratio_95"]
    code.set_title(f"Slot error, mm\nratio {fit['ratio']:.2f} ({low:.2f}-{high:.2f})", fontsize=10)
    bars = curves.bar(
        ("transformer", "harmonics\n+ ridge"),
        (joint["ltme_deg"], joint["harmonics_ridge_deg"]),
        color=("#0072B2", "#56B4E9"),
    )
    curves.bar_label(bars, fmt="%.2f")
    curves.set_title("Joint curves, degrees RMS", fontsize=10)
    names = list(result["detection"])
    for number, (feature, title, colour) in enumerate(zip(FEATURES, TITLES, COLOURS, strict=True)):
        places = [place + 0.2 * (number - 1.5) for place in range(len(names))]
        detection.bar(places, [result["detection"][name][feature] for name in names], 0.2, label=title, color=colour)
    detection.axhline(0.5, color="black", linewidth=0.8)
    detection.set_xticks(range(len(names)), [name.replace("_", "\n") for name in names], fontsize=8.5)
    detection.set_ylim(0.4, 1.19)
    detection.set_yticks([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    detection.set_title(f"Detection AUROC at severity {result['detection_severity']}", fontsize=10)
    detection.legend(fontsize=8.5, ncols=4, loc="upper center", frameon=False)
    for panel in (code, curves, detection):
        panel.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"Synthetic: {result['people']} virtual people nobody trained on", fontsize=11)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
