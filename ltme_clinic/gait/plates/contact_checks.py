"""What no foot and no body can do: a contact's force held against the foot's posture, the body's place and its weight.

A plate may be shifted, late, wired wrongly or shared with a cane, and its force still lie under a foot. Each check here
asks for something that holds for every gait, and is silent where that is not certain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.gait.movement import movement_of
from ltme_clinic.gait.plates.foot_outline import FootOutline
from ltme_clinic.gait.plates.loads import STANDARD_GRAVITY_M_S2, PlateLoad, body_weight, weight_on_plates_n
from ltme_clinic.gait.walker import Walker

SHIFTED = "shifted"
WRONG_FORCE = "wrong force"
TOO_HEAVY = "too much force"

HEEL_M = 0.0
"""Behind the heel marker there is no foot: the centre of pressure stays 1.4 cm or more before it, measured."""
TIP_M = 0.01
"""Nor is there pressure within a centimetre of the toes' tip: 3.7 cm short of it or more, measured."""
TOES_UP_DEG, HEEL_UP_DEG = 8.0, 10.0
"""A foot that is tilted by this much against its own flat stance touches the floor at one end only."""
REARMOST = 0.36
"""With the toes up, the pressure is within this share of the foot's length from the heel: .28 at most, measured."""
FOREMOST = 0.45
"""With the heel up, it is ahead of this: .52 or more measured, .74 is the second metatarsal head."""
OUT_OF_STEP_S = (-0.05, 0.01)
"""Middle of a walking foot's rest less middle of its force: -35 to -5 ms measured, for it moves before it is off."""
_EARLY_REST_S, _LATE_REST_S = (-0.03, -0.06), (0.025, -0.03)
"""Both ends bear it out: how much sooner, or later, the rest begins than the force, and ends."""
_AROUND_S = 0.25
"""A foot's rest is looked for so long around its force: a swing, slow feet included, is longer."""
LEAST_SPAN = 0.15
"""The body passes over the foot by this much of the pelvis's height before its force can be judged: .24 and more."""
LEAST_FOLLOWING = 0.4
"""The force leans as the line from foot to pelvis does, by .66 to 1.14 of it in walks, turns, runs and stairs; by -.9
to .2 where a sign is wrong or two channels are exchanged."""
LEAST_FOLLOWING_AIDED = 0.1
"""The same where hands on an aid take some of the horizontal force."""
MOST_BESIDE_M = 0.04
_LEAST_BESIDE = 0.01
"""A force that pushes the body away from the side it is on, and misses the pelvis by this: 2.6 cm in clean walks."""
MOST_AHEAD_M = 0.08
"""The force's line passes before or behind the body by 2.7 cm at most in clean walks, a leaning trunk accounted for."""
DOUBTFUL_AHEAD_M = 0.045
_NECK_AHEAD_M = 0.07
"""Neck before the pelvis's centre in upright walkers: 4 to 11 cm."""
_NECK_MOVES_BODY = 0.35
"""Trunk, head and arms are two thirds of the body, with their centre half way from pelvis to neck."""
MOST_MEAN_BW = 1.15
"""Mean force over a walking foot's stance in body weights: .73 to 1.02 measured. Without flight, two feet that stand
60 % of the stride each carry .83; a leg that does most of the work stands longer, and stays near 1."""
MOST_PEAK_BW = 2.0
"""Its highest mean over 20 ms: 1.02 to 1.63 measured, the most in a quick child; runners reach 2.2."""
_PEAK_S = 0.02
_WELL_SHARE = 0.3
"""A place is trusted from this share of the contact's top on; under tilted toes, where force only begins, from .1."""
_BEGUN_SHARE = 0.1
_FEWEST_FRAMES = 5


@dataclass(frozen=True)
class ForceLine:
    """How the ground's force passes the body while one foot carries it; the body's way over the foot is "ahead"."""

    span: float
    """How far the body passes over the foot, in pelvis heights."""
    following: float
    """Change of the force's lean for each change of the lean from foot to pelvis: about .8 for any gait."""
    ahead_m: float
    """Median distance by which the force's line passes before the body (negative: behind it), at pelvis height."""
    trunk_seen: bool
    """Whether a leaning trunk is accounted for in `ahead_m`."""
    beside_m: float
    """The same to the left of the way."""
    away: bool
    """The force pushes the body further to the side on which it is already."""


def force_line(walker: Walker, force_n: np.ndarray, place_m: np.ndarray, frames: np.ndarray) -> ForceLine | None:
    """Hold the force's lean against the line from its place to the pelvis; None where the body is not seen.

    A force that carried the body far past its centre of mass would make it tumble, whoever walks, however slowly, and
    whether starting, stopping or turning (Maus 2010, Nature Communications 1:70).

    Parameters
    ----------
    force_n : ground reaction (n, 3), laboratory frame
    place_m : centre of pressure (n, 3)
    frames : the frames of both, (n,)
    """
    arm_m = walker.pelvis_m[frames] - place_m
    well = force_n[:, 2] > _WELL_SHARE * np.nanmax(np.nan_to_num(force_n[:, 2]))
    used = np.flatnonzero(well & np.isfinite(arm_m).all(axis=1))
    if len(used) < _FEWEST_FRAMES:
        return None
    arm_m, force_n = arm_m[used], force_n[used]
    way_m = arm_m[-1, :2] - arm_m[0, :2]
    ahead = way_m / max(float(np.linalg.norm(way_m)), 1e-9)
    axes = np.column_stack([ahead, [-ahead[1], ahead[0]]])
    height_m = arm_m[:, 2]
    body, force = arm_m[:, :2] @ axes / height_m[:, None], force_n[:, :2] @ axes / force_n[:, 2:]
    missed_m = np.median((force - body) * height_m[:, None], axis=0)
    neck_m = _neck_ahead_m(walker, frames[used], ahead)
    seen = bool(np.isfinite(neck_m))
    lean_m = _NECK_MOVES_BODY * (neck_m - _NECK_AHEAD_M) if seen else 0.0
    spread = float(np.ptp(body[:, 0]))
    following = float(np.polyfit(body[:, 0], force[:, 0], 1)[0]) if spread > 1e-3 else np.nan
    sideways = float(np.median(body[:, 1])), float(np.median(force[:, 1]))
    away = sideways[0] * sideways[1] < 0 and min(abs(value) for value in sideways) > _LEAST_BESIDE
    return ForceLine(spread, following, float(missed_m[0]) - lean_m, seen, float(missed_m[1]), away)


def _neck_ahead_m(walker: Walker, frames: np.ndarray, ahead: np.ndarray) -> float:
    """Median way from the pelvis's centre forward to the middle of the neck; NaN without its markers."""
    if not walker.has("c7") or not walker.has("clavicle"):
        return np.nan
    neck_m = (walker.slot("c7") + walker.slot("clavicle"))[frames, :2] / 2
    return float(np.nanmedian((neck_m - walker.pelvis_m[frames, :2]) @ ahead)) if np.isfinite(neck_m).any() else np.nan


def impossible(walker: Walker, load: PlateLoad, place_m: np.ndarray, outline: FootOutline, within: np.ndarray) -> str:
    """Why this force can't be this foot's; empty where nothing speaks against it.

    Parameters
    ----------
    load : the plate's force, or that of level plates together
    place_m : its centre of pressure at the frames, (n, 3)
    within : the contact's frames, (n,)
    """
    force_n = load.force_n[load.samples_of(within, walker.rate_hz)]
    line = force_line(walker, force_n, place_m, within)
    judged = line if line is not None and line.span >= LEAST_SPAN else None
    why_not = _wrong_direction(judged, aided=is_aided(walker)) if judged is not None else ""
    why_not = why_not or _along_the_foot(outline, force_n[:, 2], place_m, within)
    if not why_not and judged is not None and judged.trunk_seen and abs(judged.ahead_m) > MOST_AHEAD_M:
        said = f"{SHIFTED}: the force passes {said_ahead(judged.ahead_m)} the body, or plate and cameras run apart"
        return said if _walks(walker, within) else ""
    return why_not


def _along_the_foot(outline: FootOutline, upward_n: np.ndarray, place_m: np.ndarray, within: np.ndarray) -> str:
    """Pressure where the foot does not touch the floor: behind its heel, beyond its toes, under an end that is up."""
    along = outline.place_of(place_m, within)[1]
    known = np.isfinite(along) & np.isfinite(upward_n)
    if not known.any():
        return ""
    top_n = float(upward_n[known].max())
    well, begun = known & (upward_n > _WELL_SHARE * top_n), known & (upward_n > _BEGUN_SHARE * top_n)
    behind_m = HEEL_M - outline.length_m * float(along[well].min(initial=np.inf))
    beyond_m = outline.length_m * (float(along[well].max(initial=-np.inf)) - 1.0) + TIP_M
    if behind_m > 0:
        return f"{SHIFTED}: the centre of pressure lies {100 * behind_m:.0f} cm behind the heel"
    if beyond_m > 0:
        return f"{SHIFTED}: the centre of pressure lies at the toes' tip or beyond"
    tilt_deg = _tilt_deg(outline, within)
    if float(along[begun & (tilt_deg > TOES_UP_DEG)].max(initial=-np.inf)) > REARMOST:
        return f"{SHIFTED}, or a cane or hand on the plate: the toes are up and the force is not under the heel"
    if float(along[well & (tilt_deg < -HEEL_UP_DEG)].min(initial=np.inf)) < FOREMOST:
        return f"{SHIFTED}, or a cane or hand on the plate: the heel is up and the force is not under the forefoot"
    return ""


def _tilt_deg(outline: FootOutline, within: np.ndarray) -> np.ndarray:
    """The foot's tilt against its own flat stance in this contact, (n,), toes up positive; NaN if it is never flat."""
    rise_m = (outline.forefoot_m - outline.heel_m)[within]
    tilt_deg = np.degrees(np.arctan2(rise_m[:, 2], np.linalg.norm(rise_m[:, :2], axis=1)))
    flat = (outline.heel_still & outline.forefoot_still)[within]
    level_deg = float(np.median(tilt_deg[flat])) if flat.any() else np.nan
    relative_deg: np.ndarray = tilt_deg - level_deg
    return relative_deg


def _wrong_direction(line: ForceLine, *, aided: bool) -> str:
    """A force that does not go through the body: its horizontal part is not what the foot did."""
    if line.following < (LEAST_FOLLOWING_AIDED if aided else LEAST_FOLLOWING):
        return (
            f"{WRONG_FORCE}: it does not brake and then push, as the body passes over the foot: "
            "Fx and Fy exchanged or missing, or a sign wrong"
        )
    if line.away and abs(line.beside_m) > MOST_BESIDE_M and not aided:
        return f"{WRONG_FORCE}: sideways it pushes the body away from the other foot: a sign of Fx or Fy wrong"
    return ""


def said_ahead(ahead_m: float) -> str:
    """A distance in words."""
    return f"{100 * abs(ahead_m):.0f} cm {'before' if ahead_m > 0 else 'behind'}"


def is_aided(walker: Walker) -> bool:
    """Whether the recording says that the patient walked with an aid."""
    return walker.recording.trial.aid.strip().lower() not in ("", "no", "none")


def out_of_step(walker: Walker, outline: FootOutline, start_s: float, stop_s: float) -> str:
    """Plates and cameras that run apart: a walking foot rests too soon, or too late, at both ends of its force.

    A slow or dragging foot lengthens its rest at one end or both, and does not move both ends alike.
    """
    times_s = np.arange(walker.frames) / walker.rate_hz
    near = (times_s > start_s - _AROUND_S) & (times_s < stop_s + _AROUND_S)
    resting_s = times_s[near & (outline.heel_still | outline.forefoot_still)]
    if not len(resting_s) or not outline.seen[near].all():
        return ""
    begins_s, ends_s = resting_s[0] - start_s, resting_s[-1] - stop_s
    middle_s, frame_s = (begins_s + ends_s) / 2, 0.5 / walker.rate_hz
    late = middle_s > OUT_OF_STEP_S[1] + frame_s and begins_s > _LATE_REST_S[0] and ends_s > _LATE_REST_S[1]
    early = middle_s < OUT_OF_STEP_S[0] - frame_s and begins_s < _EARLY_REST_S[0] and ends_s < _EARLY_REST_S[1]
    within = np.array([start_s, stop_s]) * walker.rate_hz
    if not (late or early) or not _walks(walker, within):
        return ""
    lag_ms = 1000 * abs(middle_s - sum(OUT_OF_STEP_S) / 2)
    return f"out of step: the force comes about {lag_ms:.0f} ms {'before' if late else 'after'} the foot"


def too_heavy(walker: Walker, load: PlateLoad, loads: tuple[PlateLoad, ...], start_s: float, stop_s: float) -> str:
    """More force than a walking foot carries; empty where the weight is not known, or not believed, or nobody walks.

    A mass that all plates contradict is a mistake in the mass, which is `joint_kinetics`'s to refuse.
    """
    weight = body_weight(walker, loads)
    on_plates_n = weight_on_plates_n(loads)
    if weight.source != "file" or weight.newtons is None or on_plates_n is None or on_plates_n > 2 * weight.newtons:
        return ""
    upward_n = load.upward_n[int(np.ceil(start_s * load.rate_hz)) : int(stop_s * load.rate_hz) + 1]
    width = max(1, round(_PEAK_S * load.rate_hz))
    if len(upward_n) < width or not np.isfinite(upward_n).all():
        return ""
    mean_bw = float(upward_n.mean()) / weight.newtons
    peak_bw = float(np.convolve(upward_n, np.full(width, 1 / width), "valid").max()) / weight.newtons
    within = np.arange(int(start_s * walker.rate_hz), min(int(stop_s * walker.rate_hz) + 1, walker.frames))
    if (mean_bw <= MOST_MEAN_BW and peak_bw <= MOST_PEAK_BW) or not _walks(walker, within):
        return ""
    mass_kg = weight.newtons / STANDARD_GRAVITY_M_S2
    said = f"{mean_bw:.2f} body weights on average, {peak_bw:.1f} at most"
    return f"{TOO_HEAVY}: {said} in a walk of {mass_kg:.0f} kg: a cane or hand on the plate, or a wrong mass"


def _walks(walker: Walker, within: np.ndarray) -> bool:
    return movement_of(walker).kind_at(float(within.mean()) / walker.rate_hz) == "walking"
