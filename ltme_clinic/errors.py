"""The one family of errors a user may see: what it is about, the fact, the cure, on one line."""

from __future__ import annotations


class LtmeError(Exception):
    """A mistake in what we were given, said in one line.

    Parameters are joined as ``subject: fact. cure``, for example
    ``visit_03.c3d: LKNE is missing in 412 of 600 frames (limit 60). Relabel the trial.``
    """

    def __init__(self, subject: str, fact: str, cure: str = "") -> None:
        self.subject = one_line(subject)
        self.fact = one_line(fact).rstrip(".")
        self.cure = one_line(cure).rstrip(".")
        sentences = f"{self.subject}: {self.fact}."
        super().__init__(f"{sentences} {self.cure}." if self.cure else sentences)

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return type(self), (self.subject, self.fact, self.cure)


class Refused(LtmeError):
    """A number that was asked for and can't honestly be given; the reason is the answer."""


def one_line(text: str) -> str:
    """Text without control characters or line breaks, so that a hostile label can't forge a second line."""
    return "".join(c if c.isprintable() else " " for c in text).strip()
