"""Compares our gait model with stored angles and joint centres, and keeps the figures beside this file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.kinematics.cgm import ModelSettings, calibrate_static, model_angles, static_disagreements
from ltme_clinic.kinematics.cgm.comparison import AngleAgreement, compare_angles, compare_centres
from ltme_clinic.recordings import find_c3d_files, read_recordings
from ltme_clinic.types import BodyMeasures, LtmeError
from studies.gait_model_agreement.sensitivity import sensitivity
from studies.gait_model_agreement.tables import as_text
from studies.gait_model_agreement.wrong_rules import WRONG_RULES

RESULTS = Path(__file__).with_name("results")
GROUPS = ("Pelvis", "Hip", "Knee", "Ankle", "FootProgress")
OFFSETS = ("tibial_torsion_rad", "shank_rotation_rad", "plantar_flexion_rad", "foot_rotation_rad")


@dataclass(frozen=True)
class Trial:
    """A recording with stored angles and measures."""

    name: str
    person: str
    walker: Walker

    @property
    def measures(self) -> BodyMeasures:
        return self.walker.recording.body_measures

    @property
    def is_static(self) -> bool:
        return self.walker.recording.is_static


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, required=True, help="a folder of real C3D files")
    options = parser.parse_args()
    trials, left_out = trials_in(options.recordings)
    walks = [trial for trial in trials if not trial.is_static]
    statics = [trial for trial in trials if trial.is_static]
    result = {
        "files_left_out": left_out,
        "stored_offsets": [stored_offsets(trial) for trial in walks],
        "own_static": [
            own_static(static, walk) for static in statics for walk in walks if walk.person == static.person
        ],
        "wrong_rules": {name: wrong_rule(walks, name) for name in WRONG_RULES}
        | {"flat feet toggled": toggled(statics)},
        "static_lines": {static.name: foreign(static, walks) for static in statics},
        "sensitivity_deg": sensitivity([trial.walker for trial in walks]),
    }
    print(as_text(result))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "figures.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "table.md").write_text(as_text(result) + "\n")


def trials_in(folder: Path) -> tuple[list[Trial], int]:
    """The trials that can be compared, and how many files were left out."""
    files, _ = find_c3d_files([folder])
    trials = []
    for path in files:
        try:
            recording, *_ = read_recordings(path)
            if not comparable(recording.angles(), recording.body_measures):
                continue
            person = f"{path.parent.name}/{path.name[:5]}" if path.parent.name == "children" else path.parent.name
            trials.append(Trial(path.name, person, walker_of(recording)))
        except LtmeError:
            continue
    return trials, len(files) - len(trials)


def comparable(angles: Iterable[str], measures: BodyMeasures) -> bool:
    """Whether Plug-in Gait's angles are stored with what they are calculated from."""
    legs = [measures.leg(side) for side in SIDES]
    measured = all(None not in (leg.leg_length_m, leg.knee_width_m, leg.ankle_width_m) for leg in legs)
    return measured and {"LHipAngles", "RHipAngles"} <= set(angles)


def compared(walker: Walker, measures: BodyMeasures, settings: ModelSettings) -> dict[str, Any]:
    """The worst side of every column by joint, and of the joint centres."""
    angles = model_angles(walker.measured_m, walker.rate_hz, measures, settings, heading_rad=walker.heading_rad)
    outputs = walker.recording.model_outputs
    agreements = compare_angles(angles, outputs)
    centres = compare_centres(angles, outputs)
    return {
        "rmse_deg": {group: worst(agreements, group) for group in GROUPS},
        "centres_mm": {
            joint: max((c.largest_mm for c in centres if c.joint == joint), default=None)
            for joint in ("hip", "knee", "ankle")
        },
        "frames": max(a.frames for a in agreements),
        "excluded": sorted({f"{a.output}: {a.excluded}" for a in agreements if a.excluded}),
    }


def worst(agreements: Iterable[AngleAgreement], group: str) -> list[float]:
    """Largest root mean square difference of the two sides, for each column."""
    kept = [a for a in agreements if a.output[1:] == f"{group}Angles" and not a.excluded]
    return [max((a.rmse_deg for a in kept if a.column == column), default=float("nan")) for column in range(3)]


def stored_offsets(trial: Trial) -> dict[str, Any]:
    return {"file": trial.name, **compared(trial.walker, trial.measures, ModelSettings())}


def own_static(static: Trial, walk: Trial) -> dict[str, Any]:
    """The walk with offsets that we calibrated ourselves; the typed thigh rotation is the walk's."""
    calibrated = calibrate_static(static.walker.measured_m, static.walker.rate_hz, static.measures)
    lines = static_disagreements(calibrated.measures, walk.measures, static.walker.measured_m, walk.walker.measured_m)
    measures = walk.measures
    for side in SIDES:
        own = {name: getattr(calibrated.measures.leg(side), name) for name in OFFSETS}
        measures = replace(measures, **{f"{side}_leg": replace(measures.leg(side), **own)})  # type: ignore[arg-type]
    off_deg = [
        abs(np.degrees(getattr(measures.leg(side), name) - getattr(walk.measures.leg(side), name)))
        for side in SIDES
        for name in OFFSETS
    ]
    return {
        "static": static.name,
        "file": walk.name,
        "offsets_deg": float(max(off_deg)),
        "calibrated_with": dict(calibrated.settings),
        "rejected": list(lines),
        **compared(walk.walker, measures, ModelSettings()),
    }


def wrong_rule(walks: list[Trial], name: str) -> dict[str, Any]:
    """Mean over the walks of the worst side, for each column; and how many walks would still pass."""
    found = [compared(*WRONG_RULES[name](trial.walker, trial.measures)) for trial in walks]
    passed = sum(passes(one, 0.01) for one in found)
    return {
        "rmse_deg": {group: np.nanmean([f["rmse_deg"][group] for f in found], axis=0).tolist() for group in GROUPS},
        "centres_mm": {
            joint: float(np.mean([f["centres_mm"][joint] for f in found])) for joint in ("hip", "knee", "ankle")
        },
        "walks_that_pass": passed,
    }


def passes(one: dict[str, Any], limit_deg: float) -> bool:
    """Whether every column is within the limit and every joint centre within 0.01 mm."""
    columns = [value for group in one["rmse_deg"].values() for value in group if np.isfinite(value)]
    return max(columns) < limit_deg and max(one["centres_mm"].values()) < 0.01


def toggled(statics: list[Trial]) -> dict[str, float]:
    """How far the foot's offsets fall from the stored ones when the feet are taken the other way, least and most."""
    off_deg = []
    for static in statics:
        walker, measures = static.walker, static.measures
        right = calibrate_static(walker.measured_m, walker.rate_hz, measures)
        was_flat = right.settings["left foot"] == "flat"
        other = calibrate_static(walker.measured_m, walker.rate_hz, measures, ModelSettings(flat_foot=not was_flat))
        for side in SIDES:
            first, second = (c.measures.leg(side).plantar_flexion_rad for c in (right, other))
            if first is not None and second is not None:
                off_deg.append(abs(float(np.degrees(first - second))))
    return {"least_deg": min(off_deg), "most_deg": max(off_deg)}


def foreign(static: Trial, walks: list[Trial]) -> dict[str, list[int]]:
    """How many lines speak against this standing trial, for the person's own walks and for everybody else's."""
    calibrated = calibrate_static(static.walker.measured_m, static.walker.rate_hz, static.measures).measures
    lines: dict[str, list[int]] = {"own": [], "others": []}
    for walk in walks:
        found = static_disagreements(calibrated, walk.measures, static.walker.measured_m, walk.walker.measured_m)
        lines["own" if walk.person == static.person else "others"].append(len(found))
    return lines


if __name__ == "__main__":
    main()
