"""Force plates with any numbers in them: a refusal or finite forces, and no warning on anybody's terminal."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from ltme_clinic.kinematics import plate_forces
from ltme_clinic.kinematics.force_plates import CHANNELS
from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.oracle.made_files import MadeFile, made_bytes
from ltme_clinic.types import AnalogSignals, ForcePlate, LtmeError

PLATES = 1_500
EDGES = np.array([0.0, -0.0, 1.0, -1.0, 5e-324, 1e-38, 3.4e38, -3.4e38, 1e300, np.inf, -np.inf, np.nan, 20.0, -800.0])
UNITS = ("N", "V", "Nmm", "kN", "lbf", "", "mm", "Nm", "bits", " ", "x" * 200)
CORNERS_M = np.array([[0.4, 0.6, 0.0], [0.0, 0.6, 0.0], [0.0, 0.0, 0.0], [0.4, 0.0, 0.0]])


def numbers(rng: np.random.Generator, shape: int | tuple[int, ...], usual: float, edge_share: float) -> np.ndarray:
    """Numbers of a usual size, sometimes of another one, with some of the edges among them."""
    values = rng.normal(0.0, usual, shape) * 10.0 ** rng.choice([0, 0, 0, 0, 3, -3, 9, -20, 35])
    at_edge = rng.random(shape) < edge_share
    values[at_edge] = rng.choice(EDGES, int(at_edge.sum()))
    return values


def plate_and_analogs(seed: int) -> tuple[ForcePlate, AnalogSignals]:
    rng = np.random.default_rng(seed)
    kind, edge_share = int(rng.integers(0, 9)), float(rng.choice([0.0, 0.0, 0.02, 0.4]))
    wanted = CHANNELS.get(kind, 6)
    with np.errstate(over="ignore"):
        values = numbers(rng, (int(rng.choice([0, 1, 2, 50, 200])), wanted + 2), 500.0, edge_share).astype(np.float32)
    shapes = [(6, wanted), (wanted, wanted) if kind in (6, 7) else (6, wanted)]
    corners_m = CORNERS_M[:: int(rng.choice([1, -1]))].copy()
    if rng.random() < 0.3:
        corners_m += numbers(rng, (4, 3), 0.1, edge_share)
    first = int(rng.integers(-3, 60))
    plate = ForcePlate(
        number=1,
        kind=kind,
        corners_m=corners_m,
        origin_m=numbers(rng, 3, 0.05, edge_share) * rng.choice([0.0, 1.0], 3),
        channels=tuple(rng.permutation(wanted + 2)[:wanted].tolist()),
        calibration=numbers(rng, shapes[int(rng.integers(2))], 1.0, edge_share / 4) if kind >= 4 else None,
        metres_per_unit=float(rng.choice([1e-3, 1.0, 0.0254])),
        zero_frames=(first, first + int(rng.integers(-2, 40))) if rng.random() < 0.6 else None,
        samples_per_frame=float(rng.choice([1.0, 4.0, 10.5, 0.3])),
    )
    units = tuple(rng.choice(UNITS, wanted + 2).tolist())
    return plate, AnalogSignals(("",) * (wanted + 2), 1000.0, values, units)


@pytest.mark.filterwarnings("error")
def test_any_plate_is_refused_or_gives_forces_that_are_finite_or_missing() -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(PLATES):
        with np.errstate(invalid="ignore"):
            plate, analogs = plate_and_analogs(seed)
        try:
            found = plate_forces(plate, analogs, unloaded_below_n=(20.0, 0.0, -1.0, np.inf)[seed % 4])
        except LtmeError:
            outcomes["refused"] += 1
            continue
        outcomes["calculated"] += 1
        samples = len(analogs.values)
        assert found.free_moment_nm.shape == (samples,), seed
        for vectors in (found.force_n, found.moment_nm, found.centre_of_pressure_m):
            assert vectors.shape == (samples, 3), seed
            assert not np.isinf(vectors).any(), seed
        assert not np.isinf(found.free_moment_nm).any(), seed
    assert min(outcomes.values()) > PLATES / 10


def test_hundreds_of_plates_on_the_same_channels_are_one(tmp_path) -> None:
    """Else a small file would ask for the forces of 255 plates, each from all of its samples."""
    count = 255
    content = made_bytes(
        MadeFile(
            points=4,
            channels=6,
            groups={
                "ANALOG": {"UNITS": ["N"] * 6},
                "FORCE_PLATFORM": {
                    "USED": count,
                    "TYPE": np.full(count, 2),
                    "CORNERS": np.repeat(1000.0 * CORNERS_M.T[..., None], count, axis=2),
                    "ORIGIN": np.zeros((3, count)),
                    "CHANNEL": np.repeat(np.arange(1, 7)[:, None], count, axis=1),
                },
            },
        )
    )
    path = tmp_path / "plates.c3d"
    path.write_bytes(content)
    (recording,) = read_recordings(path)
    usable = [plate.number for plate in recording.force_plates if plate.usable]
    assert len(recording.force_plates) == count
    assert usable == [1]
    assert "those of plates before it" in recording.force_plates[1].refusal
