"""The linear code and the feature rows: inverses, Gaussian filling, rhythm."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_walks import stepping_clip, stepping_rows

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.embedding.features import (
    BLOCK_WINDOWS,
    WIDTH,
    clip_features,
    features_clip,
    from_windows,
    to_windows,
    window_count,
)
from ltme_clinic.embedding.filling import conditional_fill, fill_gaps, precision
from ltme_clinic.embedding.linear import LinearCode, fit_linear_code, reconstruction_error_mm
from ltme_clinic.embedding.rhythm import Rhythm, find_rhythm, frame_phases, harmonic_features, phase_numbers
from ltme_clinic.types import CLIP_RATE_HZ, WINDOW_FRAMES, LtmeError, MotionEmbedding

OWN = 20


@pytest.fixture(scope="module")
def code() -> LinearCode:
    people = [stepping_rows(256 + 8 * seed, 0.7 + 0.02 * seed, seed) for seed in range(40)]
    return fit_linear_code(people, posture_size=39, latent_size=32, own=OWN, directions=160)


def test_windows_are_undone_exactly_whatever_the_length() -> None:
    for frames in (1, 31, 128, 129, 500):
        rows = np.random.default_rng(frames).normal(size=(frames, 4)).astype(np.float32)
        windows = to_windows(rows)
        assert windows.shape == (window_count(frames), WINDOW_FRAMES, 4)
        assert len(windows) % BLOCK_WINDOWS == 0
        np.testing.assert_array_equal(from_windows(windows, frames), rows)


def test_features_of_a_clip_come_back_as_the_same_clip() -> None:
    clip = stepping_clip(70)
    rows, seen = clip_features(clip)
    nothing = np.zeros(0, dtype=np.float32)
    again = features_clip(rows, MotionEmbedding("r", "virtual", "f", 1, nothing, nothing, nothing[None], 70))
    assert seen.all()
    np.testing.assert_array_equal(again.positions_m, clip.positions_m)
    np.testing.assert_allclose(again.velocity_m_s, clip.velocity_m_s, rtol=1e-6)
    np.testing.assert_allclose(again.heading_rate_rad_s, clip.heading_rate_rad_s, rtol=1e-6)


def test_what_lies_in_the_codes_subspace_is_coded_without_loss(code: LinearCode) -> None:
    latents = np.random.default_rng(1).normal(size=(12, code.blocks.latents)).astype(np.float32)
    again = code.blocks.encode(code.blocks.decode(latents))
    np.testing.assert_allclose(again, latents, atol=1e-3)
    posture = np.random.default_rng(2).normal(size=code.posture_size).astype(np.float32)
    np.testing.assert_allclose(code.encode_posture(code.decode_posture(posture)), posture, atol=1e-3)


def test_a_windows_own_numbers_say_most_about_it_and_shared_ones_about_the_block(code: LinearCode) -> None:
    def energies(window: int, numbers: slice) -> np.ndarray:
        """Share of each window in what single numbers of one window decode to, their mean, (BLOCK_WINDOWS,)."""
        total = np.zeros(BLOCK_WINDOWS)
        for number in range(code.blocks.latents)[numbers]:
            latents = np.zeros((BLOCK_WINDOWS, code.blocks.latents), dtype=np.float32)
            latents[window, number] = 1.0
            total += np.square(code.blocks.decode(latents)).sum(axis=1)
        return total / total.sum()

    for window in range(BLOCK_WINDOWS):
        own, shared = energies(window, slice(0, OWN)), energies(window, slice(OWN, None))
        assert own.argmax() == window
        assert own[window] > shared.max() + 0.1


def test_a_training_walker_is_decoded_within_a_few_millimetres(code: LinearCode) -> None:
    rows = stepping_rows(256, 0.7, 0)
    filled, mean_row = code.fill(rows, np.ones(rows.shape, dtype=bool))
    latents = code.blocks.encode(code.window_directions(filled - mean_row))
    deviation = from_windows(code.directions_rows(code.blocks.decode(latents)), len(rows))
    assert reconstruction_error_mm(rows, mean_row + deviation) < 3.0


def test_a_hidden_column_is_filled_from_one_it_follows() -> None:
    covariance = np.array([[1.0, 0.8], [0.8, 1.0]])
    rows = np.array([[2.0, 0.0]])
    filled = conditional_fill(rows, np.array([True, False]), np.zeros(2), covariance, noise=0.0)
    assert filled[0, 1] == pytest.approx(1.6)


def test_gaps_are_filled_the_same_by_the_precision_as_by_the_covariance() -> None:
    rng = np.random.default_rng(4)
    mixing = rng.normal(size=(6, 6))
    covariance = mixing @ mixing.T
    rows, seen = rng.normal(size=(20, 6)), rng.random((20, 6)) < 0.6
    filled = fill_gaps(np.where(seen, rows, 0.0), seen, precision(covariance))
    for frame in range(20):
        wanted = conditional_fill(rows[frame : frame + 1], seen[frame], np.zeros(6), covariance)
        np.testing.assert_allclose(filled[frame], wanted[0], atol=1e-4)


def test_a_clip_in_which_no_slot_is_seen_is_refused(code: LinearCode) -> None:
    seen = np.zeros((60, WIDTH), dtype=bool)
    seen[:, -3:] = True
    with pytest.raises(LtmeError, match="no slot is ever seen"):
        code.fill(np.zeros((60, WIDTH), dtype=np.float32), seen)


def test_a_gap_is_filled_closer_than_by_the_mean(code: LinearCode) -> None:
    rows = stepping_rows(300, 0.8, 5)
    seen = np.ones(rows.shape, dtype=bool)
    heel = slice(3 * SLOT_INDEX["left_heel"], 3 * SLOT_INDEX["left_heel"] + 3)
    seen[100:150, heel] = False
    filled, _ = code.fill(np.where(seen, rows, 0.0), seen)
    by_code = np.abs(filled[100:150, heel] - rows[100:150, heel]).mean()
    by_mean = np.abs(rows[~seen[:, heel.start]][:, heel] - rows[:, heel].mean(axis=0)).mean()
    assert by_code < by_mean
    np.testing.assert_allclose(filled[seen], rows[seen], atol=1e-5)


def test_a_walker_at_108_steps_a_minute_has_that_cadence() -> None:
    rhythm = find_rhythm(stepping_rows(300, 0.9))
    assert rhythm.cadence_spm == pytest.approx(108.0, abs=1.0)
    turned = np.angle(np.exp(1j * (rhythm.phase_rad - 2 * np.pi * 0.9 * np.arange(300) / CLIP_RATE_HZ)))
    assert np.abs(turned[25:-25]).max() < 0.15


def test_standing_still_has_no_rhythm() -> None:
    rows = np.full((200, WIDTH), 0.5, dtype=np.float32)
    rhythm = find_rhythm(rows)
    assert not rhythm.found
    assert np.isnan(rhythm.cadence_spm)
    cycle = harmonic_features(rows, rhythm).reshape(-1, WIDTH)
    np.testing.assert_allclose(cycle[0], 0.5, atol=1e-6)
    assert not cycle[1:].any()


def test_the_average_cycle_does_not_depend_on_where_the_recording_starts() -> None:
    rows = stepping_rows(600, 0.9)
    cycles = [harmonic_features(part, find_rhythm(part)) for part in (rows[:400], rows[123:523])]
    assert np.abs(cycles[0] - cycles[1]).max() < 0.01


@pytest.mark.parametrize("stride_hz", [0.36, 0.9, 1.25, 1.89])
@pytest.mark.parametrize("frames", [60, 128, 401])
def test_two_numbers_a_window_bring_the_phase_of_every_frame_back(stride_hz: float, frames: int) -> None:
    phase = 2 * np.pi * stride_hz * np.arange(frames) / CLIP_RATE_HZ + 0.4
    numbers = phase_numbers(Rhythm(stride_hz, phase))
    again, amount = frame_phases(numbers)
    assert numbers.shape == (window_count(frames), 2)
    np.testing.assert_allclose(np.angle(np.exp(1j * (again[:frames] - phase))), 0.0, atol=1e-5)
    np.testing.assert_allclose(amount, 1.0, atol=1e-6)


def test_a_walker_who_quickens_keeps_the_phase_within_a_degree_and_four_at_the_ends() -> None:
    frequency = np.linspace(0.8, 1.1, 500)
    phase = 2 * np.pi * np.cumsum(frequency) / CLIP_RATE_HZ
    again, _ = frame_phases(phase_numbers(Rhythm(0.95, phase)))
    error_deg = np.degrees(np.abs(np.angle(np.exp(1j * (again[:500] - phase)))))
    assert error_deg[16:-48].max() < 1.0
    assert error_deg.max() < 4.0


def test_without_a_rhythm_there_is_no_phase() -> None:
    numbers = phase_numbers(Rhythm(float("nan"), np.zeros(200)))
    assert not numbers.any()
    assert not frame_phases(numbers)[1].any()
