"""Every real file: points and analogs equal to an oracle's, or a signed-off reason; copies equal each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.oracle.comparing import compare
from ltme_clinic.recordings.oracle.made_files import SCALE_MM, MadeFile, made_bytes, walker_mm
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import LtmeError
from studies.c3d_agreement.agreement import CUT_OFF, SIGN_OFFS, agreement, agreements
from studies.c3d_agreement.run import as_table, figures
from studies.c3d_agreement.third_reader import ThirdReader

SIGNED_OFF = {CUT_OFF, *(known.reason for known in SIGN_OFFS)}
"""Reasons for which our answer may stand alone; each is a property of a file."""
SAME_TRIAL = ("DEC", "Intel", "MIPS")


@pytest.fixture(scope="module")
def third() -> Iterator[ThirdReader]:
    with ThirdReader() as reader:
        yield reader


@pytest.fixture(scope="module")
def real_files(shared_data: Path) -> list[Path]:
    return sorted(path for path in shared_data.joinpath("recordings").rglob("*") if path.suffix.lower() == ".c3d")


@pytest.fixture(scope="module")
def copies(shared_data: Path) -> dict[tuple[str, str], RawC3D]:
    """One trial in six encodings, by byte order and storage."""
    folder = shared_data / "recordings" / "encodings"
    read = [C3DReader().read(path) for path in sorted(folder.iterdir()) if path.suffix.lower() == ".c3d"]
    found = {(copy.byte_order, copy.storage): copy for copy in read}
    assert set(found) == set(product(SAME_TRIAL, ("float", "integer")))
    return found


def test_points_and_analogs_of_every_real_file_equal_an_oracle_or_are_signed_off(real_files, third):
    rows = list(agreements(real_files, third, reader=C3DReader()))
    assert len(rows) > 40
    alone = {path.name: row for path, row in zip(real_files, rows, strict=True) if row.status != "confirmed"}
    assert {row.reason for row in alone.values()} <= SIGNED_OFF, alone
    assert len(alone) <= 0.05 * len(rows), alone


def test_residuals_of_real_files_equal_the_third_readers(real_files, third):
    wrong = []
    for path in real_files[::3]:
        try:
            ours = C3DReader().read(path)
        except LtmeError:  # the test above asks for the reason
            continue
        found = compare(ours, third.read(path))
        wrong += [f"{path.name}: {one.sentence}" for one in found if one.field == "residuals"]
    assert not wrong


def test_the_dec_intel_and_mips_copies_of_one_trial_agree_with_each_other(copies):
    exact = [copy for kind, copy in copies.items() if kind != ("DEC", "integer")]
    for first, second in combinations(exact, 2):
        fields = {one.field for one in compare(first, second)} if first.storage == second.storage else set()
        assert not fields
    step = abs(exact[0].number("POINT", "SCALE"))
    for first, second in combinations(copies.values(), 2):
        assert np.array_equal(first.missing, second.missing)
        assert np.abs(first.points - second.points)[~first.missing].max() <= 1.001 * step
        np.testing.assert_allclose(first.analogs, second.analogs, rtol=1e-6)
        assert (first.rate_hz, first.first_frame, first.point_labels) == (
            second.rate_hz,
            second.first_frame,
            second.point_labels,
        )


def test_the_copies_that_differ_by_one_step_were_written_so(copies, shared_data):
    """59 coordinates and 96 residual words of the DEC integer copy are other integers in the file itself."""
    dec, intel = (stored_words(shared_data, name) for name in ("DEC_INT.C3D", "pc_int.c3d"))
    ours = (copies["DEC", "integer"], copies["Intel", "integer"])
    written = dec[..., :3].astype(int) - intel[..., :3]
    step = abs(ours[0].number("POINT", "SCALE"))
    read = np.where(ours[0].missing[..., None], 0.0, (ours[0].points - ours[1].points) / step)
    assert np.abs(written).max() == 1
    assert np.array_equal(np.round(read).astype(int), np.where(ours[0].missing[..., None], 0, written))


def stored_words(shared_data: Path, name: str) -> np.ndarray:
    """The 16-bit words of each point, (frame, point, 4), straight from a little-endian file's bytes."""
    content = shared_data.joinpath("recordings", "encodings", name).read_bytes()
    points, analogs, first, last = np.frombuffer(content[2:10], "<u2").astype(int)
    start, frames = (int(np.frombuffer(content[16:18], "<u2")[0]) - 1) * 512, last - first + 1
    words = np.frombuffer(content[start : start + 2 * frames * (4 * points + analogs)], "<i2")
    return words.reshape(frames, -1)[:, : 4 * points].reshape(frames, points, 4)


@pytest.mark.parametrize(("byte_order", "storage"), list(product(SAME_TRIAL, ("float", "integer"))))
def test_made_files_of_every_encoding_hold_the_walker_for_all_readers(tmp_path, third, byte_order, storage):
    made = MadeFile(byte_order=byte_order, storage=storage, channels=3, first_frame=12, header_events=2)
    path = tmp_path / "trial.c3d"
    path.write_bytes(made_bytes(made))
    row = agreement(path, third, reader=C3DReader())
    assert row.c3d.outcome == "equal"
    assert row.ezc3d.outcome == ("refuses" if byte_order == "MIPS" else "equal")
    raw = C3DReader().read(path)
    true_mm = walker_mm(made.frames, made.points)
    assert np.abs(raw.points - true_mm)[~raw.missing].max() <= (0.51 * SCALE_MM if storage == "integer" else 1e-3)
    assert raw.first_frame == 12
    assert [label for label, _ in raw.header_events] == ["E00", "E01"]


def test_a_file_that_is_cut_off_is_signed_off_by_its_length(tmp_path, third):
    path = tmp_path / "cut.c3d"
    path.write_bytes(made_bytes(MadeFile(frames=300))[:-9000])
    row = agreement(path, third, reader=C3DReader())
    assert (row.ours, row.status, row.reason) == ("refused", "signed off", CUT_OFF)


def test_a_point_at_zero_with_a_residual_off_the_scale_is_signed_off_against_both_oracles(tmp_path, third):
    made = MadeFile(missing_share=0.0)
    content = bytearray(made_bytes(made))
    start = len(content) - made.frames * made.points * 16
    content[start : start + 16] = np.array([0.0, 0.0, 0.0, 65_535.0], "<f4").tobytes()
    path = tmp_path / "trial.c3d"
    path.write_bytes(content)
    row = agreement(path, third, reader=C3DReader())
    assert C3DReader().read(path).missing[0, 0]
    assert (row.status, row.reason) == ("signed off", SIGN_OFFS[0].reason)


def test_the_table_keeps_numbers_and_no_names(tmp_path, third):
    path = tmp_path / "Jane_Doe.c3d"
    path.write_bytes(made_bytes(MadeFile(prefix="JaneDoe:")))
    rows = [agreement(path, third, reader=C3DReader()).without_texts()]
    assert "| 1 |" in as_table(rows)
    assert "confirmed 1" in as_table(rows)
    assert figures(rows)["status"] == {"confirmed": 1}
    assert "Jane" not in as_table(rows) + str(figures(rows))
