"""The gait model against the angles and joint centres that Vicon Nexus stored in the same files (issue's figures).

Agreement to storage precision is possible, so a failing test here means a wrong rule, not a tight tolerance.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.body import SIDES
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.kinematics.cgm import ModelSettings, calibrate_static, model_angles, static_disagreements
from ltme_clinic.kinematics.cgm.comparison import AngleAgreement, compare_angles, compare_centres
from ltme_clinic.kinematics.cgm.static import OFFSETS
from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import BodyMeasures

OFF_DEG, OFF_MM = 0.01, 0.01
OWN_OFFSET_DEG, OWN_DEG = 0.01, 0.02
COLUMNS = 30
"""Pelvis, hip, knee, ankle and foot, three columns each, two sides."""
WALKS = (
    *(f"children/HC030A{trial}.c3d" for trial in ("05", "22")),
    *(f"children/HC031A{trial}.c3d" for trial in ("06", "23")),
    *(f"children/HC032A{trial}.c3d" for trial in ("03", "18")),
    *(f"children/HC033A{trial}.c3d" for trial in ("10", "22")),
    *(f"children/HC036A{trial}.c3d" for trial in ("10", "23")),
    *(f"children/HC038A{trial}.c3d" for trial in ("11", "27")),
    *(f"children/HC039A{trial}.c3d" for trial in ("17", "31")),
    *(f"children/HC040A{trial}.c3d" for trial in ("14", "40")),
    "overground_small/test_small.c3d",
    "pycgm/Movement_trial.c3d",
)
TURNED_OVER = ("children/HC036A23.c3d", "children/HC040A40.c3d")
"""Store the left foot's progression as (x + 180, 180 - y, z + 180)."""
OWN_STATICS = {
    "children/HC030A01.c3d": WALKS[0:2],
    "children/HC031A01.c3d": WALKS[2:4],
    "children/HC032A01.c3d": WALKS[4:6],
    "children/HC033A01.c3d": WALKS[6:8],
    "children/HC038A01.c3d": WALKS[10:12],
    "children/HC039A01.c3d": WALKS[12:14],
    "pycgm/Static_trial.c3d": ("pycgm/Movement_trial.c3d",),
}
NOT_THEIRS = {"children/HC036A01.c3d": WALKS[8:10], "children/HC040A04.c3d": WALKS[14:16]}
"""Stale, and not the trial that was calibrated with."""


@pytest.fixture
def read(shared_data: Path) -> Callable[[str], Walker]:
    """A file's walker; the test is skipped where the file is not there."""
    folder = shared_data / "recordings"

    def reading(name: str) -> Walker:
        if not (folder / name).is_file():
            pytest.skip(f"{name} is not there")
        return _read(folder, name)

    return reading


@cache
def _read(folder: Path, name: str) -> Walker:
    return walker_of(read_recordings(folder / name)[0])


def measures_of(walker: Walker) -> BodyMeasures:
    return walker.recording.body_measures


def agreement(
    walker: Walker, measures: BodyMeasures, settings: ModelSettings | None = None
) -> tuple[tuple[AngleAgreement, ...], float]:
    """Every column, and the largest distance of a joint centre in millimetres."""
    angles = model_angles(walker.measured_m, walker.rate_hz, measures, settings, heading_rad=walker.heading_rad)
    outputs = walker.recording.model_outputs
    centres = compare_centres(angles, outputs)
    assert len(centres) == 6
    assert all(centre.frames > 0.5 * walker.frames for centre in centres)
    return compare_angles(angles, outputs), max(centre.largest_mm for centre in centres)


def passes(found: tuple[tuple[AngleAgreement, ...], float], off_deg: float = OFF_DEG) -> bool:
    columns, off_mm = found
    return all(column.rmse_deg < off_deg for column in columns if not column.excluded) and off_mm < OFF_MM


def offsets_deg(measures: BodyMeasures) -> np.ndarray:
    """Offsets that a standing trial gives, both legs."""
    names = [name for name in OFFSETS if name != "thigh_rotation_rad"]
    return np.degrees([[getattr(measures.leg(side), name) for name in names] for side in SIDES])


def with_offsets(measures: BodyMeasures, calibrated: BodyMeasures) -> BodyMeasures:
    """A walk's measures with the offsets of a standing trial; the thigh rotation is typed, and stays the walk's."""
    names = [name for name in OFFSETS if name != "thigh_rotation_rad"]
    legs = {
        f"{side}_leg": replace(measures.leg(side), **{name: getattr(calibrated.leg(side), name) for name in names})
        for side in SIDES
    }
    return replace(measures, **legs)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", WALKS)
def test_with_the_stored_offsets_every_side_and_plane_agrees(name: str, read: Callable[[str], Walker]) -> None:
    walker = read(name)
    columns, off_mm = agreement(walker, measures_of(walker))
    assert len(columns) == COLUMNS
    assert all(column.frames > 0.5 * walker.frames for column in columns)
    excluded = {column.output for column in columns if column.excluded}
    assert excluded == ({"LFootProgressAngles"} if name in TURNED_OVER else set())
    worst = max((column for column in columns if not column.excluded), key=lambda column: column.rmse_deg)
    assert worst.rmse_deg < OFF_DEG, worst
    assert off_mm < OFF_MM


@pytest.mark.parametrize("name", OWN_STATICS)
def test_our_own_calibration_finds_the_stored_offsets_and_angles(name: str, read: Callable[[str], Walker]) -> None:
    static = read(name)
    calibrated = calibrate_static(static.measured_m, static.rate_hz, measures_of(static)).measures
    for walk_name in OWN_STATICS[name]:
        walker = read(walk_name)
        stored = measures_of(walker)
        assert offsets_deg(calibrated) == pytest.approx(offsets_deg(stored), abs=OWN_OFFSET_DEG)
        columns, _ = agreement(walker, with_offsets(stored, calibrated))
        assert max(column.rmse_deg for column in columns if not column.excluded) < OWN_DEG
        assert static_disagreements(calibrated, stored, static.measured_m, walker.measured_m) == ()


@pytest.mark.parametrize("name", WALKS)
def test_ten_millimetre_markers_fail(name: str, read: Callable[[str], Walker]) -> None:
    walker = read(name)
    assert not passes(agreement(walker, measures_of(walker), ModelSettings(marker_diameter_m=0.010)))


@pytest.mark.parametrize("name", WALKS)
def test_an_inter_asis_distance_from_the_markers_fails(name: str, read: Callable[[str], Walker]) -> None:
    walker = read(name)
    assert not passes(agreement(walker, replace(measures_of(walker), inter_asis_m=None)))


@pytest.mark.parametrize("name", OWN_STATICS)
def test_flat_feet_toggled_fail(name: str, read: Callable[[str], Walker]) -> None:
    static = read(name)
    stored = measures_of(static)
    found = calibrate_static(static.measured_m, static.rate_hz, stored)
    toggled = ModelSettings(flat_foot=found.settings["left foot"] != "flat")
    calibrated = calibrate_static(static.measured_m, static.rate_hz, stored, toggled).measures
    for walk_name in OWN_STATICS[name]:
        walker = read(walk_name)
        assert not passes(agreement(walker, with_offsets(measures_of(walker), calibrated)), OWN_DEG)


@pytest.mark.parametrize("name", NOT_THEIRS)
def test_a_stale_static_is_detected(name: str, read: Callable[[str], Walker]) -> None:
    static = read(name)
    calibrated = calibrate_static(static.measured_m, static.rate_hz, measures_of(static)).measures
    for walk_name in NOT_THEIRS[name]:
        walker = read(walk_name)
        lines = static_disagreements(calibrated, measures_of(walker), static.measured_m, walker.measured_m)
        assert any("shank rotation" in line or "tibial torsion" in line for line in lines)
        assert not passes(agreement(walker, with_offsets(measures_of(walker), calibrated)), OWN_DEG)


def test_a_foreign_static_is_detected_by_measures_and_by_markers_alone(read: Callable[[str], Walker]) -> None:
    statics = [read(name) for name in (*OWN_STATICS, *NOT_THEIRS)]
    walks = [(name, read(name)) for name in WALKS[::2]]
    for static in statics:
        calibrated = calibrate_static(static.measured_m, static.rate_hz, measures_of(static)).measures
        for name, walker in walks:
            if name.split("/")[-1][:5] == static.name[:5] or {static.name, walker.name} == {
                "Static_trial.c3d",
                "Movement_trial.c3d",
            }:
                continue
            assert static_disagreements(calibrated, measures_of(walker)), (static.name, name)
            nothing = BodyMeasures()
            assert static_disagreements(nothing, nothing, static.measured_m, walker.measured_m), (static.name, name)


def test_the_pycgm_table_holds_the_same_angles_as_its_c3d_file(
    read: Callable[[str], Walker], shared_data: Path
) -> None:
    walker = read("pycgm/Movement_trial.c3d")
    table = shared_data / "recordings" / "pycgm" / "Movement_trial.csv"
    if not table.is_file():
        pytest.skip("no Movement_trial.csv")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    heads, frames = rows[2], [row for row in rows[5:] if row and row[0].isdigit()]
    stored = walker.recording.angles()
    for output in ("LHipAngles", "RKneeAngles", "LAnkleAngles", "RFootProgressAngles", "LPelvisAngles"):
        first = heads.index(f"Test:{output}")
        values = np.array([[float(row[first + axis] or "nan") for axis in range(3)] for row in frames])
        assert len(values) == walker.frames
        both = np.isfinite(values).all(axis=1) & np.isfinite(stored[output].values).all(axis=1)
        assert both.sum() > 0.9 * walker.frames
        assert values[both] == pytest.approx(stored[output].values[both], abs=1e-3)


def test_in_a_turn_the_clinical_tilt_is_not_the_stored_one(read: Callable[[str], Walker]) -> None:
    walker = read("children/HC030A22.c3d")
    angles = model_angles(
        walker.measured_m, walker.rate_hz, measures_of(walker), heading_rad=walker.heading_rad
    ).values_deg
    tilt, stored = angles["pelvic_tilt", "left"], angles["pelvic_tilt_laboratory", "left"]
    assert np.nanmax(np.abs(tilt - stored)) > 5.0
    assert np.nanstd(tilt) < np.nanstd(stored)
    # towards the turn's end the walker heads across the laboratory's axis: its "rotation" is a quarter turn
    assert np.nanmax(np.abs(angles["pelvic_rotation_laboratory", "left"])) > 45.0
    assert np.nanmax(np.abs(angles["pelvic_rotation", "left"])) < 30.0
