"""The benchmark of intake, on few files: that it measures, not what."""

from __future__ import annotations

import pytest

from ltme_clinic.pipeline import intake_benchmark


def test_the_benchmark_gives_rates_and_the_share_of_what_numpy_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_benchmark, "WARM_UP_FILES", 2)
    monkeypatch.setattr(intake_benchmark, "_CALIBRATION_STEPS", 5)
    said: set[str] = set()
    result = intake_benchmark.intake_benchmark(lambda what, _done, _total: said.add(what), files=6, encode=False)
    storing = result["storing"]
    assert set(storing["files_per_s"]) == {"1", "2"}
    assert storing["share_of_calibration"] == pytest.approx(storing["speed_up"] / storing["calibration_speed_up"])
    assert said == {"making files", "adding with 1 workers", "adding with 2 workers"}
    assert "files of 1 MB a second with two workers" in result["sentence"]
