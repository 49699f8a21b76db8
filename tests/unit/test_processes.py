"""Processes side by side: one thread each, prepared before their first task."""

from __future__ import annotations

import os

import numpy as np

from ltme_clinic.processes import process_pool

_KEPT: dict[str, int] = {}


def remember(value: int) -> None:
    _KEPT["value"] = value


def most_threads(_: int) -> int:
    from threadpoolctl import threadpool_info

    np.ones((2, 2)) @ np.ones((2, 2))
    return max(library["num_threads"] for library in threadpool_info())


def kept(_: int) -> tuple[int, str]:
    return _KEPT["value"], os.environ["OMP_NUM_THREADS"]


def test_a_worker_multiplies_on_one_core() -> None:
    with process_pool(2) as pool:
        assert list(pool.map(most_threads, range(4))) == [1] * 4


def test_a_worker_is_prepared_before_its_first_task() -> None:
    with process_pool(1, remember, 7) as pool:
        assert list(pool.map(kept, range(2))) == [(7, "1")] * 2
