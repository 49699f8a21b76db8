"""A small store with the real thing in it: four patients, clips, findings, trends, and two requests."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
from dashboard_stories import finding, measured_finding, trend
from dashboard_walkers import walking_clip

from ltme_clinic.access import local_principal
from ltme_clinic.body import SLOTS
from ltme_clinic.store import Store
from ltme_clinic.types import GaitEvent, ModelOutput, MotionClip, Recording

ME = local_principal()
WORKER = "worker of the tests"
VISIT_DAYS = (date(2024, 9, 2), date(2025, 3, 3), date(2025, 9, 1), date(2026, 3, 1))
STRIDE_HZ = 0.9


def seed(folder: Path) -> None:
    """Fill a new store in `folder`."""
    with Store.open(folder, create=True) as store:
        _worsening(store)
        _steady(store)
        _measured(store)
        _undated(store)
        add(store, None, None, "nobody.c3d", walking_clip(identity("nobody.c3d")))
        demonstrate(store, "squat")
        store.enqueue(ME, "review", {"patient": "VP-002"})


def _worsening(store: Store) -> None:
    """VP-001 walks stiffer at each visit, and the last visit stands out."""
    for place, day in enumerate(VISIT_DAYS):
        for trial in (1, 2):
            name = f"VP-001_{day.isoformat()}_walk{trial:02d}.c3d"
            clip = walking_clip(
                identity(name), seconds=4.0 + trial, knee_peak_deg=(60.0 - 8 * place, 60.0), turning_rad_s=0.05
            )
            add(store, "VP-001", day, name, clip, with_angles=trial == 1)
    last = identity("VP-001_2026-03-01_walk01.c3d")
    store.save_findings(ME, [finding("VP-001", day.isoformat(), unusual=False) for day in VISIT_DAYS[:-1]])
    store.save_findings(ME, [finding("VP-001", "2026-03-01", recording_id=last)])
    speed = trend("VP-001", metric="speed", changed=False, unit="m/s")
    gps = trend("VP-001", metric="gps_deg", unit="deg")
    store.save_trends(ME, [trend("VP-001"), speed, trend("VP-001", metric="knee", unit="deg"), gps])


def _steady(store: Store) -> None:
    for day in VISIT_DAYS[:2]:
        add(store, "VP-002", day, f"VP-002_{day}.c3d", walking_clip(identity(f"VP-002_{day}.c3d")))
    store.save_findings(ME, [finding("VP-002", "2025-03-03", unusual=False)])
    store.save_trends(ME, [trend("VP-002", changed=False)])


def _measured(store: Store) -> None:
    clip = walking_clip(identity("C-007.c3d"), origin="measured", knee_peak_deg=(60.0, 48.0))
    add(store, "C-007", VISIT_DAYS[-1], "C-007.c3d", clip)
    store.save_findings(ME, [measured_finding("C-007", VISIT_DAYS[-1].isoformat())])


def _undated(store: Store) -> None:
    add(store, "VP-004", None, "VP-004.c3d", walking_clip(identity("VP-004.c3d")))


def demonstrate(store: Store, exercise: str) -> int:
    """Ask for a demonstration and do the worker's part of it; returns the job's number."""
    job_id = store.enqueue(ME, "generate", {"exercise": exercise, "params": {"repetitions": 2}})
    assert store.claim_job(WORKER, kinds=["generate"]) is not None
    name = f"{exercise}-{job_id}.c3d"
    add(store, None, None, name, walking_clip(identity(name), origin="generated", speed_m_s=0.0))
    exports = Path(store.location) / "exports"
    exports.mkdir(exist_ok=True)
    (exports / name).write_bytes(b"C3D of the tests")
    store.finish_job(job_id, WORKER, result={"recording_id": identity(name), "c3d": f"exports/{name}"})
    return job_id


def identity(name: str) -> str:
    """A recording's id: here the SHA-256 of its name."""
    return hashlib.sha256(name.encode()).hexdigest()


def add(
    store: Store, patient: str | None, day: date | None, name: str, clip: MotionClip, *, with_angles: bool = False
) -> None:
    """Add a clip's recording, with stored joint angles and events if asked for."""
    recording = Recording(
        recording_id=clip.recording_id,
        origin=clip.origin,
        source_name=name,
        subject="",
        rate_hz=clip.rate_hz,
        first_file_frame=1,
        marker_labels=SLOTS,
        positions_m=clip.positions_m.astype(float),
        events=_contacts(clip) if with_angles else (),
        model_outputs=_angles(clip) if with_angles else (),
        warnings=("events outside the recording were dropped",) if with_angles else (),
    )
    store.add_recording(
        ME, recording, clip, patient=patient, visit_date=day, condition="barefoot", file_sha256=identity(name)
    )


def _contacts(clip: MotionClip) -> tuple[GaitEvent, ...]:
    stride_s = 1 / STRIDE_HZ
    times = [(side, offset + stride * stride_s) for side, offset in _OFFSETS_S for stride in range(8)]
    return tuple(
        GaitEvent(side, "initial_contact", time_s, round(time_s * clip.rate_hz))
        for side, time_s in times
        if time_s < clip.duration_s
    )


_OFFSETS_S: tuple[tuple, ...] = (("left", 0.0), ("right", 0.5 / STRIDE_HZ))


def _angles(clip: MotionClip) -> tuple[ModelOutput, ...]:
    cycle = 2 * np.pi * STRIDE_HZ * np.arange(clip.frames) / clip.rate_hz
    outputs = []
    for side, phase in (("L", 0.0), ("R", np.pi)):
        for segment, size in (("Pelvis", 4.0), ("Hip", 20.0), ("Knee", 26.0), ("Ankle", 10.0)):
            curve = size * np.cos(cycle + phase)
            values = np.column_stack([curve + size, 0.3 * curve, 0.2 * curve]).astype(np.float32)
            outputs.append(ModelOutput(f"{side}{segment}Angles", "angle", values, "deg"))
    return tuple(outputs)
