"""Compares our moments, powers and ground reactions with those that Vicon Nexus stored, and keeps the tables."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.gait.kinetics import KineticsFilter, joint_kinetics
from ltme_clinic.gait.kinetics.inertia import LEG, SegmentInertia
from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.plates.foot_forces import foot_forces
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.kinematics.cgm import model_angles
from ltme_clinic.recordings import find_c3d_files, read_recordings
from ltme_clinic.types import Anthropometry, JointAngles, JointKinetics, LtmeError, PlateContact
from studies.kinetics_agreement.picture import draw
from studies.kinetics_agreement.stored import ForcelessFile, stored_angles, stored_curve, uses_plate
from studies.kinetics_agreement.tables import as_text

RESULTS = Path(__file__).with_name("results")
WINTER: Mapping[str, SegmentInertia] = {
    "thigh": SegmentInertia(0.100, 0.433, (0.323, 0.323, 0.0)),
    "shank": SegmentInertia(0.0465, 0.433, (0.302, 0.302, 0.0)),
    "foot": SegmentInertia(0.0145, 0.5, (0.0, 0.475, 0.475)),
}
"""Dempster's, as Winter 2009 (table 4.1) gives them; nothing there about the long axes."""
ABOUT_THE_JOINT = {
    **WINTER,
    "thigh": SegmentInertia(0.100, 0.433, (0.540, 0.540, 0.0)),
    "shank": SegmentInertia(0.0465, 0.433, (0.528, 0.528, 0.0)),
}
"""The same with that table's radii about the proximal joint, used as if they were about the centre of mass."""
FILTERS = {
    "none": KineticsFilter(None, None),
    "motion 6": KineticsFilter(6.0, None),
    "motion 8": KineticsFilter(8.0, None),
    "motion 10": KineticsFilter(10.0, None),
    "motion 15": KineticsFilter(15.0, None),
    "both 6": KineticsFilter(6.0, 6.0),
    "both 10": KineticsFilter(10.0, 10.0),
    "both 15": KineticsFilter(15.0, 15.0),
}
NOISE_M = 1e-3
SEED = 1
FEWEST_FRAMES = 10
SMALLEST = 1e-3
"""Nm/kg or W/kg: what varies less is nothing to compare with (Nexus's foot has no inertia about its long axis)."""


@dataclass(frozen=True)
class Trial:
    """One recording with what is needed to calculate its kinetics again and again."""

    name: str
    walker: Walker
    angles: JointAngles
    contacts: tuple[PlateContact, ...]
    convention: str
    modelled: bool
    """Whether the angles are our model's, from the markers; else they are stored points'."""


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, required=True, help="a folder of real C3D files")
    options = parser.parse_args()
    trials = list(trials_of(options.recordings))
    alike = [trial for trial in trials if trial.convention == "nexus"]
    variants: dict[str, list[dict[str, Any]]] = {"as shipped": agreement(alike, KineticsFilter(), LEG)}
    variants["Winter's inertia"] = agreement(alike, KineticsFilter(), WINTER)
    variants["Winter's radii about the joint"] = agreement(alike, KineticsFilter(), ABOUT_THE_JOINT)
    for name, smoothing in FILTERS.items():
        variants[f"filter: {name}"] = agreement(alike, smoothing, LEG)
    variants["Winter's radii about the joint, no filter"] = agreement(alike, FILTERS["none"], ABOUT_THE_JOINT)
    variants["swing, as shipped"] = agreement(alike, KineticsFilter(), LEG, swing=True)
    variants["swing, Winter's radii about the joint, no filter"] = agreement(
        alike, FILTERS["none"], ABOUT_THE_JOINT, swing=True
    )
    other = [trial for trial in trials if trial.convention != "nexus"]
    variants["another convention"] = agreement(other, FILTERS["none"], LEG)
    noise = {name: noise_errors(alike, smoothing) for name, smoothing in FILTERS.items()}
    RESULTS.mkdir(exist_ok=True)
    packed = {name: _packed(rows) for name, rows in variants.items()}
    figures = {"variants": packed, "noise": noise}
    (RESULTS / "figures.json").write_text(json.dumps(figures, sort_keys=True) + "\n", encoding="utf-8")
    draw(packed, RESULTS / "kinetics_agreement.png")
    text = as_text(variants, noise)
    (RESULTS / "table.md").write_text(text, encoding="utf-8")
    print(text)


def _packed(rows: list[dict[str, Any]]) -> dict[str, list[list[Any]]]:
    """Variable -> trial, side, r, RMSE and slope of each contact."""
    packed: dict[str, list[list[Any]]] = {}
    for row in rows:
        packed.setdefault(row["variable"], []).append([row[key] for key in ("trial", "side", "r", "rmse", "slope")])
    return packed


def trials_of(folder: Path) -> Iterator[Trial]:
    """The recordings that hold moments and a clean contact."""
    for path in find_c3d_files([folder])[0]:
        try:
            for recording in read_recordings(path):
                if not recording.is_static and any(output.kind == "moment" for output in recording.model_outputs):
                    yield from _trial(path.stem, walker_of(recording))
        except (LtmeError, ForcelessFile) as error:
            print(f"left out: {error}")


def _trial(name: str, walker: Walker) -> Iterator[Trial]:
    """A walker with clean contacts, a mass, and angles: by our model, or stored where it lacks measures."""
    contacts = plate_contacts(walker)
    if not any(contact.clean for contact in contacts):
        return
    recording = walker.recording
    convention = "nexus" if uses_plate(recording) else "forward left up"
    walker = _with_mass(walker, contacts)
    angles = model_angles(walker.measured_m, walker.rate_hz, recording.body_measures, heading_rad=walker.heading_rad)
    modelled = convention == "nexus" and np.isfinite(angles.joint_centres_m["left_ankle"]).any()
    yield Trial(
        name, walker, angles if modelled else stored_angles(recording, convention), contacts, convention, modelled
    )


def _with_mass(walker: Walker, contacts: tuple[PlateContact, ...]) -> Walker:
    """A mass that the file does not name, from its ground reaction for each kilogram."""
    if walker.recording.anthropometry.mass_kg is not None:
        return walker
    for side, known in foot_forces(walker, contacts).items():
        per_kg = stored_curve(walker.recording, "force", "vertical", side, "nexus")
        frames = np.flatnonzero(per_kg > 5.0) if per_kg is not None else np.zeros(0, int)
        upward_n = known.force_n[np.round(frames * (known.rate_hz / walker.rate_hz)).astype(int), 2]
        if per_kg is not None and np.isfinite(upward_n).any():
            mass_kg = float(np.nanmedian(upward_n / per_kg[frames]))
            return replace(walker, recording=replace(walker.recording, anthropometry=Anthropometry(mass_kg=mass_kg)))
    return walker


def agreement(
    trials: list[Trial], smoothing: KineticsFilter, inertia: Mapping[str, SegmentInertia], *, swing: bool = False
) -> list[dict[str, Any]]:
    """One row for each clean contact, or for the swing after it, and variable."""
    rows = []
    for trial in trials:
        try:
            ours = joint_kinetics(trial.walker, trial.angles, trial.contacts, smoothing, inertia)
        except LtmeError as error:
            print(f"left out: {error}")
            continue
        for contact in trial.contacts:
            if contact.clean:
                rows += list(_rows(trial, contact, ours, swing))
    return rows


def _rows(trial: Trial, contact: PlateContact, ours: JointKinetics, swing: bool) -> Iterator[dict[str, Any]]:
    frames = _swing_frames(trial, contact) if swing else _frames(trial, contact)
    for kind, curves in (("moment", ours.moments_nm_kg), ("power", ours.powers_w_kg)):
        for (name, side), values in curves.items():
            if side != contact.side:
                continue
            theirs = stored_curve(trial.walker.recording, kind, name, side, trial.convention)
            if theirs is None:
                continue
            both = frames[np.isfinite(values[frames]) & np.isfinite(theirs[frames]) & (theirs[frames] != 0)]
            if len(both) < FEWEST_FRAMES or not _has_force(trial, contact):
                continue
            mine, stored = values[both], theirs[both]
            if np.ptp(stored) < SMALLEST:
                continue
            yield {
                "trial": trial.name,
                "side": side,
                "variable": f"{name} {kind}",
                "r": round(float(np.corrcoef(mine, stored)[0, 1]), 4),
                "rmse": round(float(np.sqrt(np.mean((mine - stored) ** 2))), 4),
                "slope": round(float(np.polyfit(stored, mine, 1)[0]), 3),
            }


def _has_force(trial: Trial, contact: PlateContact) -> bool:
    """Whether the file's own calculation used this plate: stairs were stored without."""
    theirs = stored_curve(trial.walker.recording, "force", "vertical", contact.side or "", trial.convention)
    return theirs is None or float(np.mean(np.nan_to_num(theirs[_frames(trial, contact)]) > 0)) > 0.9


def _frames(trial: Trial, contact: PlateContact) -> np.ndarray:
    rate_hz = trial.walker.rate_hz
    return np.arange(int(np.ceil(contact.start_s * rate_hz)), int(contact.stop_s * rate_hz) + 1)


def _swing_frames(trial: Trial, contact: PlateContact) -> np.ndarray:
    """From 30 ms after foot off, 0.3 s: what is known of it decides how many frames count."""
    rate_hz, frames = trial.walker.rate_hz, trial.walker.frames
    return np.arange(
        min(int((contact.stop_s + 0.03) * rate_hz), frames), min(int((contact.stop_s + 0.33) * rate_hz), frames)
    )


def noise_errors(trials: list[Trial], smoothing: KineticsFilter) -> dict[str, float]:
    """Root mean square error of each variable when 1 mm of noise is put on the markers, all contacts together."""
    rng = np.random.default_rng(SEED)
    squares: dict[str, list[np.ndarray]] = {}
    for trial in (trial for trial in trials if trial.modelled):
        clean = joint_kinetics(trial.walker, trial.angles, trial.contacts, FILTERS["none"])
        measured_m = trial.walker.measured_m + rng.normal(0.0, NOISE_M, trial.walker.measured_m.shape)
        walker = replace(trial.walker, measured_m=measured_m, positions_m=measured_m)
        measures = trial.walker.recording.body_measures
        angles = model_angles(measured_m, walker.rate_hz, measures, heading_rad=trial.walker.heading_rad)
        noisy = joint_kinetics(walker, angles, trial.contacts, smoothing)
        for contact in trial.contacts:
            if not contact.clean or contact.side is None:
                continue
            frames = _frames(trial, contact)
            for kind in ("moments_nm_kg", "powers_w_kg"):
                for name, side in getattr(clean, kind):
                    if side == contact.side:
                        difference = getattr(noisy, kind)[name, side] - getattr(clean, kind)[name, side]
                        squares.setdefault(f"{name} {kind.split('s_')[0]}", []).append(difference[frames] ** 2)
    return {name: round(float(np.sqrt(np.nanmean(np.concatenate(some)))), 4) for name, some in squares.items()}


if __name__ == "__main__":
    main()
