"""The bytes that the player gets, read back as its JavaScript reads them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from dashboard_walkers import walking_clip

from dashboards.player import BUNDLE, Interval, player_payload
from dashboards.player.payload import MISSING, floor_path
from ltme_clinic.body import SLOTS
from ltme_clinic.types import LtmeError, MotionClip


def opened(payload: bytes) -> tuple[dict, bytes]:
    size = int.from_bytes(payload[:4], "little")
    return json.loads(payload[4 : 4 + size]), payload[4 + size :]


def test_positions_come_back_to_a_tenth_of_a_millimetre_and_gaps_stay_gaps() -> None:
    clip = walking_clip()
    header, blocks = opened(player_payload(clip))
    count = clip.frames * len(SLOTS) * 3
    tenths = np.frombuffer(blocks, "<i2", count, header["body"]["offset"]).reshape(clip.positions_m.shape)
    assert np.array_equal(tenths[..., 0] != MISSING, clip.valid)
    assert np.allclose(tenths[clip.valid] / 10_000, clip.positions_m[clip.valid], atol=0.51e-4)


def test_a_straight_walk_at_a_known_speed_leads_straight_that_far() -> None:
    path = floor_path(walking_clip(seconds=4.0, speed_m_s=1.2))
    assert path[0].tolist() == [0.0, 0.0, 0.0]
    assert path[-1, 0] == pytest.approx(1.2 * (4.0 - 0.02), rel=1e-5)
    assert np.allclose(path[:, 1:], 0.0)


def test_a_walk_that_turns_left_steadily_follows_a_circle() -> None:
    speed_m_s, turning_rad_s = 1.0, 0.5
    path = floor_path(walking_clip(seconds=6.0, speed_m_s=speed_m_s, turning_rad_s=turning_rad_s))
    radius_m = speed_m_s / turning_rad_s
    distance_m = np.hypot(path[:, 0], path[:, 1] - radius_m)
    assert np.allclose(distance_m, radius_m, atol=0.02)
    assert path[-1, 2] == pytest.approx(turning_rad_s * 5.98, rel=1e-4)


def test_intervals_the_reference_and_the_clip_s_own_start_travel_in_the_header() -> None:
    clip = walking_clip(seconds=3.0)
    payload = player_payload(clip, reference=walking_clip(seconds=1.0), intervals=[Interval(0.5, 1.5, "Unusual:")])
    header, blocks = opened(payload)
    assert header["intervals"] == [{"start_s": 0.5, "stop_s": 1.5, "label": "Unusual:"}]
    assert header["origin"] == "virtual"
    assert header["start_s"] == 0.0
    end = header["reference"]["offset"] + clip.frames * len(SLOTS) * 3 * 2
    assert end <= len(blocks) < end + 4


def test_seeking_keeps_the_picture_s_identity_and_another_clip_changes_it() -> None:
    identities = [
        opened(payload)[0]["id"]
        for payload in (
            player_payload(walking_clip()),
            player_payload(walking_clip(), seek_s=1.0),
            player_payload(walking_clip(knee_peak_deg=(30.0, 60.0))),
        )
    ]
    assert identities[0] == identities[1]
    assert identities[0] != identities[2]


def test_a_point_that_flew_away_is_hidden_rather_than_folded_back() -> None:
    clip = walking_clip(seconds=1.0)
    positions_m = clip.positions_m.copy()
    positions_m[3, 0] = (50.0, 0.0, 1.0)
    flown = MotionClip(**{**vars(clip), "positions_m": positions_m})
    header, blocks = opened(player_payload(flown))
    tenths = np.frombuffer(blocks, "<i2", positions_m.size, header["body"]["offset"]).reshape(positions_m.shape)
    assert tenths[3, 0].tolist() == [MISSING] * 3


def test_a_clip_without_frames_is_refused_in_one_line() -> None:
    with pytest.raises(LtmeError, match="holds no frames"):
        player_payload(walking_clip(seconds=0.0))


def test_the_bundle_is_built_licensed_and_asks_no_other_host() -> None:
    source = BUNDLE.read_text(encoding="utf-8")
    assert "export{" in source
    assert "MIT" in (BUNDLE.parent / "three-LICENSE.md").read_text(encoding="utf-8")
    for word in ("unpkg", "jsdelivr", "cdnjs", "googleapis", 'fetch("http'):
        assert word not in source
