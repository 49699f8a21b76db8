"""MOT and STO files in and out: coordinates, ground reactions, what OpenSim's headers look like, and damage."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from motion_text import mot_text, mutants
from processor_time import processor_time_below

from ltme_clinic.clips import make_clip
from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.inspection import describe
from ltme_clinic.types import LtmeError, ModelOutput, Recording

LONGEST_S = 0.5
DEGREES = "Coordinates\nversion=1\ninDegrees=yes"


def read(folder: Path, content: str | bytes, suffix: str = ".mot") -> Recording:
    """The one recording of a file with this content."""
    path = folder / f"a{suffix}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (recording,) = read_recordings(path)
    return recording


def outputs(recording: Recording) -> dict[str, ModelOutput]:
    return {output.name: output for output in recording.model_outputs}


# Coordinates


def test_coordinates_are_angles_in_x_and_translations_are_lengths(tmp_path):
    names = ("pelvis_tilt", "pelvis_tx", "knee_angle_r", "hip_flexion_l", "oxygen")
    recording = read(tmp_path, mot_text(names, [(5.0, 1.5, row, 2.0 * row, 7.0) for row in range(4)], DEGREES))
    found = outputs(recording)
    assert [(name, output.kind) for name, output in found.items()] == [
        ("pelvis_tilt", "angle"),
        ("pelvis_tx", "scalar"),
        ("knee_angle_r", "angle"),
        ("hip_flexion_l", "angle"),
        ("oxygen", "scalar"),
    ]
    assert found["hip_flexion_l"].unit == "deg"
    np.testing.assert_array_equal(found["hip_flexion_l"].values, [[2.0 * row, 0.0, 0.0] for row in range(4)])
    np.testing.assert_array_equal(found["pelvis_tx"].values[:, 0], 1.5)
    assert (recording.rate_hz, recording.frames, recording.first_file_frame, recording.warnings) == (100.0, 4, 1, ())


def test_an_angle_of_exactly_0_is_no_gap(tmp_path):
    found = outputs(read(tmp_path, mot_text(("knee_angle_r",), [(0.0,), (1.0,), (2.0,)], DEGREES)))
    assert found["knee_angle_r"].values[:, 0].tolist() == [0.0, 1.0, 2.0]


def test_radians_become_degrees_and_that_is_said(tmp_path):
    header = "Coordinates\nversion=1\ninDegrees=no"
    recording = read(tmp_path, mot_text(("knee_angle_r", "pelvis_tx"), [(np.pi / 2, np.pi)] * 3, header))
    np.testing.assert_allclose(outputs(recording)["knee_angle_r"].values[:, 0], 90.0, atol=1e-4)
    np.testing.assert_allclose(outputs(recording)["pelvis_tx"].values[:, 0], np.pi, atol=1e-6)
    assert recording.warnings == ("the angles are in radians: they were turned into degrees",)


@pytest.mark.parametrize(("suffix", "angle"), [(".mot", 1.0), (".sto", np.degrees(1.0))])
def test_without_a_word_about_it_degrees_are_taken_for_mot_and_radians_for_sto(tmp_path, suffix, angle):
    recording = read(tmp_path, mot_text(("knee_angle_r",), [(1.0,)] * 3, "Coordinates"), suffix)
    assert outputs(recording)["knee_angle_r"].values[0, 0] == pytest.approx(angle)
    assert "does not say in what the angles are" in recording.warnings[0]


def test_the_older_word_for_degrees_counts(tmp_path):
    header = "Coordinates\n\nUnits are S.I. units (second, meters, Newtons, ...)\nAngles are in radians."
    found = outputs(read(tmp_path, mot_text(("knee_angle_r",), [(np.pi,)] * 3, header)))
    assert found["knee_angle_r"].values[0, 0] == pytest.approx(180.0)


@pytest.mark.parametrize(
    "name", ["knee_angle_r_moment", "pelvis_tx_force", "/forceset/soleus_r/activation", "knee_angle_r_u"]
)
def test_what_is_called_after_a_joint_and_is_no_angle_is_a_scalar(tmp_path, name):
    (output,) = read(tmp_path, mot_text((name,), [(1.0,)] * 3, DEGREES)).model_outputs
    assert (output.kind, output.name) == ("scalar", name)


def test_speeds_that_are_called_like_angles_are_none(tmp_path):
    (output,) = read(tmp_path, mot_text(("knee_angle_r",), [(1.0,)] * 3, "Speeds\ninDegrees=no")).model_outputs
    assert (output.kind, output.values[0, 0]) == ("scalar", 1.0)


def test_opensim_4_writes_the_path_of_a_coordinate(tmp_path):
    names = ("/jointset/walker_knee_r/knee_angle_r/value", "/jointset/walker_knee_r/knee_angle_r/speed")
    found = outputs(read(tmp_path, mot_text(names, [(1.0, 2.0)] * 3, DEGREES)))
    assert [output.kind for output in found.values()] == ["angle", "scalar"]


# Ground reactions

FORCE, POINT, TORQUE = (1.0, 700.0, 3.0), (0.1, 0.0, 0.3), (0.0, 5.0, 0.0)
"""Forward, up, to the right."""
SPELLINGS = {
    "plain": ("ground_force_v{}", "ground_force_p{}", "ground_torque_{}"),
    "before": ("1_ground_force_v{}", "1_ground_force_p{}", "1_ground_torque_{}"),
    "within": ("ground_force_1_v{}", "ground_force_1_p{}", "ground_torque_1_{}"),
    "moment": ("ground_force_1_v{}", "ground_force_1_p{}", "ground_moment_1_m{}"),
    "side": ("ground_force_left_v{}", "ground_force_left_p{}", "ground_torque_left_{}"),
    "segment": ("ground_force_calcn_r_v{}", "ground_force_calcn_r_p{}", "ground_force_calcn_r_m{}"),
    "plate": ("FP1_v{}", "FP1_p{}", "FP1_m{}"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_ground_reaction_is_three_vectors_with_z_up_however_it_is_called(tmp_path, spelling):
    names = [pattern.format(axis) for pattern in SPELLINGS[spelling] for axis in "xyz"]
    recording = read(tmp_path, mot_text(names, [(*FORCE, *POINT, *TORQUE)] * 4, "name grf.mot"))
    force, point, torque = recording.model_outputs
    assert [(output.kind, output.unit) for output in (force, point, torque)] == [
        ("force", "N"),
        ("point", "m"),
        ("moment", "Nm"),
    ]
    np.testing.assert_allclose(force.values[0], (1.0, -3.0, 700.0))
    np.testing.assert_allclose(point.values[0], (0.1, -0.3, 0.0), atol=1e-7)
    np.testing.assert_allclose(torque.values[0], (0.0, 0.0, 5.0))
    assert recording.warnings == ("ground reactions were turned from y up, as OpenSim keeps them, to z up",)


def test_a_force_without_all_three_axes_stays_what_it_is(tmp_path):
    (output,) = read(tmp_path, mot_text(("ground_force_vy",), [(700.0,)] * 3)).model_outputs
    assert (output.kind, output.values[0, 0]) == ("scalar", 700.0)


# What stands round the numbers

PLAIN = mot_text(("a", "b"), [(row, -row) for row in range(6)], "results")
HEADERS = {
    "SIMM": "name results\ndatacolumns 3\ndatarows 6\nrange 0.0 0.05\nendheader\n",
    "nothing but the end": "endheader\n",
    "counted oddly": "results\nnRows = 6\nnColumns = 3\n\n# a remark\notherdata 1\nendheader\n\n",
    "OpenSim 4": "results\nDataType=double\nversion=3\nOpenSimVersion=4.4\nendheader\n",
    "no header": "",
    "a line about times": "results\ntime in seconds\nendheader\n",
}


@pytest.mark.parametrize("name", HEADERS)
def test_every_form_of_header_leads_to_the_same_numbers(tmp_path, name):
    table = PLAIN.split("endheader\n")[1]
    plain, varied = read(tmp_path, PLAIN), read(tmp_path, HEADERS[name] + table)
    np.testing.assert_array_equal(outputs(varied)["b"].values, outputs(plain)["b"].values)
    assert (varied.rate_hz, varied.frames, varied.warnings) == (100.0, 6, ())


@pytest.mark.parametrize(
    "change",
    [
        ("\n", "\r\n"),
        ("\t", " "),
        ("\t", "    "),
        (".", ","),
        ("time", "Time"),
        ("\n", "\t\n"),
        ("results", "results\n\n"),
    ],
)
def test_what_other_programs_write_is_read_the_same(tmp_path, change):
    plain, varied = read(tmp_path, PLAIN), read(tmp_path, PLAIN.replace(*change))
    np.testing.assert_array_equal(outputs(varied)["b"].values, outputs(plain)["b"].values)
    assert (varied.rate_hz, varied.warnings) == (100.0, ())


def test_without_a_column_of_times_the_range_in_the_header_tells_them(tmp_path):
    recording = read(tmp_path, "name walk\nrange 0.0 0.4\nendheader\nangle\n1\n2\n3\n4\n5\n")
    assert (recording.rate_hz, recording.frames) == (10.0, 5)


def test_counts_that_disagree_with_the_rows_are_said(tmp_path):
    recording = read(tmp_path, PLAIN.replace("nRows=6", "nRows=999999999999").replace("nColumns=3", "nColumns=4"))
    assert (recording.frames, len(recording.model_outputs)) == (6, 2)
    assert len([warning for warning in recording.warnings if "these were taken" in warning]) == 2


def test_frame_1_is_at_0_s(tmp_path):
    late = PLAIN.replace("\n0.0", "\n2.5")
    assert read(tmp_path, late).first_file_frame == 251


TABLE = "".join(f"{row / 100:.2f}\t{row}\n" for row in range(30))
REFUSED = {
    "empty": ("", "the file is empty"),
    "another text": ("Dear colleague,\nsee the file.\n", "no header that ends with endheader"),
    "only a header": ("x\nendheader\ntime\ta\n", "no row of numbers"),
    "blank rows": ("x\nendheader\ntime\ta\n\t\n\t\n", "no row of numbers"),
    "NUL bytes": (PLAIN.encode("utf-16"), "NUL bytes"),
    "vectors": ("x\nDataType=Vec3\nendheader\ntime\ta\n0.0\t1,2,3\n", "its cells are Vec3, not numbers"),
    "no times": (f"x\nendheader\na\tb\n{TABLE}", "no column called time"),
    "a column more": (f"x\nendheader\ntime\ta\n{TABLE}".replace("\n0.05\t5\n", "\n0.05\t5\t9\n"), "as many columns"),
    "a column less": (f"x\nendheader\ntime\ta\tb\n{TABLE}", "as many columns"),
    "words": (
        f"x\nendheader\ntime\ta\n{TABLE}".replace("\t7\n", "\thigh\n"),
        "row 8, column 2 of its numbers holds 'high'",
    ),
    "uneven": (f"x\nendheader\ntime\ta\n{TABLE}".replace("0.1", "0.15"), "its times are uneven"),
    "standing still": (f"x\nendheader\ntime\ta\n{TABLE}0.29\t1\n", "its time does not go on after row 30"),
    "one row": ("x\nendheader\ntime\ta\n0.0\t1\n", "a single row and no rate"),
    "only times": ("x\nendheader\ntime\n0.0\n0.1\n0.2\n", "holds 3 frames of 0 points"),
    "a name without end": (f"x\nendheader\ntime\t{'a' * 300}\n{TABLE}", "a column's name has 300 letters"),
    "columns without end": ("x\nendheader\ntime" + "\ta" * 9000 + "\n0\t1\n", "more than 8192 columns"),
    "a header without end": ("x\n" * 5000, "no header that ends with endheader"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_trusted_is_refused_with_the_fact_and_at_once(tmp_path, name):
    content, fact = REFUSED[name]
    read(tmp_path, PLAIN)  # what is loaded on first use is no file's time
    with processor_time_below(LONGEST_S), pytest.raises(LtmeError) as refusal:
        read(tmp_path, content)
    assert fact in str(refusal.value)
    assert refusal.value.cure


def test_a_file_without_markers_can_be_described_and_makes_no_clip(tmp_path):
    recording = read(tmp_path, mot_text(("knee_angle_r",), [(1.0,)] * 300, DEGREES))
    told = describe(recording)
    assert (told["markers"], told["model_outputs"], told["quality"]["problems"]) == (
        [],
        {"angle": ["knee_angle_r"]},
        [],
    )
    with pytest.raises(LtmeError) as refusal:
        make_clip(recording)
    assert "\n" not in str(refusal.value)


def test_damaged_files_are_read_or_refused_at_once_and_within_their_memory(tmp_path):
    parents = (
        mot_text(
            [pattern.format(axis) for pattern in SPELLINGS["within"] for axis in "xyz"],
            [(*FORCE, *POINT, *TORQUE)] * 40,
        ).encode(),
        mot_text(("pelvis_tx", "knee_angle_r"), [(row, -row) for row in range(40)], DEGREES).encode(),
        PLAIN.encode().replace(b"\t", b" "),
    )
    describe(read(tmp_path, PLAIN))
    outcomes = {"read": 0, "refused": 0}
    for number, parent in enumerate(parents):
        for content in mutants(parent, 100, seed=10 + number):
            tracemalloc.start()
            started_s = time.process_time()
            try:
                describe(read(tmp_path, content, (".mot", ".sto")[len(content) % 2]))
                outcomes["read"] += 1
            except LtmeError:
                outcomes["refused"] += 1
            spent_s, peak_bytes = time.process_time() - started_s, tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert spent_s < 2 * LONGEST_S, content[:500]  # tracing takes time itself
            assert peak_bytes < (24 << 20) + 64 * len(content), content[:500]
    assert min(outcomes.values()) > 30, outcomes
