"""A `RawC3D` that decodes analogs, residuals and camera masks only when somebody asks for them."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any

import numpy as np

from ltme_clinic.recordings.c3d.signals import Signals
from ltme_clinic.recordings.raw import RawC3D


class DecodedC3D(RawC3D):
    """What a file holds; to everybody above it a `RawC3D` like any other."""

    _signals: Signals
    _sha256: hashlib._Hash

    @classmethod
    def of(cls, signals: Signals, sha256: hashlib._Hash, **fields: Any) -> DecodedC3D:
        """From a file's signals, the hash of its bytes, and all of `RawC3D`'s other fields."""
        raw = object.__new__(cls)
        raw.__dict__.update(fields, _signals=signals, _sha256=sha256, points=signals.points, missing=signals.missing)
        return raw

    def sha256_followed_by(self, more: bytes) -> str:
        """SHA-256 (hex) of the file's bytes and `more` after them: a recording's id, without reading the file twice."""
        if "_sha256" not in self.__dict__:  # a changed copy, or one from another process
            return ""
        whole = self._sha256.copy()
        whole.update(more)
        return whole.hexdigest()

    def forget_late_signals(self) -> None:
        """Let go of analogs, residuals and camera masks; they are decoded again when they are asked for."""
        for name in ("analogs", "residuals", "camera_masks") if "_signals" in self.__dict__ else ():
            self.__dict__.pop(name, None)

    def __getstate__(self) -> dict[str, Any]:
        """Without the running hash, which can't be sent to another process."""
        return {name: value for name, value in self.__dict__.items() if name != "_sha256"}

    @cached_property
    def analogs(self) -> np.ndarray:
        return self._signals.analogs()

    @cached_property
    def residuals(self) -> np.ndarray:
        return self._signals.residuals()

    @cached_property
    def camera_masks(self) -> np.ndarray:
        return self._signals.camera_masks()
