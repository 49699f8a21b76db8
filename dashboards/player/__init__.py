"""The 3D player of markers and bones, as a Streamlit component that is served from this folder alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from dashboards.player.payload import Interval, View, player_payload
from ltme_clinic.types import MotionClip

__all__ = ["Interval", "View", "motion_player", "player_payload"]

BUNDLE = Path(__file__).parent / "build" / "player.js"


def motion_player(
    clip: MotionClip,
    *,
    key: str,
    title: str = "",
    reference: MotionClip | None = None,
    reference_label: str = "Reference",
    intervals: Sequence[Interval] = (),
    seek_s: float | None = None,
    view: View = "right",
    height_px: int = 460,
) -> None:
    """Show a clip in the page, with play, scrub, speed and cameras; see `player_payload` for the parameters.

    Call it only inside a running Streamlit page: a component can't be registered anywhere else.
    """
    payload = player_payload(
        clip,
        title=title,
        reference=reference,
        reference_label=reference_label,
        intervals=intervals,
        seek_s=seek_s,
        view=view,
        height_px=height_px,
    )
    _component()(key=key, data=payload)


def _component() -> Callable:
    """The mounted component, registered with this server on the first call."""
    import streamlit as st

    @st.cache_resource(show_spinner=False)
    def registered() -> Callable:
        return st.components.v2.component("ltme_motion_player", js=BUNDLE.read_text(encoding="utf-8"))

    return registered()
