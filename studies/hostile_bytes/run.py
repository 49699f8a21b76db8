"""Reads tens of thousands of damaged files and keeps what left the reader, how long it took and what memory it took."""

from __future__ import annotations

import argparse
import faulthandler
import json
import multiprocessing
import os
import resource
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from ltme_clinic.progress import ProgressBar
from studies.hostile_bytes.attempts import LONGEST_S, Depth, attempt
from studies.hostile_bytes.mutations import SEED, Mutant, mutant
from studies.hostile_bytes.parents import PARENTS

RESULTS = Path(__file__).with_name("results")
BATCH = 250
TRACED_EVERY = 10
INTERPRETED_EVERY = 10
HANG_S = 120.0
ADDRESS_SPACE_BYTES = 4 << 30
FORK = multiprocessing.get_context("fork")
NEED_POINTS_AND_LABELS = ("no parameters",)
"""Parents that hold nothing to interpret: above the decoder they are refused, rightly."""


def main() -> None:
    """Parse, read what is not yet read, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=50_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("runs/hostile_bytes"), help="what is done already")
    parser.add_argument("--keep", action="store_true", help="keep the table beside this program")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    starts = range(0, options.mutants, BATCH)
    waiting = [start for start in starts if not _kept(options.work, start).is_file()]
    with ProgressBar("hostile bytes") as progress:
        done = len(starts) - len(waiting)
        for start, found in read_batches(waiting, options.mutants, options.processes):
            _keep(_kept(options.work, start), found)
            done += 1
            progress("batches of files", done, len(starts))
    batches = [json.loads(_kept(options.work, start).read_text()) for start in starts]
    figures = summary(batches)
    print(as_table(figures))
    if options.keep:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
        (RESULTS / "table.md").write_text(as_table(figures))


def read_batches(starts: Sequence[int], mutants: int, processes: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each batch's findings, as they come; a batch that killed its process is an escape of its own."""
    for start, found in _in_processes(starts, mutants, processes):
        yield start, found or {"files": 0, "escapes": [{"batch": start, "error": "the process died or hung"}]}


def _in_processes(starts: Sequence[int], mutants: int, processes: int) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """A pool for all; what was under way when it broke is read again, each in a pool of its own."""
    broken: list[int] = []
    with ProcessPoolExecutor(processes, FORK, initializer=_harden) as pool:
        futures = {pool.submit(read_batch, start, min(start + BATCH, mutants)): start for start in starts}
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except BrokenProcessPool:
                broken.append(futures[future])
    for start in broken:
        with ProcessPoolExecutor(1, FORK, initializer=_harden) as pool:
            try:
                yield start, pool.submit(read_batch, start, min(start + BATCH, mutants)).result()
            except BrokenProcessPool:
                yield start, None


def _harden() -> None:
    """A process that takes far too much memory fails, and does not take the machine with it."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_batch(start: int, stop: int) -> dict[str, Any]:
    """Mutants [start, stop), each read from a file; every tenth is traced, and interpreted as well."""
    found: dict[str, Any] = {"files": 0, "outcomes": Counter(), "escapes": [], "slow": [], "over_budget": []}
    found |= {"controls": 0, "controls_read": 0, "slowest_s": 0.0, "peak_bytes": 0, "peak_ratio": 0.0, "preamble": 0.0}
    shared_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=shared_memory, prefix="ltme_") as folder:
        path = Path(folder) / "mutant.c3d"
        for number in range(start, stop):
            one = mutant(number)
            path.write_bytes(one.content)
            faulthandler.dump_traceback_later(HANG_S, exit=True)
            _note(found, one, path, "decode", trace=number % TRACED_EVERY == 1)
            if number % INTERPRETED_EVERY in (0, 3):
                _note(found, one, path, "interpret", trace=number % (2 * INTERPRETED_EVERY) == 3)
            faulthandler.cancel_dump_traceback_later()
            found["files"] += 1
    found["peak_process_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return found | {"outcomes": dict(found["outcomes"])}


def _note(found: dict[str, Any], one: Mutant, path: Path, depth: Depth, *, trace: bool) -> None:
    """Read one file and enter what came of it."""
    tried = attempt(path, depth, trace=trace)
    if tried.seconds > LONGEST_S and not trace:
        again = attempt(path, depth)  # a busy machine is no fault of the file
        tried = min(tried, again, key=lambda either: either.seconds)
    named = {"number": one.number, "parent": one.parent, "depth": depth}
    found["outcomes"][f"{depth} {'control' if one.is_control else 'mutant'} {tried.outcome}"] += 1
    if tried.outcome == "escape":
        found["escapes"].append(named | {"error": tried.error})
    if not trace:
        found["slowest_s"] = max(found["slowest_s"], tried.seconds)
        if tried.seconds > LONGEST_S:
            found["slow"].append(named | {"seconds": tried.seconds})
    if tried.over_budget(len(one.content), depth):
        found["over_budget"].append(named | {"peak_bytes": tried.peak_bytes, "file_bytes": len(one.content)})
    found["peak_bytes"] = max(found["peak_bytes"], tried.peak_bytes)
    if one.is_control and not (depth == "interpret" and one.parent in NEED_POINTS_AND_LABELS):
        found["controls"] += 1
        found["controls_read"] += tried.outcome == "read"
    if depth == "decode":
        found["preamble"] += sum(blow.endswith("preamble") for blow in one.blows) / max(1, len(one.blows))


def summary(batches: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What all batches come to."""
    outcomes: Counter[str] = Counter()
    for batch in batches:
        outcomes.update(batch.get("outcomes", {}))
    files = sum(batch["files"] for batch in batches)
    controls = sum(batch.get("controls", 0) for batch in batches)
    mutants = sum(count for name, count in outcomes.items() if name.startswith("decode mutant"))
    return {
        "seed": SEED,
        "parents": len(PARENTS),
        "files": files,
        "mutants": mutants,
        "blows_in_header_and_parameters": sum(batch.get("preamble", 0.0) for batch in batches) / max(1, mutants),
        "outcomes": dict(sorted(outcomes.items())),
        "escapes": [escape for batch in batches for escape in batch["escapes"]],
        "slow": [slow for batch in batches for slow in batch.get("slow", ())],
        "slowest_s": max((batch.get("slowest_s", 0.0) for batch in batches), default=0.0),
        "over_budget": [over for batch in batches for over in batch.get("over_budget", ())],
        "peak_bytes": max((batch.get("peak_bytes", 0) for batch in batches), default=0),
        "peak_process_bytes": max((batch.get("peak_process_bytes", 0) for batch in batches), default=0),
        "controls": controls,
        "controls_read_share": sum(batch.get("controls_read", 0) for batch in batches) / max(1, controls),
    }


def as_table(figures: dict[str, Any]) -> str:
    """The figures in Markdown."""
    rows = [
        ("files read (mutants and controls)", f"{figures['files']:,}"),
        ("parents", figures["parents"]),
        ("share of blows on header and parameters", f"{figures['blows_in_header_and_parameters']:.2f}"),
        ("escapes", len(figures["escapes"])),
        ("slower than 0.5 s", len(figures["slow"])),
        ("slowest", f"{1000 * figures['slowest_s']:.0f} ms"),
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


def _kept(work: Path, start: int) -> Path:
    return work / f"{SEED}_{start:06d}.json"


def _keep(path: Path, found: dict[str, Any]) -> None:
    """Whole or not at all: a run may be stopped at any moment."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(found))
    os.replace(draft, path)


if __name__ == "__main__":
    main()
