"""Reading the tables that travel with the package."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import numpy as np


@cache
def read_rows(name: str) -> tuple[dict[str, str], ...]:
    """Rows of `tables/<name>.csv` by column; lines that start with # are the source's citation."""
    text = (resources.files(__package__) / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def source_of(name: str) -> str:
    """Where the figures of a CSV table come from, as its own header says."""
    text = (resources.files(__package__) / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    return " ".join(line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("#"))


def column(name: str, key: str) -> np.ndarray:
    """One numeric column of a table, top to bottom."""
    return np.array([float(row[key]) for row in read_rows(name)])


@cache
def read_arrays(name: str) -> dict[str, np.ndarray]:
    """Arrays of `tables/<name>.npz`, as float64, read only."""
    with (resources.files(__package__) / "tables" / f"{name}.npz").open("rb") as file, np.load(file) as stored:
        arrays = {key: stored[key].astype(float) for key in stored.files}
    for array in arrays.values():
        array.setflags(write=False)
    return arrays
