"""A reference population: how healthy people of one origin walk, as one checkpoint sees them; and its file."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES, GAIT_PHASES, SIDES
from ltme_clinic.findings.visit import COVARIATES, mean_over_trials
from ltme_clinic.findings.windows import WindowStatistics
from ltme_clinic.types import TRACKED_FIGURES, LtmeError, Origin

SCHEMA_VERSION = 3
JOINT_CELLS = len(SIDES) * len(ANGLES) * len(GAIT_PHASES)
_LENGTH_BYTES = 8
_FORMAT = "ltme-clinic reference population"
_LARGEST_FILE_BYTES = 256 * 1024**2
_ARRAYS = (
    "vectors",
    "covariates",
    "joint_cells",
    "retest_vectors",
    "retest_covariates",
    "retest_joint_cells",
    "retest_gait_figures",
    "window_mean",
    "window_covariance",
)


@dataclass(frozen=True, eq=False)
class ReferencePopulation:
    """Healthy people's recording vectors, some of them measured at a second visit.

    A person who has fewer trials than others is padded with NaN at the end of the trial axis.
    """

    name: str
    origin: Origin
    fingerprint: str
    """Checkpoint that made the vectors (SHA-256, hex)."""
    clip_version: int
    people: tuple[str, ...]
    """Pseudonyms; they decide who fits and who calibrates."""
    vectors: np.ndarray  # (person, trial, vector size) float32
    covariates: np.ndarray  # (person, trial, 3) float64, visit.COVARIATES
    joint_cells_deg: np.ndarray  # (person, trial, 144) float32, as `MotionEmbedding`'s; NaN where not measured
    retest_people: tuple[str, ...]
    """People measured twice with no change between; markers were placed anew for the second visit."""
    retest_vectors: np.ndarray  # (person, 2, trial, vector size) float32
    retest_covariates: np.ndarray  # (person, 2, trial, 3) float64
    retest_joint_cells_deg: np.ndarray  # (person, 2, trial, 144) float32
    retest_gait_figures: np.ndarray  # (person, 2, trial, 11) float32, `TRACKED_FIGURES`; NaN where not given
    windows: WindowStatistics
    card: Mapping[str, Any] = field(default_factory=dict)
    """How it was made: seed, settings, software version; JSON values only."""

    def __post_init__(self) -> None:
        if self.origin not in ("measured", "virtual"):
            raise LtmeError(self.subject, f"{self.origin} walks can't be a reference", "Use measured or virtual people")
        if not self.fingerprint or not self.people or len(set(self.people)) < len(self.people):
            raise LtmeError(self.subject, "it names no checkpoint, no people, or a person twice")
        size = self.vectors.shape[-1] if self.vectors.ndim == 3 else 0
        people, retest = len(self.people), len(self.retest_people)
        trials = self.vectors.shape[1] if self.vectors.ndim == 3 else 0
        retest_trials = self.retest_vectors.shape[2] if self.retest_vectors.ndim == 4 else 0
        latent = self.windows.mean.shape[0] if self.windows.mean.ndim == 1 else 0
        expected = {
            "vectors": (people, trials, size),
            "covariates": (people, trials, len(COVARIATES)),
            "joint_cells": (people, trials, JOINT_CELLS),
            "retest_vectors": (retest, 2, retest_trials, size),
            "retest_covariates": (retest, 2, retest_trials, len(COVARIATES)),
            "retest_joint_cells": (retest, 2, retest_trials, JOINT_CELLS),
            "retest_gait_figures": (retest, 2, retest_trials, len(TRACKED_FIGURES)),
            "window_mean": (latent,),
            "window_covariance": (latent, latent),
        }
        arrays = self._arrays()
        for name, shape in expected.items():
            if arrays[name].shape != shape or 0 in shape[1:]:
                raise LtmeError(self.subject, f"{name} has shape {arrays[name].shape}, expected {shape}")
            arrays[name].setflags(write=False)
        self._check_values()

    def _check_values(self) -> None:
        known = [self.vectors[:, 0], self.covariates[:, 0, :2], self.windows.mean, self.windows.covariance]
        known += [self.retest_vectors[:, :, 0], self.retest_covariates[:, :, 0, :2]]
        if not all(np.isfinite(values).all() for values in known):
            raise LtmeError(self.subject, "values that must be known are not finite numbers", "Build it again")
        if not np.isfinite(self._window_scalars()).all() or self.windows.distance_sd <= 0.0:
            raise LtmeError(self.subject, "its window statistics are not positive finite numbers", "Build it again")

    @property
    def subject(self) -> str:
        return f"reference {self.name}"

    @property
    def condition(self) -> str:
        """What its people wore and leant on, as the card says; empty if it doesn't."""
        return str(self.card.get("condition", ""))

    @property
    def ages_y(self) -> tuple[float, float] | None:
        """Youngest and oldest person in years, as the card says; None if it doesn't."""
        said = self.card.get("ages_y")
        return (float(said[0]), float(said[1])) if said else None

    @property
    def marker_sets(self) -> frozenset[str]:
        """That its people were measured with, as the card says; empty if it doesn't."""
        several, one = self.card.get("marker_sets"), self.card.get("marker_set")
        return frozenset(str(name) for name in several) if several else frozenset([str(one)] if one else [])

    @property
    def n(self) -> int:
        """People."""
        return len(self.people)

    @property
    def retest_n(self) -> int:
        """People measured twice."""
        return len(self.retest_people)

    @property
    def trials(self) -> int:
        """Most trials that a person has."""
        return int(self.vectors.shape[1])

    @cached_property
    def has_joint_angles(self) -> np.ndarray:
        """(person,) bool: whose joint angles were measured."""
        return np.asarray(np.isfinite(self.joint_cells_deg).all(axis=-1).any(axis=1))

    @cached_property
    def speed_range_m_s(self) -> tuple[float, float]:
        """Slowest and fastest person."""
        return self._range(0)

    @cached_property
    def leg_length_range_m(self) -> tuple[float, float]:
        """Shortest and longest legs."""
        return self._range(1)

    def _range(self, column: int) -> tuple[float, float]:
        means = mean_over_trials(self.covariates)[:, column]
        return float(means.min()), float(means.max())

    def split(self, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Who fits and who calibrates: two index arrays, decided by people's names and the seed, not by their order.

        The odd person calibrates.
        """
        order = np.array(
            sorted(range(self.n), key=lambda i: hashlib.sha256(f"{seed}:{self.people[i]}".encode()).digest())
        )
        return order[: self.n // 2], order[self.n // 2 :]

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) over everything the reference holds; the same people in the same order give the same hash."""
        digest = hashlib.sha256(json.dumps(self._header(), sort_keys=True).encode())
        for name, values in self._arrays().items():
            digest.update(f"{name}{values.shape}{values.dtype.str}".encode())
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write one .safetensors file, whole or not at all."""
        from safetensors.numpy import save

        header = json.dumps(self._header(), sort_keys=True)
        content = save(
            {name: np.ascontiguousarray(values) for name, values in self._arrays().items()},
            metadata={"format": _FORMAT, "header": header, "content_hash": self.content_hash},
        )
        path = Path(path)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    @staticmethod
    def load(path: Path) -> ReferencePopulation:
        """Read what `save` wrote; any other file, or a damaged one, is an `LtmeError`. Nothing in it is executed."""
        path = Path(path)
        try:
            if path.stat().st_size > _LARGEST_FILE_BYTES:
                raise LtmeError(path.name, "larger than any reference population")
            return ReferencePopulation.loads(path.read_bytes(), path.name)
        except FileNotFoundError:
            cure = "Build one with `ltme reference build`"
            raise LtmeError(path.name, "there is no such file", cure) from None
        except OSError as error:
            raise LtmeError(path.name, f"can't be read ({error.strerror})", "Name a file") from None

    @staticmethod
    def loads(content: bytes, name: str) -> ReferencePopulation:
        """As `load`, from a file's content; `name` is what errors call it."""
        arrays, metadata = _read_safetensors(content, name)
        damaged = LtmeError(name, "a damaged reference population", "Build it again with `ltme reference build`")
        if metadata.get("format") != _FORMAT:
            raise LtmeError(name, "not a reference population", "Build one with `ltme reference build`")
        try:
            header = json.loads(metadata["header"])
            version = header["schema_version"]
        except (KeyError, TypeError, ValueError):
            raise damaged from None
        if version != SCHEMA_VERSION:
            raise LtmeError(name, f"written by another version (schema {version})", "Build it again")
        try:
            reference = _from_parts(header, arrays)
        except (KeyError, TypeError, ValueError, AttributeError, LtmeError):
            raise damaged from None
        if reference.content_hash != metadata.get("content_hash"):
            raise damaged
        return reference

    def _arrays(self) -> dict[str, np.ndarray]:
        people = (self.vectors, self.covariates, self.joint_cells_deg)
        retest = (self.retest_vectors, self.retest_covariates, self.retest_joint_cells_deg, self.retest_gait_figures)
        return dict(zip(_ARRAYS, (*people, *retest, self.windows.mean, self.windows.covariance), strict=True))

    def _window_scalars(self) -> list[float]:
        of = self.windows
        return [of.distance_mean, of.distance_sd, of.distance_limit, of.own_ratio, of.own_ratio_excess]

    def _header(self) -> dict[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "name": self.name,
            "origin": self.origin,
            "fingerprint": self.fingerprint,
            "clip_version": self.clip_version,
            "people": list(self.people),
            "retest_people": list(self.retest_people),
            "window_distance": self._window_scalars(),
            "card": dict(self.card),
        }


def _read_safetensors(content: bytes, name: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(content)
        length = int.from_bytes(content[:_LENGTH_BYTES], "little")  # of the JSON that a safetensors file begins with
        header = json.loads(content[_LENGTH_BYTES : _LENGTH_BYTES + length])
        return arrays, dict(header.get("__metadata__") or {})
    except (SafetensorError, ValueError, TypeError, AttributeError, KeyError):
        raise LtmeError(name, "not a reference population", "Build one with `ltme reference build`") from None


def _from_parts(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> ReferencePopulation:
    distance = [float(value) for value in header["window_distance"]]
    return ReferencePopulation(
        name=str(header["name"]),
        origin=header["origin"],
        fingerprint=str(header["fingerprint"]),
        clip_version=int(header["clip_version"]),
        people=tuple(str(person) for person in header["people"]),
        vectors=arrays["vectors"],
        covariates=arrays["covariates"],
        joint_cells_deg=arrays["joint_cells"],
        retest_people=tuple(str(person) for person in header["retest_people"]),
        retest_vectors=arrays["retest_vectors"],
        retest_covariates=arrays["retest_covariates"],
        retest_joint_cells_deg=arrays["retest_joint_cells"],
        retest_gait_figures=arrays["retest_gait_figures"],
        windows=WindowStatistics(arrays["window_mean"], arrays["window_covariance"], *distance),
        card=header["card"],
    )
