"""Which foot stood on which force plate from when to when, and whether it stood there alone and whole.

Force over a threshold (2.5 % of body weight) makes a contact; the feet's markers say whose it is. A foot is believed
only if it carries the centre of pressure through the whole contact, and everything that could have put other force on
the plate, or taken some of the foot's away, is looked for and named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.plates.contact_checks import impossible, is_aided, out_of_step, too_heavy
from ltme_clinic.gait.plates.foot_outline import FLOOR_M, FootOutline, foot_outline
from ltme_clinic.gait.plates.loads import PlateLoad, plate_loads
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.force_plates import plate_frame, refusal_of
from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.types import PlateContact, Side

LONGEST_DROP_S = 0.02
"""Force that is gone for a shorter time than this was never off."""
LONGEST_STIR_S = 0.045
"""Nor did a foot leave that moves, or is not seen, for a shorter time: swings last .2 s and more."""
SHORTEST_CONTACT_S = 0.05
BARELY_LOADED = 2.0
"""A contact's force rises over this many thresholds, or it is a brush."""
NEAR_FOOT = 0.25
"""The centre of pressure stays within this share of the foot's length of the line from heel to toe tip.

In clean contacts of 15 people it is within .09 to .22 for 95 % of the samples.
"""
MIDDLE_NEAR_FOOT = 0.15
"""Its median distance from that line is less than this share: .01 to .12 when measured, and a cane that shares the
plate through the whole contact pulls it further."""
MIDDLE_NEAR_FOOT_AIDED = 0.08
"""The same where the recording says that the patient walked with an aid."""
MOST_ELSEWHERE = 0.05
"""Share of a contact's frames in which it may be further away."""
LATEST_LANDING_S = 0.08
"""A foot is at rest this soon after its force begins, and was this shortly before it ends: 0 to 60 ms when measured."""
EDGE_M = 0.01
"""A standing foot's heel, forefoot or toe tip may reach this far beyond the plate."""
_OVER_M = 0.03
_WELL_LOADED = 3.0
"""Thresholds; below, the centre of pressure is too noisy to accuse anybody."""
_LONGEST_INTRUSION_S = 0.03
_STEADY_M = 0.03
_SEEN_SHARE = 0.8
_STEP_M = 0.05
"""A plate this much above the lowest one is a step: what reaches beyond its edge hangs in the air."""
_LONGEST_LAG_S = 0.5

CANE = "a cane or hand on the plate"
BOTH_FEET = "both feet"
EDGE = "edge"
UNSEEN = "no marker near"
UNUSABLE = "unusable plate"
MOST_N = 20_000.0
"""More than this on one plate is nobody: a heavy jumper's landing reaches 10 kN."""
LEAST_STOOD_S = 0.3
"""A whole foot at rest on a plate for this long has loaded it."""


@dataclass(frozen=True)
class _OnPlate:
    """One foot against one plate, each (frame,)."""

    outline: FootOutline
    distance_m: np.ndarray  # from the plate's centre of pressure to the foot's line; NaN unloaded or unseen
    over: np.ndarray  # bool: some of the foot is low and over the plate
    standing: np.ndarray  # bool: some of the foot is low and at rest, wherever that is
    standing_over: np.ndarray  # bool: some of it is low, at rest and well within the plate
    beyond_m: np.ndarray  # how far its furthest standing point reaches over the plate's edge


def plate_contacts(walker: Walker) -> tuple[PlateContact, ...]:
    """Each contact with each force plate, in the order of time; an unusable plate is one contact with its reason.

    Times are interpolated between analog samples where the force crosses the threshold, and NaN where the recording
    begins or ends loaded. `clean` is one foot alone, wholly on the plate, from contact to foot off; else `why_not`
    begins with "both feet", "a cane or hand on the plate", "edge", "no marker near", "begins loaded", "ends loaded",
    "out of step", "shifted", "wrong force", "too much force" or "unusable plate".

    Not seen: a cane that comes down and leaves together with the foot, beside it on the same plate, and carries less
    than about a sixth of the load (a tenth where the recording's facts say that an aid was used), or less than a third
    where it stands on the foot's own line; plates shifted along the foot by less than about 5 cm, or less than about
    50 ms out of step (3 cm and 30 ms are seen in some contacts).
    """
    return contacts_of(walker, plate_loads(walker))


def contacts_of(walker: Walker, loads: tuple[PlateLoad, ...]) -> tuple[PlateContact, ...]:
    """`plate_contacts` for loads that are calculated already."""
    outlines = [outline for side in SIDES if (outline := foot_outline(walker, side)) is not None]  # type: ignore[arg-type]
    contacts = [contact for load in loads for contact in _contacts_with(walker, load, outlines)]
    contacts = [_checked(walker, contact, loads, outlines) for contact in _across_plates(contacts)]
    contacts.sort(key=lambda contact: (np.nan_to_num(contact.start_s, nan=0.0), contact.plate))
    return (*contacts, *_unusable(walker, loads))


def _checked(
    walker: Walker, contact: PlateContact, loads: tuple[PlateLoad, ...], outlines: list[FootOutline]
) -> PlateContact:
    """A clean contact whose force no body could make is not clean."""
    if not contact.clean:
        return contact
    load = next(load for load in loads if load.plate.number == contact.plate)
    outline = next(outline for outline in outlines if outline.side == contact.side)
    within = _frames_within(walker, contact.start_s, contact.stop_s)
    place_m = centre_of_pressure_m(load, load.samples_of(within, walker.rate_hz))
    why_not = too_heavy(walker, load, loads, contact.start_s, contact.stop_s)
    why_not = why_not or out_of_step(walker, outline, contact.start_s, contact.stop_s)
    why_not = why_not or impossible(walker, load, place_m, outline, within)
    return replace(contact, clean=not why_not, why_not=why_not)


def _frames_within(walker: Walker, start_s: float, stop_s: float) -> np.ndarray:
    return np.arange(int(np.ceil(start_s * walker.rate_hz)), min(int(stop_s * walker.rate_hz) + 1, walker.frames))


def _unusable(walker: Walker, loads: tuple[PlateLoad, ...]) -> list[PlateContact]:
    used = {load.plate.number for load in loads}
    return [
        PlateContact(
            plate.number,
            None,
            np.nan,
            np.nan,
            clean=False,
            why_not=f"{UNUSABLE}: "
            + (plate.refusal or refusal_of(plate, walker.recording.analogs) or "its corners enclose no rectangle"),
        )
        for plate in walker.recording.force_plates
        if plate.number not in used
    ]


def loaded_spans(load: PlateLoad) -> list[tuple[int, int]]:
    """Half-open sample intervals in which a plate is loaded: short drops bridged, brushes and spikes left out."""
    spans = _joined_runs(load.pressed_n >= load.threshold_n, LONGEST_DROP_S * load.rate_hz)
    return [
        (start, stop)
        for start, stop in spans
        if stop - start >= SHORTEST_CONTACT_S * load.rate_hz
        and np.nanmax(load.pressed_n[start:stop]) >= BARELY_LOADED * load.threshold_n
    ]


def _joined_runs(mask: np.ndarray, longest_drop: float) -> list[tuple[int, int]]:
    """Half-open intervals in which a mask holds, those joined that a shorter drop than this keeps apart."""
    spans: list[tuple[int, int]] = []
    for start, stop in runs(mask):
        if spans and start - spans[-1][1] < longest_drop:
            spans[-1] = (spans[-1][0], stop)
        else:
            spans.append((start, stop))
    return spans


def _crossing_s(load: PlateLoad, sample: int) -> float:
    """When the force crosses the threshold between a sample and the one before; NaN at the recording's ends."""
    if not 0 < sample < len(load.pressed_n):
        return np.nan
    before_n, after_n = load.pressed_n[sample - 1 : sample + 1]
    part = (load.threshold_n - before_n) / (after_n - before_n) if after_n != before_n else 0.5
    return float((sample - 1 + (part if np.isfinite(part) else 0.5)) / load.rate_hz)


def _contacts_with(walker: Walker, load: PlateLoad, outlines: list[FootOutline]) -> list[PlateContact]:
    spans = loaded_spans(load)
    feet = [_on_plate(walker, load, outline) for outline in outlines]
    if why_not := _wrong_units(walker, load, feet, loaded=bool(spans)):
        return [PlateContact(load.plate.number, None, np.nan, np.nan, clean=False, why_not=why_not)]
    frames = np.arange(walker.frames)
    pressed_n = load.pressed_n[load.samples_of(frames, walker.rate_hz)]
    contacts = []
    for start, stop in spans:
        first = int(np.ceil(start * walker.rate_hz / load.rate_hz))
        last = min(int(np.ceil(stop * walker.rate_hz / load.rate_hz)), walker.frames)
        within = np.arange(first, max(first + 1, last)).clip(max=walker.frames - 1)
        well = within[pressed_n[within] > _WELL_LOADED * load.threshold_n]
        side, why_not = _verdict(walker, feet, within, well)
        wrench = np.hstack([load.force_n, load.moment_nm])[max(start - 1, 0) : stop + 1]
        if not np.isfinite(wrench).all():
            why_not = "force or moment samples are missing"
        if start == 0 or stop == len(load.upward_n):
            why_not = why_not or ("begins loaded" if start == 0 else "ends loaded")
        times = _crossing_s(load, start), _crossing_s(load, stop)
        contacts.append(PlateContact(load.plate.number, side, *times, clean=not why_not, why_not=why_not))
    return contacts


def _wrong_units(walker: Walker, load: PlateLoad, feet: list[_OnPlate], *, loaded: bool) -> str:
    """A plate that shows what nobody presses, or nothing while a whole foot stands on it; empty if it does neither."""
    known_n = load.upward_n[np.isfinite(load.upward_n)]
    if not len(known_n):
        return f"{UNUSABLE}: a channel of it holds no numbers"
    top_n = float(np.percentile(np.abs(known_n), 99))
    if top_n > MOST_N:
        return f"{UNUSABLE}: it shows {top_n / 1000:.0f} kN, which nobody presses: its units are wrong"
    stood_s = (
        max(float((foot.standing_over & (foot.beyond_m < 0)).sum()) / walker.rate_hz for foot in feet) if feet else 0
    )
    if loaded or stood_s < LEAST_STOOD_S:
        return ""
    return (
        f"{UNUSABLE}: feet stand on it for {stood_s:.1f} s and it never carries more than {top_n:.2g} N: "
        "not recorded, elsewhere than the file says, or in other units"
    )


def _on_plate(walker: Walker, load: PlateLoad, outline: FootOutline) -> _OnPlate:
    frames = np.arange(walker.frames)
    distance_m, _ = outline.place_of(centre_of_pressure_m(load, load.samples_of(frames, walker.rate_hz)), frames)
    frame = plate_frame(load.plate.corners_m)
    assert frame is not None  # plate_forces refuses such a plate
    over = np.zeros(walker.frames, bool)
    standing, standing_over = over.copy(), over.copy()
    beyond_m = np.full(walker.frames, -np.inf)
    points = ((outline.heel_m, outline.heel_still), (outline.forefoot_m, outline.forefoot_still))
    for point_m, still in (*points, (outline.tip_m, outline.forefoot_still)):
        local_m = (point_m - frame.centre_m) @ frame.axes
        low = (frame.up * local_m[:, 2] < FLOOR_M) & (frame.up * local_m[:, 2] > -FLOOR_M)
        outside_m = (np.abs(local_m[:, :2]) - frame.half_sizes_m).max(axis=1)
        over |= low & (outside_m < _OVER_M)
        standing |= low & still
        standing_over |= low & still & (outside_m < -EDGE_M)
        beyond_m = np.where(low & still, np.maximum(beyond_m, outside_m), beyond_m)
    lowest_m = min(plate.corners_m[:, 2].mean() for plate in walker.recording.force_plates if plate.usable)
    if frame.centre_m[2] - lowest_m > _STEP_M:
        beyond_m = np.full(walker.frames, -np.inf)
    return _OnPlate(outline, distance_m, over, standing, standing_over, beyond_m)


def centre_of_pressure_m(load: PlateLoad, samples: np.ndarray) -> np.ndarray:
    """Centre of pressure on the plate's surface at some samples, (n, 3); NaN where the plate is not loaded."""
    force_n = load.force_n[samples]
    moment_nm = load.moment_nm[samples] - np.cross(load.centre_m, force_n)
    normal_n = force_n @ load.normal
    normal_n = np.where(normal_n >= load.threshold_n, normal_n, np.nan)
    return load.centre_m + np.cross(load.normal, moment_nm) / normal_n[:, None]


def _verdict(walker: Walker, feet: list[_OnPlate], within: np.ndarray, well: np.ndarray) -> tuple[Side | None, str]:
    """Whose contact it is, and why it is not clean; `within` are its frames, `well` those with a trusted place."""
    if not len(well):
        return None, f"{UNSEEN}: it is too short or too light"
    seen = [
        foot
        for foot in feet
        if min(_share(foot.outline.seen[within]), _share(np.isfinite(foot.distance_m[well]))) > _SEEN_SHARE
    ]
    if not seen:
        return None, UNSEEN
    far = [_far(foot, well) for foot in seen]
    foot = seen[int(np.argmin(far))]
    intruders = [
        other
        for other in seen
        if other is not foot and other.standing_over[within].sum() > _LONGEST_INTRUSION_S * walker.rate_hz
    ]
    if intruders and foot.standing_over[within].any():
        return None, BOTH_FEET
    if min(far) > MOST_ELSEWHERE:
        return _not_under(foot, seen, within, well, min(far))
    aided = is_aided(walker)
    middle_m = float(np.nanmedian(foot.distance_m[well]))
    if middle_m > (MIDDLE_NEAR_FOOT_AIDED if aided else MIDDLE_NEAR_FOOT) * foot.outline.length_m:
        return foot.outline.side, f"{CANE}: the centre of pressure is drawn {100 * middle_m:.0f} cm off the foot's line"
    if len(seen) < 2 and not _other_is_elsewhere(feet, foot, within):
        return foot.outline.side, f"{UNSEEN}: the other foot is not seen"
    if timing := _timing(walker, foot, within):
        return foot.outline.side, timing
    beyond_m = foot.beyond_m[within][np.isfinite(foot.beyond_m[within])]
    if len(beyond_m) and (reach_m := float(np.percentile(beyond_m, 90))) > EDGE_M:
        return foot.outline.side, f"{EDGE}: the foot reaches {100 * reach_m:.0f} cm beyond the plate"
    return foot.outline.side, ""


def _share(mask: np.ndarray) -> float:
    return float(mask.mean())


def _far(foot: _OnPlate, well: np.ndarray) -> float:
    """Share of the frames with a known place in which it is away from a foot."""
    distance_m = foot.distance_m[well]
    return _share(distance_m[np.isfinite(distance_m)] > NEAR_FOOT * foot.outline.length_m)


def _not_under(
    foot: _OnPlate, seen: list[_OnPlate], within: np.ndarray, well: np.ndarray, far: float
) -> tuple[Side | None, str]:
    """The centre of pressure leaves every foot: what that means."""
    over = _share(foot.over[within])
    if over < 0.1 and len(seen) < 2:
        return None, UNSEEN
    if over < 0.1:
        return None, f"{CANE}: no foot is over it"
    distance_m = foot.distance_m[well]
    if far > 0.9 and float(np.nanstd(distance_m)) < _STEADY_M:
        away_cm = 100 * float(np.nanmedian(distance_m))
        return None, f"shifted: the centre of pressure stays {away_cm:.0f} cm from the foot, or {CANE}"
    side = foot.outline.side if far < 0.5 else None
    return side, f"{CANE}: the centre of pressure is off the foot for {100 * far:.0f} % of the contact"


def _other_is_elsewhere(feet: list[_OnPlate], foot: _OnPlate, within: np.ndarray) -> bool:
    """Whether the other foot, seen in part, is known to be off the plate: never, if it is not seen at all."""
    others = [other for other in feet if other is not foot]
    return bool(others) and bool(others[0].outline.seen[within].mean() > 0.5)


def _timing(walker: Walker, foot: _OnPlate, within: np.ndarray) -> str:
    """Force before the foot has come down or after it has gone, or both shifted in time; empty if neither."""
    reach = round(_LONGEST_LAG_S * walker.rate_hz)
    low, high = max(0, within[0] - reach), min(walker.frames, within[-1] + 1 + reach)
    joined = _joined_runs(foot.standing[low:high], LONGEST_STIR_S * walker.rate_hz)
    spans = [(low + a, low + b) for a, b in joined]
    middle = [span for span in spans if span[0] <= within[-1] and span[1] > within[0]]
    if not middle:
        return f"{CANE}: the foot never stands"
    landed = max(middle, key=lambda span: min(span[1], within[-1] + 1) - max(span[0], within[0]))
    late_s = (landed[0] - within[0]) / walker.rate_hz
    stays_s = (landed[1] - 1 - within[-1]) / walker.rate_hz
    if abs(late_s + stays_s) / 2 > LATEST_LANDING_S and late_s * stays_s > 0 and min(abs(late_s), abs(stays_s)) > 0.04:
        sooner = "before" if late_s > 0 else "after"
        lag_ms = 500 * abs(late_s + stays_s)
        return f"out of step: the force comes about {lag_ms:.0f} ms {sooner} the foot"
    if late_s > LATEST_LANDING_S:
        return f"{CANE}: the force begins {1000 * late_s:.0f} ms before the foot stands"
    if stays_s < -2 * LATEST_LANDING_S:
        return f"{CANE}: the force ends {-1000 * stays_s:.0f} ms after the foot has gone"
    return ""


def _across_plates(contacts: list[PlateContact]) -> list[PlateContact]:
    """Contacts of one foot with two plates at once are edges of both."""
    found = []
    for contact in contacts:
        partners = [
            other
            for other in contacts
            if other.plate != contact.plate
            and other.side == contact.side is not None
            and _overlap_s(contact, other) > 0.02
        ]
        if partners and (contact.clean or contact.why_not.startswith(EDGE)):
            why_not = f"{EDGE}: the foot stands on plates {contact.plate} and {partners[0].plate}"
            contact = replace(contact, clean=False, why_not=why_not)
        found.append(contact)
    return found


def _overlap_s(one: PlateContact, other: PlateContact) -> float:
    """For how long both are loaded; an end that is not known is the recording's."""
    starts = [np.nan_to_num(contact.start_s, nan=-np.inf) for contact in (one, other)]
    stops = [np.nan_to_num(contact.stop_s, nan=np.inf) for contact in (one, other)]
    return float(min(stops) - max(starts))
