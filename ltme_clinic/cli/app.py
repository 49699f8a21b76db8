"""The program `ltme`: its entry point, and what happens to a user's mistake.

Results go to standard output, progress and refusals to standard error. Exit 0 done; 1 refused (one line: file, fact,
cure); 2 wrong usage; 3 done, some inputs refused (listed).
"""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import Annotated

import typer

from ltme_clinic import INTENDED_USE, __version__
from ltme_clinic.errors import LtmeError

app = typer.Typer(
    name="ltme",
    help=f"Long-term motion embeddings for clinical gait analysis. {INTENDED_USE}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main() -> None:
    """Entry point of `ltme`: a user's mistake is one line and exit 1, never a traceback."""
    signal.signal(signal.SIGTERM, _end)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file's name may hold what the terminal can't show
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app(standalone_mode=True)
    except LtmeError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except OSError as error:
        place = str(error.filename or "this machine")
        print(LtmeError(place, f"can't be read or written ({error.strerror or error})"), file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print("interrupted; what was finished is kept", file=sys.stderr)
        raise SystemExit(130) from None


def _end(_signal: int, _frame: object) -> None:
    """Being asked to stop ends like Ctrl-C, so that servers and children are stopped too."""
    raise KeyboardInterrupt


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(__version__)
        raise typer.Exit
