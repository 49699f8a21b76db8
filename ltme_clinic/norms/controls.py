"""Reference controls: whose walking an index measures from, and the published ones of the Gait Deviation Index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from ltme_clinic.body import ANGLES
from ltme_clinic.norms.deviation_scores import CURVE_SHAPE, FEATURES, GdiScale
from ltme_clinic.norms.table_files import column, read_rows
from ltme_clinic.types import PERCENT, AngleBand, LtmeError, Origin


@dataclass(frozen=True)
class ReferenceControls:
    """Healthy people's nine angle curves in summary: means, spreads, and the scales of the indices."""

    name: str
    """Who they are, for a figure's legend."""
    origin: Origin
    n_people: int
    n_curves: int
    """One a side."""
    mean_deg: np.ndarray  # (9, 51) `body.ANGLES`, every 2 % of the cycle
    sd_deg: np.ndarray  # (9, 51) between curves
    scores: Mapping[str, tuple[float, float]]
    """Mean and SD over the controls' curves of "gps_deg", "gps_overall_deg" (over people), "residual_deg" (with a GDI
    scale) and "gvs_<angle>_deg"."""
    gdi: GdiScale | None = None
    """None where there are too few controls for it."""
    ages_y: tuple[float, float] | None = None
    """Youngest and oldest; the oldest's whole year counts. None: not recorded."""
    speed: tuple[float, float] | None = None
    """Mean and SD of the dimensionless walking speed; None: not recorded."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """How it was made: source, hash of the curves, software."""

    def __post_init__(self) -> None:
        subject = f"reference {self.name}"
        if not self.name.strip() or not self.name.isprintable():
            raise LtmeError(subject, "its name is empty or not printable", "Say in words who the controls are")
        if not 0 < self.n_people <= self.n_curves:
            raise LtmeError(subject, f"{self.n_curves} curves of {self.n_people} people can't be", "Build it again")
        if self.mean_deg.shape != CURVE_SHAPE or self.sd_deg.shape != CURVE_SHAPE:
            raise LtmeError(subject, f"its curves have shape {self.mean_deg.shape}, not {CURVE_SHAPE}")
        if not (np.isfinite(self.mean_deg).all() and np.isfinite(self.sd_deg).all() and (self.sd_deg > 0.0).all()):
            raise LtmeError(subject, "its curves are not finite numbers with a positive SD", "Build it again")
        missing = [name for name in score_names(self.gdi is not None) if name not in self.scores]
        if missing:
            raise LtmeError(subject, f"it has no {missing[0]}", "Build it again")
        numbers = np.array([*self.scores.values(), *filter(None, (self.ages_y, self.speed))], dtype=float)
        if not np.isfinite(numbers).all() or (numbers < 0.0).any():
            raise LtmeError(subject, "its figures are not finite positive numbers", "Build it again")
        for values in (self.mean_deg, self.sd_deg):
            values.setflags(write=False)

    @property
    def words(self) -> str:
        """Who and how many, with what is not measured said first."""
        who = f"{self.n_people} {self.name}"
        return who if self.origin == "measured" else f"{self.origin}, not measured: {who}"

    def band(self, name: str) -> AngleBand:
        """One angle's mean and SD on 101 points, interpolated linearly.

        Raises
        ------
        LtmeError
            For an angle that is none of `body.ANGLES`.
        """
        if name not in ANGLES:
            raise LtmeError(name, "the reference has no such angle", f"Known: {', '.join(ANGLES)}")
        row, percent = ANGLES.index(name), np.linspace(0.0, 100.0, CURVE_SHAPE[1])
        mean, sd = (np.interp(PERCENT, percent, curves[row]) for curves in (self.mean_deg, self.sd_deg))
        return AngleBand(name=name, mean=mean, sd=sd, n=self.n_people, source=self.words)

    def age_problem(self, age_y: float | None) -> str | None:
        """Why a person of this age can't be measured against these controls; None where they can."""
        if self.ages_y is None:
            return None
        youngest, oldest = (int(np.floor(age)) for age in self.ages_y)
        if age_y is None:
            return f"the age is not known, and the reference is of people of {youngest} to {oldest} years"
        if not youngest <= age_y < oldest + 1:
            return f"at {age_y:g} years nobody of this age is in the reference ({youngest} to {oldest} years)"
        return None


def score_names(with_gdi: bool) -> tuple[str, ...]:
    """The figures whose mean and SD a reference must state."""
    names = ("gps_deg", "gps_overall_deg", *(f"gvs_{angle}_deg" for angle in ANGLES))
    return (*names, "residual_deg") if with_gdi else names


CHILDREN_AGES_Y = (4.0, 17.0)
"""Ages of the published controls. The addendum doesn't state them; this is the range that the same laboratory's speed
study names for its 83 children, taken from the literature and not from the data."""


@cache
def published_controls() -> ReferenceControls:
    """The 166 control curves, left and right of 83 children, of Schwartz and Rozumalski 2008, in summary.

    They walked at their own speed, v* = .43 +/- .03. The addendum doesn't say whether a curve is one stride or a mean.
    """
    rows = read_rows("gdi_controls")
    features = np.array([[float(row[f"f{number}"]) for number in range(1, FEATURES + 1)] for row in rows])
    scale = {row["figure"]: row for row in read_rows("gdi_scale")}
    mean_scores = np.array([float(scale[f"feature_{number}"]["mean"]) for number in range(1, FEATURES + 1)])
    logs = scale["log_distance"]
    groups = read_rows("speed_groups")
    free = next(row for row in groups if row["speed_group"] == "Free")
    return ReferenceControls(
        name="typically developing children at their own speed (Schwartz and Rozumalski 2008)",
        origin="measured",
        n_people=int(scale["gps_overall_deg"]["n"]),
        n_curves=int(scale["gps_deg"]["n"]),
        mean_deg=column("gdi_controls", "mean").reshape(CURVE_SHAPE),
        sd_deg=column("gdi_controls", "sd").reshape(CURVE_SHAPE),
        scores={name: (float(scale[name]["mean"]), float(scale[name]["sd"])) for name in score_names(with_gdi=True)},
        gdi=GdiScale(features, mean_scores, float(logs["mean"]), float(logs["sd"])),
        ages_y=CHILDREN_AGES_Y,
        speed=(float(free["speed"]), float(free["speed_sd"])),
        provenance={"source": "Schwartz and Rozumalski 2008, Gait Posture 28:351-357, addendum"},
    )
