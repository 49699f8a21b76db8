"""A bound on the processor's time that a block takes, whatever else this machine and this process have to do."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def processor_time_below(seconds: float) -> Iterator[None]:
    """Fails where the block takes longer; without the garbage collector, which would look through all of pytest's."""
    gc.disable()
    started_s = time.process_time()
    try:
        yield
    finally:
        spent_s = time.process_time() - started_s
        gc.enable()
    assert spent_s < seconds, f"{spent_s:.2f} s of the processor's time"
