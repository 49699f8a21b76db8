"""Angles that a commercial pipeline stored, of healthy people who walk straight on: the indices call them healthy."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from index_walks import cycle_curves

from ltme_clinic.gait.indices import gait_indices
from ltme_clinic.recordings.reading import read_recordings
from ltme_clinic.types import PERCENT, CycleCurves, Recording, Side

STRAIGHT_WALKS = (
    "children/HC036A10.c3d",
    "children/HC039A17.c3d",
    "children/HC040A14.c3d",
    "overground_small/test_small.c3d",
)
STORED_AS = {
    "pelvic_tilt": ("PelvisAngles", 0),
    "pelvic_obliquity": ("PelvisAngles", 1),
    "pelvic_rotation": ("PelvisAngles", 2),
    "hip_flexion": ("HipAngles", 0),
    "hip_adduction": ("HipAngles", 1),
    "hip_rotation": ("HipAngles", 2),
    "knee_flexion": ("KneeAngles", 0),
    "ankle_dorsiflexion": ("AnkleAngles", 0),
    "foot_progression": ("FootProgressAngles", 2),
}


def stored_walk(recording: Recording) -> dict[tuple[str, Side], CycleCurves]:
    """The stored angles over the strides between the events that somebody entered."""
    outputs = {output.name: output.values.astype(float) for output in recording.model_outputs}
    curves: dict[tuple[str, Side], CycleCurves] = {}
    for side, letter in (("left", "L"), ("right", "R")):
        contacts = sorted(e.time_s for e in recording.events if e.side == side and e.kind == "initial_contact")
        strides = [(start, stop) for start, stop in pairwise(contacts) if stop - start < 1.6]
        for angle, (name, axis) in STORED_AS.items():
            track = outputs[letter + name][:, axis]
            frames = [(start + (stop - start) * PERCENT / 100.0) * recording.rate_hz for start, stop in strides]
            cycles = np.array([np.interp(place, np.arange(len(track)), track) for place in frames])
            curves[angle, side] = cycle_curves(angle, side, cycles)
    return curves


@pytest.mark.parametrize("name", STRAIGHT_WALKS)
def test_a_healthy_straight_walk_scores_as_healthy_people_do(shared_data: Path, name: str):
    path = shared_data / "recordings" / name
    if not path.is_file():
        pytest.skip(f"{name} is not there")
    curves = stored_walk(read_recordings(path)[0])
    result = gait_indices(curves, age_y=10.0, dimensionless_speed=0.43)
    for side in ("left", "right"):
        assert 80.0 < result.figure("gdi", side).value < 120.0
        assert result.figure("gps_deg", side).value < 5.75 + 2 * 1.60


@pytest.mark.parametrize("angle", ["pelvic_tilt", "hip_flexion", "knee_flexion", "ankle_dorsiflexion"])
def test_an_angle_with_the_wrong_sign_is_seen_in_the_profile(shared_data: Path, angle: str):
    path = shared_data / "recordings" / "children" / "HC039A17.c3d"
    if not path.is_file():
        pytest.skip("HC039A17.c3d is not there")
    curves = stored_walk(read_recordings(path)[0])
    curves[angle, "left"] = cycle_curves(angle, "left", -curves[angle, "left"].cycles)
    wrong = gait_indices(curves, age_y=10.0, dimensionless_speed=0.43)
    assert wrong.map_deg[angle, "left"] > 2.0 * wrong.map_deg[angle, "right"]
    assert wrong.figure("gps_deg", "left").value > wrong.figure("gps_deg", "right").value
