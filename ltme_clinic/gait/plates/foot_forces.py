"""Each foot's whole ground reaction over time, where it is known: on one plate, on two that share it, and in swing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.plates.contact_checks import impossible, out_of_step
from ltme_clinic.gait.plates.contacts import EDGE, EDGE_M, centre_of_pressure_m
from ltme_clinic.gait.plates.foot_outline import FLOOR_M, FootOutline, foot_outline
from ltme_clinic.gait.plates.loads import PlateLoad, plate_loads
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.force_plates import plate_frame
from ltme_clinic.types import PlateContact, Side

LANDING_S = 0.1
"""A foot may touch the floor this long before its markers are at rest, and no longer than this after they were."""
_LEVEL_M = 0.005
"""Plates whose surfaces differ by more than this in height have no common centre of pressure."""


@dataclass(frozen=True)
class Stance:
    """One foot's stance on one plate, or on several that carry it together; times as the plates have them."""

    side: Side
    start_s: float
    stop_s: float
    plates: tuple[int, ...]


@dataclass(frozen=True)
class FootForces:
    """The ground's reaction on one foot at the plates' rate; laboratory frame, z up.

    NaN where it is not known: a stance off the plates, or one that is not clean. Zero in a swing that a known stance
    borders on.
    """

    side: Side
    rate_hz: float
    force_n: np.ndarray  # (sample, 3)
    moment_nm: np.ndarray  # (sample, 3) about the laboratory's origin
    centre_of_pressure_m: np.ndarray  # (sample, 3) NaN in swing too, and where the foot hardly presses
    free_moment_nm: np.ndarray  # (sample,) on the foot about the upward normal, anticlockwise from above positive
    loaded: np.ndarray  # (sample,) bool: in a known stance
    stances: tuple[Stance, ...]


def foot_forces(
    walker: Walker, contacts: tuple[PlateContact, ...], loads: tuple[PlateLoad, ...] | None = None
) -> Mapping[Side, FootForces]:
    """The total ground reaction of each foot that has a known stance.

    Parameters
    ----------
    walker : the recording
    contacts : as `plate_contacts` gives them; what is not clean is left out, except a foot that two level plates carry
        together and that reaches beyond neither
    loads : the plates' forces if they are calculated already
    """
    loads = plate_loads(walker) if loads is None else loads
    if not loads:
        return {}
    found: dict[Side, FootForces] = {}
    for side in SIDES:
        outline = foot_outline(walker, side)  # type: ignore[arg-type]
        stances = known_stances(walker, contacts, loads, outline) if outline is not None else ()
        if outline is not None and stances:
            found[outline.side] = _forces_of(walker, outline, stances, contacts, loads)
    return found


def known_stances(
    walker: Walker, contacts: tuple[PlateContact, ...], loads: tuple[PlateLoad, ...], outline: FootOutline
) -> tuple[Stance, ...]:
    """The stances whose whole force the plates hold, in the order of time."""
    own = [contact for contact in contacts if contact.side == outline.side]
    stances = [Stance(outline.side, c.start_s, c.stop_s, (c.plate,)) for c in own if c.clean]
    stances += [stance for group in _shared(own) if (stance := _shared_stance(walker, group, loads, outline))]
    return tuple(sorted(stances, key=lambda stance: stance.start_s))


def _shared(contacts: list[PlateContact]) -> list[list[PlateContact]]:
    """Groups of one foot's contacts that overlap in time on several plates."""
    several = [c for c in contacts if c.why_not.startswith(f"{EDGE}: the foot stands on plates")]
    several = sorted((c for c in several if np.isfinite([c.start_s, c.stop_s]).all()), key=lambda c: c.start_s)
    groups: list[list[PlateContact]] = []
    for contact in several:
        if groups and contact.start_s < max(c.stop_s for c in groups[-1]):
            groups[-1].append(contact)
        else:
            groups.append([contact])
    return [group for group in groups if len({contact.plate for contact in group}) > 1]


def _shared_stance(
    walker: Walker, group: list[PlateContact], loads: tuple[PlateLoad, ...], outline: FootOutline
) -> Stance | None:
    """A stance that level plates carry together; None where some of the foot stands beside them all, or no body could
    make their force."""
    numbers = {contact.plate for contact in group}
    plates = [load for load in loads if load.plate.number in numbers]
    heights_m = [load.centre_m[2] for load in plates]
    start_s, stop_s = min(c.start_s for c in group), max(c.stop_s for c in group)
    within = np.arange(int(np.ceil(start_s * walker.rate_hz)), min(int(stop_s * walker.rate_hz) + 1, walker.frames))
    level = max(heights_m) - min(heights_m) < _LEVEL_M and min(load.normal[2] for load in plates) > 0.999
    if not level or not _all_on(plates, outline, within):
        return None
    together = replace(
        plates[0],
        force_n=np.sum([load.force_n for load in plates], axis=0),
        moment_nm=np.sum([load.moment_nm for load in plates], axis=0),
    )
    place_m = centre_of_pressure_m(together, together.samples_of(within, walker.rate_hz))
    if out_of_step(walker, outline, start_s, stop_s) or impossible(walker, together, place_m, outline, within):
        return None
    return Stance(outline.side, start_s, stop_s, tuple(sorted(numbers)))


def _all_on(plates: list[PlateLoad], outline: FootOutline, within: np.ndarray) -> bool:
    """Whether heel, forefoot and toe tip, while they stand, are each over one of the plates."""
    for point_m, still in (
        (outline.heel_m, outline.heel_still),
        (outline.forefoot_m, outline.forefoot_still),
        (outline.tip_m, outline.forefoot_still),
    ):
        standing = within[still[within] & (np.abs(point_m[within, 2] - plates[0].centre_m[2]) < FLOOR_M)]
        if len(standing) and np.mean(~_over_any(plates, point_m[standing])) > 0.1:
            return False
    return True


def _over_any(plates: list[PlateLoad], points_m: np.ndarray) -> np.ndarray:
    """(n,) bool: points over one of the plates, or a marker's error beside it."""
    over = np.zeros(len(points_m), bool)
    for load in plates:
        frame = plate_frame(load.plate.corners_m)
        if frame is not None:
            local_m = np.abs(((points_m - frame.centre_m) @ frame.axes)[:, :2])
            over |= (local_m <= frame.half_sizes_m + EDGE_M).all(axis=1)
    return over


def _forces_of(
    walker: Walker,
    outline: FootOutline,
    stances: tuple[Stance, ...],
    contacts: tuple[PlateContact, ...],
    loads: tuple[PlateLoad, ...],
) -> FootForces:
    """One foot's wrench: the plates' while it stands on them, zero in the swings beside, NaN elsewhere."""
    rate_hz, samples = loads[0].rate_hz, len(loads[0].force_n)
    wrench = np.full((samples, 6), np.nan)
    for start_s, stop_s in _swings_s(walker, outline, stances, contacts):
        wrench[max(0, int(np.ceil(start_s * rate_hz))) : max(0, int(stop_s * rate_hz))] = 0.0
    loaded = np.zeros(samples, bool)
    place_m = np.full((samples, 3), np.nan)
    twist_nm = np.full(samples, np.nan)
    for stance in stances:
        part = slice(int(np.ceil(stance.start_s * rate_hz)), int(stance.stop_s * rate_hz) + 1)
        carrying = [load for load in loads if load.plate.number in stance.plates]
        force_n = np.sum([load.force_n[part] for load in carrying], axis=0)
        moment_nm = np.sum([load.moment_nm[part] for load in carrying], axis=0)
        wrench[part] = np.hstack([force_n, moment_nm])
        place_m[part], twist_nm[part] = _place(carrying[0], force_n, moment_nm)
        loaded[part] = True
    return FootForces(outline.side, rate_hz, wrench[:, :3], wrench[:, 3:], place_m, twist_nm, loaded, stances)


def _place(load: PlateLoad, force_n: np.ndarray, moment_nm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre of pressure (n, 3) on a plate's plane and free moment (n,) of a wrench about the laboratory's origin."""
    normal_n = force_n @ load.normal
    normal_n = np.where(normal_n >= load.threshold_n, normal_n, np.nan)
    about_middle_nm = moment_nm - np.cross(load.centre_m, force_n)
    reach_m = np.cross(load.normal, about_middle_nm) / normal_n[:, None]
    twist_nm = (about_middle_nm - np.cross(reach_m, force_n)) @ load.normal
    return load.centre_m + reach_m, twist_nm


def _swings_s(
    walker: Walker, outline: FootOutline, stances: tuple[Stance, ...], contacts: tuple[PlateContact, ...]
) -> list[tuple[float, float]]:
    """Times in which the foot is surely in the air, beside the known stances.

    From foot off to the foot's next contact with any plate, or to 0.1 s before its markers next come to rest; and the
    same way back from each initial contact.
    """
    ends_s = (walker.frames - 1) / walker.rate_hz
    resting = np.flatnonzero(outline.heel_still | outline.forefoot_still | ~outline.seen) / walker.rate_hz
    touched = [c for c in contacts if c.side in (outline.side, None)]
    starts_s = [c.start_s for c in touched if np.isfinite(c.start_s)]
    stops_s = [c.stop_s for c in touched if np.isfinite(c.stop_s)]
    swings = []
    for stance in stances:
        after, before = stance.stop_s + LANDING_S, stance.start_s - LANDING_S
        rest_s = [resting[resting > after].min(initial=np.inf) - LANDING_S, ends_s]
        swings.append((stance.stop_s, min([*rest_s, *(s for s in starts_s if s > stance.stop_s)])))
        rest_s = [resting[resting < before].max(initial=-np.inf) + LANDING_S, 0.0]
        swings.append((max([*rest_s, *(s for s in stops_s if s < stance.start_s)]), stance.start_s))
    return [(start_s, stop_s) for start_s, stop_s in swings if stop_s > start_s]
