"""What the tests need to run `ltme` and to read what it printed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
Ltme = Callable[..., subprocess.CompletedProcess]


def from_json(done: subprocess.CompletedProcess) -> Any:
    """What a command printed with --json; it must have succeeded."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def counted(table: str, what: str) -> int:
    """The number beside a heading of the table that ends an intake."""
    return next(int(line.rsplit(maxsplit=1)[1]) for line in table.splitlines() if line.startswith(f"{what}  "))


def is_one_line(text: str) -> bool:
    """One line, not a traceback."""
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text
