"""What a clinician reads: a finding about one visit, a trend over a patient's visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ltme_clinic.types.gait import TRACKED_FIGURES
from ltme_clinic.types.recording import Origin, Side

UNUSUAL_P = 0.05
"""A conformal p-value up to here is called unusual; without one nothing is."""
TrendState = Literal["no_baseline", "within_error", "real_change", "clinically_important", "not_assessable"]
REAL_STATES: frozenset[TrendState] = frozenset({"real_change", "clinically_important"})
"""Changes beyond measurement error; an important one is also beyond what patients are known to notice."""
Direction = Literal["toward_reference", "away_from_reference", "up", "down", "undetermined"]


@dataclass(frozen=True)
class BodyPartContribution:
    """How far one joint differs from the reference in one phase of the gait cycle."""

    variable: str  # one of body.ANGLES
    side: Side
    phase: str  # one of body.GAIT_PHASES
    difference_deg: float
    """Patient minus what the reference does at this speed; the sign convention is the variable's."""
    z: float
    """The difference in standard deviations of the reference."""


@dataclass(frozen=True)
class EpisodeContribution:
    """A stretch of one recording that is unlike its rest (a freeze, a stumble), or from which on it stays otherwise."""

    recording_id: str
    start_s: float
    stop_s: float
    z: float
    is_lasting: bool = False
    """The walk changes here and stays so to the recording's end."""


@dataclass(frozen=True)
class BodyCell:
    """One joint on one side in one phase of the step against the reference."""

    difference_deg: float
    z: float


@dataclass(frozen=True)
class Finding:
    """One visit against one reference population.

    `anomaly_score`: higher is more unusual. `p_value` is conformal and is None whenever it can't honestly be given
    (then `refusals` says why). Nothing here names a disease.
    """

    patient: str
    visit: str
    anomaly_score: float | None
    p_value: float | None
    rank: int | None
    """How many calibration people score below this visit."""
    smallest_p: float | None
    reference: str
    reference_origin: Origin
    reference_n: int
    """People the score is calibrated on."""
    recording_origin: Origin
    trials: int
    fingerprint: str
    speed_m_s: float | None
    body_parts: tuple[BodyPartContribution, ...] = ()
    episodes: tuple[EpisodeContribution, ...] = ()
    refusals: tuple[str, ...] = ()
    sentence: str = ""
    label: str = ""
    """Such as "against a virtual reference"; empty when origins agree."""
    condition: str = ""
    """Footwear, orthosis, walking aid and the like, as entered: a visit has a finding for each condition."""
    cells: tuple[BodyCell, ...] = ()
    """Every joint, side and phase, `body.SIDES` x `body.ANGLES` x `body.GAIT_PHASES`; empty without a score."""
    limit_z: float | None = None
    """|z| that the most different cell of 95 % of healthy people stays at or below; None if too few were there."""
    unexplained: tuple[BodyPartContribution, ...] = ()
    """Cells that the rest of the body explains least, hidden one by one; `z` is how far from what the others tell."""
    unexplained_limit_z: float | None = None
    """As `limit_z`, of these."""
    score_sem: float | None = None
    """Standard error of the score from visit to visit, by people measured twice; None without such people."""
    joint_angles: Literal["measured", "decoded"] = "decoded"
    """Whether `body_parts` and `cells` compare the gait model's joint angles or those that the embedding tells."""


def figure_metric(name: str, side: Side | None) -> str:
    """What the trend of a tracked figure (`types.gait.TRACKED_FIGURES`) is called: "gps_deg", "left_step_length_m"."""
    return name if side is None else f"{side}_{name}"


FIGURE_METRICS = frozenset(figure_metric(*figure) for figure in TRACKED_FIGURES)


@dataclass(frozen=True)
class TrendPoint:
    """One visit of a trend."""

    visit: str
    date: date
    value: float
    trials: int
    change: float | None
    """Value minus baseline; None for the baseline itself."""
    state: TrendState


@dataclass(frozen=True)
class ExpectedVisit:
    """What the next visit would measure if the patient goes on as so far, with its 95 % interval."""

    date: date
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Trend:
    """One metric over a patient's visits, against the patient's own first visit.

    `mdc` is the minimal detectable change (95 %) for one visit against the baseline, `mcid` the published minimal
    clinically important difference; a change beyond both is clinically important. Embeddings have no `mcid`.
    """

    patient: str
    metric: str
    unit: str
    title: str
    points: tuple[TrendPoint, ...]
    sem: float | None
    sem_source: str
    mdc: float | None
    state: TrendState
    direction: Direction
    fingerprint: str
    refusals: tuple[str, ...] = ()
    sentence: str = ""
    mcid: float | None = None
    mcid_source: str = ""
    expected_next: ExpectedVisit | None = None
    """As long after the last visit as visits usually lie apart; None where no error is known or there is one visit."""

    @property
    def is_figure(self) -> bool:
        """Whether it follows an index or a step: shown beside the others, and not asked whether somebody has changed,
        for of so many one is always beyond its limit by chance."""
        return self.metric in FIGURE_METRICS

    @property
    def changed_visits(self) -> int:
        """How many visits in a row, up to the last, are beyond error on the same side of the baseline."""
        return changed_in_a_row(self.points)


def changed_in_a_row(points: Sequence[TrendPoint]) -> int:
    """`Trend.changed_visits` of a trend's points."""
    count = 0
    for point in reversed(points):
        if point.state not in REAL_STATES or (point.change or 0.0) * (points[-1].change or 0.0) <= 0.0:
            break
        count += 1
    return count
