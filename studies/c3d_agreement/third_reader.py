"""The `c3d` package as a third reader, in a child process with a time limit for each file."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import numpy as np

from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import LtmeError

_CHILD_PROGRAM = Path(__file__).with_name("c3d_child.py")


class ThirdReader:
    """Reads signals only (no labels, no parameters); a context, because its child and its folder must end."""

    def __init__(self, limit_s: float = 60.0) -> None:
        self.limit_s = limit_s
        self._child: subprocess.Popen[str] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="ltme_")

    def __enter__(self) -> ThirdReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._folder.cleanup()

    def read(self, path: Path) -> RawC3D:
        """The signals of one file; LtmeError if the package refuses it, or takes longer than the limit."""
        reply = self._ask(path)
        if "error" in reply:
            raise LtmeError(path.name, f"c3d refuses it ({reply['error']})")
        with np.load(reply["arrays"]) as arrays:
            points, residuals, analogs = arrays["points"], arrays["residuals"], arrays["analogs"]
            rate_hz, analog_rate_hz = (float(rate) for rate in arrays["rates_hz"])
            first_frame = int(arrays["first_frame"])
        Path(reply["arrays"]).unlink()
        return RawC3D(
            source_name=path.name,
            rate_hz=rate_hz,
            first_frame=first_frame,
            point_labels=("",) * points.shape[1],
            points=points,
            missing=(residuals < 0) | ~np.isfinite(points).all(axis=2),
            analog_rate_hz=analog_rate_hz,
            analog_labels=("",) * analogs.shape[1],
            analogs=analogs,
            parameters={},
            residuals=residuals,
        )

    def _ask(self, path: Path) -> dict[str, str]:
        child = self._warm_child()
        assert child.stdin is not None
        assert child.stdout is not None
        timer = threading.Timer(self.limit_s, child.kill)
        timer.start()
        try:
            child.stdin.write(json.dumps(str(path.absolute())) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except OSError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            self._end()
            raise LtmeError(path.name, f"c3d did not answer within {self.limit_s:g} s, or died of it")
        reply: dict[str, str] = json.loads(line)
        return reply

    def _warm_child(self) -> subprocess.Popen[str]:
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-P", str(_CHILD_PROGRAM), self._folder.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self._child

    def _end(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._child = None
