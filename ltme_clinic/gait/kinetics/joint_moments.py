"""Internal moments and powers at ankle, knee and hip, from plates, joint centres and segment axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.gait.kinetics.inertia import LEG, SOURCE, SegmentInertia
from ltme_clinic.gait.kinetics.inverse_dynamics import Wrench, joint_moment_nm, needed_wrench
from ltme_clinic.gait.kinetics.segment_motion import SegmentMotion, orthonormal, segment_motion, smooth_tracks
from ltme_clinic.gait.movement import Movement, movement_of
from ltme_clinic.gait.plates.contact_checks import DOUBTFUL_AHEAD_M, LEAST_SPAN, force_line, said_ahead
from ltme_clinic.gait.plates.foot_forces import FootForces, Stance, foot_forces
from ltme_clinic.gait.plates.foot_outline import foot_outline
from ltme_clinic.gait.plates.loads import MASSES_KG, STANDARD_GRAVITY_M_S2, PlateLoad, plate_loads
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.heading import turned
from ltme_clinic.kinematics.smoothing import butterworth_low_pass
from ltme_clinic.types import JointAngles, JointKinetics, PlateContact, Refused, Side

JOINTS = ("ankle", "knee", "hip")
FRAME = (
    "internal moments on the distal segment, in its own axes: ankle in the foot's, knee in the shank's (untorsioned), "
    "hip in the thigh's"
)
_BELOW = {"ankle": "foot", "knee": "shank", "hip": "thigh"}
_ABOVE = {"ankle": "shank", "knee": "thigh", "hip": "pelvis"}
_MOMENTS: dict[str, tuple[str, int, float, float]] = {
    "hip_extension": ("hip", 1, 1.0, 1.0),
    "hip_abduction": ("hip", 0, 1.0, -1.0),
    "hip_external_rotation": ("hip", 2, 1.0, -1.0),
    "knee_extension": ("knee", 1, -1.0, -1.0),
    "knee_abduction": ("knee", 0, 1.0, -1.0),
    "knee_external_rotation": ("knee", 2, 1.0, -1.0),
    "ankle_plantarflexion": ("ankle", 1, 1.0, 1.0),
    "ankle_eversion": ("ankle", 0, 1.0, -1.0),
    "ankle_external_rotation": ("ankle", 2, 1.0, -1.0),
}
"""Name -> joint, which of the lower segment's axes (forward, left, up), and its sign on the left and on the right."""
MASS_DISAGREES = 0.35
"""A stated mass further than this from what the plates carry is another person's, or in pounds: in 20 walks and on
stairs they carry .90 to 1.08 of it."""
MASS_DOUBTFUL = 0.2
"""From here on it is given with a warning."""
MOST_IN_FLIGHT = 3.0
"""Runners and jumpers press harder: 1.8 times the weight at 2.8 m/s; more than this is a wrong mass or unit."""


@dataclass(frozen=True)
class KineticsFilter:
    """How motion and forces are smoothed before moments are calculated."""

    motion_hz: float | None = 8.0
    """Low-pass of joint centres and segment axes (4th-order Butterworth, both ways); None leaves them as they are."""
    force_hz: float | None = None
    """Low-pass of the plates' force and moment, the same filter; None leaves them as they are."""


@dataclass(frozen=True)
class _Leg:
    """One leg's segments in motion, its joint centres and lengths."""

    side: Side
    segments: Mapping[str, SegmentMotion]  # "foot", "shank", "thigh", "pelvis"
    centres_m: Mapping[str, np.ndarray]  # joint -> (frame, 3)
    lengths_m: Mapping[str, float]


@dataclass
class _Curves:
    """What is found for both legs."""

    moments_nm_kg: dict[tuple[str, Side], np.ndarray] = field(default_factory=dict)
    powers_w_kg: dict[tuple[str, Side], np.ndarray] = field(default_factory=dict)
    ground_bw: dict[tuple[str, Side], np.ndarray] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def joint_kinetics(
    walker: Walker,
    angles: JointAngles,
    contacts: tuple[PlateContact, ...],
    smoothing: KineticsFilter | None = None,
    inertia: Mapping[str, SegmentInertia] | None = None,
) -> JointKinetics:
    """Moments (Nm/kg) and powers (W/kg) of both legs, and the ground's reaction in body weights.

    Parameters
    ----------
    walker : the recording
    angles : with the joint centres and segment axes of hip, knee and ankle (`model_angles` gives them)
    contacts : as `plate_contacts` gives them
    smoothing : the default is in `KineticsFilter`
    inertia : of "thigh", "shank" and "foot"; de Leva's where none is given

    Returns
    -------
    JointKinetics
        Curves at the camera's rate, of the legs that have a known stance; NaN wherever the foot's whole force is not
        known (`foot_forces`). Swing is given where a known stance borders on it. A moment is positive as its name
        says, internal (what muscles and ligaments do), on the segment below the joint and in its axes; power is
        positive where energy is generated. `ground_reaction_bw` is NaN in swing.

    Raises
    ------
    Refused
        No plates, no clean contact, no body mass or one that the plates contradict and that running does not explain,
        no joint centres.

    Notes
    -----
    Newton and Euler, segment by segment from the foot (Winter 2009, Biomechanics and Motor Control of Human Movement,
    chapters 5 to 7), with de Leva's inertia. Not handled: forces that don't come through the foot, shoes' and
    orthoses' mass, moments at the trunk.
    """
    smoothing, inertia = smoothing or KineticsFilter(), inertia or LEG
    loads = plate_loads(walker)
    forces = _known_forces(walker, contacts, loads)
    mass_kg, movement = _mass_kg(walker), movement_of(walker)
    found = _Curves(warnings=[*_check_mass(walker, movement, forces, loads, mass_kg)])
    for side, known in forces.items():
        leg = _leg(walker, angles, side, smoothing.motion_hz, inertia)
        if isinstance(leg, str):
            found.warnings.append(f"no {side} moments: {leg}")
            continue
        found.warnings += _doubtful_lines(walker, known, movement)
        ground = _at_frames(known, walker, smoothing.force_hz)
        _add_leg(found, leg, ground, mass_kg, inertia)
        _add_ground(found, walker, known, ground, mass_kg)
    if not found.moments_nm_kg:
        reasons = dict.fromkeys(warning.partition(" moments: ")[2] or warning for warning in found.warnings)
        raise Refused(walker.name, "; ".join(reasons), "Moments need the Conventional Gait Model's markers")
    return JointKinetics(
        walker.rate_hz,
        found.moments_nm_kg,
        found.powers_w_kg,
        found.ground_bw,
        FRAME,
        contacts,
        _stated(smoothing, inertia, mass_kg),
        (*found.warnings, *(warning for load in loads for warning in load.warnings)),
    )


def _stated(smoothing: KineticsFilter, inertia: Mapping[str, SegmentInertia], mass_kg: float) -> dict[str, str]:
    """The settings in words, for they decide the peaks."""
    cutoffs = [f"low-pass {hz:g} Hz" if hz else "none" for hz in (smoothing.motion_hz, smoothing.force_hz)]
    return {
        "body mass": f"{mass_kg:.1f} kg, from the file",
        "inertia": SOURCE if inertia is LEG else "given",
        "motion filter": cutoffs[0],
        "force filter": cutoffs[1],
    }


def _mass_kg(walker: Walker) -> float:
    """The stated body mass."""
    mass_kg = walker.recording.anthropometry.mass_kg
    if mass_kg is None or not MASSES_KG[0] <= mass_kg <= MASSES_KG[1]:
        stated = "no body mass is known" if mass_kg is None else f"a body mass of {mass_kg:g} kg can't be"
        raise Refused(walker.name, stated, "Give mass_kg in --measures: moments are given for each kilogram")
    return float(mass_kg)


def _check_mass(
    walker: Walker,
    movement: Movement,
    forces: Mapping[Side, FootForces],
    loads: tuple[PlateLoad, ...],
    mass_kg: float,
) -> tuple[str, ...]:
    """Refuse a mass that the plates contradict and that running or jumping does not explain; warn of a doubtful one.

    What they carry is the median of their summed upward force in the known stances while it is over half of its top:
    body weight in single support and in standing.
    """
    stands = np.any([known.loaded for known in forces.values()], axis=0)
    upward_n = np.nan_to_num(np.sum([load.upward_n[stands] for load in loads], axis=0))
    carried_n = float(np.median(upward_n[upward_n >= 0.5 * np.percentile(upward_n, 95)]))
    share = carried_n / (mass_kg * STANDARD_GRAVITY_M_S2)
    said = f"the plates carry {share * mass_kg:.0f} kg and the stated body mass is {mass_kg:.0f} kg"
    in_flight = _in_flight(movement, [stance for known in forces.values() for stance in known.stances])
    if share < 1 - MASS_DISAGREES or share > (MOST_IN_FLIGHT if in_flight else 1 + MASS_DISAGREES):
        raise Refused(walker.name, said, "Correct the mass, or the plates' calibration or units")
    if abs(share - 1) <= MASS_DOUBTFUL:
        return ()
    return (f"{said}: {'running, ' if in_flight else ''}a burden, an aid, or a wrong mass",)


def _in_flight(movement: Movement, stances: list[Stance]) -> bool:
    """Whether some stance belongs to running or jumping."""
    kinds = {movement.kind_at((stance.start_s + stance.stop_s) / 2) for stance in stances}
    return not kinds.isdisjoint({"running", "jumping"})


def _doubtful_lines(walker: Walker, known: FootForces, movement: Movement) -> list[str]:
    """A warning for each walking stance whose force passes the body further off than clean ones do."""
    found = []
    for stance in known.stances:
        frames = np.arange(int(np.ceil(stance.start_s * walker.rate_hz)), int(stance.stop_s * walker.rate_hz) + 1)
        frames = frames[frames < walker.frames]
        samples = _samples(known, walker)[frames]
        line = force_line(walker, known.force_n[samples], known.centre_of_pressure_m[samples], frames)
        walks = movement.kind_at((stance.start_s + stance.stop_s) / 2) == "walking"
        if line is None or not walks or line.span < LEAST_SPAN or abs(line.ahead_m) < DOUBTFUL_AHEAD_M:
            continue
        cause = "a plate that lies elsewhere or runs apart from the cameras makes its moments wrong"
        if not line.trunk_seen:
            cause += " (or the trunk leans: its markers are missing)"
        found.append(f"the {known.side} foot's force passes {said_ahead(line.ahead_m)} the body: {cause}")
    return found


def _known_forces(
    walker: Walker, contacts: tuple[PlateContact, ...], loads: tuple[PlateLoad, ...]
) -> Mapping[Side, FootForces]:
    if not loads:
        raise Refused(walker.name, "no force plate can be used", "Moments need one under each foot in question")
    forces = foot_forces(walker, contacts, loads)
    if not forces:
        reasons = sorted({contact.why_not for contact in contacts if contact.why_not})
        fact = f"no foot's whole force is known ({'; '.join(reasons)})" if reasons else "no foot steps on a plate"
        raise Refused(walker.name, fact, "Record a step with one whole foot on a plate")
    return forces


def _leg(
    walker: Walker,
    angles: JointAngles,
    side: Side,
    low_pass_hz: float | None,
    inertia: Mapping[str, SegmentInertia],
) -> _Leg | str:
    """One leg's smoothed segments and joint centres; or why there are none."""
    names = ("pelvis", *(f"{side}_{_BELOW[joint]}" for joint in JOINTS))
    centres = [
        angles.joint_centres_m[name] for joint in JOINTS if (name := f"{side}_{joint}") in angles.joint_centres_m
    ]
    axes = [angles.segments[name] for name in names if name in angles.segments]
    outline = foot_outline(walker, side)
    if outline is None or len(centres) < 3 or len(axes) < 4 or any(np.isnan(part).all() for part in (*centres, *axes)):
        return "the leg's joint centres and segment axes are not all known"
    toe_m = outline.heel_m + outline.length_m * _unit(outline.forefoot_m - outline.heel_m)
    columns = [np.moveaxis(part, 2, 1) for part in axes]
    tracks = np.concatenate([np.stack([*centres, outline.heel_m, toe_m], axis=1), *columns], axis=1)
    tracks = smooth_tracks(tracks, walker.rate_hz, low_pass_hz)
    ankle_m, knee_m, hip_m, heel_m, toe_m = np.moveaxis(tracks[:, :5], 1, 0)
    turned_axes = [orthonormal(np.moveaxis(tracks[:, 5 + 3 * n : 8 + 3 * n], 1, 2)) for n in range(4)]
    ends = {"thigh": (hip_m, knee_m), "shank": (knee_m, ankle_m), "foot": (heel_m, toe_m)}
    places = {name: top + inertia[name].centre_share * (bottom - top) for name, (top, bottom) in ends.items()}
    places["pelvis"] = hip_m
    motions = {
        name.removeprefix(f"{side}_"): segment_motion(places[name.removeprefix(f"{side}_")], own, walker.rate_hz)
        for name, own in zip(names, turned_axes, strict=True)
    }
    lengths_m = {name: float(np.nanmedian(np.linalg.norm(b - a, axis=1))) for name, (a, b) in ends.items()}
    return _Leg(side, motions, {"ankle": ankle_m, "knee": knee_m, "hip": hip_m}, lengths_m)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1), 1e-9)[:, None]


def _at_frames(known: FootForces, walker: Walker, low_pass_hz: float | None) -> Wrench:
    """The foot's force and moment about the laboratory's origin at the frames; NaN where not known.

    Each frame has the mean over the samples within half a frame of it, both ends included: what is faster than the
    cameras can't be folded into slower movement.
    """
    tracks = np.stack([known.force_n, known.moment_nm], axis=1)
    unknown = np.isnan(tracks[:, 0, 0])
    tracks = np.where(unknown[:, None, None], 0.0, tracks)
    if low_pass_hz is not None:
        tracks = butterworth_low_pass(tracks, known.rate_hz, low_pass_hz)
    samples = _samples(known, walker)
    half = int(known.rate_hz / walker.rate_hz / 2)
    low, high = np.maximum(samples - half, 0), np.minimum(samples + half + 1, len(tracks))
    sums = np.concatenate([np.zeros((1, 2, 3)), np.cumsum(tracks, axis=0)])
    means = (sums[high] - sums[low]) / (high - low)[:, None, None]
    means[unknown[samples]] = np.nan
    return Wrench(means[:, 0], means[:, 1])


def _samples(known: FootForces, walker: Walker) -> np.ndarray:
    """The plates' sample at each frame's time, (frame,) int."""
    samples = np.round(np.arange(walker.frames) * (known.rate_hz / walker.rate_hz)).astype(int)
    return np.minimum(samples, len(known.force_n) - 1)


def _add_leg(found: _Curves, leg: _Leg, ground: Wrench, mass_kg: float, inertia: Mapping[str, SegmentInertia]) -> None:
    """One leg's moments and powers, joint after joint upwards."""
    below = Wrench(np.zeros((1, 3)), np.zeros((1, 3)))
    local: dict[str, np.ndarray] = {}
    for joint in JOINTS:
        name = _BELOW[joint]
        segment = leg.segments[name]
        below = below + needed_wrench(segment, inertia[name], mass_kg, leg.lengths_m[name])
        moment_nm_kg = joint_moment_nm(below, ground, leg.centres_m[joint]) / mass_kg
        turning = segment.velocity_rad_s - leg.segments[_ABOVE[joint]].velocity_rad_s
        found.powers_w_kg[joint, leg.side] = (moment_nm_kg * turning).sum(axis=1)
        local[joint] = np.einsum("fji,fj->fi", segment.axes, moment_nm_kg)
    for name, (joint, axis, left, right) in _MOMENTS.items():
        found.moments_nm_kg[name, leg.side] = (left if leg.side == "left" else right) * local[joint][:, axis]


def _add_ground(found: _Curves, walker: Walker, known: FootForces, ground: Wrench, mass_kg: float) -> None:
    """The ground's reaction along the heading in body weights, in stance."""
    stands = known.loaded[_samples(known, walker)]
    force_bw = np.where(stands[:, None], ground.force_n, np.nan) / (mass_kg * STANDARD_GRAVITY_M_S2)
    along = turned(force_bw[:, :2], -walker.heading_rad)
    found.ground_bw["vertical", known.side] = force_bw[:, 2]
    found.ground_bw["anterior", known.side] = along[:, 0]
    found.ground_bw["medial", known.side] = along[:, 1] * (-1.0 if known.side == "left" else 1.0)
