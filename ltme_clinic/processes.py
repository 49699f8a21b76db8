"""Processes that work side by side, each on one core: libraries that also multiply on every core would only get in each
other's way (a reference of 40 people takes 84 s instead of 14 on two cores)."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def process_pool(workers: int, prepare: Callable[..., None] | None = None, *given: Any) -> ProcessPoolExecutor:
    """A pool of `workers` processes of one thread each; `prepare(*given)` runs first in every one."""
    return ProcessPoolExecutor(workers, initializer=_alone_on_a_core, initargs=(prepare, given))


def _alone_on_a_core(prepare: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    for name in _THREAD_VARIABLES:  # for libraries that are loaded later
        os.environ[name] = "1"
    threadpool_limits(1)
    if prepare is not None:
        prepare(*given)
