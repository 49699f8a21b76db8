"""A gait analysis as JSON and as files: events.csv, angles.parquet, cycles.parquet, and the pictures."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ltme_clinic.progress import Progress, silent
from ltme_clinic.types import CycleCurves, GaitAnalysis, GaitCycle, GaitFigure, LtmeError

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.figure import Figure

SCHEMA_VERSION = 1
EVENT_COLUMNS = ("side", "kind", "time_s", "frame", "source", "method", "confidence")
_DECIMALS = 4


def gait_json(analysis: GaitAnalysis) -> dict[str, Any]:
    """Everything that an analysis holds, JSON-safe but for NaN; see `data_schemas/gait_analysis.schema.json`.

    Curves are lists of 101 numbers from 0 to 100 % of the cycle; what was not measured is null.
    """
    kinds = _curves_by_kind(analysis)
    return {
        "schema_version": SCHEMA_VERSION,
        "recording_id": analysis.recording_id,
        "source_name": analysis.source_name,
        "origin": analysis.origin,
        "rate_hz": analysis.rate_hz,
        "duration_s": analysis.duration_s,
        "setting": analysis.setting,
        "movement": analysis.movement,
        "leg_length_m": _rounded(analysis.leg_length_m),
        "event_method": analysis.event_method,
        "events": [
            {column: _rounded(getattr(event, column), 5) for column in EVENT_COLUMNS} for event in analysis.events
        ],
        "cycles": [_cycle(cycle) for cycle in analysis.cycles],
        "spatiotemporal": _figures(analysis.spatiotemporal),
        "kinematics": _curves(kinds["deg"]) if analysis.angles else None,
        "kinematics_missing": dict(analysis.angles.missing) if analysis.angles else {},
        "kinematics_model": analysis.angles.model if analysis.angles else None,
        "kinetics": _kinetics(analysis, kinds),
        "emg": [_muscle(muscle) for muscle in analysis.emg],
        "indices": _indices(analysis),
        "bands": {name: _band(band) for name, band in analysis.bands.items()},
        "settings": dict(analysis.settings),
        "refusals": [asdict(refusal) for refusal in analysis.refusals],
        "warnings": list(analysis.warnings),
    }


def write_gait_files(analysis: GaitAnalysis, folder: Path, progress: Progress = silent) -> list[Path]:
    """Write an analysis into a folder; each file appears complete or not at all.

    `events.csv` (to be corrected and given back), `gait.json`, `angles.parquet` (one row a frame, a column for each
    angle and side), `cycles.parquet` (one row a cycle and variable) and a PNG for each block.

    Raises
    ------
    LtmeError
        The folder can't be written.
    """
    from ltme_clinic.printing import json_text
    from ltme_clinic.report.gait_pages import gait_figures

    pictures = gait_figures(analysis)
    writers: dict[str, Callable[[], bytes]] = {
        "events.csv": lambda: _events_csv(analysis).encode("utf-8"),
        "gait.json": lambda: json_text(gait_json(analysis)).encode("ascii"),
        "angles.parquet": lambda: _parquet(_angle_table(analysis)),
        "cycles.parquet": lambda: _parquet(_cycle_table(analysis)),
        **{f"{name}.png": _drawn(draw) for name, draw in pictures.items()},
    }
    written = []
    for number, (name, content) in enumerate(writers.items(), start=1):
        _write_whole(folder / name, content())
        written.append(folder / name)
        progress("writing files", number, len(writers))
    return written


def _cycle(cycle: GaitCycle) -> dict[str, Any]:
    times = {name: _rounded(value, 5) for name, value in asdict(cycle).items()}
    return {**times, "flags": list(cycle.flags), "counts": cycle.counts}


def _figures(figures: tuple[GaitFigure, ...]) -> dict[str, Any]:
    """Name -> "left", "right" or "both" -> the figure with its reference and error."""
    found: dict[str, Any] = {}
    for figure in figures:
        said = {k: _rounded(v) for k, v in asdict(figure).items() if k not in ("name", "side") and v not in (None, "")}
        found.setdefault(figure.name, {})[figure.side or "both"] = said
    return found


def _indices(analysis: GaitAnalysis) -> dict[str, Any]:
    """GDI, GPS and MAP under these names, null where refused, and the other figures under theirs."""
    figures = _figures(analysis.indices)
    return {"gdi": figures.pop("gdi", None), "gps": figures.pop("gps_deg", None), "map": _map(analysis), **figures}


def _curves(curves: Mapping[tuple[str, str], CycleCurves]) -> dict[str, Any]:
    """Name -> side -> mean, sd, cycles, and which rows count."""
    found: dict[str, Any] = {}
    for (name, side), curve in curves.items():
        found.setdefault(name, {})[side] = {
            "unit": curve.unit,
            "mean": _numbers(curve.mean),
            "sd": _numbers(curve.sd),
            "cycles": [_numbers(row) for row in curve.cycles],
            "starts_s": [_rounded(start, 5) for start in curve.starts_s],
            "counted": curve.counted.tolist(),
            "representative": curve.representative,
        }
    return found


def _kinetics(analysis: GaitAnalysis, kinds: Mapping[str, dict[tuple[str, str], CycleCurves]]) -> dict[str, Any] | None:
    if analysis.kinetics is None:
        return None
    return {
        "moments": _curves(kinds["Nm/kg"]),
        "powers": _curves(kinds["W/kg"]),
        "ground_reaction": _curves(kinds["BW"]),
        "frame": analysis.kinetics.frame,
        "contacts": [
            {name: _rounded(value, 5) for name, value in asdict(contact).items()}
            for contact in analysis.kinetics.contacts
        ],
    }


def _curves_by_kind(analysis: GaitAnalysis) -> dict[str, dict[tuple[str, str], CycleCurves]]:
    kinds: dict[str, dict[tuple[str, str], CycleCurves]] = {unit: {} for unit in ("deg", "Nm/kg", "W/kg", "BW")}
    for key, curve in analysis.curves.items():
        kinds[curve.unit][key] = curve
    return kinds


def _muscle(muscle: Any) -> dict[str, Any]:
    curves = _curves({(muscle.muscle, muscle.side or "unknown"): muscle.curves}) if muscle.curves else {}
    return {
        "muscle": muscle.muscle,
        "side": muscle.side,
        "curves": next(iter(next(iter(curves.values())).values())) if curves else None,
        "band": _band(muscle.band) if muscle.band else None,
        "warnings": list(muscle.warnings),
    }


def _band(band: Any) -> dict[str, Any]:
    return {"mean": _numbers(band.mean), "sd": _numbers(band.sd), "n": band.n, "source": band.source}


def _map(analysis: GaitAnalysis) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for (name, side), value in analysis.map_deg.items():
        found.setdefault(name, {})[side] = _rounded(value)
    return found or None


def _numbers(values: np.ndarray) -> list[float | None]:
    return [None if not np.isfinite(v) else round(float(v), _DECIMALS) for v in np.asarray(values, dtype=float)]


def _rounded(value: Any, decimals: int = 6) -> Any:
    return round(float(value), decimals) if isinstance(value, float | np.floating) else value


def _events_csv(analysis: GaitAnalysis) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(EVENT_COLUMNS)
    for event in analysis.events:
        row = [getattr(event, column) for column in EVENT_COLUMNS]
        row[2], row[6] = f"{event.time_s:.4f}", f"{event.confidence:.2f}"
        writer.writerow(row)
    return stream.getvalue()


def _angle_table(analysis: GaitAnalysis) -> pa.Table:
    import pyarrow as pa

    frames = round(analysis.duration_s * analysis.rate_hz)
    columns: dict[str, Any] = {"frame": np.arange(frames), "time_s": np.arange(frames) / analysis.rate_hz}
    if analysis.angles is not None:
        for (name, side), values_deg in analysis.angles.values_deg.items():
            columns[f"{name}_deg.{side}"] = np.asarray(values_deg, dtype=np.float64)
    return _stamped(pa.table(columns), analysis)


def _cycle_table(analysis: GaitAnalysis) -> pa.Table:
    import pyarrow as pa

    cycles = {(cycle.side, cycle.start_s): cycle for cycle in analysis.cycles}
    kinds = {
        "side": pa.string(),
        "start_s": pa.float64(),
        "stop_s": pa.float64(),
        "foot_off_s": pa.float64(),
        "counts": pa.bool_(),
        "flags": pa.string(),
        "variable": pa.string(),
        "unit": pa.string(),
        "values": pa.list_(pa.float64()),
    }
    rows = []
    for (name, side), curve in analysis.curves.items():
        for start_s, counted, values in zip(curve.starts_s, curve.counted, curve.cycles, strict=True):
            cycle = cycles[side, start_s]
            rows.append(
                {
                    "side": side,
                    "start_s": start_s,
                    "stop_s": cycle.stop_s,
                    "foot_off_s": cycle.foot_off_s,
                    "counts": bool(counted),
                    "flags": "; ".join(cycle.flags),
                    "variable": name,
                    "unit": curve.unit,
                    "values": values.tolist(),
                }
            )
    return _stamped(pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items()))), analysis)


def _stamped(table: pa.Table, analysis: GaitAnalysis) -> pa.Table:
    facts = {"schema_version": SCHEMA_VERSION, "recording_id": analysis.recording_id, "origin": analysis.origin}
    return table.replace_schema_metadata({name: str(value) for name, value in facts.items()})


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def _drawn(draw: Callable[[], Figure]) -> Callable[[], bytes]:
    def png() -> bytes:
        stream = io.BytesIO()
        draw().savefig(stream, format="png", dpi=120)
        return stream.getvalue()

    return png


def _write_whole(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        fact = f"it can't be written ({error.strerror or error})"
        raise LtmeError(path.name, fact, "Choose another folder, or make room") from None
