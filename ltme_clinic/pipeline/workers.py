"""Many files prepared at once, in processes of their own that may die without taking anything with them."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from types import TracebackType
from typing import Any, Protocol

from ltme_clinic.pipeline.messages import PipeClosed, receive, send
from ltme_clinic.pipeline.preparing import FileTask, PreparedFile, Preparer, Settings
from ltme_clinic.pipeline.worker_process import Begun, Finished, Ready
from ltme_clinic.types import LtmeError

TASKS_AT_ONCE = 4
"""Files that a worker is told of in one message, and makes durable together."""
MOST_WORKERS = 8
"""More than this many wait for each other's turn at the store."""
TRIES = 2
"""A file at which a worker died is tried once more: the machine may have been short of memory for another's sake."""

_SETTINGS = {
    # The processes share the cores; each does its own work on one.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Arrays of a few hundred kilobytes come and go with each file: memory that is given back each time and asked for
    # again costs a tenth of a worker's time (glibc; other systems ignore it).
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}
_AHEAD = 2
"""Batches a worker has at hand, so that it never waits for its next."""


def usual_workers() -> int:
    """How many worker processes suit this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, MOST_WORKERS))


class Crew(Protocol):
    """Who prepares files: this process, or several others."""

    def prepared(self, tasks: Iterator[FileTask]) -> Iterator[PreparedFile]:
        """What became of each task, in no certain order."""
        ...

    def __enter__(self) -> Crew: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ThisProcess:
    """Prepares files one after the other, here."""

    def __init__(self, preparer: Preparer) -> None:
        self._preparer = preparer

    def prepared(self, tasks: Iterator[FileTask]) -> Iterator[PreparedFile]:
        while batch := _batch(tasks):
            yield from self._preparer.finish([self._preparer.prepare(task) for task in batch])

    def __enter__(self) -> ThisProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return


@dataclass(eq=False)
class _Worker:
    """One process, and what it has been told to do."""

    process: subprocess.Popen[bytes]
    is_ready: bool = False
    batches: deque[list[FileTask]] = field(default_factory=deque)
    begun: int | None = None

    @property
    def tasks(self) -> list[FileTask]:
        return [task for batch in self.batches for task in batch]


class WorkerProcesses:
    """Prepares files in several processes. One that dies is replaced, and costs at most the file it was at."""

    def __init__(self, settings: Settings, workers: int) -> None:
        self._settings = settings
        self._count = workers
        self._workers: list[_Worker] = []
        self._messages: queue.SimpleQueue[tuple[_Worker, Any]] = queue.SimpleQueue()
        self._again: deque[FileTask] = deque()
        self._deaths: dict[int, int] = {}

    def __enter__(self) -> WorkerProcesses:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            self._end(worker)
        self._workers.clear()

    def prepared(self, tasks: Iterator[FileTask]) -> Iterator[PreparedFile]:
        """What became of each task, as soon as it is known.

        Raises
        ------
        LtmeError
            Worker processes end before they are ready: nothing can be prepared with them.
        """
        self._deaths.clear()
        while len(self._workers) < self._count:
            self._workers.append(self._start())
        self._hand_out(tasks)
        while any(worker.batches for worker in self._workers):
            worker, message = self._messages.get()
            if worker not in self._workers:
                continue  # the last words of one that was replaced
            if isinstance(message, Ready):
                worker.is_ready = True
            elif isinstance(message, Begun):
                worker.begun = message.number
            elif isinstance(message, Finished):
                worker.batches.popleft()
                worker.begun = None
                yield from message.files
            else:
                yield from self._replace(worker)
            self._hand_out(tasks)

    def _hand_out(self, tasks: Iterator[FileTask]) -> None:
        """Give every worker that has little to do more of it; a worker whose pipe is closed says so by itself."""
        for enough in range(1, _AHEAD + 1):
            for worker in self._workers:
                if len(worker.batches) >= enough:
                    continue
                batch = [self._again.popleft()] if self._again else _batch(tasks)
                if not batch:
                    return
                worker.batches.append(batch)
                assert worker.process.stdin is not None
                with suppress(PipeClosed):
                    send(worker.process.stdin, batch)

    def _replace(self, worker: _Worker) -> Iterator[PreparedFile]:
        """Start another for a worker that died; refuse the file it died at if that was not the first time."""
        self._end(worker)
        self._workers.remove(worker)
        code = worker.process.returncode
        if not worker.is_ready:
            fact = f"a worker process ended before it was ready ({_ending(code)})"
            raise LtmeError("intake", fact, "Try it with one worker, which needs no other process: --workers 1")
        tasks = worker.tasks
        suspect = tasks[0].number if tasks and worker.begun is None else worker.begun
        for task in tasks:
            if task.number == suspect:
                self._deaths[task.number] = self._deaths.get(task.number, 0) + 1
                if self._deaths[task.number] >= TRIES:
                    fact = f"the process that read it died, {TRIES} times ({_ending(code)})"
                    cure = "It may need more memory than there is; check or export the file again"
                    yield PreparedFile(task, error=LtmeError(task.path.name, fact, cure))
                    continue
            self._again.append(task)
        self._workers.append(self._start())

    def _start(self) -> _Worker:
        program = (
            f"import sys; sys.path[:] = {sys.path!r}; from ltme_clinic.pipeline.worker_process import main; main()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_SETTINGS},
            start_new_session=True,  # Ctrl-C is for this process, which then ends its workers
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        worker = _Worker(process)
        assert process.stdin is not None
        with suppress(PipeClosed):
            send(process.stdin, self._settings)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _listen(self, worker: _Worker) -> None:
        """Pass on what a worker says, and None when it says no more."""
        assert worker.process.stdout is not None
        with suppress(PipeClosed, EOFError):
            while True:
                self._messages.put((worker, receive(worker.process.stdout)))
        self._messages.put((worker, None))

    def _end(self, worker: _Worker) -> None:
        worker.process.kill()
        worker.process.wait()
        if worker.process.stdin is not None:
            with suppress(OSError):
                worker.process.stdin.close()


def _batch(tasks: Iterator[FileTask]) -> list[FileTask]:
    return list(islice(tasks, TASKS_AT_ONCE))


def _ending(code: int | None) -> str:
    """How a process ended, in words."""
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
