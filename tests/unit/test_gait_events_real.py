"""Gait events of real recordings, from markers alone, against clean force plate contacts and the files' own labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.gait.events import detect_events
from ltme_clinic.gait.movement import movement_of
from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.recordings import find_c3d_files, read_recordings
from ltme_clinic.types import LtmeError

ROOMS = ("children", "opensim", "qualisys", "overground_adult", "overground_small", "pycgm")
TO_END_S = 0.1


@pytest.fixture(scope="module")
def walks(shared_data):
    """(room, walker, kinematic events) of every level walk, detected without labels, analogs and plates."""
    folder = shared_data / "recordings"
    if not folder.is_dir():
        pytest.skip("no recordings in the shared folder")
    found = []
    for path in sorted(find_c3d_files([folder])[0]):
        if path.parent.name not in ROOMS:
            continue
        try:
            recording = read_recordings(path)[0]
            walker = walker_of(recording)
            blind = walker_of(replace(recording, events=(), analogs=None, force_plates=()))
        except LtmeError:
            continue
        if not recording.is_static and movement_of(blind).walks:
            found.append((path.parent.name, walker, detect_events(blind).events))
    assert len(found) >= 15
    return found


def errors_ms(truth, events, duration_s: float, hidden) -> list[float]:
    """Detected minus true where the foot is seen and the recording goes on; infinite for a miss."""
    errors = []
    for side, kind, time_s in truth:
        if not TO_END_S <= time_s <= duration_s - TO_END_S or hidden(side, time_s):
            continue
        apart = [1e3 * (e.time_s - time_s) for e in events if e.side == side and e.kind == kind]
        nearest = min(apart, key=abs, default=np.inf)
        errors.append(nearest if abs(nearest) < 200 else np.inf)
    return errors


def hides(walker):
    """Whether a foot's heel or toe is hidden within a quarter of a second of a time."""

    def hidden(side: str, time_s: float) -> bool:
        rows = slice(max(0, round((time_s - 0.25) * walker.rate_hz)), round((time_s + 0.25) * walker.rate_hz) + 1)
        toe = "toe" if walker.has(f"{side}_toe") else "metatarsal_5"
        return bool(
            np.isnan(walker.slot(f"{side}_heel")[rows]).any() or np.isnan(walker.slot(f"{side}_{toe}")[rows]).any()
        )

    return hidden


def plate_errors(walks, kind: str, room: str | None = None) -> np.ndarray:
    errors: list[float] = []
    for where, walker, events in walks:
        if room not in (None, where):
            continue
        clean = [c for c in plate_contacts(walker) if c.clean and c.side is not None]
        times = [(c.side, kind, c.start_s if kind == "initial_contact" else c.stop_s) for c in clean]
        times = [row for row in times if np.isfinite(row[2])]
        errors += errors_ms(times, events, walker.frames / walker.rate_hz, hides(walker))
    return np.array(errors)


def within(errors: np.ndarray, limit_ms: float) -> float:
    return float(np.mean(np.abs(errors) <= limit_ms))


@pytest.mark.parametrize("room", ["children", None])
@pytest.mark.parametrize(("kind", "share_within_20"), [("initial_contact", 0.90), ("foot_off", 0.85)])
def test_markers_agree_with_clean_plates(walks, kind, share_within_20, room):
    errors = plate_errors(walks, kind, room)
    assert len(errors) >= 20
    assert abs(np.median(errors)) <= 10
    assert within(errors, 20) >= share_within_20
    assert within(errors, 30) >= 0.95


@pytest.mark.parametrize("kind", ["initial_contact", "foot_off"])
def test_markers_agree_with_the_files_own_labels(walks, kind):
    errors: list[float] = []
    for _, walker, events in walks:
        labels = [(e.side, e.kind, e.time_s) for e in walker.recording.events if e.side and e.kind == kind]
        errors += errors_ms(labels, events, walker.frames / walker.rate_hz, hides(walker))
    assert len(errors) >= 40
    assert abs(np.median(errors)) <= 10
    assert within(np.array(errors), 30) >= 0.80
    assert within(np.array(errors), 50) >= 0.95


def test_labels_and_plates_stay_and_markers_fill_the_rest(walks):
    for _, walker, kinematic in walks:
        found = detect_events(walker, plate_contacts(walker)).events
        entered = [e for e in walker.recording.events if e.side and e.kind != "other"]
        assert sum(e.source == "entered" for e in found) == len(entered)
        assert len(found) >= max(len(entered), len(kinematic) - 2)
        times_s = [e.time_s for e in found]
        assert times_s == sorted(times_s)


def test_who_runs_and_who_takes_the_stairs_is_refused_what_is_not_known(shared_data):
    for file, what in (
        ("opensim/jogging.c3d", "foot_off_while_running"),
        ("pycgm/Movement_trial.c3d", "gait_events"),
    ):
        path = shared_data / "recordings" / file
        if not path.is_file():
            pytest.skip(f"{file} is not there")
        found = detect_events(walker_of(replace(read_recordings(path)[0], events=())))
        assert [refusal.what for refusal in found.refusals] == [what]
