"""TRC files in and out: a typed file, what other programs write, damage, and OpenSim's orientation."""

from __future__ import annotations

import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from motion_text import KEYS, LEGS, mutants, trc_rows, trc_text, walking_legs
from processor_time import processor_time_below

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.inspection import describe
from ltme_clinic.types import LtmeError, Recording

LONGEST_S = 0.5


def read(folder: Path, content: str | bytes) -> Recording:
    """The one recording of a file with this content."""
    path = folder / "a.trc"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (recording,) = read_recordings(path)
    return recording


def simple(**changes) -> Recording:
    """Two markers, one that moves along x and one that is not seen in the second frame."""
    positions_m = np.array([[[0.0, 0.1, 0.9], [1.0, -0.1, 0.8]], [[0.01, 0.1, 0.9], [np.nan, np.nan, np.nan]]])
    recording = Recording("", "measured", "walk.c3d", "", 100.0, 251, ("LASI", "R ASI"), positions_m)
    return replace(recording, **changes)


SIMPLE = (
    "PathFileType\t4\t(X/Y/Z)\twalk.trc\ty up by LTME Clinic\n"
    f"{KEYS}\n"
    "100.0\t100.0\t2\t2\tmm\t100.0\t1\t2\n"
    "Frame#\tTime\tLASI\t\t\tR ASI\t\t\t\n"
    "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\t\n"
    "\n"
    "251\t2.50000000\t0.00000\t900.00000\t-100.00000\t1000.00000\t800.00000\t100.00000\t\n"
    "252\t2.51000000\t10.00000\t900.00000\t-100.00000\t\t\t\t\n"
)


def test_that_file_is_read_with_z_up_its_names_and_its_gap(tmp_path):
    recording = read(tmp_path, SIMPLE)
    np.testing.assert_allclose(recording.positions_m, simple().positions_m, atol=1e-7)
    assert recording.marker_labels == ("LASI", "R ASI")
    assert (recording.rate_hz, recording.first_file_frame, recording.origin) == (100.0, 251, "measured")
    assert recording.warnings == ()


def test_a_marker_that_moves_along_x_does_so_at_its_speed(tmp_path):
    recording = read(tmp_path, trc_text(trc_rows(50)))
    np.testing.assert_allclose(np.diff(recording.marker("LASI")[:, 0]) * recording.rate_hz, 1.0, atol=1e-4)


def test_a_body_with_y_up_is_set_upright(tmp_path):
    recording = read(tmp_path, walking_legs())
    assert recording.marker("LASI")[0].tolist() == pytest.approx([0.1, 0.12, 0.95])
    assert "+y" in recording.warnings[0]


@pytest.mark.parametrize("title", ["SYNTHETIC LTME exercise generator", '"synthetic LTME exercise generator"'])
def test_the_mark_survives_other_programs(tmp_path, title):
    recording = read(tmp_path, trc_text(trc_rows(), title=title).replace("\t", " "))
    assert recording.origin == "generated"


# What other programs write

PLAIN = trc_text(trc_rows())
VARIATIONS = {
    "CRLF": PLAIN.replace("\n", "\r\n"),
    "CR alone": PLAIN.replace("\n", "\r"),
    "blanks for tabs": PLAIN.replace("\t", " "),
    "blanks in columns": PLAIN.replace("\t", "   "),
    "blanks beside tabs": PLAIN.replace("\t", " \t  "),
    "tabs at the ends of rows": PLAIN.replace("\n", "\t\t\t\n"),
    "no empty line": trc_text(trc_rows(), blank_line=""),
    "three empty lines": trc_text(trc_rows(), blank_line="\n\t\t\n \n"),
    "no line of axes": trc_text(trc_rows()).replace("\t\tX1\tY1\tZ1\tX2\tY2\tZ2\n", ""),
    "a byte order mark": "\ufeff" + PLAIN,
    "a final mark of old": PLAIN + "\x1a",
    "no line feed at the end": PLAIN.removesuffix("\n"),
    "empty rows at the end": PLAIN + "\n\t\t\t\n\n",
    "quoted names": PLAIN.replace("LASI", '"LASI"'),
    "names without gaps": PLAIN.replace("LASI\t\t\tRASI\t\t", "LASI\tRASI"),
    "plus signs": PLAIN.replace("\t950", "\t+950"),
    "exponents": PLAIN.replace("950.00000", "9.5e+02"),
    "decimal commas": PLAIN.replace(".", ","),
    "letters of other size": PLAIN.replace("Frame#\tTime", "FRAME#\tTIME"),
}


@pytest.mark.parametrize("name", VARIATIONS)
def test_what_other_programs_write_is_read_the_same(tmp_path, name):
    plain, varied = read(tmp_path, PLAIN), read(tmp_path, VARIATIONS[name])
    np.testing.assert_array_equal(varied.positions_m, plain.positions_m)
    assert varied.marker_labels == plain.marker_labels == ("LASI", "RASI")
    assert (varied.rate_hz, varied.first_file_frame) == (100.0, 1)
    assert varied.warnings == plain.warnings


@pytest.mark.parametrize(
    "gap", ["\t\t", "nan\tnan\tnan", "NaN\tNaN\tNaN", "0\t0\t0", "-nan(ind)\t1.#QNAN\tN/A", "5\t\t7"]
)
def test_a_marker_that_was_not_seen_is_missing_whatever_stands_there(tmp_path, gap):
    rows = trc_rows()
    rows[2] = rows[2].replace("1020.00000\t950.00000\t120.00000", gap)
    recording = read(tmp_path, trc_text(rows))
    assert np.isnan(recording.marker("RASI")).all(axis=1).tolist() == [False, False, True, False, False]
    assert np.isfinite(recording.marker("LASI")).all()


def test_blanks_that_an_editor_cut_from_the_ends_of_rows_are_gaps_and_counted(tmp_path):
    rows = trc_rows()
    rows[1] = rows[1].rsplit("\t", 3)[0]
    recording = read(tmp_path, trc_text(rows))
    assert np.isnan(recording.marker("RASI")[:, 0]).tolist() == [False, True, False, False, False]
    assert "their last cells taken as missing: 1" in recording.warnings[0]


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.9])
def test_a_last_row_that_is_cut_short_is_dropped_and_that_is_said(tmp_path, kept):
    last = PLAIN.splitlines()[-1]
    recording = read(tmp_path, PLAIN.removesuffix(last + "\n") + last[: int(kept * len(last))])
    assert recording.frames == 4
    assert "ends within its last row" in recording.warnings[0]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"frames": 900}, "NumFrames is 900, and the rows hold 5"),
        ({"frames": 10**15}, "NumFrames is 1e+15, and the rows hold 5"),
        ({"markers": 41}, "NumMarkers is 41, and the rows hold 2"),
        ({"rate": "120"}, "says 120 Hz and the times 100 Hz"),
    ],
)
def test_the_rows_outrank_what_the_header_says(tmp_path, header, said):
    recording = read(tmp_path, trc_text(trc_rows(), **header))
    assert (recording.frames, recording.rate_hz, len(recording.marker_labels)) == (5, 100.0, 2)
    assert any(said in warning for warning in recording.warnings)


def test_markers_beyond_the_named_ones_are_nobodys(tmp_path):
    recording = read(tmp_path, trc_text(trc_rows(markers=3)))
    assert recording.marker_labels == ("LASI", "RASI")
    assert any("the rows hold 3 markers, and the header names 2" in warning for warning in recording.warnings)
    assert "unlabelled points, dropped: 1" in recording.warnings


def test_odd_names_are_treated_as_in_any_other_file(tmp_path):
    names = ("L ASI", "*12", "RASI", "RASI", "Ferse_\xe4u\xdfere")
    recording = read(tmp_path, trc_text(trc_rows(markers=5), names).encode("cp1252"))
    assert recording.marker_labels == ("L ASI", "RASI", "Ferse_\xe4u\xdfere")
    assert "unlabelled points, dropped: 1" in recording.warnings
    assert any("label already in use, dropped: 1" in warning for warning in recording.warnings)


@pytest.mark.parametrize(("units", "in_a_metre"), [("mm", 1000.0), ("m", 1.0), ("cm", 100.0), ("in", 1.0 / 0.0254)])
def test_the_unit_that_the_file_names_counts(tmp_path, units, in_a_metre):
    rows = [f"{row}\t{row / 100}\t0.1\t{0.95 * in_a_metre}\t0.2\t0.1\t0\t0.2" for row in range(1, 5)]
    recording = read(tmp_path, trc_text(rows, units=units))
    assert (recording.file_unit, recording.warnings) == (units, ())
    assert recording.marker("LASI")[0, 1] == pytest.approx(0.95)


def test_frames_keep_the_files_own_numbers(tmp_path):
    assert read(tmp_path, trc_text(trc_rows(first=501))).first_file_frame == 501
    assert read(tmp_path, trc_text(trc_rows(first=0))).first_file_frame == 1


@pytest.mark.parametrize(("decimals", "rate_hz"), [(3, 120.0), (3, 240.0), (2, 120.0), (2, 200.0), (6, 59.94)])
def test_times_that_are_rounded_still_tell_the_rate(tmp_path, decimals, rate_hz):
    rows = [
        f"{row + 1}\t{row / rate_hz:.{decimals}f}\t{cells}"
        for row, cells in enumerate(line.split("\t", 2)[2] for line in trc_rows(400))
    ]
    recording = read(tmp_path, trc_text(rows, rate=f"{rate_hz:g}"))
    assert (recording.rate_hz, recording.warnings) == (rate_hz, ())


def test_without_a_stated_rate_the_times_alone_decide(tmp_path):
    rows = trc_rows(200, rate_hz=250.0)
    content = "Frame#\tTime\tLASI\t\t\tRASI\n" + "\n".join(rows)
    assert read(tmp_path, content).rate_hz == 250.0


def test_frames_that_are_missing_from_numbers_and_times_are_gaps(tmp_path):
    rows = trc_rows(50)
    del rows[20:23]
    recording = read(tmp_path, trc_text(rows))
    assert recording.frames == 50
    assert np.flatnonzero(np.isnan(recording.marker("LASI")[:, 0])).tolist() == [20, 21, 22]
    assert any("kept as gaps: 3" in warning for warning in recording.warnings)


def without_numbers(rows: list[str]) -> list[str]:
    """Rows numbered 1, 2, 3 ... whatever they were."""
    return [f"{number}\t{row.split(chr(9), 1)[1]}" for number, row in enumerate(rows, start=1)]


ROWS = trc_rows(50)
REFUSED = {
    "empty": ("", "the file is empty"),
    "another text": ("Dear colleague,\nsee the file.\n", "no line that begins with Frame# and Time"),
    "only a header": (trc_text([]), "no row of numbers"),
    "only blank rows": (trc_text(["\t\t", "\t"]), "no row of numbers"),
    "NUL bytes": (PLAIN.encode("utf-16"), "NUL bytes"),
    "binary": (bytes(range(1, 256)) * 40, "no line that begins with Frame# and Time"),
    "words for numbers": (PLAIN.replace("950.00000", "high", 1), "row 1, column 4 of its numbers holds 'high'"),
    "thousands": (PLAIN.replace("950.00000", "9 50.00000", 1), "row 1, column 4 of its numbers holds '9 50.00000'"),
    "coordinates over": (trc_text([row + "\t7" for row in ROWS]), "do not hold x, y and z of each of the 2 markers"),
    "blanks in names": (trc_text(trc_rows(), ("L ASI", "RASI")).replace("\t", " "), "do not hold x, y and z"),
    "rows of blanks uneven": ("Frame# Time A\n1 0 1 2 3\n2 .01 1 2\n3 .02 1 2 3\n", "row 2 of its numbers holds 4 col"),
    "other axes": (PLAIN.replace("X1\tY1\tZ1", "X1\tZ1\tY1"), "not X, Y and Z of each marker"),
    "time stands still": (trc_text([*ROWS, ROWS[-1]]), "its time does not go on after row 50"),
    "time goes back": (trc_text([*ROWS, *ROWS]), "its time does not go on after row 50"),
    "time jumps": (trc_text(without_numbers(ROWS[:20] + ROWS[24:])), "0.19 s is followed by 0.24 s after row 20"),
    "one time is missing": (trc_text(ROWS).replace("\t0.00000\t", "\t\t", 1), "row 1 of its numbers has no time"),
    "times in bits of a second": (PLAIN.replace("0.0", "0.0000000000"), "s apart"),
    "one row, no rate": (trc_text(ROWS[:1], rate="0"), "a single row and no rate"),
    "a hole of a year": (trc_text([*ROWS, "9000000\t90000\t1\t2\t3\t4\t5\t6"]), "uneven"),
    "a name without end": (trc_text(trc_rows(), ("A" * 300, "B")), "a marker's name has 300 letters"),
    "columns without end": (trc_text(["1\t0" + "\t1" * 9000, "2\t0.01"]), "columns (limit 8192)"),
    "a header line without end": (PLAIN.replace("walk.trc", "x" * (1 << 21)), "a line of its header is longer"),
    "rows of all lengths": (
        trc_text(["1\t0" + "\t1" * 6000, *(f"{n}\t{n / 100}" for n in range(2, 900))]),
        "2 to 6002",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_trusted_is_refused_with_the_fact_and_at_once(tmp_path, name):
    content, fact = REFUSED[name]
    read(tmp_path, PLAIN)  # what is loaded on first use is no file's time
    with processor_time_below(LONGEST_S), pytest.raises(LtmeError) as refusal:
        read(tmp_path, content)
    assert fact in str(refusal.value)
    assert refusal.value.cure
    assert "\n" not in str(refusal.value)


def test_damaged_files_are_read_or_refused_at_once_and_within_their_memory(tmp_path):
    parents = (walking_legs(30).encode(), PLAIN.encode(), VARIATIONS["blanks for tabs"].encode(), SIMPLE.encode())
    describe(read(tmp_path, walking_legs().replace("LKNE", "KNIE")))  # what is loaded on first use is no file's
    outcomes = {"read": 0, "refused": 0}
    for number, parent in enumerate(parents):
        for content in mutants(parent, 100, seed=number):
            tracemalloc.start()
            started_s = time.process_time()
            try:
                describe(read(tmp_path, content))
                outcomes["read"] += 1
            except LtmeError:
                outcomes["refused"] += 1
            spent_s, peak_bytes = time.process_time() - started_s, tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert spent_s < 2 * LONGEST_S, content[:500]  # tracing takes time itself
            assert peak_bytes < (24 << 20) + 64 * len(content), content[:500]
    assert min(outcomes.values()) > 30, outcomes


def test_leg_markers_of_the_typed_walk_are_those_of_the_body(tmp_path):
    recording = read(tmp_path, walking_legs())
    assert recording.marker_labels == tuple(LEGS)
    assert describe(recording)["slots"] >= 8
