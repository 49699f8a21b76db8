"""Normal bands over the gait cycle, matched to the walker's speed: angles, moments, powers, ground reaction, EMG.

All are of typically developing children (Schwartz, Rozumalski and Trost 2008, published supplement), who walked at five
speeds; a band lies between the two groups that the speed lies between, and `n` is the smaller of the two. The published
SD is between children and already contains marker placement error between sessions.

Signs are those of docs/conventions.md: angles as `body.ANGLES`, knee adduction (varus) and internal knee rotation
positive; moments internal and positive as their name says; generated power positive; force forward and up positive.
Deviation from the paper: the SD between two groups is interpolated as the mean is.
"""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import ANGLES
from ltme_clinic.norms.speed_matching import group_curves, match_speed, source_text
from ltme_clinic.norms.table_files import column
from ltme_clinic.norms.walking import TRUNK_ANGLES
from ltme_clinic.types import AngleBand, LtmeError

BAND_ANGLES: tuple[str, ...] = (*ANGLES, "knee_adduction", "knee_rotation")
"""Angles that have a band."""
BAND_MOMENTS: tuple[str, ...] = (
    "hip_extension",
    "hip_abduction",
    "knee_extension",
    "knee_abduction",
    "ankle_plantarflexion",
)
BAND_POWERS: tuple[str, ...] = ("hip", "knee", "ankle")
BAND_GROUND_REACTIONS: tuple[str, ...] = ("vertical", "anterior")
BAND_MUSCLES: tuple[str, ...] = (
    "rectus femoris",
    "medial hamstrings",
    "lateral hamstrings",
    "tibialis anterior",
    "medial gastrocnemius",
)
_MUSCLE_AS_PUBLISHED = {"anterior tibialis": "tibialis anterior"}
_FREE_SPEED_GROUP = 2


def angle_band(name: str, dimensionless_speed: float) -> AngleBand:
    """Mean and SD (101 points, degrees) of one joint angle at a speed.

    Parameters
    ----------
    name
        One of `BAND_ANGLES`. The trunk is refused: see `published_trunk_band`.
    dimensionless_speed
        v / sqrt(g L), Hof 1996.

    Raises
    ------
    LtmeError
        Without a published curve of this angle, or at a speed that nobody of the reference walked at.
    """
    if name in TRUNK_ANGLES:
        raise LtmeError(
            name,
            "the published trunk angles are not the thorax against the laboratory",
            "Their size and shape are those of the trunk against the pelvis; the published band can be read with "
            "published_trunk_band",
        )
    _known(name, BAND_ANGLES, "angle")
    return _band("schwartz2008_curves", name, name, dimensionless_speed, "n")


def published_trunk_band(name: str, dimensionless_speed: float) -> AngleBand:
    """Trunk tilt, obliquity or rotation as Schwartz 2008 printed them: not to be drawn behind a thorax angle.

    The supplement doesn't say against what the trunk was measured. Its mean tilt is 21 degrees, and its obliquity
    (range 14 degrees) and rotation run as the trunk against the pelvis does (r .98 and .99 with 18 strides of eight
    other children, the sign reversed), while the thorax against the laboratory tilts by 0 and leans within 4 degrees.

    Raises
    ------
    LtmeError
        For another name, or a speed outside the reference.
    """
    _known(name, TRUNK_ANGLES, "trunk angle")
    return _band("schwartz2008_curves", name, f"{name}_as_published", dimensionless_speed, "n")


def moment_band(name: str, dimensionless_speed: float) -> AngleBand:
    """Mean and SD (101 points, Nm/kg) of one internal joint moment at a speed; `name` one of `BAND_MOMENTS`.

    Raises
    ------
    LtmeError
        For another name, or a speed outside the reference.
    """
    _known(name, BAND_MOMENTS, "moment")
    return _band("schwartz2008_kinetics", name, name, dimensionless_speed, "n_kinetics")


def power_band(name: str, dimensionless_speed: float) -> AngleBand:
    """Mean and SD (101 points, W/kg, generation positive) of one joint's power; `name` one of `BAND_POWERS`.

    Raises
    ------
    LtmeError
        For another name, or a speed outside the reference.
    """
    _known(name, BAND_POWERS, "power")
    return _band("schwartz2008_kinetics", f"{name}_power", name, dimensionless_speed, "n_kinetics")


def ground_reaction_band(name: str, dimensionless_speed: float) -> AngleBand:
    """Mean and SD (101 points, body weights) of the "vertical" (up) or "anterior" (forward) ground reaction.

    Raises
    ------
    LtmeError
        For another name, or a speed outside the reference.
    """
    _known(name, BAND_GROUND_REACTIONS, "ground reaction")
    return _band("schwartz2008_kinetics", f"ground_reaction_{name}", name, dimensionless_speed, "n_kinetics")


def emg_band(muscle: str, dimensionless_speed: float) -> AngleBand:
    """Mean and SD (101 points) of one muscle's envelope as a share of a maximum; `muscle` one of `BAND_MUSCLES`.

    The supplement's own spelling ("Anterior Tibialis") is understood too. It doesn't say of which maximum, so compare
    when the muscle is active and not how strongly.

    Raises
    ------
    LtmeError
        For another muscle, or a speed outside the reference.
    """
    name = _MUSCLE_AS_PUBLISHED.get(muscle.casefold(), muscle.casefold())
    _known(name, BAND_MUSCLES, "muscle")
    return _band("schwartz2008_emg", name, name, dimensionless_speed, "n")


def speed_shift_deg(dimensionless_speed: float) -> float:
    """How far walking at this speed by itself moves the mean curves from those at free speed.

    Returns
    -------
    float
        Root mean square over the nine angles of `body.ANGLES` and the cycle, degrees: the unit of the GPS.

    Raises
    ------
    LtmeError
        For a speed outside the reference.
    """
    match = match_speed(dimensionless_speed)
    curves = np.stack(
        [group_curves("schwartz2008_curves", name)[0] for name in ANGLES], axis=1
    )  # (group, angle, point)
    return float(np.sqrt(np.mean((match.between(curves) - curves[_FREE_SPEED_GROUP]) ** 2)))


def _band(table: str, variable: str, name: str, speed: float, count_column: str) -> AngleBand:
    match = match_speed(speed, name)
    mean, sd = (match.between(curves) for curves in group_curves(table, variable))
    n = match.fewest(column("speed_groups", count_column))
    return AngleBand(name=name, mean=mean, sd=sd, n=n, source=source_text(match, n))


def _known(name: str, names: tuple[str, ...], kind: str) -> None:
    if name not in names:
        raise LtmeError(name, f"there is no band for this {kind}", f"Known: {', '.join(names)}")
