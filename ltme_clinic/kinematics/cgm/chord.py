"""The chord function: a joint centre from the joint before it, a lateral marker and a marker on the segment between."""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics.cgm.vectors import cross, dot, length, unit


def chord_centre(
    before_m: np.ndarray, lateral_m: np.ndarray, guide_m: np.ndarray, offset_m: float, guide_angle_rad: float = 0.0
) -> np.ndarray:
    """The joint centre: at `offset_m` from the lateral marker, at a right angle to the segment's long axis.

    The long axis goes from the joint centre to the joint before it. About it, the guide stands at `guide_angle_rad`
    from the lateral marker, turning as the right hand's fingers do when its thumb points up that axis.

    Parameters
    ----------
    before_m, lateral_m, guide_m : (frame, 3)
        The joint centre before (hip for the knee, knee for the ankle), the marker at the joint's lateral side, and the
        marker on the segment between, all in one frame of reference.
    offset_m
        Half of joint width and marker diameter together.
    guide_angle_rad
        0 puts all four into one plane, with the joint centre on the side away from the guide.

    Returns
    -------
    (frame, 3), NaN where a point is missing, where the marker is nearer to the joint before than its offset, and where
    no centre gives that angle.

    Notes
    -----
    The centres with a right angle and the offset lie on a circle about the line from the joint before to the marker
    (Thales). With e that line's direction, d its length, l the long axis's length, u and v across it, the guide at
    (t_e, t_u) in the plane of e and u, and phi the place on the circle from u, the condition on the angle a becomes

        d t_u cos(a) sin(phi) - l t_u sin(a) cos(phi) = -t_e offset sin(a),

    which has a closed solution: no search is needed. For a = 0 it is phi = 180 degrees, the chord of Davis 1991 (Hum
    Mov Sci 10: 575).
    """
    to_marker = lateral_m - before_m
    distance_m = length(to_marker)
    long_m = np.sqrt(distance_m**2 - offset_m**2)  # NaN where the marker is within its own offset
    along = unit(to_marker)
    to_guide = guide_m - before_m
    guide_along_m = dot(to_guide, along)
    across = unit(to_guide - guide_along_m[:, None] * along)
    guide_across_m = dot(to_guide, across)
    sine, cosine = np.sin(guide_angle_rad), np.cos(guide_angle_rad)
    phase = np.arctan2(long_m * sine, distance_m * cosine)
    size = guide_across_m * np.hypot(long_m * sine, distance_m * cosine)
    phi = phase + np.pi + np.arcsin(guide_along_m * offset_m * sine / size)
    radius_m = offset_m * long_m / distance_m
    beside = np.cos(phi)[:, None] * across + np.sin(phi)[:, None] * cross(along, across)
    return before_m + (long_m**2 / distance_m)[:, None] * along + radius_m[:, None] * beside


def guide_angle_rad(
    before_m: np.ndarray, centre_m: np.ndarray, lateral_m: np.ndarray, guide_m: np.ndarray
) -> np.ndarray:
    """The angle from the lateral marker to the guide about the long axis (frame,): what `chord_centre` was given."""
    up = unit(before_m - centre_m)
    first, second = lateral_m - centre_m, guide_m - centre_m
    first = first - dot(first, up)[:, None] * up
    second = second - dot(second, up)[:, None] * up
    return np.arctan2(dot(cross(first, second), up), dot(first, second))
