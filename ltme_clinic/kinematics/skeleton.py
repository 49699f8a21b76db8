"""A person's body as rigid segments: how long, how wide, and where on each segment every landmark lies.

Each segment has its own frame: x forward, y to the person's left, z up when standing straight, origin at the joint
nearer the pelvis (the pelvis: midway between the hip joint centres; the trunk: the lumbosacral joint).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np

from ltme_clinic.body import SIDES, SLOTS
from ltme_clinic.types import LtmeError

SEGMENTS: tuple[str, ...] = (
    "pelvis",
    "trunk",
    "head",
    *(f"{side}_{name}" for side in SIDES for name in ("thigh", "shank", "foot", "upper_arm", "forearm", "hand")),
)
"""The rigid segments, in the order forward kinematics builds them."""

MARKER_RADIUS_M = 0.007


@dataclass(frozen=True)
class Skeleton:
    """Segment lengths of one person, metres. Left and right are equal."""

    height_m: float
    pelvis_width_m: float
    """Between the anterior superior iliac spines."""
    pelvis_depth_m: float
    """From the middle of the anterior to the middle of the posterior iliac spines."""
    pelvis_height_m: float
    """From the hip joint centres up to the lumbosacral joint."""
    thigh_m: float
    shank_m: float
    foot_m: float
    """Heel to toe tip."""
    ankle_height_m: float
    """Ankle joint centre above the sole."""
    trunk_m: float
    """Lumbosacral joint to the seventh cervical vertebra."""
    head_m: float
    """Seventh cervical vertebra to the vertex."""
    shoulder_height_m: float
    """Lumbosacral joint up to the level of the shoulder joint centres, in the upright trunk."""
    shoulder_width_m: float
    """Between the shoulder joint centres."""
    upper_arm_m: float
    forearm_m: float
    hand_m: float
    """Wrist joint centre to the third metacarpal head."""
    knee_width_m: float
    ankle_width_m: float

    def __post_init__(self) -> None:
        for field in fields(self):
            length_m = getattr(self, field.name)
            if not (np.isfinite(length_m) and length_m > 0):
                raise LtmeError("skeleton", f"{field.name} is {length_m}", "Give every length in metres, above 0")

    @classmethod
    def from_height(
        cls, height_m: float, *, leg_ratio: float = 1.0, width_scale: float = 1.0, foot_ratio: float = 1.0
    ) -> Skeleton:
        """Mean proportions for a standing height.

        Limb lengths are de Leva's (1996, mean man, share of height: thigh .2425, shank .2493, foot .148, upper arm
        .1618, forearm .1545, hand .0495); ankle height and shoulder width are Winter's (2009: .039, .259 between the
        acromia). A longer leg takes its length from the trunk, so the height stays.

        Parameters
        ----------
        height_m
            Standing height, 0.5 to 2.5.
        leg_ratio
            Thigh and shank as a multiple of the mean proportion (between-person SD about .03).
        width_scale
            Pelvis, shoulder, knee and ankle widths as a multiple of the mean proportion.
        foot_ratio
            Foot length as a multiple of the mean proportion.
        """
        if not 0.5 <= height_m <= 2.5:
            raise LtmeError("skeleton", f"a height of {height_m} m is not a person's", "Give 0.5 to 2.5 metres")
        leg_gain_m = (leg_ratio - 1.0) * (0.2425 + 0.2493) * height_m
        return cls(
            height_m=height_m,
            pelvis_width_m=0.137 * height_m * width_scale,
            pelvis_depth_m=0.085 * height_m * width_scale,
            pelvis_height_m=0.056 * height_m,
            thigh_m=0.2425 * height_m * leg_ratio,
            shank_m=0.2493 * height_m * leg_ratio,
            foot_m=0.148 * height_m * foot_ratio,
            ankle_height_m=0.039 * height_m,
            trunk_m=0.245 * height_m - leg_gain_m,
            head_m=0.168 * height_m,
            shoulder_height_m=0.90 * (0.245 * height_m - leg_gain_m),
            shoulder_width_m=0.210 * height_m * width_scale,
            upper_arm_m=0.1618 * height_m,
            forearm_m=0.1545 * height_m,
            hand_m=0.0495 * height_m,
            knee_width_m=0.058 * height_m * width_scale,
            ankle_width_m=0.040 * height_m * width_scale,
        )

    @classmethod
    def from_proportions(cls, height_m: float, shares: Mapping[str, float]) -> Skeleton:
        """A person's own proportions, as `norms.bodies.BodyShape` gives them; the parts add up to the height exactly.

        Parameters
        ----------
        height_m
            Standing height, 0.5 to 2.5.
        shares
            As shares of the height: leg (anterior iliac spine to ankle), ankle_height, foot, upper_arm, forearm,
            shoulder_width, shoulder_height, pelvis_width, pelvis_depth, knee_width, ankle_width, neck_height; and
            thigh_to_shank, the ratio of these two. Pelvis height and hand keep the mean proportion (`from_height`);
            what is left between leg and neck is the trunk, and above the neck the head.
        """
        mean = cls.from_height(height_m)
        length_m = {name: share * height_m for name, share in shares.items() if name != "thigh_to_shank"}
        widths = {
            f"{name}_m": length_m[name]
            for name in ("pelvis_width", "pelvis_depth", "shoulder_width", "knee_width", "ankle_width")
        }
        # the anterior iliac spines lie above the hips by what the width of this pelvis asks for
        leg_m = length_m["leg"] - replace(mean, **widths).asis_height_m
        shank_m = leg_m / (1.0 + shares["thigh_to_shank"])
        lumbar_m = length_m["ankle_height"] + leg_m + mean.pelvis_height_m
        return replace(
            mean,
            **widths,
            thigh_m=leg_m - shank_m,
            shank_m=shank_m,
            foot_m=length_m["foot"],
            ankle_height_m=length_m["ankle_height"],
            trunk_m=length_m["neck_height"] - lumbar_m,
            head_m=height_m - length_m["neck_height"],
            shoulder_height_m=length_m["shoulder_height"] - lumbar_m,
            upper_arm_m=length_m["upper_arm"],
            forearm_m=length_m["forearm"],
        )

    @property
    def leg_length_m(self) -> float:
        """Anterior iliac spine to ankle, standing: the clinic's leg length, used for dimensionless speed."""
        return self.thigh_m + self.shank_m + self.asis_height_m

    @property
    def hip_half_width_m(self) -> float:
        """Hip joint centre to the midline (Harrington 2007)."""
        return 0.28 * self.pelvis_depth_m + 0.16 * self.pelvis_width_m + 0.0079

    @property
    def asis_forward_m(self) -> float:
        """Anterior iliac spines ahead of the hip joint centres: midway between what two regressions say.

        Harrington 2007 (magnetic resonance) and Davis 1991 (the Conventional Gait Model's) differ by some 15 mm. Hips
        at Davis's place make published hip angles agree with the geometry of feet that stand still; hips at
        Harrington's are what images show.
        """
        harrington_m = 0.24 * self.pelvis_depth_m + 0.0099
        along_m, trochanter_m = 0.115 * self.leg_length_m - 0.0153, 0.1288 * self.leg_length_m - 0.04856
        behind_m = (trochanter_m + MARKER_RADIUS_M) * np.cos(0.314) - along_m * np.cos(0.5) * np.sin(0.314)
        return 0.5 * (harrington_m + float(behind_m) - MARKER_RADIUS_M)

    @property
    def asis_height_m(self) -> float:
        """Anterior iliac spines above the hip joint centres (Harrington 2007, leg length by its mean proportion)."""
        return 0.16 * self.pelvis_width_m + 0.04 * 0.534 * self.height_m + 0.0071

    def reach_m(self, knee_flexion_deg: float) -> float:
        """From the hip joint centre to the ankle's with the knee bent so far."""
        cos = np.cos(np.radians(knee_flexion_deg))
        return float(np.sqrt(self.thigh_m**2 + self.shank_m**2 + 2.0 * self.thigh_m * self.shank_m * cos))

    @property
    def standing_hip_height_m(self) -> float:
        """Hip joint centres above the floor with straight legs and flat feet."""
        return self.thigh_m + self.shank_m + self.ankle_height_m

    @property
    def heel_m(self) -> np.ndarray:
        """The sole under the heel in the foot's frame, (3,)."""
        return np.array([-0.24 * self.foot_m, 0.0, -self.ankle_height_m])

    @property
    def ball_m(self) -> np.ndarray:
        """The sole under the metatarsal heads in the foot's frame, (3,)."""
        return np.array([0.46 * self.foot_m, 0.0, -self.ankle_height_m])


Placement = tuple[str, tuple[float, float, float]]


@lru_cache(maxsize=64)
def landmark_placements(skeleton: Skeleton) -> tuple[tuple[str, ...], np.ndarray]:
    """Which segment carries each of `body.SLOTS`, and where on it.

    Returns
    -------
    segments
        One of `SEGMENTS` for each slot.
    local_m
        (slot, 3) in the segment's frame; skin markers lie one marker radius outside the bone.
    """
    places = _midline(skeleton)
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        for name, (segment, (x, y, z)) in (_leg(skeleton) | _arm_and_head(skeleton)).items():
            sided = segment if segment in SEGMENTS else f"{side}_{segment}"
            places[f"{side}_{name}"] = (sided, (x, sign * y, z))
    local_m = np.array([places[slot][1] for slot in SLOTS])
    local_m.setflags(write=False)
    return tuple(places[slot][0] for slot in SLOTS), local_m


def _midline(s: Skeleton) -> dict[str, Placement]:
    h = s.height_m
    return {
        "c7": ("trunk", (-0.025 * h, 0.0, s.trunk_m)),
        "t10": ("trunk", (-0.045 * h, 0.0, s.trunk_m - 0.140 * h)),
        # the notch above the breastbone: 5 hundredths of the height below the vertebra (ANSUR II 2012)
        "clavicle": ("trunk", (0.052 * h, 0.0, s.trunk_m - 0.048 * h)),
        "sternum": ("trunk", (0.076 * h, 0.0, s.trunk_m - 0.144 * h)),
        "sacrum": ("pelvis", (s.asis_forward_m - s.pelvis_depth_m - MARKER_RADIUS_M, 0.0, s.asis_height_m)),
    }


def _leg(s: Skeleton) -> dict[str, Placement]:
    knee_m = s.knee_width_m / 2 + MARKER_RADIUS_M
    ankle_m = s.ankle_width_m / 2 + MARKER_RADIUS_M
    forefoot_m = 0.17 * s.foot_m  # half the width of the forefoot
    # heel and toe markers share this height, as the flat foot option assumes
    dorsum_m = 0.022 * s.height_m - s.ankle_height_m
    asis = (s.asis_forward_m + MARKER_RADIUS_M, s.pelvis_width_m / 2, s.asis_height_m)
    psis = (s.asis_forward_m - s.pelvis_depth_m - MARKER_RADIUS_M, 0.027 * s.height_m, s.asis_height_m)
    return {
        "asis": ("pelvis", asis),
        "psis": ("pelvis", psis),
        "thigh": ("thigh", (0.01 * s.height_m, 0.052 * s.height_m, -0.63 * s.thigh_m)),
        "knee": ("thigh", (0.0, knee_m, -s.thigh_m)),
        "knee_medial": ("thigh", (0.0, -knee_m, -s.thigh_m)),
        "shank": ("shank", (0.0, 0.043 * s.height_m, -0.58 * s.shank_m)),
        "ankle": ("shank", (0.0, ankle_m, -s.shank_m)),
        "ankle_medial": ("shank", (0.0, -ankle_m, -s.shank_m)),
        "heel": ("foot", (-0.25 * s.foot_m - MARKER_RADIUS_M, 0.0, dorsum_m)),
        "toe": ("foot", (0.48 * s.foot_m, 0.0, dorsum_m)),
        "metatarsal_1": ("foot", (0.48 * s.foot_m, -forefoot_m, dorsum_m)),
        "metatarsal_5": ("foot", (0.38 * s.foot_m, forefoot_m, 0.6 * dorsum_m - 0.4 * s.ankle_height_m)),
        "hip_centre": ("pelvis", (0.0, s.hip_half_width_m, 0.0)),
        "knee_centre": ("thigh", (0.0, 0.0, -s.thigh_m)),
        "ankle_centre": ("shank", (0.0, 0.0, -s.shank_m)),
    }


def _arm_and_head(s: Skeleton) -> dict[str, Placement]:
    wrist_m = 0.0225 * s.height_m
    h = s.height_m
    return {
        "head_front": ("head", (0.073 * h, 0.037 * h, 0.60 * s.head_m)),
        "head_back": ("head", (-0.032 * h, 0.043 * h, 0.58 * s.head_m)),
        # the acromion, above the joint's middle by about 1 hundredth of the height and the marker
        "shoulder": ("trunk", (0.0, s.shoulder_width_m / 2, s.shoulder_height_m + 0.012 * h + MARKER_RADIUS_M)),
        "elbow": ("upper_arm", (0.0, 0.022 * h, -s.upper_arm_m)),
        # the forearm hangs midway between palm in and palm back, so the thumb points forward
        "wrist_thumb": ("forearm", (wrist_m, 0.0, -s.forearm_m)),
        "wrist_little": ("forearm", (-wrist_m, 0.0, -s.forearm_m)),
        "finger": ("hand", (0.0, 0.010 * h, -s.hand_m)),
    }


def shoulder_centre_m(skeleton: Skeleton, sign: float) -> np.ndarray:
    """The shoulder joint centre in the trunk's frame, (3,); sign +1 left, -1 right."""
    return np.array([0.0, sign * skeleton.shoulder_width_m / 2, skeleton.shoulder_height_m])
