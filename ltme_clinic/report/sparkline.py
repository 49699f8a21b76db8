"""A trend in the size of a word: the course over the visits, the band of measurement error, the latest state."""

from __future__ import annotations

from ltme_clinic.report import style
from ltme_clinic.report.figures import baseline_value, error_band
from ltme_clinic.types import Trend
from ltme_clinic.types.clinical import REAL_STATES

WIDTH, HEIGHT, MARGIN = 160.0, 44.0, 6.0


def sparkline_svg(trend: Trend) -> str:
    """The trend as a small SVG: time to the right, larger values up; a diamond marks a real change, a ring none."""
    points = [point for point in trend.points if point.value == point.value]
    if not points:
        return _svg("")
    baseline = baseline_value(points)
    edges = list(error_band(trend, baseline)) if baseline is not None and trend.mdc is not None else []
    values = [point.value for point in points] + edges
    days = [point.date.toordinal() for point in points]
    across = [_place(day, min(days), max(days), MARGIN, WIDTH - MARGIN) for day in days]
    up = [_place(value, min(values), max(values), HEIGHT - MARGIN, MARGIN) for value in values]
    band = ""
    if edges:
        low, high = up[-2], up[-1]
        band = f'<rect x="0" y="{high:.1f}" width="{WIDTH:.0f}" height="{low - high:.1f}" fill="{style.BAND}"/>'
    course = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, up[: len(points)], strict=True))
    line = f'<polyline points="{course}" fill="none" stroke="{style.QUIET}" stroke-width="1.6"/>'
    return _svg(band + line + _last(across[-1], up[len(points) - 1], points[-1].state in REAL_STATES))


def _place(value: float, low: float, high: float, start: float, stop: float) -> float:
    """Where a value between low and high stands between start and stop; the middle where they are all the same."""
    return (start + stop) / 2 if high == low else start + (value - low) / (high - low) * (stop - start)


def _last(x: float, y: float, is_real: bool) -> str:
    if is_real:
        corners = f"{x - 5:.1f},{y:.1f} {x:.1f},{y - 5:.1f} {x + 5:.1f},{y:.1f} {x:.1f},{y + 5:.1f}"
        return f'<polygon points="{corners}" fill="{style.REAL_CHANGE}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="white" stroke="{style.INK}" stroke-width="1.5"/>'


def _svg(content: str) -> str:
    size = f'width="{WIDTH:.0f}" height="{HEIGHT:.0f}" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{content}</svg>'
