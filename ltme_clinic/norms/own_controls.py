"""A laboratory's own controls: from its people's mean curves to a reference file, and back.

The same model, markers and processing as the patients' is what a laboratory's own reference is for. The file holds
means, spreads and scales, and nobody's curve or name.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.norms.controls import ReferenceControls
from ltme_clinic.norms.deviation_scores import (
    CURVE_SHAPE,
    GdiScale,
    fit_gdi_scale,
    overall_profile_score,
    side_profile_score,
    variable_scores,
)
from ltme_clinic.types import PERCENT, LtmeError, Origin, Side

SCHEMA_VERSION = 1
FEWEST_PEOPLE = 20
"""Under this many a mean and SD say too little, and no profile score is scaled."""
FEWEST_FOR_GDI = 90
"""Curves (two a person) under which the 15 features are noise."""
WIDEST_ANGLE_DEG = 360.0
_LARGEST_FILE_BYTES = 4_000_000
_BUILD_AGAIN = "Build it again with `ltme norms build`"


@dataclass(frozen=True)
class ControlPerson:
    """One healthy person's walk."""

    person_id: str
    """Pseudonym: used to find a person given twice, never stored."""
    origin: Origin
    curves: Mapping[tuple[str, Side], np.ndarray] = field(repr=False)
    """(angle, side) -> (101,) or (51,) degrees over the cycle, the mean of the person's strides; all `body.ANGLES`."""
    age_y: float | None = None
    dimensionless_speed: float | None = None
    """v / sqrt(g L)."""


def build_controls(people: Sequence[ControlPerson], *, name: str) -> ReferenceControls:
    """A reference from a laboratory's own controls, each with the nine angles of both sides.

    Parameters
    ----------
    people
        At least 20, each once, all of one origin. From 45 people on (90 curves) with a Gait Deviation Index of its own.
    name
        Who they are, for legends: "able-bodied adults, barefoot, our laboratory".

    Returns
    -------
    ReferenceControls
        Ages and speeds are stated only where everybody's are known.

    Raises
    ------
    LtmeError
        Fewer than 20 people; somebody given twice, by name or by the very same curves; measured mixed with virtual or
        generated walks; generated walks; an angle missing or impossible.
    """
    _refuse_mixture(people, name)
    curves = np.stack([_person_curves(person) for person in people])  # (person, side, 9, 51)
    _refuse_repeats(people, curves)
    observations = curves.reshape(-1, *CURVE_SHAPE)
    mean_deg, sd_deg = observations.mean(axis=0), observations.std(axis=0, ddof=1)
    gdi = fit_gdi_scale(observations) if len(observations) >= FEWEST_FOR_GDI else None
    return ReferenceControls(
        name=name.strip(),
        origin=people[0].origin,
        n_people=len(people),
        n_curves=len(observations),
        mean_deg=mean_deg,
        sd_deg=sd_deg,
        scores=_control_scores(curves, mean_deg, gdi),
        gdi=gdi,
        ages_y=_range(_known_of(person.age_y for person in people)),
        speed=_mean_and_sd(_known_of(person.dimensionless_speed for person in people)),
        provenance={"curves_sha256": _hash_of_people(curves)},
    )


def save_controls(controls: ReferenceControls, path: Path | str) -> None:
    """Write one JSON file, whole or not at all (`data_schemas/control_reference.schema.json`).

    Raises
    ------
    LtmeError
        When the folder can't be written to.
    """
    path = Path(path)
    body = _to_plain(controls)
    text = json.dumps({**body, "content_sha256": _content_hash(body)}, allow_nan=False)
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise LtmeError(path.name, f"it can't be written ({error.strerror})", "Choose another place") from None


def load_controls(path: Path | str) -> ReferenceControls:
    """Read what `save_controls` wrote; anything else, or a file that was changed since, is refused.

    Raises
    ------
    LtmeError
        Naming the file and what is wrong with it.
    """
    from ltme_clinic.schemas import validate

    path = Path(path)
    content = _read_json(path)
    version = content.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise LtmeError(path.name, f"it is of a newer version ({version})", "Update the software")
    validate(content, "control_reference", path.name)
    if content.pop("content_sha256") != _content_hash(content):
        raise LtmeError(path.name, "it was changed after it was built", _BUILD_AGAIN)
    try:
        return _from_plain(content)
    except LtmeError as error:
        raise LtmeError(path.name, error.fact, error.cure or _BUILD_AGAIN) from None
    except (ValueError, OverflowError) as error:
        raise LtmeError(path.name, f"its numbers can't be used ({error})", _BUILD_AGAIN) from None


def _refuse_mixture(people: Sequence[ControlPerson], name: str) -> None:
    if not name.strip():
        raise LtmeError("controls", "they have no name", "Say who they are, for the legends")
    if len(people) < FEWEST_PEOPLE:
        raise LtmeError("controls", f"{len(people)} people are too few", f"Give at least {FEWEST_PEOPLE}")
    origins = sorted({person.origin for person in people})
    if len(origins) > 1:
        raise LtmeError("controls", f"{' and '.join(origins)} walks are mixed", "Build one reference of each origin")
    if origins[0] not in ("measured", "virtual"):
        raise LtmeError("controls", f"{origins[0]} walks can't be a reference", "Use measured or virtual people")


def _person_curves(person: ControlPerson) -> np.ndarray:
    """(side, 9, 51) of one person, checked."""
    given: Mapping[tuple[str, str], np.ndarray] = {
        (angle, side): curve for (angle, side), curve in person.curves.items()
    }
    every = {(angle, side): given.get((angle, side)) for side in SIDES for angle in ANGLES}
    checked = []
    for (angle, side), values in every.items():
        curve = np.asarray(np.nan if values is None else values, dtype=float)
        if curve.shape not in ((len(PERCENT),), CURVE_SHAPE[1:]) or not np.isfinite(curve).all():
            raise LtmeError(
                person.person_id,
                f"{angle} of the {side} side is missing or incomplete",
                "Leave this person out, or repair the recording",
            )
        if np.abs(curve).max() > WIDEST_ANGLE_DEG:
            raise LtmeError(person.person_id, f"{angle} reaches {np.abs(curve).max():.0f} degrees", "Check the unit")
        checked.append(curve[::2] if len(curve) == len(PERCENT) else curve)
    return np.array(checked).reshape(len(SIDES), *CURVE_SHAPE)


def _refuse_repeats(people: Sequence[ControlPerson], curves: np.ndarray) -> None:
    seen: dict[str | bytes, str] = {}
    for person, own in zip(people, curves, strict=True):
        for key in (person.person_id.strip().casefold(), own.tobytes()):
            if key in seen:
                cure = "Give each person once, as the mean of their strides"
                raise LtmeError("controls", f"{person.person_id.strip()} and {seen[key]} are one person's", cure)
            seen[key] = person.person_id.strip()


def _control_scores(curves: np.ndarray, mean_deg: np.ndarray, gdi: GdiScale | None) -> dict[str, tuple[float, float]]:
    """Mean and SD of each index over the controls themselves; `curves` (person, side, 9, 51)."""
    scores = variable_scores(curves, mean_deg)  # (person, side, 9)
    found = {
        "gps_deg": side_profile_score(scores),
        "gps_overall_deg": overall_profile_score(scores[:, 0], scores[:, 1]),
    }
    found |= {f"gvs_{angle}_deg": scores[..., number] for number, angle in enumerate(ANGLES)}
    if gdi is not None:
        found["residual_deg"] = gdi.residual_deg(curves, mean_deg)
    return {key: (float(values.mean()), float(values.std(ddof=1))) for key, values in found.items()}


def _hash_of_people(curves: np.ndarray) -> str:
    """SHA-256 (hex) of everybody's curves, whatever their order."""
    each = sorted(hashlib.sha256(own.tobytes()).hexdigest() for own in curves)
    return hashlib.sha256("".join(each).encode()).hexdigest()


def _known_of(values: Any) -> list[float]:
    """All values, or none where anybody's is unknown."""
    listed = list(values)
    if any(value is None or not np.isfinite(value) for value in listed):
        return []
    return [float(value) for value in listed]


def _range(values: list[float]) -> tuple[float, float] | None:
    return (min(values), max(values)) if values else None


def _mean_and_sd(values: list[float]) -> tuple[float, float] | None:
    return (float(np.mean(values)), float(np.std(values, ddof=1))) if values else None


def _to_plain(controls: ReferenceControls) -> dict[str, Any]:
    gdi = controls.gdi
    return {
        "schema_version": SCHEMA_VERSION,
        "name": controls.name,
        "origin": controls.origin,
        "n_people": controls.n_people,
        "n_curves": controls.n_curves,
        "angles": list(ANGLES),
        "mean_deg": controls.mean_deg.tolist(),
        "sd_deg": controls.sd_deg.tolist(),
        "scores": {key: list(values) for key, values in controls.scores.items()},
        "ages_y": None if controls.ages_y is None else list(controls.ages_y),
        "speed": None if controls.speed is None else list(controls.speed),
        "gdi": None
        if gdi is None
        else {
            "features": gdi.features.tolist(),
            "mean_scores": gdi.mean_scores.tolist(),
            "log_distance_mean": gdi.log_distance_mean,
            "log_distance_sd": gdi.log_distance_sd,
        },
        "provenance": dict(controls.provenance),
    }


def _from_plain(content: Mapping[str, Any]) -> ReferenceControls:
    gdi = content["gdi"]
    return ReferenceControls(
        name=content["name"],
        origin=content["origin"],
        n_people=content["n_people"],
        n_curves=content["n_curves"],
        mean_deg=np.array(content["mean_deg"], dtype=float),
        sd_deg=np.array(content["sd_deg"], dtype=float),
        scores={key: (float(mean), float(sd)) for key, (mean, sd) in content["scores"].items()},
        ages_y=None if content["ages_y"] is None else (float(content["ages_y"][0]), float(content["ages_y"][1])),
        speed=None if content["speed"] is None else (float(content["speed"][0]), float(content["speed"][1])),
        gdi=None
        if gdi is None
        else GdiScale(
            np.array(gdi["features"], dtype=float),
            np.array(gdi["mean_scores"], dtype=float),
            float(gdi["log_distance_mean"]),
            float(gdi["log_distance_sd"]),
        ),
        provenance=content["provenance"],
    )


def _content_hash(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    def no_constant(word: str) -> float:
        raise ValueError(f"{word} is no number")

    if path.exists() and not path.is_file():
        raise LtmeError(path.name, "it is not a file", "Check the path")
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_FILE_BYTES + 1)
        if len(raw) > _LARGEST_FILE_BYTES:
            raise LtmeError(path.name, "it is larger than any control reference", _BUILD_AGAIN)
        content = json.loads(raw.decode("utf-8"), parse_constant=no_constant)
    except OSError as error:
        raise LtmeError(path.name, f"it can't be read ({error.strerror or 'not a file'})", "Check the path") from None
    # Hostile nesting ends in RecursionError; a text of a million digits in ValueError.
    except (ValueError, RecursionError):
        raise LtmeError(path.name, "it is not a control reference", _BUILD_AGAIN) from None
    if not isinstance(content, dict):
        raise LtmeError(path.name, "it is not a control reference", _BUILD_AGAIN)
    return content
