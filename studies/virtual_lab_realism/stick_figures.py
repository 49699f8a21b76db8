"""A walking body as lines: from the side through a stride, and from the front in the middle of each foot's stance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.report import style
from ltme_clinic.types import Side
from studies.virtual_lab_realism.true_motion import TrueWalk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PHASES = (0.0, 0.12, 0.25, 0.38, 0.50, 0.62, 0.74, 0.87)
"""Shares of the near foot's cycle that are drawn, contact first."""
APART = 0.47
"""Between figures, in body heights: further than anybody strides, so that none hides another."""
MID_STANCE = (0.30, 0.80)
"""When the near foot stands in its middle, and when the far one does."""
MIDLINE = ("pelvis", "lumbar", "neck")
LEG = ("hip", "knee", "ankle", "heel", "toe", "ankle")
ARM = ("shoulder", "elbow", "wrist", "finger")
HEAD_CENTRE, HEAD_RADIUS = 0.085, 0.055
"""Above the neck, and half as wide, in body heights."""


def draw_side_view(axes: Axes, walk: TrueWalk, near: Side, height_m: float) -> None:
    """One stride of the near foot as figures side by side, walking to the right; needs one whole stride."""
    views = stride_views(walk, near, PHASES)
    far: Side = "left" if near == "right" else "right"
    for place, view in enumerate(views):
        shift_m = np.array([place * APART * height_m, 0.0])
        _figure(axes, {name: point[[0, 2]] + shift_m for name, point in view.items()}, (far, near), height_m)
    _stage(axes, -0.35 * height_m, ((len(views) - 1) * APART + 0.35) * height_m, height_m)
    for place, phase in enumerate(PHASES):
        axes.text(
            place * APART * height_m, -0.10 * height_m, f"{100 * phase:.0f}", ha="center", va="center",
            fontsize=style.SMALL_PT - 1, color=style.QUIET,
        )  # fmt: skip


def draw_front_view(axes: Axes, walk: TrueWalk, near: Side, height_m: float) -> None:
    """Seen from ahead, on each foot in turn; the person's left is at the right, as one who comes towards you."""
    for place, view in enumerate(stride_views(walk, near, MID_STANCE)):
        shift_m = np.array([place * 0.62 * height_m, 0.0])
        _figure(axes, {name: point[[1, 2]] + shift_m for name, point in view.items()}, ("left", "right"), height_m)
    _stage(axes, -0.31 * height_m, 0.93 * height_m, height_m)


def stride_views(walk: TrueWalk, near: Side, phases: tuple[float, ...]) -> list[dict[str, np.ndarray]]:
    """Joint centres at shares of a stride in mid-walk: forward and left of the pelvis, above the floor."""
    own = [event.time_s for event in walk.events if (event.side, event.kind) == (near, "initial_contact")]
    first = max(0, len(own) // 2 - 1)
    start_s, stop_s = own[first], own[first + 1]
    centres_m = walk.motion.joint_centres_m
    frames = [round((start_s + phase * (stop_s - start_s)) * walk.rate_hz) for phase in phases]
    pelvis_m = centres_m["pelvis"]
    way_m = pelvis_m[round(stop_s * walk.rate_hz)] - pelvis_m[round(start_s * walk.rate_hz)]
    cos, sin = way_m[:2] / np.linalg.norm(way_m[:2])
    turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    return [
        {
            name: turn @ (centre[frame] - pelvis_m[frame] * [1.0, 1.0, 0.0])
            for name, centre in centres_m.items()
        }
        for frame in frames
    ]  # fmt: skip


def _figure(axes: Axes, points: dict[str, np.ndarray], order: tuple[Side, Side], height_m: float) -> None:
    """One body, (2,) a point; the second side of `order` is drawn over the first."""
    for layer, side in enumerate(order):
        colour = style.SIDE_COLOUR[side]
        for chain, width in ((LEG, 2.0), (ARM, 1.3)):
            line = np.array([points[f"{side}_{name}"] for name in chain])
            axes.plot(line[:, 0], line[:, 1], color=colour, linewidth=width, solid_capstyle="round",
                      solid_joinstyle="round", zorder=2 + 2 * layer, alpha=0.9)  # fmt: skip
    spine = np.array([points[name] for name in MIDLINE])
    axes.plot(spine[:, 0], spine[:, 1], color=style.INK, linewidth=1.8, zorder=3, solid_capstyle="round")
    for pair in ("hip", "shoulder"):
        across = np.array([points[f"left_{pair}"], points[f"right_{pair}"]])
        axes.plot(across[:, 0], across[:, 1], color=style.INK, linewidth=1.6, zorder=3, solid_capstyle="round")
    up = points["neck"] - points["lumbar"]
    head = points["neck"] + HEAD_CENTRE * height_m * (0.4 * up / np.linalg.norm(up) + [0.0, 0.6])
    from matplotlib.patches import Circle

    axes.add_patch(
        Circle(tuple(head), HEAD_RADIUS * height_m, facecolor="white", edgecolor=style.INK, linewidth=1.4, zorder=6)
    )


def _stage(axes: Axes, left_m: float, right_m: float, height_m: float) -> None:
    axes.plot([left_m, right_m], [0.0, 0.0], color=style.HAIRLINE, linewidth=1.2, zorder=0)
    axes.set_xlim(left_m, right_m)
    axes.set_ylim(-0.16 * height_m, 1.06 * height_m)
    axes.set_aspect("equal")
    axes.axis("off")
