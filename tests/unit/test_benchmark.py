"""The benchmark's frame: what it is measured on, what it says; no speed is asserted here."""

from __future__ import annotations

import json

import pytest

from ltme_clinic.benchmark import FIGURES, as_text, findings, run_benchmark
from ltme_clinic.benchmark.gait import gait_analysis
from ltme_clinic.benchmark.material import LARGEST_BYTES, SMALLEST_BYTES, Material, gathered, large_file, spread
from ltme_clinic.benchmark.reading import reading_large, reading_memory, reading_speed
from ltme_clinic.progress import silent
from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.oracle.made_files import MadeFile, made_bytes
from ltme_clinic.types import LtmeError


@pytest.fixture
def material(tmp_path) -> Material:
    path = tmp_path / "trial.c3d"
    path.write_bytes(made_bytes(MadeFile(frames=300, points=60, channels=4)))
    return Material((path,), is_made=True, scratch=tmp_path)


def test_the_figures_are_named_functions_in_a_tuple():
    assert [figure.__name__ for figure in FIGURES[:3]] == ["reading_speed", "reading_memory", "reading_large"]


def test_a_figure_of_ones_own_is_run_and_said_and_one_that_is_not_asked_for_is_left_out():
    def counted(material: Material) -> dict:
        return {"files": len(material.files), "sentence": f"There are {len(material.files)} files."}

    result = run_benchmark(figures=(counted, reading_large))
    assert result["figures"] == {"counted": {"files": 14, "sentence": "There are 14 files."}}
    assert as_text(result) == "There are 14 files."
    assert json.loads(json.dumps(result)) == result


def test_speed_and_memory_are_ratios_of_both_readers(material):
    speed, memory = reading_speed(material), reading_memory(material)
    assert speed["files"] == memory["files"] == 1
    for ratio in (speed["median_ratio"], speed["everything_median_ratio"], memory["median_ratio"]):
        assert ratio > 0
    assert "times as fast" in speed["sentence"]
    assert memory["largest_mib_ezc3d"] > 0
    assert json.loads(json.dumps([speed, memory])) == [speed, memory]


def test_the_gait_analysis_is_timed_at_two_lengths(material):
    figures = gait_analysis(material)
    assert figures["seconds"] > 0
    assert figures["twice_as_long_ratio"] > 0
    assert "times that" in figures["sentence"]


def test_findings_are_timed_from_a_store_and_a_reference_of_many_recordings_is_built(material, monkeypatch):
    monkeypatch.setattr(findings, "VISITS", 4)
    monkeypatch.setattr(findings, "RECORDINGS", 400)
    many = findings.findings_of_many_visits(material)
    assert many["visits"] == 4
    assert many["milliseconds"] > many["of_these_reading"] > 0
    assert "from the store" in many["sentence"]
    large = findings.large_reference(material)
    assert large["build_s"] > 0 < large["fit_s"]
    assert large["sentence"].startswith("A reference of 400 embedded recordings")


def test_a_file_that_one_reader_refuses_has_no_ratio(material, tmp_path):
    mips = tmp_path / "mips.c3d"
    mips.write_bytes(made_bytes(MadeFile(byte_order="MIPS")))
    both = Material((*material.files, mips), is_made=True, scratch=tmp_path)
    assert reading_speed(both)["refused_by_one"] == 1
    with pytest.raises(LtmeError, match="no file is read by both"):
        reading_speed(Material((mips,), is_made=True, scratch=tmp_path))


def test_made_material_has_the_sizes_of_trials_and_is_gone_afterwards():
    with gathered(None, large=False, progress=silent) as material:
        sizes = [path.stat().st_size for path in material.files]
        assert min(sizes) >= SMALLEST_BYTES
        assert max(sizes) <= LARGEST_BYTES
        assert all(C3DReader().read(path).frames > 0 for path in material.files)
    assert not material.scratch.exists()


def test_a_folder_gives_its_own_files_of_fitting_size_and_refuses_if_there_are_none(tmp_path):
    (tmp_path / "small.c3d").write_bytes(b"x")
    with pytest.raises(LtmeError, match="none of its 1 C3D files"), gathered(tmp_path, large=False, progress=silent):
        pass
    (tmp_path / "visit").mkdir()
    (tmp_path / "visit" / "TRIAL.C3D").write_bytes(b"x" * SMALLEST_BYTES)
    with gathered(tmp_path, large=False, progress=silent) as material:
        assert [path.name for path in material.files] == ["TRIAL.C3D"]
        assert not material.is_made


def test_a_spread_of_files_holds_the_largest_and_the_smallest(tmp_path):
    paths = [tmp_path / str(size) for size in range(1, 20)]
    for size, path in enumerate(paths, start=1):
        path.write_bytes(b"x" * size)
    chosen = [path.stat().st_size for path in spread(paths, 4)]
    assert chosen[0] == 19 or chosen[-1] == 19
    assert {1, 19} <= set(chosen)
    assert len(chosen) == 4
    assert len(spread(paths[:2], 6)) == 2


def test_the_large_file_holds_more_frames_than_a_header_can_count(tmp_path):
    path = large_file(tmp_path / "large.c3d", wanted_bytes=130_000_000)
    raw = C3DReader().read(path)
    assert raw.frames == 73_800
    assert (raw.points[0, :, 1] == raw.points[-100, :, 1]).all()
    assert path.stat().st_size == pytest.approx(130_000_000, rel=0.01)
