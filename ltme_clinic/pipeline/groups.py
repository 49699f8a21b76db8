"""Groups of patients from a table, their trends from a store, and one mixed model over both."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic.access import Principal, local_principal
from ltme_clinic.pipeline.references import ReferencesAtHand
from ltme_clinic.pipeline.review import visits_of
from ltme_clinic.types import LtmeError, Trend

if TYPE_CHECKING:
    from ltme_clinic.findings import FittedDetector
    from ltme_clinic.findings.groups import GroupTrend
    from ltme_clinic.store import Store

_COLUMNS = ("patient", "group")
_LARGEST_BYTES = 10_000_000


def track_groups(
    store: Store, table: Path, metric: str, *, reference: Path | None = None, principal: Principal | None = None
) -> GroupTrend:
    """The table's patients, each by the trend of one metric.

    Raises
    ------
    LtmeError
        The table can't be read, a patient is unknown, or there is no such metric; see `findings.groups.group_trend`.
    """
    from dataclasses import replace

    from ltme_clinic.embedding import load_model
    from ltme_clinic.findings import BaselineTracker
    from ltme_clinic.findings.groups import group_trend

    groups = read_groups(table)
    principal = principal or local_principal()
    fingerprint = load_model().fingerprint
    references = ReferencesAtHand.of(store, fingerprint, reference)
    detector: FittedDetector | None = None  # one for all: the first patient's
    trends: list[Trend] = []
    notes: list[str] = []
    origins = {item.pseudonym: item.origin for item in store.patients(principal)}
    if len({origins[patient] for patient in groups if patient in origins}) > 1:
        raise LtmeError(table.name, "holds measured beside virtual patients", "Compare patients of one origin")
    for patient in groups:
        visits, _ = visits_of(store, patient, fingerprint, principal)
        if not visits:
            notes.append(f"{patient} is left out: no walk")
            continue
        detector = detector or references.detector(visits[-1])
        found = {trend.metric: trend for trend in BaselineTracker().track(visits, detector)}
        if metric not in found:
            raise LtmeError(metric, "there is no such metric", f"Choose {', '.join(found)}")
        trends.append(found[metric])
    found_trend = group_trend(trends, groups)
    return replace(found_trend, notes=(*notes, *found_trend.notes))


def read_groups(table: Path) -> dict[str, str]:
    """Patient -> group, from a CSV file with these two columns.

    Raises
    ------
    LtmeError
        The file is missing, no table, too large, or names a patient twice.
    """
    try:
        if table.stat().st_size > _LARGEST_BYTES:
            raise LtmeError(table.name, "is too large for a table of patients", "Give one line for each patient")
        lines = table.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise LtmeError(table.name, f"can't be read ({error.strerror})", "Name a CSV file") from None
    except UnicodeDecodeError:
        raise LtmeError(table.name, "is no text in UTF-8", "Save it as CSV in UTF-8") from None
    rows = list(csv.DictReader(lines))
    if not rows or not set(_COLUMNS) <= set(rows[0]):
        raise LtmeError(table.name, f"has no line, or not the columns {' and '.join(_COLUMNS)}", "Add them")
    groups: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        patient, group = ((row[name] or "").strip() for name in _COLUMNS)
        if not patient or not group or patient in groups:
            raise LtmeError(table.name, f"line {number} lacks a value, or names a patient again", "Correct the line")
        groups[patient] = group
    return groups
