"""A worker process of intake: prepares the files it is told of until its pipe is closed.

It reads from standard input and answers on standard output, says which file it begins before it begins it, and ends by
itself when whoever started it is gone.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass

from ltme_clinic.pipeline.messages import PipeClosed, receive, send
from ltme_clinic.pipeline.preparing import PreparedFile, Preparer


@dataclass(frozen=True)
class Ready:
    """The worker has loaded what it needs."""


@dataclass(frozen=True)
class Begun:
    """The worker begins this task."""

    number: int


@dataclass(frozen=True)
class Finished:
    """What became of a batch of tasks; every file that it names is durable."""

    files: list[PreparedFile]


def main() -> None:
    """The worker's life."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that writes the rows
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not get between the answers
    with suppress(PipeClosed):
        preparer = Preparer(receive(sys.stdin.buffer))
        send(answers, Ready())
        while True:
            prepared = []
            for task in receive(sys.stdin.buffer):
                send(answers, Begun(task.number))
                prepared.append(preparer.prepare(task))
            send(answers, Finished(preparer.finish(prepared)))
    os._exit(0)  # nothing is left to be tidied, and a half-closed pipe would complain


if __name__ == "__main__":
    main()
