"""A body's measures and the offsets that a gait model needs: typed by the laboratory, stored, or from a static."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class LegMeasures:
    """One leg's; None where unknown. A stored 0 is kept only where 0 is a value (the offsets), never as a length."""

    leg_length_m: float | None = None
    """Anterior superior iliac spine to medial malleolus."""
    knee_width_m: float | None = None
    ankle_width_m: float | None = None
    asis_trochanter_m: float | None = None
    """ASIS to greater trochanter along the leg, as Davis 1991; None: from the leg length."""
    thigh_rotation_rad: float | None = None
    """Thigh marker against the knee axis, as PROCESSING:LThighRotation stores it."""
    shank_rotation_rad: float | None = None
    """Shank marker against the ankle axis, as PROCESSING:LShankRotation stores it."""
    tibial_torsion_rad: float | None = None
    plantar_flexion_rad: float | None = None
    """Static plantar flexion offset of the foot (LStaticPlantFlex)."""
    foot_rotation_rad: float | None = None
    """Static rotation offset of the foot (LStaticRotOff)."""
    sole_delta_m: float | None = None


@dataclass(frozen=True)
class ArmMeasures:
    """One arm's; None where unknown."""

    shoulder_offset_m: float | None = None
    elbow_width_m: float | None = None
    wrist_width_m: float | None = None
    hand_thickness_m: float | None = None


@dataclass(frozen=True)
class BodyMeasures:
    """What the Conventional Gait Model wants to know of a body beside its markers."""

    left_leg: LegMeasures = LegMeasures()
    right_leg: LegMeasures = LegMeasures()
    left_arm: ArmMeasures = ArmMeasures()
    right_arm: ArmMeasures = ArmMeasures()
    inter_asis_m: float | None = None
    marker_diameter_m: float | None = None
    """As the file says; files are known to say 10 mm where 14 mm markers were worn."""
    head_offset_rad: float | None = None
    sources: dict[str, str] = field(default_factory=dict)
    """Field ("left_leg.knee_width_m") -> where it came from: "file", "vsk", "static", "entered", "medial marker"."""

    def leg(self, side: str) -> LegMeasures:
        """The measures of the "left" or "right" leg."""
        return self.left_leg if side == "left" else self.right_leg

    def arm(self, side: str) -> ArmMeasures:
        """The measures of the "left" or "right" arm."""
        return self.left_arm if side == "left" else self.right_arm
