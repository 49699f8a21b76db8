"""Findings and trends as the stages before the report hand them over, for three invented patients."""

from __future__ import annotations

from datetime import date
from itertools import product

from ltme_clinic.body import ANGLES, GAIT_PHASES, SIDES
from ltme_clinic.types import BodyCell, BodyPartContribution, EpisodeContribution, Finding, Origin, Trend, TrendPoint

FINGERPRINT = "5d41402abc4b2a76b9719d911017c592ae2f4c1e5d41402abc4b2a76b9719d91"
SENTENCE = (
    "The walk of 2026-03-01 is unusual (beyond all 60 people of this reference). It differs most in the "
    "left knee in mid-swing (18 degrees straighter) and the left ankle in terminal stance."
)


def finding(
    patient: str, visit: str, *, recording_id: str = "", origin: Origin = "virtual", unusual: bool = True
) -> Finding:
    """A finding with body parts and an episode, or an ordinary one."""
    parts = (
        BodyPartContribution("knee_flexion", "left", "mid-swing", -18.2, -4.1),
        BodyPartContribution("ankle_dorsiflexion", "left", "terminal stance", -9.6, -3.0),
        BodyPartContribution("hip_adduction", "left", "mid-swing", -6.1, -2.4),
        BodyPartContribution("pelvic_obliquity", "right", "loading response", 4.2, 1.9),
        BodyPartContribution("hip_flexion", "right", "initial contact", 6.0, 1.1),
    )
    return Finding(
        patient=patient,
        visit=visit,
        anomaly_score=9.31 if unusual else 4.02,
        p_value=1 / 61 if unusual else 0.43,
        rank=60 if unusual else 35,
        smallest_p=1 / 61,
        reference="healthy-virtual",
        reference_origin="virtual",
        reference_n=60,
        recording_origin=origin,
        trials=3,
        fingerprint=FINGERPRINT,
        speed_m_s=1.02,
        body_parts=parts if unusual else (),
        episodes=(EpisodeContribution(recording_id, 1.28, 2.56, 3.4),) if recording_id and unusual else (),
        sentence=SENTENCE if unusual else f"The walk of {visit} is like that of the reference people.",
        cells=cells_of(parts) if unusual else (),
        limit_z=3.5,
    )


def cells_of(parts: tuple[BodyPartContribution, ...]) -> tuple[BodyCell, ...]:
    """Every joint, side and phase: these parts, and nothing elsewhere."""
    known = {(part.side, part.variable, part.phase): BodyCell(part.difference_deg, part.z) for part in parts}
    names = product(SIDES, ANGLES, GAIT_PHASES)
    return tuple(known.get(name, BodyCell(0.0, 0.0)) for name in names)


def measured_finding(patient: str, visit: str) -> Finding:
    """A measured visit against a virtual reference: a score, and no p-value."""
    return Finding(
        patient=patient,
        visit=visit,
        anomaly_score=7.7,
        p_value=None,
        rank=None,
        smallest_p=None,
        reference="healthy-virtual",
        reference_origin="virtual",
        reference_n=60,
        recording_origin="measured",
        trials=1,
        fingerprint=FINGERPRINT,
        speed_m_s=0.88,
        body_parts=(BodyPartContribution("knee_flexion", "right", "initial swing", -12.0, -2.0),),
        refusals=("No p-value: a measured recording is never ranked among virtual people.",),
        sentence="The walk can be described against a virtual reference, but not ranked.",
        label="against a virtual reference",
    )


def trend(patient: str, *, metric: str = "distance", changed: bool = True, unit: str = "") -> Trend:
    """Four visits half a year apart that leave the measurement error, or that stay within it."""
    values = (2.1, 2.6, 4.3, 5.9) if changed else (2.1, 2.3, 1.9, 2.2)
    days = (date(2024, 9, 2), date(2025, 3, 3), date(2025, 9, 1), date(2026, 3, 1))
    points = tuple(
        TrendPoint(
            visit=day.isoformat(),
            date=day,
            value=value,
            trials=3,
            change=None if place == 0 else value - values[0],
            state="no_baseline" if place == 0 else ("real_change" if value - values[0] > 1.5 else "within_error"),
        )
        for place, (day, value) in enumerate(zip(days, values, strict=True))
    )
    return Trend(
        patient=patient,
        metric=metric,
        unit=unit,
        title={
            "distance": "Distance from the reference",
            "speed": "Walking speed",
            "knee": "Left knee, mid-swing",
            "gps_deg": "Gait Profile Score",
        }[metric],
        points=points,
        sem=0.54,
        sem_source="virtual test-retest, 20 people",
        mdc=1.5,
        state="real_change" if changed else "within_error",
        direction="away_from_reference" if changed else "undetermined",
        fingerprint=FINGERPRINT,
        sentence="The distance from the reference has grown by 3.8 since the first visit, beyond error (1.5)."
        if changed
        else "All changes are within measurement error (1.5).",
    )
