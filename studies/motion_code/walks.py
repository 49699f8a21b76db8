"""The bench's walks, recorded once and kept: they depend on the settings alone, and serve every checkpoint."""

from __future__ import annotations

import pickle
from pathlib import Path

from ltme_clinic.progress import Progress
from ltme_clinic.training.bench import BenchSettings
from ltme_clinic.training.bench.recording import BenchWalks, record_bench

KEPT = Path("runs/bench")


def recorded_bench(people: int, progress: Progress, folder: Path = KEPT) -> BenchWalks:
    """So many test people, and as many calibration people up to 60, from the folder if they lie there.

    What lies there was written here and by this version: after a change to the virtual laboratory empty the folder.
    """
    kept = folder / f"walks_{people}.pickle"
    if kept.exists():
        walks: BenchWalks = pickle.loads(kept.read_bytes())
        return walks
    folder.mkdir(parents=True, exist_ok=True)
    walks = record_bench(BenchSettings(people=people, calibration_people=min(people, 60)), progress)
    part = kept.with_suffix(".part")
    part.write_bytes(pickle.dumps(walks))
    part.replace(kept)
    return walks
