"""Ctrl-C that waits until what is being written is written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A block that Ctrl-C (or being asked to end) does not cut: the KeyboardInterrupt comes when it is through.

    A second Ctrl-C does cut it. An interruption in the middle of a statement leaves SQLite's lock behind for as long as
    anything still refers to the statement, so that what is finished could not be stored any more. Signals that end the
    process by themselves, and blocks in other threads, are left as they are.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []

    def hold(number: int, _frame: object) -> None:
        held.append(number)
        if len(held) > 1:
            raise KeyboardInterrupt

    before = {number: handler for number in _SIGNALS if callable(handler := signal.getsignal(number))}
    for number in before:
        signal.signal(number, hold)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if held:
            raise KeyboardInterrupt
