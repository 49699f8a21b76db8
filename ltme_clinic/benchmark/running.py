"""Runs the figures one after the other and says them."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic import __version__
from ltme_clinic.benchmark.findings import findings_of_many_visits, large_reference
from ltme_clinic.benchmark.gait import gait_analysis
from ltme_clinic.benchmark.material import Material, gathered
from ltme_clinic.benchmark.reading import reading_large, reading_memory, reading_speed
from ltme_clinic.progress import Progress, silent

SCHEMA_VERSION = 1

Figure = Callable[[Material], dict[str, Any] | None]
"""A named function: plain figures and a "sentence" that says them; None where it was not asked for."""


def intake(material: Material) -> dict[str, Any]:
    """Files of 1 MB taken into a new store by one worker and by two, beside plain numpy in two processes."""
    from ltme_clinic.pipeline.intake_benchmark import intake_benchmark

    return intake_benchmark()


FIGURES: tuple[Figure, ...] = (
    *(reading_speed, reading_memory, reading_large, intake, gait_analysis),
    *(findings_of_many_visits, large_reference),
)
"""In the order in which they are run. A new figure is a function added here; its name is its key in the result."""


def run_benchmark(
    folder: Path | None = None,
    progress: Progress = silent,
    *,
    large: bool = False,
    figures: Sequence[Figure] = FIGURES,
) -> dict[str, Any]:
    """Every figure, JSON-safe. Ratios of one run hold on any machine; seconds are this machine's.

    Parameters
    ----------
    folder : C3D files to read, searched with its subfolders; None makes files of the same sizes and kinds
    progress : called with what is being done, how much of it is done, and how much there is
    large : also write and read a file of 1 GB in the temporary folder
    figures : which ones

    Raises
    ------
    LtmeError
        If the folder holds no file to measure on, or a reading process fails.
    """
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "version": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cores": os.cpu_count(),
    }
    with gathered(folder, large=large, progress=progress) as material:
        found = {figure.__name__: figure(material) for figure in figures}
    return result | {"figures": {name: values for name, values in found.items() if values is not None}}


def as_text(result: dict[str, Any]) -> str:
    """A sentence for each figure."""
    return "\n".join(values["sentence"] for values in result["figures"].values())
