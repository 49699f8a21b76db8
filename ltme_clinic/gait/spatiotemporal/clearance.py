"""How high the swinging foot is carried over the floor."""

from __future__ import annotations

import numpy as np

from ltme_clinic.gait.spatiotemporal.figures import Measure
from ltme_clinic.gait.spatiotemporal.strides import Strides
from ltme_clinic.gait.standing_feet import Contacts, foot_at, while_flat
from ltme_clinic.gait.walker import Walker

_SWING = np.linspace(0.0, 1.0, 101)
_MID_SWING = slice(25, 86)
"""Where in the swing (%) the toe passes its lowest point: after it was lifted, before it is pulled up to land."""
_LATE_SWING = slice(60, 101)


def foot_clearance(walker: Walker, strides: Strides) -> list[Measure]:
    """Minimum toe clearance, the toe's last and the heel's highest point of each swing.

    Heights are those of the markers above where the same marker was while the foot stood in the same stride, so a
    laboratory's floor need not be at 0. Minimum toe clearance is the lowest point between the two humps of the toe's
    path (Winter 1992, Phys Ther 72:45); a swing without a dip between 25 and 85 % of it has none. The marker is on the
    second metatarsal head: the shoe's tip comes nearer to the floor when the toes point down.
    """
    stances = Contacts(strides.start_s, strides.side, strides.foot_off_s - strides.start_s)
    swing_s = strides.foot_off_s[:, None] + (strides.stop_s - strides.foot_off_s)[:, None] * _SWING
    toe_m, heel_m = (_above_stance(walker, name, stances, swing_s) for name in ("toe", "heel"))
    above = "above its height in the same foot's stance"
    no_toe = "no toe marker, or no foot off, in any counted cycle"
    no_heel = "no heel marker, or no foot off, in any counted cycle"
    side = strides.side
    no_dip = no_toe if np.isnan(toe_m).all() else "the toe's path has no dip in mid-swing"
    return [
        Measure(
            "toe_clearance_m", "m", lowest_dip(toe_m[:, _MID_SWING]), side, f"toe marker {above}, mid-swing", no_dip
        ),
        Measure("toe_rise_m", "m", toe_m[:, _LATE_SWING].max(axis=1), side, f"toe marker {above}, late swing", no_toe),
        Measure("heel_rise_m", "m", heel_m.max(axis=1), side, f"heel marker {above}, highest in swing", no_heel),
    ]


def _above_stance(walker: Walker, name: str, stances: Contacts, swing_s: np.ndarray) -> np.ndarray:
    """(stride, 101) height of a marker over the swing, above that of its stance; NaN where not seen."""
    stood_m = while_flat(walker, name, stances)[:, 2]
    return foot_at(walker, name, swing_s, stances.side)[..., 2] - stood_m[:, None]


def lowest_dip(height_m: np.ndarray) -> np.ndarray:
    """(row,) the lowest point of each row, NaN where that is at an end (no dip) or where a point is missing."""
    seen = np.isfinite(height_m).all(axis=1)
    place = np.argmin(np.where(seen[:, None], height_m, 0.0), axis=1)
    dip = seen & (place > 0) & (place < height_m.shape[1] - 1)
    return np.where(dip, height_m[np.arange(len(height_m)), place], np.nan)
