"""TRC and MOT files typed out, from the formats' own rules and none of our code; and damaged copies of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

KEYS = "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames"
LEGS = {
    "LASI": (100.0, 950.0, -120.0),
    "RASI": (100.0, 950.0, 120.0),
    "LPSI": (-100.0, 970.0, -50.0),
    "RPSI": (-100.0, 970.0, 50.0),
    "LKNE": (0.0, 500.0, -150.0),
    "RKNE": (0.0, 500.0, 150.0),
    "LANK": (-20.0, 90.0, -140.0),
    "RANK": (-20.0, 90.0, 140.0),
    "LHEE": (-70.0, 40.0, -120.0),
    "RHEE": (-70.0, 40.0, 120.0),
    "LTOE": (110.0, 50.0, -130.0),
    "RTOE": (110.0, 50.0, 130.0),
}
"""Where an adult's leg markers stand, millimetres, x forward, y up, z to the right."""


def trc_text(
    rows: Sequence[str],
    names: Sequence[str] = ("LASI", "RASI"),
    *,
    rate: str = "100.00",
    frames: object = None,
    markers: object = None,
    units: str = "mm",
    blank_line: str = "\n",
    title: str = "walk.trc",
) -> str:
    """A file with these rows; what the header says is right unless something else is given."""
    frames = len(rows) if frames is None else frames
    markers = len(names) if markers is None else markers
    axes = "\t".join(f"X{n}\tY{n}\tZ{n}" for n in range(1, len(names) + 1))
    return (
        f"PathFileType\t4\t(X/Y/Z)\t{title}\n{KEYS}\n"
        f"{rate}\t{rate}\t{frames}\t{markers}\t{units}\t{rate}\t1\t{frames}\n"
        f"Frame#\tTime\t{chr(9).join(name + chr(9) + chr(9) for name in names)}\n\t\t{axes}\n{blank_line}"
        + "".join(f"{row}\n" for row in rows)
    )


def trc_rows(count: int = 5, markers: int = 2, first: int = 1, rate_hz: float = 100.0) -> list[str]:
    """Rows in which marker m (from 0) of row r (from 0) lies at x = 10 r + 1000 m, y = 950, z = 120."""
    return [
        f"{first + row}\t{(first + row - 1) / rate_hz:.5f}\t"
        + "\t".join(f"{10.0 * row + 1000.0 * marker:.5f}\t950.00000\t120.00000" for marker in range(markers))
        for row in range(count)
    ]


def walking_legs(count: int = 40) -> str:
    """The legs of `LEGS` that glide forward (x) at 10 mm a frame."""
    rows = [
        f"{row + 1}\t{row / 100:.2f}\t"
        + "\t".join(f"{x + 10.0 * row:.3f}\t{y:.3f}\t{z:.3f}" for x, y, z in LEGS.values())
        for row in range(count)
    ]
    return trc_text(rows, tuple(LEGS))


def mot_text(names: Sequence[str], rows: Sequence[Sequence[float]], header: str = "Coordinates\nversion=1") -> str:
    """A file with these columns beside time at 100 Hz; what the header counts is right."""
    lines = [
        f"{row / 100:.5f}\t" + "\t".join(f"{number:.6f}" for number in numbers) for row, numbers in enumerate(rows)
    ]
    counts = f"nRows={len(rows)}\nnColumns={len(names) + 1}"
    return f"{header}\n{counts}\nendheader\ntime\t" + "\t".join(names) + "\n" + "".join(f"{line}\n" for line in lines)


_PIECES = (
    b"\t",
    b"\n",
    b" ",
    b",",
    b"-",
    b"\r",
    b"\0",
    b"\xff",
    b"=",
    b"e",
    b"nan",
    b"inf",
    b"1e308",
    b"1e-320",
    b"9" * 400,
    b"\t" * 3000,
    b"\n" * 500,
    b"1e999",
    b"Frame#\tTime",
    b"endheader",
    b"time",
    b"X1",
    b"SYNTHETIC ",
)


def mutants(content: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """Copies with one to eight blows each: bytes changed, cut out, repeated, put in, or the rest cut off."""
    dice = random.Random(seed)
    for _ in range(count):
        struck = bytearray(content)
        for _ in range(dice.choice((1, 1, 2, 4, 8))):
            reach = len(struck) if dice.random() < 0.5 else min(len(struck), 500)
            start = dice.randrange(reach + 1)
            stop = min(len(struck), start + dice.randrange(200))
            blow = dice.randrange(6)
            if blow == 0 and struck:
                struck[min(start, len(struck) - 1)] = dice.randrange(256)
            elif blow == 1:
                struck[start:start] = dice.choice(_PIECES)
            elif blow == 2:
                del struck[start:stop]
            elif blow == 3:
                struck[start:start] = struck[start:stop] * dice.choice((1, 3, 50))
            elif blow == 4:
                del struck[start:]
            else:
                struck[start:stop] = dice.choice(_PIECES)
        yield bytes(struck)
