"""What the floor does to a virtual body: its mass times its acceleration and weight, shared between the feet.

The total is Newton's second law and nothing else. How two standing feet share it, where each presses and how it twists
follow published and measured curves, so that no force jumps when a foot lands or leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import BodyMotion, Skeleton, centre_of_mass
from ltme_clinic.kinematics.smoothing import butterworth_low_pass
from ltme_clinic.norms import GRAVITY_M_S2, dimensionless_speed, foot_off_pct, ground_reaction_curves
from ltme_clinic.types import GroundReaction
from ltme_clinic.virtual_lab.contact_times import Spans, StanceClock, rhythm_contacts, stance_clock, without_flight
from ltme_clinic.virtual_lab.gait import WalkedBody
from ltme_clinic.virtual_lab.patient import VirtualPatient
from ltme_clinic.virtual_lab.pressure_path import FootOnFloor, foot_on_floor, pressed_places_m, touching

GRAVITY = np.array([0.0, 0.0, GRAVITY_M_S2])
ACCELERATION_HZ = 25.0
"""Low-pass of the acceleration (4th order, both ways): above, a body of rigid segments says nothing of a real one's."""
LONGEST_SLIP_S, OVERLAP_S = 0.08, 0.02
"""A shorter gap between a walker's contacts is no flight: the leaving foot holds on until so long after the landing."""
LONGEST_ROLL_S = 1.4
"""A stance up to here rolls over the foot as a whole; of a longer one the beginning and the end do."""
SETTLED_S = (0.6, 1.2)
"""A foot that has landed, and will leave, no nearer than this stands still, fully so from the second number on: then
weight and centre of pressure follow the body's balance, and no longer the walking cycle."""
PULLED_TOGETHER, STANDING_TOGETHER = 0.95, 0.7
"""How far two feet's forces lean towards each other, against lines from both centres of pressure to the centre of mass:
at last in double support, and in standing. In walking it grows as 1 - (1 - s)^2 with the leading foot's share s of the
load: fitted by hand to the horizontal over the vertical ground reaction of both feet in Schwartz 2008, free speed (.28
apart at 2 % of the cycle, .50 at 8 %)."""
MOST_AHEAD = 0.06
"""How far, in foot lengths, a walker's whole path of pressure is set forward or back to keep the body from tumbling:
about a standard deviation between people."""
FRICTION = 0.5
"""No foot's horizontal force is a larger share of its vertical one while two feet share the load."""
_TWIST_SHARE = np.array([0.0, 0.1, 0.2, 0.3, 0.36, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
_TWIST = 1e-3 * np.array([0.0, 0.7, 1.0, 0.5, 0.2, -1.1, -2.5, -3.3, -3.0, -1.5, 0.0])
"""Free moment over a stance in body weight times height, positive where the floor turns the foot outwards. Medians of
34 clean plate contacts of 12 walkers, children and adults, in public recordings: it starts the body's turn with the
swinging leg, and stops it."""
_NOTHING_N = 1e-9


def needed_force_n(skeleton: Skeleton, mass_kg: float, motion: BodyMotion, rate_hz: float) -> np.ndarray:
    """What must carry the body for it to move so, (frame, 3) newtons: mass times (acceleration + gravity).

    Second differences of the centre of mass, low-passed at `ACCELERATION_HZ`; the first and the last frame repeat
    their neighbours, so a body should move a little before and after what is kept.
    """
    centre_m = centre_of_mass(skeleton, motion)
    acceleration = np.empty_like(centre_m)
    acceleration[1:-1] = (centre_m[2:] - 2.0 * centre_m[1:-1] + centre_m[:-2]) * rate_hz**2
    acceleration[0], acceleration[-1] = acceleration[1], acceleration[-2]
    if rate_hz > 3.0 * ACCELERATION_HZ:
        acceleration = butterworth_low_pass(acceleration[:, None], rate_hz, ACCELERATION_HZ)[:, 0]
    return mass_kg * (acceleration + GRAVITY)


def ground_reaction(
    patient: VirtualPatient,
    body: WalkedBody,
    rate_hz: float,
    *,
    stance: tuple[Spans, Spans] | None = None,
    unloading_share: tuple[float, float] = (0.0, 0.0),
    samples_per_frame: int = 1,
) -> GroundReaction:
    """The floor's force on each foot of a walking body: `floor_reaction` with the contacts of its rhythm.

    Parameters
    ----------
    body
        As walked, with a few frames before and after what is kept.
    stance
        Left and right contacts in seconds from the body's first frame; the rhythm's if left out.
    """
    if stance is None:
        stance = without_flight(rhythm_contacts(body.rhythm), LONGEST_SLIP_S, OVERLAP_S)
    return floor_reaction(
        patient, body.motion, rate_hz, stance, unloading_share=unloading_share, samples_per_frame=samples_per_frame
    )


def floor_reaction(
    patient: VirtualPatient,
    motion: BodyMotion,
    rate_hz: float,
    stance: tuple[Spans, Spans],
    *,
    unloading_share: tuple[float, float] = (0.0, 0.0),
    samples_per_frame: int = 1,
) -> GroundReaction:
    """The floor's force on each foot of a body that walks, stands, runs or jumps.

    Parameters
    ----------
    rate_hz
        Of the motion's frames; 100 Hz or more for forces worth looking at.
    stance
        Left and right contacts in seconds from the first frame.
    unloading_share
        Share of the left and the right foot's force that a cane takes off it; the rest is what the floor does to the
        foot, and the sum of both feet is the less for it.
    samples_per_frame
        Samples for each frame, as analog channels have them; sample k is at k / (rate_hz samples_per_frame).

    Returns
    -------
    GroundReaction
        (2, frame * samples_per_frame, ...) in the frame of reference of the motion. While no foot stands, nothing
        carries the body, whatever its motion asks.

    Notes
    -----
    Not handled: hands, walls and seats; a floor that isn't level at z = 0; the other way of pressure when walking
    backwards.
    """
    skeleton = patient.skeleton
    speed = dimensionless_speed(_speed_m_s(motion, rate_hz), skeleton.leg_length_m)
    walker = _Walker(skeleton, patient.mass_kg, speed)
    return _shared(walker, motion, rate_hz, stance, unloading_share, samples_per_frame)


def every(reaction: GroundReaction, samples_per_frame: int) -> GroundReaction:
    """A reaction at the frames of the camera, from one that holds so many samples for each."""
    return _cut(reaction, slice(None, None, samples_per_frame))


def kept_samples(reaction: GroundReaction, kept: slice, samples_per_frame: int = 1) -> GroundReaction:
    """The samples of the frames that a recording keeps."""
    return _cut(reaction, slice(kept.start * samples_per_frame, kept.stop * samples_per_frame))


def moved(reaction: GroundReaction, shift_m: np.ndarray) -> GroundReaction:
    """The same reaction in a frame of reference that lies elsewhere: places moved by (3,) or (sample, 3) metres."""
    return replace(reaction, centre_of_pressure_m=reaction.centre_of_pressure_m + shift_m)


@dataclass(frozen=True)
class _Walker:
    skeleton: Skeleton
    mass_kg: float
    dimensionless_speed: float

    def carried(self, clock: StanceClock) -> np.ndarray:
        """(sample,) how much of a load this foot takes on by the published force of one foot; 0 in the air."""
        from scipy.interpolate import PchipInterpolator

        vertical, _ = ground_reaction_curves(self.dimensionless_speed)
        foot_off = foot_off_pct(self.dimensionless_speed) / 100.0
        share = np.linspace(0.0, 1.0, 41)
        curve = np.interp(share * foot_off, np.linspace(0.0, 1.0, len(vertical)), vertical)
        # mean curves don't end at zero, for the people in them lift the foot at somewhat different times
        curve = curve - curve[0] * (1.0 - share) ** 16 - curve[-1] * share**16
        weight = PchipInterpolator(share, np.maximum(curve, 0.0))(_share_of(clock))
        return np.where(clock.stands, weight, 0.0)


@dataclass(frozen=True, eq=False)
class _Demand:
    """What the body asks of the floor, each (sample, ...)."""

    force_n: np.ndarray  # (sample, 3), never pulling
    height_m: np.ndarray  # (sample,) of the centre of mass
    balance_m: np.ndarray  # (sample, 2) where one force would balance the centre of mass


def _shared(
    walker: _Walker,
    motion: BodyMotion,
    rate_hz: float,
    spans: tuple[Spans, Spans],
    unloading_share: tuple[float, float],
    samples_per_frame: int,
) -> GroundReaction:
    place = np.arange(motion.frames * samples_per_frame) / samples_per_frame
    clocks = [stance_clock(own, place / rate_hz) for own in spans]
    feet = [foot_on_floor(walker.skeleton, motion, side).at(place) for side in SIDES]
    demand = _demand(walker, motion, rate_hz, place)
    settled = [_settled(clock) for clock in clocks]
    walking = _walking_share(walker, clocks)
    standing, balanced_m = _balance(feet, clocks, demand)
    left = walking + np.minimum(*settled) * (standing - walking)
    shares = np.stack([np.where(clocks[0].stands, left, 0.0), np.where(clocks[1].stands, 1.0 - left, 0.0)])
    places_m = np.stack([pressed_places_m(foot, _share_of(clock)) for foot, clock in zip(feet, clocks, strict=True)])
    ahead = _tumbling_m(motion.rotations["pelvis"][:, :2, 0], place, demand, shares, places_m) / walker.skeleton.foot_m
    ahead = float(np.clip(ahead, -MOST_AHEAD, MOST_AHEAD))
    places_m = np.stack(
        [
            (1.0 - calm[:, None]) * pressed_places_m(foot, _share_of(clock), ahead) + calm[:, None] * own_m
            for foot, clock, calm, own_m in zip(feet, clocks, settled, balanced_m, strict=True)
        ]
    )
    forces_n = _pulled_together(demand, shares, places_m, _pull(clocks, shares, np.minimum(*settled)))
    forces_n *= 1.0 - np.asarray(unloading_share, float)[:, None, None]
    stands = np.stack([clock.stands for clock in clocks])
    pressure_m = np.concatenate([places_m, np.zeros((*stands.shape, 1))], axis=2)
    pressure_m[~stands] = np.nan
    twist_nm = np.stack(
        [_twist_nm(walker, foot, clock, calm) for foot, clock, calm in zip(feet, clocks, settled, strict=True)]
    )
    weight_n = walker.mass_kg * GRAVITY_M_S2
    twist_nm *= np.clip(forces_n[:, :, 2] / weight_n, 0.0, 1.0)
    return GroundReaction(forces_n, pressure_m, twist_nm)


def _demand(walker: _Walker, motion: BodyMotion, rate_hz: float, place: np.ndarray) -> _Demand:
    from scipy.interpolate import CubicSpline

    frames = np.arange(motion.frames)
    needed_n = needed_force_n(walker.skeleton, walker.mass_kg, motion, rate_hz)
    centre_m = centre_of_mass(walker.skeleton, motion)
    known = np.minimum(place, motion.frames - 1)
    force_n, centre_m = CubicSpline(frames, np.stack([needed_n, centre_m], axis=1))(known).transpose(1, 0, 2)
    force_n[force_n[:, 2] <= 0.0] = 0.0
    lean = force_n[:, :2] / np.maximum(force_n[:, 2:], 0.1 * walker.mass_kg * GRAVITY_M_S2)
    return _Demand(force_n, centre_m[:, 2], centre_m[:, :2] - lean * centre_m[:, 2:])


def _share_of(clock: StanceClock) -> np.ndarray:
    """(sample,) share of the stance that is gone; the middle of a long stance is its middle."""
    with np.errstate(invalid="ignore"):
        length_s = np.minimum(clock.since_s + clock.until_s, LONGEST_ROLL_S)
        share = np.where(
            clock.since_s <= clock.until_s,
            np.minimum(clock.since_s / length_s, 0.5),
            1.0 - np.minimum(clock.until_s / length_s, 0.5),
        )
    return np.where(clock.stands, share, 0.5)


def _settled(clock: StanceClock) -> np.ndarray:
    """(sample,) 0 for a walking foot, 1 for one that stands still."""
    nearest_s = np.where(clock.stands, np.minimum(clock.since_s, clock.until_s), 0.0)
    share = np.clip((nearest_s - SETTLED_S[0]) / (SETTLED_S[1] - SETTLED_S[0]), 0.0, 1.0)
    eased: np.ndarray = share * share * (3.0 - 2.0 * share)
    return eased


def _walking_share(walker: _Walker, clocks: list[StanceClock]) -> np.ndarray:
    """(sample,) the left foot's share of the load by where both feet are in their stances."""
    left, right = (walker.carried(clock) for clock in clocks)
    both = clocks[0].stands & clocks[1].stands
    shared = left / np.maximum(left + right, _NOTHING_N)
    return np.where(both, shared, clocks[0].stands.astype(float))


def _balance(
    feet: list[FootOnFloor], clocks: list[StanceClock], demand: _Demand
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """The left foot's share of the load, and both centres of pressure, that balance a body standing still."""
    middle = np.full(len(demand.height_m), 0.5)
    middles_m = [foot.place_m(middle, np.zeros_like(middle)) for foot in feet]
    across_m = middles_m[0] - middles_m[1]
    reach = ((demand.balance_m - middles_m[1]) * across_m).sum(axis=1) / np.maximum((across_m**2).sum(axis=1), 1e-6)
    share = np.where(clocks[0].stands & clocks[1].stands, np.clip(reach, 0.0, 1.0), clocks[0].stands)
    off_m = demand.balance_m - middles_m[1] - share[:, None] * across_m
    left_m, right_m = (
        foot.place_m(touching(foot, foot.along_of(own_m + off_m)), np.zeros_like(middle))
        for foot, own_m in zip(feet, middles_m, strict=True)
    )
    return share, (left_m, right_m)


def _tumbling_m(
    facing: np.ndarray, place: np.ndarray, demand: _Demand, shares: np.ndarray, places_m: np.ndarray
) -> float:
    """How far in front of the centres of pressure, on the whole, one force would have to act so that the body does not
    begin to tumble: what walks on and on gains no angular momentum."""
    frame = np.minimum(place.astype(int), len(facing) - 1)
    ahead = facing[frame] / np.maximum(np.linalg.norm(facing[frame], axis=1, keepdims=True), _NOTHING_N)
    pressed_m = (shares[:, :, None] * places_m).sum(axis=0)
    missed_m = ((demand.balance_m - pressed_m) * ahead).sum(axis=1)
    load_n = demand.force_n[:, 2] * shares.sum(axis=0)
    return float((load_n * missed_m).sum() / max(float(load_n.sum()), _NOTHING_N))


def _pull(clocks: list[StanceClock], shares: np.ndarray, settled: np.ndarray) -> np.ndarray:
    """(sample,) how far both feet's forces lean towards each other; only double support asks."""
    leading = np.where(clocks[0].since_s < clocks[1].since_s, shares[0], shares[1])
    walking = PULLED_TOGETHER * (1.0 - (1.0 - leading) ** 2)
    return walking + settled * (STANDING_TOGETHER - walking)


def _pulled_together(demand: _Demand, shares: np.ndarray, places_m: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """(2, sample, 3) newtons: the load by shares, each foot's horizontal force turned towards the body.

    With shares s and 1 - s, adding s (1 - s) X to one foot and taking it from the other leaves the sum as it is. X is
    lessened where a foot's force would leave the friction cone.
    """
    total_n = demand.force_n
    apart_m = places_m[1] - places_m[0]
    lean_n = (pull * total_n[:, 2] / np.maximum(demand.height_m, 0.1))[:, None] * apart_m
    limit_n = FRICTION * total_n[:, 2]
    kept = np.ones(len(total_n))
    for towards, other in ((1.0, shares[1]), (-1.0, shares[0])):
        furthest = _reach_to(total_n[:, :2], towards * lean_n, limit_n)
        kept = np.minimum(kept, furthest / np.maximum(other, _NOTHING_N))
    both = shares[0] * shares[1] * kept
    forces_n = shares[:, :, None] * total_n
    forces_n[0, :, :2] += both[:, None] * lean_n
    forces_n[1, :, :2] -= both[:, None] * lean_n
    return forces_n


def _reach_to(start_n: np.ndarray, step_n: np.ndarray, limit_n: np.ndarray) -> np.ndarray:
    """(sample,) how many steps, 0 or more, lead from a vector (sample, 2) to where its length is the limit."""
    square = np.maximum((step_n**2).sum(axis=1), _NOTHING_N)
    along = (start_n * step_n).sum(axis=1)
    inside = limit_n**2 - (start_n**2).sum(axis=1)
    reach = (-along + np.sqrt(np.maximum(along**2 + square * inside, 0.0))) / square
    return np.where(inside > 0.0, np.maximum(reach, 0.0), 0.0)


def _twist_nm(walker: _Walker, foot: FootOnFloor, clock: StanceClock, settled: np.ndarray) -> np.ndarray:
    """(sample,) free moment of a foot that carries the whole weight, anticlockwise from above positive."""
    from scipy.interpolate import PchipInterpolator

    outwards = PchipInterpolator(_TWIST_SHARE, _TWIST)(_share_of(clock)) * (1.0 - settled)
    weight_n = walker.mass_kg * GRAVITY_M_S2
    twist_nm = foot.outward * outwards * weight_n * walker.skeleton.height_m
    return np.where(clock.stands, twist_nm, 0.0)


def _speed_m_s(motion: BodyMotion, rate_hz: float) -> float:
    """Mean speed of the mid-hips along their path."""
    path_m = motion.joint_centres["pelvis"][:, :2]
    if len(path_m) < 2:
        return 0.0
    return float(np.linalg.norm(np.diff(path_m, axis=0), axis=1).mean() * rate_hz)


def _cut(reaction: GroundReaction, samples: slice) -> GroundReaction:
    return GroundReaction(
        reaction.force_n[:, samples], reaction.centre_of_pressure_m[:, samples], reaction.free_moment_nm[:, samples]
    )
