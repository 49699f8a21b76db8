"""One trend, one finding and two body parts with round numbers, for the report's tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ltme_clinic.types import BodyPartContribution, Finding, Trend, TrendPoint


def a_trend(**changes) -> Trend:
    points = (
        TrendPoint("2025-01-01", date(2025, 1, 1), 2.0, 3, None, "no_baseline"),
        TrendPoint("2025-07-01", date(2025, 7, 1), 2.5, 3, 0.5, "within_error"),
        TrendPoint("2026-01-01", date(2026, 1, 1), 4.0, 3, 2.0, "real_change"),
    )
    trend = Trend(
        patient="VP-001",
        metric="knee",
        unit="deg",
        title="Left knee, mid-swing",
        points=points,
        sem=0.4,
        sem_source="virtual test-retest",
        mdc=1.1,
        state="real_change",
        direction="away_from_reference",
        fingerprint="ab" * 32,
    )
    return replace(trend, **changes)


def a_finding(**changes) -> Finding:
    finding = Finding(
        patient="VP-001",
        visit="2026-01-01",
        anomaly_score=9.0,
        p_value=1 / 41,
        rank=40,
        smallest_p=1 / 41,
        reference="healthy",
        reference_origin="virtual",
        reference_n=40,
        recording_origin="virtual",
        trials=3,
        fingerprint="ab" * 32,
        speed_m_s=1.1,
    )
    return replace(finding, **changes)


LEFT_KNEE = BodyPartContribution("knee_flexion", "left", "mid-swing", -18.0, -4.0)
RIGHT_HIP = BodyPartContribution("hip_flexion", "right", "pre-swing", 5.0, 1.0)
