"""Asks the native library for a second opinion on a file, and says in plain words what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ltme_clinic.recordings.oracle.comparing import Disagreement, compare
from ltme_clinic.recordings.oracle.known_faults import known_fault
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import LtmeError

Verdict = Literal["agrees", "disagrees", "refused", "crashed", "only_the_oracle_reads_it"]


@dataclass(frozen=True)
class OracleOpinion:
    """What the second reader makes of a file that we have read, or have refused."""

    verdict: Verdict
    """`agrees`: every value. `refused`, `crashed`: the second reader did; this says nothing against the file."""
    sentence: str
    disagreements: tuple[Disagreement, ...] = ()
    reasons: tuple[str, ...] = ()
    """For each disagreement the known fault of the second reader that explains it; empty where none does."""

    @property
    def unexplained(self) -> tuple[Disagreement, ...]:
        """Disagreements that no known fault of the second reader explains: one of the two readers is wrong."""
        return tuple(found for found, why in zip(self.disagreements, self.reasons, strict=True) if not why)

    def as_dict(self) -> dict[str, Any]:
        """The opinion as JSON-safe values."""
        return {
            "reader": "ezc3d",
            "verdict": self.verdict,
            "sentence": self.sentence,
            "disagreements": [
                {"field": found.field, "where": found.where, "values": found.values, "sentence": found.sentence}
                | {"known_reason": why}
                for found, why in zip(self.disagreements, self.reasons, strict=True)
            ],
        }


def ask_oracle(path: Path, ours: RawC3D | None = None) -> OracleOpinion:
    """The native library's opinion on a file, from its killable child process.

    Its refusal, crash or endless thought is an answer and no error; so is our own reader's refusal of a file that the
    library reads.

    Parameters
    ----------
    path : a C3D file
    ours : what our reader made of it; read here if it is not given

    Raises
    ------
    LtmeError
        Only if both readers refuse the file: there is nothing to compare, and the error is our reader's.
    """
    from ltme_clinic.recordings.oracle.native import ReaderLost, shared_reader

    refusal: LtmeError | None = None
    if ours is None:
        ours, refusal = _ours(path)
    try:
        theirs = shared_reader().opinion(path)
    except LtmeError as error:
        if ours is None and refusal is not None:
            raise refusal from error
        verdict: Verdict = "crashed" if isinstance(error, ReaderLost) else "refused"
        return OracleOpinion(verdict, f"the second reader has no opinion: {error.fact}")
    if ours is None:
        assert refusal is not None
        frames, points = theirs.points.shape[:2]
        said = f"we refuse the file ({refusal.fact}), the second reader finds {frames} frames of {points} points"
        return OracleOpinion("only_the_oracle_reads_it", said)
    return judged(ours, theirs)


def judged(ours: RawC3D, theirs: RawC3D) -> OracleOpinion:
    """Two readings of one file, compared, each disagreement with the known fault that explains it."""
    found = compare(ours, theirs)
    reasons = tuple(known_fault(ours, theirs, disagreement) for disagreement in found)
    if not found:
        return OracleOpinion("agrees", "the second reader agrees on every value")
    unexplained = sum(not why for why in reasons)
    said = f"the second reader differs in {len(found)} fields, {len(found) - unexplained} of them for a known reason"
    return OracleOpinion("disagrees", said, found, reasons)


def _ours(path: Path) -> tuple[RawC3D | None, LtmeError | None]:
    from ltme_clinic.recordings.readers import default_reader

    try:
        return default_reader().read(path), None
    except LtmeError as error:
        return None, error
