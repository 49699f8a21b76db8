"""The cycles that are averaged, as arrays, and the timing that follows from their events alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.spatiotemporal.figures import Measure, harmonic_mean
from ltme_clinic.types import GaitCycle


@dataclass(frozen=True)
class Strides:
    """Strides of both feet, each from its contact to its next; NaN where an event is not marked. Seconds."""

    side: np.ndarray  # (stride,)
    start_s: np.ndarray
    opposite_off_s: np.ndarray
    opposite_contact_s: np.ndarray
    foot_off_s: np.ndarray
    stop_s: np.ndarray
    speed_m_s: np.ndarray

    @property
    def time_s(self) -> np.ndarray:
        return self.stop_s - self.start_s

    def pct(self, time_s: np.ndarray) -> np.ndarray:
        """Times as percentages of each stride."""
        return 100.0 * (time_s - self.start_s) / self.time_s

    def double_support_pct(self) -> np.ndarray:
        """(stride,) both of its double supports together; negative where both feet are in the air instead.

        In running the other foot leaves the floor after its contact, not before it: the foot off that belongs to this
        stride's contact is then the one of the stride before.
        """
        off, contact = self.pct(self.opposite_off_s), self.pct(self.opposite_contact_s)
        first = np.where(off < contact, off, off - 100.0)
        return first + self.pct(self.foot_off_s) - contact


def strides_of(cycles: Sequence[GaitCycle]) -> Strides:
    """Cycles to arrays."""

    def times(name: str) -> np.ndarray:
        return np.array([getattr(cycle, name) for cycle in cycles], dtype=float)  # None becomes NaN

    return Strides(
        side=np.array([SIDES.index(cycle.side) for cycle in cycles], dtype=int),
        start_s=times("start_s"),
        opposite_off_s=times("opposite_foot_off_s"),
        opposite_contact_s=times("opposite_contact_s"),
        foot_off_s=times("foot_off_s"),
        stop_s=times("stop_s"),
        speed_m_s=times("speed_m_s"),
    )


def shows_flight(strides: Strides) -> bool:
    """Whether the events have both feet off the floor between one stance and the next, in the median stride."""
    support = strides.double_support_pct()
    support = support[np.isfinite(support)]
    return bool(len(support) and np.median(support) < 0)


def timing(strides: Strides, *, running: bool) -> list[Measure]:
    """Cadence, speed and the events' percentages; support phases only of a walk, flight only of a run.

    Parameters
    ----------
    running : whether the markers show that both feet leave the floor
    """
    no_off = "no foot off is marked: mark the foot offs, or let the markers be searched for them"
    foot_off, opposite_off = strides.pct(strides.foot_off_s), strides.pct(strides.opposite_off_s)
    opposite_contact = strides.pct(strides.opposite_contact_s)
    support = strides.double_support_pct()
    rows: list[tuple[str, str, np.ndarray, str]] = [
        ("speed_m_s", "m/s", strides.speed_m_s, "over the belt or ground, of the pelvis"),
        ("stride_time_s", "s", strides.time_s, ""),
        ("stance_pct", "%", foot_off, "of the stride"),
        ("swing_pct", "%", 100.0 - foot_off, "of the stride"),
        ("foot_off_pct", "%", foot_off, "of the stride"),
        ("opposite_foot_off_pct", "%", opposite_off, "of the stride"),
        ("opposite_contact_pct", "%", opposite_contact, "of the stride"),
    ]
    refused: dict[str, str] = {}
    if running:
        rows.append(("flight_pct", "%", -support, "both feet in the air, of the stride, both flights together"))
    else:
        if shows_flight(strides):
            support = np.full_like(support, np.nan)
            refused["double_support_pct"] = (
                "each foot leaves when the other lands, to within the error of the events: it can't be told from none"
            )
        rows.append(("double_support_pct", "%", support, "both double supports of the stride together"))
        single = opposite_contact - opposite_off
        rows.append(("single_support_pct", "%", single, "of the stride: the other foot's swing"))
    cadence = Measure("cadence_spm", "steps/min", 120.0 / strides.time_s, strides.side, sided=False, mean=harmonic_mean)
    others = [
        Measure(name, unit, values, strides.side, note, refused.get(name, no_off), sided=unit == "%")
        for name, unit, values, note in rows
    ]
    return [cadence, *others]
