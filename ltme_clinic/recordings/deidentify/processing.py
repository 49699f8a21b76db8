"""Lines about what was done to a recording, in exactly the form in which our own repairs write them."""

from __future__ import annotations

import re

_SECONDS = r"\d{1,3}(?:\.\d{1,3})?"
_METHOD = r"(?:auto|gaussian|rigid|pca|spline)"
_LINES = (
    re.compile(
        r"low-pass: zero-lag Butterworth of order \d{1,2}, half power at \d{1,3}(?:\.\d{1,2})? Hz, each unbroken run"
    ),
    re.compile(
        rf"gaps filled: method {_METHOD}, up to {_SECONDS} s \({_SECONDS} s at the edges\), "
        rf"expected error up to \d{{1,3}}(?:\.\d{{1,2}})? mm; "
        rf"used (?:none|{_METHOD} \d{{1,5}}(?:, {_METHOD} \d{{1,5}})*)"
    ),
)


def is_processing(line: str) -> bool:
    """Whether a line is one that our own repairs write; any other may be about somebody."""
    return any(form.fullmatch(line) for form in _LINES)
