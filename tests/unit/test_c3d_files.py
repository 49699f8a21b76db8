"""Files that are no files, that change under the reader, or whose bytes are hostile."""

from __future__ import annotations

import hashlib
import os
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from processor_time import processor_time_below
from recordings_c3d_maker import COMPUTERS, LABELS, c3d_bytes, walker_mm

from ltme_clinic.errors import LtmeError
from ltme_clinic.recordings.c3d import C3DReader, regular_file_bytes
from ltme_clinic.recordings.c3d.file_bytes import FileBytes
from ltme_clinic.recordings.raw import RawC3D

MIB = 1 << 20


def refusal(path: Path) -> str:
    with pytest.raises(LtmeError) as caught:
        C3DReader().read(path)
    assert str(caught.value).startswith(f"{path.name}: ")
    return str(caught.value)


def everything(raw: RawC3D) -> None:
    """Ask for all that is decoded late."""
    assert raw.analogs is not None
    assert raw.residuals is not None
    assert raw.camera_masks is not None
    for group in raw.parameters:
        dict(raw.parameters[group])
        dict(raw.descriptions[group])


def test_what_is_no_regular_file_is_refused_for_what_it_is(tmp_path):
    (tmp_path / "empty.c3d").write_bytes(b"")
    (tmp_path / "text.c3d").write_text("time,LASI_x\n0,1\n" * 100)
    (tmp_path / "folder.c3d").mkdir()
    (tmp_path / "link.c3d").symlink_to(tmp_path / "nowhere.c3d")
    assert "is empty" in refusal(tmp_path / "empty.c3d")
    assert "not a C3D file" in refusal(tmp_path / "text.c3d")
    assert "is a folder" in refusal(tmp_path / "folder.c3d")
    assert "does not exist" in refusal(tmp_path / "link.c3d")
    assert "no such file" in refusal(tmp_path / "absent.c3d")
    with pytest.raises(LtmeError, match="can't be opened"):
        C3DReader().read(Path("trial\0.c3d"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_pipes_and_devices_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.c3d")
    assert "not a regular file" in refusal(tmp_path / "pipe.c3d")
    with pytest.raises(LtmeError, match="not a regular file"):
        regular_file_bytes(Path("/dev/zero"))


def test_a_link_and_a_name_outside_ascii_are_followed(tmp_path):
    path = tmp_path / "Größe ürgs.c3d"
    path.write_bytes(c3d_bytes(walker_mm()))
    (tmp_path / "link.c3d").symlink_to(path)
    assert C3DReader().read(path).source_name == "Größe ürgs.c3d"
    assert C3DReader().read(tmp_path / "link.c3d").frames == 40


@pytest.mark.parametrize("wanted", [1, 700, 3 * MIB + 17])
def test_bytes_come_back_in_order_and_are_hashed_once(tmp_path, wanted):
    content = np.random.default_rng(1).bytes(5 * MIB + 3)
    path = tmp_path / "bytes"
    path.write_bytes(content)
    with FileBytes(path) as file:
        assert file.head(wanted)[:wanted] == content[:wanted]
        target = bytearray(MIB)
        file.into(500, memoryview(target)[:900])
        file.into(1400, memoryview(target)[900:])
        assert bytes(target) == content[500 : 500 + MIB]
        assert file.finish() == hashlib.sha256(content).hexdigest()


def test_a_file_that_shrinks_while_it_is_read_is_an_error(tmp_path):
    path = tmp_path / "trial.c3d"
    path.write_bytes(b"x" * 3 * MIB)
    with FileBytes(path) as file:
        file.head(1000)
        os.truncate(path, 2 * MIB)
        with pytest.raises(LtmeError, match="changed while it was being read"):
            file.into(1000, memoryview(bytearray(3 * MIB - 1000)))


@pytest.mark.parametrize("change", ["grows", "is rewritten", "is replaced", "vanishes"])
def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path, change):
    path = tmp_path / "trial.c3d"
    path.write_bytes(b"x" * 5000)
    with FileBytes(path) as file:
        file.head(100)
        if change == "grows":
            with path.open("ab") as other:
                other.write(b"y")
        elif change == "is rewritten":
            path.write_bytes(b"z" * 5000)
            os.utime(path, ns=(1, 1))
        elif change == "is replaced":
            (tmp_path / "other").write_bytes(b"x" * 5000)
            os.replace(tmp_path / "other", path)
        else:
            path.unlink()
        with pytest.raises(LtmeError, match="changed while it was being read"):
            file.finish()


def test_a_real_truncation_under_the_reader_ends_in_a_reading_or_an_error(tmp_path):
    content = c3d_bytes(np.ones((60_000, 12, 3)), LABELS)
    path = tmp_path / "trial.c3d"
    outcomes = set()
    for delay_s in np.linspace(0.0, 0.01, 12):
        path.write_bytes(content)
        timer = threading.Timer(delay_s, os.truncate, (path, len(content) // 2))
        timer.start()
        try:
            outcomes.add(C3DReader().read(path).frames)
        except LtmeError as error:
            outcomes.add("changed" if "changed" in str(error) else "cut off")
        timer.join()
    assert outcomes <= {60_000, "changed", "cut off"}


def test_memory_stays_near_the_files_own_size(tmp_path):
    path = tmp_path / "trial.c3d"
    for step, most in ((None, 1.3), (1.0, 2.2)):
        path.write_bytes(c3d_bytes(np.ones((40_000, 12, 3)), LABELS, integer_step=step))
        size = path.stat().st_size
        tracemalloc.start()
        C3DReader().read(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < most * size + 3 * MIB


def test_a_small_file_that_declares_a_huge_one_takes_no_memory(tmp_path):
    path = tmp_path / "trial.c3d"
    lie = {"POINT": {"USED": 32767, "FRAMES": 65535, "LONG_FRAMES": 2e9}, "ANALOG": {"USED": 32767, "RATE": 1e6}}
    path.write_bytes(c3d_bytes(walker_mm(), groups=lie, header_words={1: 65535, 2: 65535, 4: 65535, 9: 1}))
    tracemalloc.start()
    refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * MIB


@pytest.mark.parametrize("computer", list(COMPUTERS))
@pytest.mark.parametrize("step", [None, 0.25])
def test_seeded_mutants_read_or_are_refused_at_once(tmp_path, computer, step):
    parent = c3d_bytes(
        walker_mm(12), computer=COMPUTERS[computer], integer_step=step, analogs=np.ones((12, 2, 3)), events=[("E", 0.1)]
    )
    declared = len(parent) - 12 * (4 * 12 + 6) * (4 if step is None else 2)
    rng = np.random.default_rng([7, COMPUTERS[computer].processor, step is None])
    path = tmp_path / "mutant.c3d"
    read = refused = 0
    for _ in range(60):
        mutant = bytearray(parent)
        for _ in range(int(rng.integers(1, 9))):
            place = int(rng.integers(0, declared if rng.random() < 0.8 else len(mutant)))
            mutant[place] = int(rng.choice([0, 1, 127, 128, 255, rng.integers(0, 256)]))
        path.write_bytes(mutant[: len(mutant) - int(rng.integers(0, 900)) * (rng.random() < 0.1)])
        with processor_time_below(0.5):
            try:
                everything(C3DReader().read(path))
                read += 1
            except LtmeError:
                refused += 1
    assert read > 5
    assert refused > 5
