"""All physical markers of a marker set on a virtual body: those of the slots, and clusters, wands and landmarks beside.

A marker set's `also` names labels that stand for no slot of the body. Those of them that somebody sticks on skin are
placed here by what they are called after; joints and points that software calculates are not.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics import BodyMotion, Skeleton
from ltme_clinic.kinematics.skeleton import SEGMENTS
from ltme_clinic.marker_sets import MarkerSet, marker_sets, normalised_label
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab.markers import ACROSS_SKIN, CameraSystem, skin_motion_m
from ltme_clinic.virtual_lab.patient import PERSON, VISIT, VirtualPatient

_COAT = 20
"""Stream of random numbers of these markers, of a person and of a visit; one stream a label follows it."""

Spot = tuple[str, float, float, float]
"""Segment; share of its length from the joint nearer the pelvis (the foot: from heel to toe; the pelvis: from the hip
joints up to the iliac spines); then forward and outwards, of the foot upwards and outwards, in shares of the height."""

_SPOTS: dict[str, Spot] = {
    # trunk and head; vertebrae by their share of the way from the lumbosacral joint to C7
    "T2 TV2": ("trunk", 0.93, -0.036, 0.0),
    "T6 TV5": ("trunk", 0.66, -0.046, 0.0),
    "TV7": ("trunk", 0.56, -0.046, 0.0),
    "T12": ("trunk", 0.30, -0.040, 0.0),
    "LV1": ("trunk", 0.24, -0.038, 0.0),
    "LV3 BBAC": ("trunk", 0.13, -0.036, 0.0),
    "LV5": ("trunk", 0.02, -0.038, 0.0),
    "MAI": ("trunk", 0.62, -0.046, 0.0),
    "RBAK RBAC": ("trunk", 0.62, -0.042, -0.045),
    "NAVE": ("trunk", 0.12, 0.066, 0.0),
    "SCAPULA SCAP": ("trunk", 0.62, -0.050, 0.052),
    "SIA": ("trunk", 0.54, -0.050, 0.048),
    "SRS": ("trunk", 0.82, -0.048, 0.045),
    "CLAVICLE": ("trunk", 0.82, 0.045, 0.030),
    "TOPHEAD THEAD ARIEL": ("head", 1.00, 0.020, 0.0),
    "FRONTHEAD FHEAD": ("head", 0.66, 0.075, 0.0),
    "REARHEAD": ("head", 0.62, -0.050, 0.0),
    "TEMP": ("head", 0.60, 0.030, 0.045),
    "HEAD": ("head", 0.78, 0.005, 0.044),
    # pelvis
    "MWT ILIACCREST": ("pelvis", 1.25, 0.010, 0.082),
    "GTR GTRO GT FTC": ("thigh", 0.02, 0.0, 0.058),
    # thigh
    "TH1 THAP FTHI": ("thigh", 0.35, 0.046, 0.020),
    "TH2": ("thigh", 0.40, 0.016, 0.054),
    "TH3": ("thigh", 0.58, 0.040, 0.020),
    "TH4": ("thigh", 0.62, 0.012, 0.047),
    "THAD": ("thigh", 0.72, 0.042, 0.008),
    "THLD": ("thigh", 0.75, 0.010, 0.040),
    "PAT": ("thigh", 0.99, 0.036, 0.0),
    # shank
    "HFB HF FAX KNEE2": ("shank", 0.06, -0.010, 0.030),
    "TUB TTC TT": ("shank", 0.09, 0.032, 0.0),
    "SHN ATI": ("shank", 0.55, 0.026, 0.0),
    "TIAP": ("shank", 0.25, 0.030, 0.004),
    "TIAD": ("shank", 0.72, 0.024, 0.002),
    "SK1 SH1 TB1": ("shank", 0.35, 0.026, 0.018),
    "SK2 SH2 TB2": ("shank", 0.38, 0.002, 0.036),
    "SK3 SH3 TB3": ("shank", 0.55, 0.022, 0.016),
    "SK4 SH4 TB4": ("shank", 0.58, 0.002, 0.033),
    # foot
    "CPG": ("foot", -0.08, 0.030, 0.0),
    "PCA": ("foot", -0.02, 0.036, 0.0),
    "LCA CAP": ("foot", 0.06, 0.016, 0.020),
    "STL FST": ("foot", 0.16, 0.020, -0.020),
    "FPT": ("foot", 0.20, 0.018, 0.021),
    "NAV FNT": ("foot", 0.33, 0.028, -0.020),
    "P1M FMT": ("foot", 0.47, 0.026, -0.018),
    "P5M FM5": ("foot", 0.37, 0.013, 0.026),
    "TPF": ("foot", 0.66, 0.024, 0.0),
    "FM3": ("foot", 0.70, 0.022, 0.0),
    "HLX PM6 PM": ("foot", 0.80, 0.021, -0.012),
    # arm; the thumb of a hanging forearm points forward
    "UPA UA UA1": ("upper_arm", 0.50, 0.0, 0.030),
    "UA2": ("upper_arm", 0.42, 0.014, 0.028),
    "UA3": ("upper_arm", 0.58, 0.014, 0.026),
    "HGT": ("upper_arm", 0.06, 0.006, 0.028),
    "DELT": ("upper_arm", 0.28, 0.0, 0.034),
    "HME IEL MEE MEL": ("upper_arm", 1.00, 0.0, -0.022),
    "FRM": ("forearm", 0.50, 0.0, 0.024),
    "FASUPERIOR": ("forearm", 0.25, 0.0, 0.026),
    "HM5": ("hand", 0.90, -0.016, 0.008),
}
"""From the sets' own placement guides (Plug-in Gait; Oxford Foot Model, Stebbins 2006; CGM2, Leboeuf 2019; Leardini
2007; van Sint Jan 2007) as anatomy says it; the shares are read off the mean skeleton's landmarks, to about 1 cm."""
_OF_ONE_SET = {("bts-davis", "THIGH"): "GTR"}
"""Names that mean something else in one set: the Davis protocol's "thigh" is the trochanter."""
_BY_NAME: Mapping[str, Spot] = {name: spot for names, spot in _SPOTS.items() for name in names.split()}

_SETS = frozenset(
    (
        *("ariel-53", "bts-davis", "calibrated-anatomical", "cgm2", "cgm2-clusters", "cmu-41", "cortex", "hbm2"),
        *("helen-hayes-modified", "isb-landmarks", "opensim-fullbody-2009", "opensim-rajagopal", "optitrack-biomech"),
        *("oxford-foot", "plug-in-gait-full-body", "qualisys-cast", "rizzoli-lower-body", "rris-40"),
    )
)
"""Sets whose `also` are markers on skin; in the others they are joints of a skeleton, or named in no guide."""
_PLATE = re.compile(r"(?:TH|SK|SH|TB|UA)(?=\d)")
"""Markers of these names and a number stand on one plate, which is placed, and moves, as a whole."""
_SKIN_LIKE = {
    "pelvis": "asis",
    "thigh": "thigh",
    "shank": "shank",
    "foot": "heel",
    "upper_arm": "elbow",
    "forearm": "elbow",
    "hand": "wrist_thumb",
}
"""The slot whose skin moves as much, and with the same joints; trunk and head: T10's and the head's."""


_ORIGINS = {"pelvis": "pelvis", "trunk": "lumbar", "head": "neck"} | {
    f"{side}_{segment}": f"{side}_{joint}"
    for side in SIDES
    for segment, joint in {
        "thigh": "hip",
        "shank": "knee",
        "foot": "ankle",
        "upper_arm": "shoulder",
        "forearm": "elbow",
        "hand": "wrist",
    }.items()
}
"""The joint centre in which each segment's frame has its origin (`kinematics.skeleton`)."""


@dataclass(frozen=True, eq=False)
class MarkerCoat:
    """Markers beside the slots, each on its segment."""

    labels: tuple[str, ...]
    segments: tuple[str, ...]
    local_m: np.ndarray  # (marker, 3) in the segment's frame


def marker_coat(marker_set: MarkerSet | str, skeleton: Skeleton) -> MarkerCoat:
    """The physical markers of a set that stand for no slot, on a mean body of these lengths.

    Parameters
    ----------
    marker_set : a set or its name
    skeleton : of the person

    Raises
    ------
    LtmeError
        An unknown name.
    """
    named = _named(marker_set)
    placed = [(label, *spot) for label in named.also if (spot := _spot(named, label, skeleton)) is not None]
    local_m = np.array([local for _, _, local in placed]).reshape(-1, 3)
    local_m.setflags(write=False)
    return MarkerCoat(tuple(label for label, _, _ in placed), tuple(segment for _, segment, _ in placed), local_m)


def coat_positions(
    patient: VirtualPatient,
    visit: int,
    motion: BodyMotion,
    coat: MarkerCoat,
    cameras: CameraSystem,
    angles_deg: Mapping[str, np.ndarray | float] | None = None,
) -> np.ndarray:
    """(frame, marker, 3) laboratory metres: rigid on their segments, but for placement error and the skin's motion.

    A label has the same error whatever else is worn. Camera noise is not added here.

    Parameters
    ----------
    visit : each visit places markers anew
    angles_deg : the joints that the skin follows, as `markers.skin_motion_m`; None leaves the skin at rest
    """
    positions_m = np.empty((motion.frames, len(coat.labels), 3))
    skin_m = skin_motion_m(patient, angles_deg) if angles_deg is not None and cameras.soft_tissue > 0 else None
    for index, (label, segment) in enumerate(zip(coat.labels, coat.segments, strict=True)):
        local_m = coat.local_m[index]
        placed_m = local_m + cameras.placement_sd_m * _misplaced(patient.rng(VISIT, visit, _COAT, _key(label)), local_m)
        moved_m = np.broadcast_to(placed_m, (motion.frames, 3))
        if skin_m is not None:
            turn = _turn(patient.rng(PERSON, _COAT, _key(label)))
            moved_m = placed_m + cameras.soft_tissue * skin_m[:, SLOT_INDEX[_skin_slot(segment)]] @ turn.T
        rotation = motion.rotations[segment]
        positions_m[:, index] = motion.joint_centres[_ORIGINS[segment]] + (rotation @ moved_m[..., None])[..., 0]
    return positions_m


def _named(marker_set: MarkerSet | str) -> MarkerSet:
    if isinstance(marker_set, MarkerSet):
        return marker_set
    sets = marker_sets()
    if marker_set not in sets:
        raise LtmeError("marker set", f"'{marker_set}' is not known", f"Use one of {', '.join(sets)}")
    return sets[marker_set]


def _spot(marker_set: MarkerSet, label: str, skeleton: Skeleton) -> tuple[str, np.ndarray] | None:
    """A label's segment, and its place there; None for what is no marker on skin."""
    name = normalised_label(label)
    if marker_set.name not in _SETS:
        return None
    is_sided = _twin(label) != label and _twin(label) in marker_set.also
    if not is_sided:
        return _local(_BY_NAME[name], None, skeleton) if name in _BY_NAME else None
    bare = _OF_ONE_SET.get((marker_set.name, name[1:]), name[1:])
    return _local(_BY_NAME[bare], SIDES[name[0] == "R"], skeleton) if bare in _BY_NAME else None


def _twin(label: str) -> str:
    """The label of the other side, for one that begins with its side's letter; itself for others."""
    return {"L": "R", "R": "L", "l": "r", "r": "l"}.get(label[:1], label[:1]) + label[1:]


def _local(spot: Spot, side: str | None, skeleton: Skeleton) -> tuple[str, np.ndarray]:
    segment, along, first, outward = spot
    height_m, sign = skeleton.height_m, -1.0 if side == "right" else 1.0
    across_m = sign * outward * height_m
    if segment == "foot":
        ahead_m = (along - 0.25) * skeleton.foot_m  # the ankle's centre is a quarter of the foot ahead of the heel
        local = np.array([ahead_m, across_m, first * height_m - skeleton.ankle_height_m])
    else:
        length_m = {
            "pelvis": skeleton.asis_height_m,
            "trunk": skeleton.trunk_m,
            "head": skeleton.head_m,
            "thigh": -skeleton.thigh_m,
            "shank": -skeleton.shank_m,
            "upper_arm": -skeleton.upper_arm_m,
            "forearm": -skeleton.forearm_m,
            "hand": -skeleton.hand_m,
        }[segment]
        local = np.array([first * height_m, across_m, along * length_m])
    return segment if segment in SEGMENTS else f"{side}_{segment}", local


def _skin_slot(segment: str) -> str:
    side = next((side for side in SIDES if segment.startswith(side)), None)
    if side is None:
        return {"pelvis": "sacrum", "trunk": "t10", "head": "left_head_front"}[segment]
    return f"{side}_{_SKIN_LIKE[segment.removeprefix(f'{side}_')]}"


def _key(label: str) -> int:
    """A number that is the label's own; the same for all markers of one plate."""
    name = normalised_label(label)
    on_plate = _PLATE.search(name)
    return zlib.crc32((name[: on_plate.end()] if on_plate else name).encode())


def _misplaced(rng: np.random.Generator, local_m: np.ndarray) -> np.ndarray:
    """(3,) error of 1 SD along the skin in each direction, less across it; the skin faces away from the bone."""
    drawn = np.clip(rng.standard_normal(3), -3.0, 3.0)
    outwards = np.array([local_m[0], local_m[1], 0.0])
    size = np.linalg.norm(outwards)
    if size < 1e-6:
        return drawn
    outwards /= size
    error: np.ndarray = drawn - (1.0 - ACROSS_SKIN) * (drawn @ outwards) * outwards
    return error


def _turn(rng: np.random.Generator) -> np.ndarray:
    """A rotation of a marker's own, so that skin moves each marker its own way, for life."""
    turned, triangular = np.linalg.qr(rng.standard_normal((3, 3)))
    turned *= np.sign(np.diag(triangular))
    return turned if np.linalg.det(turned) > 0 else -turned
