"""What we write, held against the strictest reader in use: the rules by which BTK reads (and Mokka and pyCGM2 over it).

BTK has no build that installs here, so its checks are stated again in `read_strictly`: each place at which its C3D
reader (btkC3DFileIO, version 0.3) gives up or complains fails here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np
import pytest
from test_recordings_writing_raw import make_raw

from ltme_clinic.recordings.c3d_writing import write_raw
from ltme_clinic.recordings.readers import default_reader

BLOCK = 512
SIZES = {-1: 1, 1: 1, 2: 2, 4: 4}


@dataclass
class Read:
    """What a reader by BTK's rules gets out of a file."""

    labels: list[str]
    channels: list[str]
    frames: int
    first_frame: int
    points: np.ndarray  # (frame, point, 4) as stored
    analogs: np.ndarray  # (sample, channel), scaled
    events: list[tuple[str, float]]
    groups: dict[str, dict[str, object]] = field(default_factory=dict)


def read_strictly(content: bytes) -> Read:
    first_block, key = struct.unpack_from("<bB", content, 0)
    assert first_block > 0
    assert key == 80
    start = BLOCK * (first_block - 1)
    assert content[start + 3] == 84  # Intel, the only order we write
    count, values, first, last, _, scale, data_block, samples, rate_hz = struct.unpack_from("<5HfHHf", content, 2)
    assert scale < 0  # floats; 0 is refused
    groups, section_blocks = walk(content, start, data_block)
    assert data_block >= first_block + section_blocks
    channels = values // max(1, samples)
    point, analog, trial = groups["POINT"], groups["ANALOG"], groups["TRIAL"]
    assert number(analog["USED"]) % 65_536 == channels
    assert number(point["USED"]) % 65_536 == count
    assert number(point["SCALE"]) == pytest.approx(scale)
    assert number(point["RATE"]) == pytest.approx(rate_hz)
    assert "FORMAT" not in analog or analog["FORMAT"] == ["SIGNED"]
    assert "BITS" not in analog or number(analog["BITS"]) in (8, 12, 14, 16)
    assert number(analog["GEN_SCALE"]) != 0
    first, last = (two_words(trial[name]) for name in ("ACTUAL_START_FIELD", "ACTUAL_END_FIELD"))
    frames = last - first + 1
    width = 4 * count + values
    words = np.frombuffer(content, "<f4", frames * width, BLOCK * (data_block - 1)).reshape(frames, width)
    stored = words[:, 4 * count :].reshape(frames * max(1, samples), channels) if channels else np.empty((0, 0))
    scales, offsets = (np.array(collapsed(analog, name)[:channels], float) for name in ("SCALE", "OFFSET"))
    return Read(
        labels=collapsed(point, "LABELS")[:count],
        channels=collapsed(analog, "LABELS")[:channels],
        frames=frames,
        first_frame=first,
        points=words[:, : 4 * count].reshape(frames, count, 4),
        analogs=(stored - offsets) * scales * number(analog["GEN_SCALE"]) if channels else stored,
        events=events_of(groups.get("EVENT", {})),
        groups=groups,
    )


def walk(content: bytes, start: int, data_block: int) -> tuple[dict[str, dict[str, object]], int]:
    """Groups with their parameters, and how many blocks they fill; every length must be exact, no entry an orphan."""
    names: dict[int, str] = {}
    entries: list[tuple[int, str, object]] = []
    place = start + 4
    while length := struct.unpack_from("<b", content, place)[0]:
        group = struct.unpack_from("<b", content, place + 1)[0]
        assert group != 0
        label = content[place + 2 : place + 2 + abs(length)].decode("ascii")
        place += 2 + abs(length)
        offset = struct.unpack_from("<H", content, place)[0]
        assert offset > 0, f"{label} ends the section before its end"
        end, place = place + offset, place + 2
        assert end <= BLOCK * (data_block - 1), f"{label} reaches into the data"
        if group < 0:
            names[-group] = label
        else:
            value, place = parameter(content, place)
            entries.append((group, label, value))
        assert place < end, f"{label} has no byte for its description"
        place += 1 + content[place]
        assert place == end, f"{label}: the next entry is said to lie elsewhere"
    found: dict[str, dict[str, object]] = {name: {} for name in names.values()}
    for group, label, value in entries:
        assert group in names, f"{label} belongs to no group"
        assert label not in found[names[group]], f"{label} twice"
        found[names[group]][label] = value
    blocks = -(-(place - start) // BLOCK)
    assert content[start + 2] in (min(blocks, 255), min(blocks + 1, 255))
    return found, blocks


def parameter(content: bytes, place: int) -> tuple[object, int]:
    kind, dimensions = struct.unpack_from("<bb", content, place)
    assert kind in SIZES
    assert 0 <= dimensions <= 7
    shape = list(content[place + 2 : place + 2 + dimensions])
    place += 2 + dimensions
    size = int(np.prod(shape)) if shape else 1
    end = place + size * SIZES[kind]
    if kind == -1:
        width = shape[0] if shape else 1
        rows = size // width if width else 0
        texts = [content[place + n * width : place + (n + 1) * width].decode("utf-8", "replace") for n in range(rows)]
        return [text.rstrip() for text in texts], end
    values = np.frombuffer(content, {1: "i1", 2: "<i2", 4: "<f4"}[kind], size, place)
    return values.tolist(), end


def collapsed(group: dict[str, object], name: str) -> list:
    """NAME, NAME2, NAME3 ... as one list."""
    joined: list = []
    number = 1
    while isinstance(part := group.get(name if number == 1 else f"{name}{number}"), list):
        joined += part
        number += 1
    return joined


def events_of(group: dict[str, object]) -> list[tuple[str, float]]:
    used = number(group.get("USED", [0]))
    times = collapsed(group, "TIMES")
    assert len(times) >= 2 * used
    return [(collapsed(group, "LABELS")[n], 60 * times[2 * n] + times[2 * n + 1]) for n in range(int(used))]


def number(values: object) -> float:
    assert isinstance(values, list)
    return values[0]


def two_words(values: object) -> int:
    assert isinstance(values, list)
    low, high = values
    return (low % 65_536) | (high % 65_536) << 16


EVENTS = {
    "USED": np.array([300]),
    "LABELS": tuple(f"Foot Strike {n}" for n in range(300)),
    "CONTEXTS": ("Left", "Right") * 150,
    "TIMES": np.stack([np.arange(300.0) // 60, np.arange(300.0) % 60]),
}


@pytest.mark.parametrize(
    "raw",
    [
        make_raw(),
        make_raw(frames=7, points=300, samples=10, channels=12),
        make_raw(frames=70_000, points=2),
        make_raw(frames=5, points=3, samples=2, channels=300),
        make_raw(frames=4, first_frame=70_001, parameters={"EVENT": EVENTS}),
        make_raw(parameters={"SUBJECTS": {"NAMES": ("X" * 250, "Y")}, "MINE": {"MANY": np.zeros((3, 4, 200))}}),
    ],
    ids=["plain", "many points", "long", "many channels", "late, many events", "long texts, large arrays"],
)
def test_a_strict_reader_finds_everything_and_nothing_to_complain_of(tmp_path, raw) -> None:
    path = tmp_path / "made.c3d"
    write_raw(path, raw)
    read = read_strictly(path.read_bytes())
    assert (read.labels, read.frames, read.first_frame) == (list(raw.point_labels), raw.frames, raw.first_frame)
    assert read.channels == list(raw.analog_labels)
    seen = ~raw.missing
    np.testing.assert_array_equal(read.points[..., :3][seen], raw.points[seen])
    assert (read.points[..., 3][~seen] < 0).all()
    np.testing.assert_array_equal(read.analogs.astype("f4").ravel(), raw.analogs.ravel())
    if "EVENT" in raw.parameters:
        assert read.events == [(f"Foot Strike {n}", pytest.approx(float(n))) for n in range(300)]


def test_a_strict_reader_reads_every_real_recording_that_we_write_again(tmp_path, shared_data) -> None:
    checked = 0
    for file in sorted((shared_data / "recordings").rglob("*.c3d")):
        if file.name == "Optotrak.c3d":  # cut off: not read
            continue
        raw = default_reader().read(file)
        path = tmp_path / "again.c3d"
        write_raw(path, raw)
        read = read_strictly(path.read_bytes())
        assert read.labels == list(raw.point_labels)
        assert (read.frames, read.first_frame) == (raw.frames, raw.first_frame)
        np.testing.assert_array_equal(read.analogs.astype("f4").ravel(), raw.analogs.ravel())
        checked += 1
    assert checked >= 30
