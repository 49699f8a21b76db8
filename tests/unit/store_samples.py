"""Recordings, clips and results for the store's tests, and a PostgreSQL server of their own."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from ltme_clinic.access import Principal, Role
from ltme_clinic.body import SLOTS
from ltme_clinic.types import (
    Anthropometry,
    BodyPartContribution,
    EpisodeContribution,
    Finding,
    GaitEvent,
    ModelOutput,
    MotionClip,
    MotionEmbedding,
    Origin,
    Recording,
    Trend,
    TrendPoint,
)

ADMINISTRATOR = Principal("ada", Role.ADMINISTRATOR)
CLINICIAN = Principal("cleo", Role.CLINICIAN)
RESEARCHER = Principal("rosa", Role.RESEARCHER)
THERAPIST = Principal("theo", Role.THERAPIST)

FINGERPRINT = hashlib.sha256(b"checkpoint").hexdigest()
SPRING, SUMMER = date(2024, 3, 1), date(2024, 6, 1)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def recording(number: int, *, origin: Origin = "virtual", subject: str = "", static: bool = False) -> Recording:
    """A short recording with two joint angles, missing samples and an event."""
    rng = np.random.default_rng(number)
    frames = 120
    angles = []
    for name in ("LKneeAngles", "RKneeAngles"):
        values = rng.normal(20, 10, (frames, 3)).astype(np.float32)
        values[:3] = np.nan
        angles.append(ModelOutput(name, "angle", values, "deg"))
    moment = ModelOutput("LKneeMoment", "moment", np.zeros((frames, 3), np.float32), "Nmm/kg")
    return Recording(
        recording_id=sha(f"recording {number}"),
        origin=origin,
        source_name=f"walk_{number:04d}.c3d",
        subject=subject,
        rate_hz=100.0,
        first_file_frame=17,
        marker_labels=("LASI", "RASI"),
        positions_m=rng.normal(size=(frames, 2, 3)),
        events=(GaitEvent("left", "initial_contact", 0.1, 10, "Foot Strike"), GaitEvent(None, "other", 1 / 3, 33, "")),
        model_outputs=(*angles, moment),
        anthropometry=Anthropometry(height_m=1.4 + number / 1000),
        is_static=static,
        warnings=("LKNE is missing in 3 frames",),
    )


def clip_of(recording: Recording, *, frames: int = 60, version: int = 1) -> MotionClip:
    """A clip with numbers of every kind: negative zero, subnormals, NaN where a slot is not valid."""
    rng = np.random.default_rng(int(recording.recording_id[:8], 16))
    positions = rng.normal(size=(frames, len(SLOTS), 3)).astype(np.float32)
    valid = rng.random((frames, len(SLOTS))) > 0.1
    positions[~valid] = np.nan
    positions[0, 0], valid[0, 0] = (-0.0, 1e-42, 3.0), True
    return MotionClip(
        recording_id=recording.recording_id,
        origin=recording.origin,
        positions_m=positions,
        valid=valid,
        velocity_m_s=rng.normal(1, 0.1, (frames, 2)).astype(np.float32),
        heading_rate_rad_s=rng.normal(size=frames).astype(np.float32),
        start_m=np.array([1 / 3, -2 / 7]),
        start_heading_rad=0.1 + 0.2,
        source_start_s=0.04,
        treadmill_speed_m_s=1.1,
        clip_version=version,
        warnings=("the right wrist is not valid",),
    )


def embedding_of(recording: Recording, *, fingerprint: str = FINGERPRINT, windows: int = 3) -> MotionEmbedding:
    rng = np.random.default_rng(int(recording.recording_id[:8], 16) + 1)
    return MotionEmbedding(
        recording_id=recording.recording_id,
        origin=recording.origin,
        fingerprint=fingerprint,
        clip_version=1,
        recording_vector=rng.normal(size=64).astype(np.float32),
        posture_vector=rng.normal(size=32).astype(np.float32),
        latents=rng.normal(size=(windows, 32)).astype(np.float32),
        frames=60,
        source_start_s=0.04,
        speed_m_s=1.2345678901234567,
        leg_length_m=0.8,
        cadence_spm=float("nan"),
    )


def finding(patient: str, visit: str, *, score: float | None = 3.25, reference: str = "healthy adults") -> Finding:
    return Finding(
        patient=patient,
        visit=visit,
        anomaly_score=score,
        p_value=None,
        rank=17,
        smallest_p=1 / 41,
        reference=reference,
        reference_origin="virtual",
        reference_n=40,
        recording_origin="virtual",
        trials=2,
        fingerprint=FINGERPRINT,
        speed_m_s=1.1,
        body_parts=(BodyPartContribution("knee_flexion", "left", "mid-swing", -12.5, float("-inf")),),
        episodes=(EpisodeContribution(sha("x"), 0.64, 1.28, 2.2),),
        refusals=("too few people: für p < 0.05",),
        sentence="Unusual: the left knee in mid-swing.",
        label="against a virtual reference",
    )


def trend(patient: str, *, metric: str = "deviation") -> Trend:
    points = (
        TrendPoint(SPRING.isoformat(), SPRING, 3.0, 2, None, "no_baseline"),
        TrendPoint(SUMMER.isoformat(), SUMMER, 1 / 3, 3, -8 / 3, "real_change"),
    )
    return Trend(
        patient=patient,
        metric=metric,
        unit="SD",
        title="Deviation from the reference",
        points=points,
        sem=0.4,
        sem_source="own visits",
        mdc=None,
        state="real_change",
        direction="toward_reference",
        fingerprint=FINGERPRINT,
    )


def add(store, number: int, patient: str | None = "P1", visit_date: date | None = SPRING, **options):
    """Add recording `number` with its clip, as a clinician."""
    given = {name: options.pop(name) for name in ("origin", "subject", "static") if name in options}
    source = recording(number, **given)
    return store.add_recording(
        CLINICIAN,
        source,
        clip_of(source),
        patient=patient,
        visit_date=visit_date,
        file_sha256=sha(f"file {number}"),
        **options,
    )


def signal_files(store) -> list[Path]:
    """Every Parquet file below a store's folder, half-written ones too."""
    return [path for path in store._files.rglob("*.parquet*") if path.is_file()]


def find_postgresql() -> Path | None:
    """The folder of `initdb` and `pg_ctl`: Debian's newest, or the one on PATH."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    on_path = shutil.which("initdb")
    candidates = [Path(folder) for folder in reversed(folders)] + ([Path(on_path).parent] if on_path else [])
    return next(
        (folder for folder in candidates if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None
    )


@contextlib.contextmanager
def postgresql_server(programs: Path) -> Iterator[str]:
    """A PostgreSQL server on a free loopback port, in a temporary folder; gives its URL without a database."""
    folder = Path(tempfile.mkdtemp(prefix="ltme-postgresql-"))
    as_user: dict = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, "timeout": 60}
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_user |= {"user": "postgres", "group": "postgres", "extra_groups": []}
    cluster, log = str(folder / "cluster"), str(folder / "log")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    initdb = [programs / "initdb", "-D", cluster, "-U", "ltme", "-A", "trust", "-E", "UTF8", "--no-sync"]
    settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
    control = [programs / "pg_ctl", "-D", cluster, "-w"]
    try:
        subprocess.run(initdb, **as_user)
        subprocess.run([*control, "-l", log, "-o", settings, "start"], **as_user)
        try:
            yield f"postgresql://ltme@127.0.0.1:{port}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **as_user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgresql_database(server: str) -> Iterator[str]:
    """A new, empty database on a server; gives its URL."""
    import psycopg

    name = f"ltme_{os.urandom(6).hex()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server}/{name}"
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
