"""Reads tens of thousands of damaged files and keeps what left the reader, how long it took and what memory it took."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ltme_clinic.progress import ProgressBar
from studies.hostile_bytes.attempts import LONGEST_S, Depth, attempt
from studies.hostile_bytes.mutations import SEED, Mutant, mutant
from studies.hostile_bytes.parents import OF_SERIES, Series

RESULTS = Path(__file__).with_name("results")
BATCH = 250
OTHERS = 5
"""A fifth as many files of each other series as of the first."""
TRACED_EVERY = 10
INTERPRETED_EVERY = 10
ADDRESS_SPACE_BYTES = 4 << 30
FORK = multiprocessing.get_context("fork")
NEED_POINTS_AND_LABELS = ("no parameters",)
"""Parents that hold nothing to interpret: above the decoder they are refused, rightly."""


class Batch(NamedTuple):
    """Some files of one series, [start, stop)."""

    series: Series
    start: int
    stop: int


def main() -> None:
    """Parse, read what is not yet read, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=50_000, help="of the first series; a fifth of each other one")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("runs/hostile_bytes"), help="what is done already")
    parser.add_argument("--keep", action="store_true", help="keep the table beside this program")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    batches = batches_of(options.mutants)
    waiting = [batch for batch in batches if not _kept(options.work, batch).is_file()]
    with ProgressBar("hostile bytes") as progress:
        done = len(batches) - len(waiting)
        for batch, found in read_batches(waiting, options.processes):
            _keep(_kept(options.work, batch), found)
            done += 1
            progress("batches of files", done, len(batches))
    figures = summary([json.loads(_kept(options.work, batch).read_text()) for batch in batches])
    print(as_table(figures))
    if options.keep:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
        (RESULTS / "table.md").write_text(as_table(figures))


def batches_of(mutants: int) -> list[Batch]:
    """All files of the study in batches, for so many of the first series."""
    counts = {series: mutants if series == "reader" else mutants // OTHERS for series in OF_SERIES}
    return [
        Batch(series, start, min(start + BATCH, count))
        for series, count in counts.items()
        for start in range(0, count, BATCH)
    ]


def read_batches(batches: Sequence[Batch], processes: int) -> Iterator[tuple[Batch, dict[str, Any]]]:
    """Each batch's findings, as they come; a batch that killed its process is an escape of its own."""
    for batch, found in _in_processes(batches, processes):
        died = {"files": 0, "escapes": [{"batch": list(batch), "error": "the process died or hung"}]}
        yield batch, died if found is None else found


def _in_processes(batches: Sequence[Batch], processes: int) -> Iterator[tuple[Batch, dict[str, Any] | None]]:
    """A pool for all; what was under way when it broke is read again, each in a pool of its own."""
    broken: list[Batch] = []
    with ProcessPoolExecutor(processes, FORK, initializer=_harden) as pool:
        futures = {pool.submit(read_batch, batch): batch for batch in batches}
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except BrokenProcessPool:
                broken.append(futures[future])
    for batch in broken:
        with ProcessPoolExecutor(1, FORK, initializer=_harden) as pool:
            try:
                yield batch, pool.submit(read_batch, batch).result()
            except BrokenProcessPool:
                yield batch, None


def _harden() -> None:
    """A process that takes far too much memory fails, and does not take the machine with it."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_batch(batch: Batch) -> dict[str, Any]:
    """A batch's files, each read from the disk as `steps` says."""
    found: dict[str, Any] = {"files": 0, "outcomes": Counter(), "escapes": [], "slow": [], "over_budget": []}
    found |= {"controls": 0, "controls_read": 0, "slowest_s": 0.0, "peak_bytes": 0}
    found |= {"blows": 0, "preamble": 0}
    shared_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=shared_memory, prefix="ltme_") as folder:
        path = Path(folder) / "mutant.c3d"
        for number in range(batch.start, batch.stop):
            one = mutant(number, batch.series)
            path.write_bytes(one.content)
            for depth, trace in steps(batch.series, number):
                _note(found, one, path, depth, trace=trace)
            found["files"] += 1
            found["blows"] += len(one.blows)
            found["preamble"] += sum(blow.endswith("preamble") for blow in one.blows)
    found["peak_process_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return found | {"outcomes": dict(found["outcomes"])}


def steps(series: Series, number: int) -> Iterable[tuple[Depth, bool]]:
    """How a file is read, and whether its memory is traced: every tenth, as tracing slows reading."""
    traced = number % TRACED_EVERY == 1
    if series == "plates":
        return [("forces", traced)]
    if series == "names":
        return [("deidentify", traced)]
    if number % INTERPRETED_EVERY in (0, 3):
        return [("decode", traced), ("interpret", number % (2 * INTERPRETED_EVERY) == 3)]
    return [("decode", traced)]


def _note(found: dict[str, Any], one: Mutant, path: Path, depth: Depth, *, trace: bool) -> None:
    """Read one file and enter what came of it.

    What seems slow is read again, alone and untraced; what seems to take much memory, once more: what a process loads
    on first use is no file's.
    """
    tried = attempt(path, depth, trace=trace)
    seconds = tried.seconds
    for _ in range(2):
        if seconds > LONGEST_S:
            seconds = min(seconds, attempt(path, depth).seconds)
    if tried.over_budget(len(one.content), depth):
        again = attempt(path, depth, trace=True)
        tried = replace(tried, peak_bytes=min(tried.peak_bytes, again.peak_bytes))
    named = {"number": one.number, "parent": one.parent, "depth": depth}
    found["outcomes"][f"{depth} {'control' if one.is_control else 'mutant'} {tried.outcome}"] += 1
    if tried.outcome == "escape":
        found["escapes"].append(named | {"error": tried.error})
    if seconds > LONGEST_S:
        found["slow"].append(named | {"seconds": seconds})
    if not trace:
        found["slowest_s"] = max(found["slowest_s"], seconds)
    if tried.over_budget(len(one.content), depth):
        found["over_budget"].append(named | {"peak_bytes": tried.peak_bytes, "file_bytes": len(one.content)})
    found["peak_bytes"] = max(found["peak_bytes"], tried.peak_bytes)
    if one.is_control and not (depth == "interpret" and one.parent in NEED_POINTS_AND_LABELS):
        found["controls"] += 1
        found["controls_read"] += tried.outcome == "read"


def summary(batches: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What all batches come to."""
    outcomes: Counter[str] = Counter()
    for batch in batches:
        outcomes.update(batch.get("outcomes", {}))

    def total(name: str) -> int:
        return sum(batch.get(name, 0) for batch in batches)

    def most(name: str) -> float:
        return max((batch.get(name, 0) for batch in batches), default=0)

    return {
        "seed": SEED,
        "parents": sum(len(parents) for parents in OF_SERIES.values()),
        "files": total("files"),
        "blows_in_header_and_parameters": total("preamble") / max(1, total("blows")),
        "outcomes": dict(sorted(outcomes.items())),
        "escapes": [escape for batch in batches for escape in batch["escapes"]],
        "slow": [slow for batch in batches for slow in batch.get("slow", ())],
        "slowest_s": most("slowest_s"),
        "over_budget": [over for batch in batches for over in batch.get("over_budget", ())],
        "peak_bytes": most("peak_bytes"),
        "peak_process_bytes": most("peak_process_bytes"),
        "controls": total("controls"),
        "controls_read_share": total("controls_read") / max(1, total("controls")),
    }


def as_table(figures: dict[str, Any]) -> str:
    """The figures in Markdown."""
    rows = [
        ("files read (mutants and controls)", f"{figures['files']:,}"),
        ("parents", figures["parents"]),
        ("share of blows on header and parameters", f"{figures['blows_in_header_and_parameters']:.2f}"),
        ("escapes", len(figures["escapes"])),
        ("slower than 0.5 s of the processor's time", len(figures["slow"])),
        ("slowest, of the processor's time", f"{1000 * figures['slowest_s']:.0f} ms"),
        ("over the memory their size allows", len(figures["over_budget"])),
        ("largest traced peak of one file", f"{figures['peak_bytes'] / 2**20:.1f} MiB"),
        ("largest process", f"{figures['peak_process_bytes'] / 2**20:.0f} MiB"),
        ("undamaged controls read", f"{100 * figures['controls_read_share']:.2f} % of {figures['controls']:,}"),
        *((name, f"{count:,}") for name, count in figures["outcomes"].items()),
    ]
    lines = ["# Hostile bytes", "", f"Seed {figures['seed']}.", "", "| measure | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += [f"\nEscape: {escape}" for escape in figures["escapes"][:20]]
    return "\n".join(lines) + "\n"


def _kept(work: Path, batch: Batch) -> Path:
    return work / f"{SEED}_{batch.series}_{batch.start:06d}.json"


def _keep(path: Path, found: dict[str, Any]) -> None:
    """Whole or not at all: a run may be stopped at any moment."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(found))
    os.replace(draft, path)


if __name__ == "__main__":
    main()
