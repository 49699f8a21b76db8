"""Progress on standard error: a bar in a terminal, one line a step elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def silent(_what: str, _done: int, _total: int) -> None:
    """The progress that says nothing."""


class ProgressBar:
    """Entering gives itself, a callable progress(what, done, total); outside a terminal a line at most every 10 s."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._what = ""
        self._said = 0.0

    def __enter__(self) -> ProgressBar:
        self._bar = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task(self.title, total=None)
        return self

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._bar is not None:
            self._bar.update(self._task, description=what, completed=done, total=total)
        elif total > 1 and (what.split(" (")[0] != self._what or time.monotonic() - self._said > 10 or done == total):
            self._what, self._said = what.split(" (")[0], time.monotonic()
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
