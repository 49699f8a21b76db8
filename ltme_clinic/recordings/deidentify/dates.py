"""Dates in names of folders and in parameters, and moving them by a person's shift."""

from __future__ import annotations

import re
from datetime import date, timedelta

from ltme_clinic.recordings.deidentify.vocabulary import words_of

_FIRST_YEAR = 1980
"""No motion capture file is older; an earlier date is somebody's birthday."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PATTERNS = (
    re.compile(r"(?<!\d)(?P<y>\d{4})(?P<s>[-_. /]?)(?P<m>\d{2})(?P=s)(?P<d>\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})(?P<s>[-_. /])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<d>\d{1,2})(?P<s>[-_. /])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<d>\d{1,2})[-_. ]*(?P<m>[A-Za-z]{3})[a-z]*[-_. ,]*(?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})[-_. ]*(?P<m>[A-Za-z]{3})[a-z]*[-_. ]*(?P<d>\d{1,2})(?!\d)"),
)
_VISIT_WORDS = words_of(
    """
    visit session measurement gait lab trial trials recording v s t pre post op preop postop baseline followup follow up
    no nr
    """
)


def dates_in(text: str) -> list[tuple[date, str]]:
    """Each date that a text holds, with the text that is left without it.

    Written as 2019-03-04, 2019_03_04, 20190304, 4.3.2019, 04/03/2019 (the day first) or 4 Mar 2019.
    """
    found: list[tuple[date, str]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            day = _date(match["y"], match["m"], match["d"])
            if day is not None and day not in [other for other, _ in found]:
                found.append((day, text[: match.start()] + " " + text[match.end() :]))
    return found


def visit_date(folder_name: str, never: frozenset[date] = frozenset()) -> date | None:
    """The date of a visit, if that is all a folder's name says: "2019-03-04", "Visit 2 20190304", "pre-op 4.3.2019".

    Beside other words a date may be a birthday, so "Smith 2001-05-06" is none; nor is a day of `never`.
    """
    for day, rest in dates_in(folder_name):
        words = re.findall(r"[^\W\d_]+", rest.lower())
        digits = re.findall(r"\d+", rest)
        if day not in never and set(words) <= _VISIT_WORDS and all(len(d) <= 2 for d in digits) and len(digits) <= 1:
            return day
    return None


def plausible(day: date) -> bool:
    """Whether a recording can be of that day: not before motion capture files, not after tomorrow."""
    return day.year >= _FIRST_YEAR and day <= date.today() + timedelta(days=1)


def shifted(day: date, days: int) -> date:
    """A day moved by a person's shift."""
    return day + timedelta(days=days)


def _date(year: str, month: str, day: str) -> date | None:
    number = _MONTHS.index(month.lower()) + 1 if month.lower() in _MONTHS else month
    try:
        found = date(int(year), int(number), int(day))
    except ValueError:
        return None
    return found if plausible(found) else None
