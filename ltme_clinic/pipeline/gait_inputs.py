"""What somebody lays beside a recording for its gait analysis: measured body measures, and corrected events."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from ltme_clinic.pipeline.small_tables import read_table
from ltme_clinic.schemas import load_validated_yaml
from ltme_clinic.types import ArmMeasures, BodyMeasures, GaitEvent, LegMeasures, LtmeError, Recording

MOST_EVENTS = 20_000
_SAME_S = 0.0006
"""A time written with three decimals is still the same event."""
_COLUMNS = ("side", "kind", "time_s")
_KINDS = ("initial_contact", "foot_off")


@dataclass(frozen=True)
class EnteredBody:
    """What somebody measured on a patient."""

    measures: BodyMeasures
    mass_kg: float | None = None
    height_m: float | None = None
    warnings: tuple[str, ...] = ()

    def on(self, recording: Recording) -> Recording:
        """The recording with mass, height and leg lengths as they were entered; what was not stays the file's."""
        entered = {
            "mass_kg": self.mass_kg,
            "height_m": self.height_m,
            "leg_length_left_m": self.measures.left_leg.leg_length_m,
            "leg_length_right_m": self.measures.right_leg.leg_length_m,
        }
        known: dict[str, Any] = {name: value for name, value in entered.items() if value is not None}
        return replace(recording, anthropometry=replace(recording.anthropometry, **known))


def read_body(path: Path) -> EnteredBody:
    """A body from a YAML file after `data_schemas/body_measures.schema.json`, or from a Vicon .vsk file.

    Raises
    ------
    LtmeError
        The file can't be read or does not follow its schema.
    """
    from ltme_clinic.recordings.model_measures import known_fields
    from ltme_clinic.recordings.vsk import read_vsk

    if path.suffix.lower() == ".vsk":
        measures, warnings = read_vsk(path)
        return EnteredBody(measures, warnings=warnings)
    content = load_validated_yaml(path, "body_measures")
    sides = {side: content.get(side, {}) for side in ("left", "right")}
    measures = BodyMeasures(
        left_leg=_limb(LegMeasures, sides["left"]),
        right_leg=_limb(LegMeasures, sides["right"]),
        left_arm=_limb(ArmMeasures, sides["left"]),
        right_arm=_limb(ArmMeasures, sides["right"]),
        inter_asis_m=_in_si("inter_asis_m", content),
        marker_diameter_m=_in_si("marker_diameter_m", content),
    )
    measures = replace(measures, sources=dict.fromkeys(known_fields(measures), "entered"))
    return EnteredBody(measures, content.get("mass_kg"), _in_si("height_m", content))


def read_corrected_events(path: Path, recording: Recording, detected: Sequence[GaitEvent]) -> tuple[GaitEvent, ...]:
    """The events of a recording as a clinician left them in an `events.csv`: those, and no others.

    A row that is still as it was detected keeps its source and confidence; a row that was moved or added is "entered".

    Parameters
    ----------
    path : CSV with the columns side, kind and time_s at least; `ltme gait --out` writes one to start from
    recording : whose events they are
    detected : what was found without the file

    Raises
    ------
    LtmeError
        The file can't be read, lacks a column, or a line holds what is no event of this recording.
    """
    rows = read_table(path, _COLUMNS, "Start from the events.csv that `ltme gait --out` writes")
    if len(rows) > MOST_EVENTS:
        raise LtmeError(path.name, f"it holds {len(rows)} events (at most {MOST_EVENTS})", "Split the recording")
    events = [_event(row, path.name, line, recording) for line, row in enumerate(rows, start=2)]
    kept = [_as_detected(event, detected) for event in events]
    return tuple(sorted(kept, key=lambda event: event.time_s))


def _limb(kind: type, values: dict[str, float]) -> Any:
    return kind(**{field.name: _in_si(field.name, values) for field in fields(kind)})


def _in_si(name: str, values: dict[str, float]) -> float | None:
    """A measure in metres or radians from the millimetres or degrees of the file."""
    stem, _, unit = name.rpartition("_")
    value = values.get(f"{stem}_{'mm' if unit == 'm' else 'deg'}")
    if value is None:
        return None
    return value / 1000.0 if unit == "m" else math.radians(value)


def _event(row: dict[str, str], name: str, line: int, recording: Recording) -> GaitEvent:
    side, kind, written = (str(row.get(column) or "").strip() for column in _COLUMNS)
    if side not in ("left", "right") or kind not in _KINDS:
        fact = f"line {line}: side '{side[:20]}' and kind '{kind[:20]}'"
        raise LtmeError(name, fact, f"Write left or right, and {' or '.join(_KINDS)}")
    try:
        time_s = float(written)
    except ValueError:
        time_s = math.nan
    if not 0.0 <= time_s <= recording.duration_s:
        fact = f"line {line}: time_s '{written[:20]}' lies outside the recording's 0 to {recording.duration_s:.3f} s"
        raise LtmeError(name, fact, "Give seconds from the first stored frame")
    frame = min(round(time_s * recording.rate_hz), recording.frames - 1)
    return GaitEvent(
        "left" if side == "left" else "right",
        "initial_contact" if kind == "initial_contact" else "foot_off",
        time_s,
        frame,
    )


def _as_detected(event: GaitEvent, detected: Sequence[GaitEvent]) -> GaitEvent:
    same = (e for e in detected if (e.side, e.kind) == (event.side, event.kind))
    return next((e for e in same if abs(e.time_s - event.time_s) <= _SAME_S), event)
