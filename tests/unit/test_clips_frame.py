"""The heading frame: symmetries of the laboratory, the mirror, the way back, and camera rates."""

from __future__ import annotations

import numpy as np
import pytest
from clips_walker import SPEED_M_S, mirror_image, recording, turned, walker

from ltme_clinic.body import SLOT_INDEX, mirror_positions
from ltme_clinic.clips import clip_from_positions, make_clip, to_laboratory
from ltme_clinic.kinematics.heading import smoothed_heading
from ltme_clinic.types import MotionClip


def difference_m(one: MotionClip, other: MotionClip) -> float:
    assert np.array_equal(one.valid, other.valid)
    return float(np.nanmax(np.abs(one.positions_m - other.positions_m)))


def on_a_circle(positions_m: np.ndarray, radius_m: float) -> np.ndarray:
    """The straight walk along x bent to the left: every frame turned about the circle's centre by its own angle."""
    angle = positions_m[:, SLOT_INDEX["sacrum"], 0] / radius_m
    x = positions_m[..., 0] - positions_m[:, SLOT_INDEX["sacrum"], 0][:, None]
    y = positions_m[..., 1] - radius_m
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return np.stack([c * x - s * y, s * x + c * y, positions_m[..., 2]], axis=-1)


@pytest.mark.parametrize("angle_deg", [30, 90, 179, 250])
def test_turning_and_shifting_the_laboratory_leaves_the_clip_unchanged(angle_deg: float) -> None:
    straight = make_clip(recording(walker()))
    other = make_clip(recording(turned(walker(), np.radians(angle_deg), (3.0, -7.0, 0.0))))
    assert difference_m(straight, other) < 1e-5
    assert np.allclose(straight.velocity_m_s, other.velocity_m_s, atol=1e-4)
    assert np.allclose(straight.heading_rate_rad_s, other.heading_rate_rad_s, atol=1e-4)
    assert not np.allclose(straight.start_m, other.start_m)


def test_a_laboratory_whose_floor_is_not_at_zero_gives_heights_above_the_floor() -> None:
    clip, sunk = make_clip(recording(walker())), make_clip(recording(turned(walker(), 0.0, (0, 0, -0.8))))
    assert any("floor" in warning for warning in sunk.warnings)
    assert difference_m(clip, sunk) < 0.05


def test_the_mirror_walker_has_left_and_right_exchanged() -> None:
    limping = walker()
    limping[:, SLOT_INDEX["left_knee"], 0] += 0.07
    clip, mirror = make_clip(recording(limping)), make_clip(recording(mirror_image(limping)))
    assert np.nanmax(np.abs(mirror.positions_m - mirror_positions(clip.positions_m))) < 1e-6
    assert np.allclose(mirror.velocity_m_s, clip.velocity_m_s * [1, -1], atol=1e-5)
    assert np.allclose(mirror.heading_rate_rad_s, -clip.heading_rate_rad_s, atol=1e-5)


@pytest.mark.parametrize("radius_m", [np.inf, 4.0, -2.0])
def test_to_laboratory_is_the_inverse_of_making_the_clip(radius_m: float) -> None:
    positions_m = walker(10.0, 50.0)
    if np.isfinite(radius_m):
        positions_m = on_a_circle(positions_m, radius_m)
    clip = clip_from_positions(positions_m, 50.0, "a", "virtual")
    back_m = to_laboratory(clip)
    again = clip_from_positions(back_m, 50.0, "a", "virtual")
    assert back_m.shape == positions_m.shape
    # The clip holds the low-passed walk; its own way out and back must lose nothing more.
    assert np.nanpercentile(np.abs(back_m - positions_m), 99) < 5e-3
    from ltme_clinic.clips.resampling import low_pass

    assert np.nanmax(np.abs(back_m - low_pass(positions_m, 50.0))) < 1e-4
    assert again.speed_m_s == pytest.approx(clip.speed_m_s, abs=1e-3)


@pytest.mark.parametrize("rate_hz", [250.0, 120.0, 59.94, 50.0])
def test_copies_at_other_camera_rates_agree_within_a_millimetre(rate_hz: float) -> None:
    one, other = (make_clip(recording(walker(6.0, rate), rate)) for rate in (100.0, rate_hz))
    frames = min(one.frames, other.frames)
    away_m = np.abs(one.positions_m[:frames] - other.positions_m[:frames])
    assert abs(one.frames - other.frames) <= 2
    # Beyond 0.1 s from either end, where the low-pass has both its sides.
    assert np.nanmax(away_m[5 : frames - 7]) < 1e-3


def test_speed_is_along_the_heading_and_a_steady_turn_has_a_steady_rate() -> None:
    clip = clip_from_positions(on_a_circle(walker(10.0), 4.0), 100.0, "a", "virtual")
    assert clip.speed_m_s == pytest.approx(SPEED_M_S, rel=0.01)
    # Half a pelvis in front of the sacrum that the circle was drawn for.
    assert np.allclose(clip.heading_rate_rad_s[100:-100], SPEED_M_S / 4.0, atol=0.02)


def test_a_straight_walk_faces_along_x_although_the_pelvis_rotates() -> None:
    clip = make_clip(recording(walker()))
    assert clip.start_heading_rad == pytest.approx(0.0, abs=np.radians(3))
    assert np.abs(clip.velocity_m_s[50:-50, 1].mean()) < 0.01
    left, right = (clip.positions_m[:, SLOT_INDEX[f"{side}_asis"], 1] for side in ("left", "right"))
    assert left.min() > 0.08
    assert right.max() < -0.08


def test_the_smoothed_heading_passes_a_line_and_hides_a_stride_s_rotation() -> None:
    t = np.arange(500) / 50.0
    assert np.allclose(smoothed_heading(0.3 + 0.5 * t, 50.0), 0.3 + 0.5 * t)
    swaying = smoothed_heading(np.radians(8) * np.sin(2 * np.pi * t / 1.1), 50.0)
    assert np.abs(swaying[50:-50]).max() < np.radians(0.6)
    assert np.abs(swaying).max() < np.radians(4.5)


def test_a_clip_frame_maps_back_to_the_recording_s_time() -> None:
    positions_m = walker()
    positions_m[:130, SLOT_INDEX["left_asis"]] = np.nan
    positions_m[:130, SLOT_INDEX["left_psis"]] = np.nan
    clip = make_clip(recording(positions_m))
    assert clip.source_start_s == pytest.approx(1.30)
    assert any("longest stretch" in warning for warning in clip.warnings)
