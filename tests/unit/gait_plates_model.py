"""A walker of straight lines over force plates: every place, force and time can be solved in the head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from force_plates_model import Z_DOWN, Load, Mounting, built_plate

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.pelvis import pelvis_centre, pelvis_markers
from ltme_clinic.types import AnalogSignals, Anthropometry, ForcePlate, Recording

RATE_HZ, PLATE_HZ = 100.0, 1000.0
MASS_KG = 60.0
WEIGHT_N = MASS_KG * 9.80665
STEP_M, STEP_S, STANCE_S = 0.6, 0.5, 0.6
"""Each foot stands 0.6 s and swings 0.4 s; left and right are half a stride apart."""
FOOT_M = 0.19
"""Heel marker to second metatarsal head; the toe tip is reckoned 0.067 m further."""
SIDE_Y_M = {"left": 0.1, "right": -0.1}
FIRST_CONTACT_S = {"left": 0.5, "right": 1.0}
SECONDS = 3.0
HALF_PLATE_M = np.array([0.2, 0.3])


@dataclass(frozen=True)
class Press:
    """Something that presses a plate from when to when, at a place: a foot rolls from heel to toe, a cane stays."""

    start_s: float
    stop_s: float
    first_m: tuple[float, float]
    last_m: tuple[float, float]
    newtons: float = WEIGHT_N


def foot_press(side: str, number: int = 0, *, newtons: float = WEIGHT_N) -> Press:
    """The stance of a foot, its centre of pressure rolling 0.03 to 0.21 m ahead of the heel marker."""
    heel_m = heel_place_m(side, number)
    start_s = FIRST_CONTACT_S[side] + number * 2 * STEP_S
    y_m = SIDE_Y_M[side]
    return Press(start_s, start_s + STANCE_S, (heel_m + 0.03, y_m), (heel_m + 0.21, y_m), newtons)


def heel_place_m(side: str, number: int = 0) -> float:
    """Where a foot's heel stands, along x."""
    return 2 * STEP_M * number + (0.0 if side == "left" else STEP_M)


def load_of(presses: Sequence[Press], body_m: np.ndarray | None = None, seconds: float = SECONDS) -> Load:
    """The sum of some presses as one force at one place; each rises and falls over 50 ms.

    The force points to the body, (frame, 3) at the camera's rate, and straight up where none is given.
    """
    time_s = np.arange(round(seconds * PLATE_HZ)) / PLATE_HZ
    total_n, moved = np.zeros(len(time_s)), np.zeros((len(time_s), 2))
    for press in presses:
        part = (time_s - press.start_s) / (press.stop_s - press.start_s)
        edge = 0.05 / (press.stop_s - press.start_s)
        newtons = press.newtons * np.clip(np.minimum(part, 1.0 - part) / edge, 0.0, 1.0)
        total_n += newtons
        place_m = np.array(press.first_m) + np.clip(part, 0, 1)[:, None] * np.subtract(press.last_m, press.first_m)
        moved += newtons[:, None] * place_m
    place_m = np.divide(moved, total_n[:, None], out=np.zeros_like(moved), where=total_n[:, None] > 0)
    zeros = np.zeros(len(time_s))
    force_n = np.column_stack([zeros, zeros, total_n])
    if body_m is not None:
        frames_s = np.arange(len(body_m)) / RATE_HZ
        body_m = np.column_stack([np.interp(time_s, frames_s, values_m) for values_m in body_m.T])
        force_n[:, :2] = total_n[:, None] * (body_m[:, :2] - place_m) / body_m[:, 2:]
    return Load(force_n, np.column_stack([place_m, zeros]), zeros)


def body_of(positions_m: np.ndarray) -> np.ndarray:
    """The middle of the pelvis, (frame, 3)."""
    names = [f"{side}_{name}" for side in SIDE_Y_M for name in ("asis", "psis")]
    middle_m: np.ndarray = np.mean([positions_m[:, SLOT_INDEX[name]] for name in names], axis=0)
    return middle_m


def plates_with(
    centres_m: Sequence[tuple[float, float]], loads: Sequence[Load], offset_n: float = 0.0
) -> tuple[tuple[ForcePlate, ...], AnalogSignals]:
    """Plates of 0.4 x 0.6 m at some places, one after another among the channels."""
    plates, values = [], []
    for number, (centre_m, load) in enumerate(zip(centres_m, loads, strict=True), 1):
        plate, analogs = built_plate(2, Mounting(Z_DOWN, np.array([*centre_m, 0.0])), load)
        channels = tuple(channel + 8 * (number - 1) for channel in plate.channels)
        plates.append(replace(plate, number=number, channels=channels))
        channel_values = analogs.values.copy()
        channel_values[:, 4] -= offset_n  # Fz, positive downwards in a plate that points down
        values.append(channel_values)
    columns = np.hstack(values)
    labels = tuple(f"A{index}" for index in range(columns.shape[1]))
    return tuple(plates), AnalogSignals(labels, PLATE_HZ, columns, ("V", "V", *[""] * 6) * len(plates))


def feet_of_a_walk(seconds: float = SECONDS) -> np.ndarray:
    """Slots (frame, slot, 3) of a walk along +x: heels and toes that stand and swing, a pelvis that glides."""
    frames = round(seconds * RATE_HZ)
    time_s = np.arange(frames) / RATE_HZ
    positions_m = np.full((frames, len(SLOTS), 3), np.nan)
    for side, y_m in SIDE_Y_M.items():
        strides = (time_s - FIRST_CONTACT_S[side]) / (2 * STEP_S)
        swing = np.clip((strides % 1.0 - STANCE_S) / (1.0 - STANCE_S), 0.0, 1.0)
        x_m = heel_place_m(side) + 2 * STEP_M * (np.floor(strides) + (1 - np.cos(np.pi * swing)) / 2)
        z_m = 0.04 + 0.1 * np.sin(np.pi * swing) ** 2
        for name, ahead_m in (("heel", 0.0), ("toe", FOOT_M), ("ankle", 0.05)):
            positions_m[:, SLOT_INDEX[f"{side}_{name}"]] = np.column_stack(
                [x_m + ahead_m, np.full(frames, y_m), z_m + (0.05 if name == "ankle" else 0.0)]
            )
        for name, x_ahead_m in (("asis", 0.1), ("psis", -0.1)):
            glide_m = STEP_M / STEP_S * (time_s - FIRST_CONTACT_S["left"]) + x_ahead_m
            positions_m[:, SLOT_INDEX[f"{side}_{name}"]] = np.column_stack(
                [glide_m, np.full(frames, y_m), np.full(frames, 0.9)]
            )
    return positions_m


def walker_with(
    positions_m: np.ndarray,
    plates: tuple[ForcePlate, ...],
    analogs: AnalogSignals | None,
    *,
    mass_kg: float | None = MASS_KG,
) -> Walker:
    """A walker heading along +x with these slots and plates."""
    frames = len(positions_m)
    positions_m = positions_m.copy()
    backs = [positions_m[:, SLOT_INDEX[f"{side}_psis"]] for side in SIDE_Y_M]
    positions_m[:, SLOT_INDEX["sacrum"]] = np.mean(backs, axis=0)
    recording = Recording(
        "made-up",
        "virtual",
        "made_up.c3d",
        "",
        RATE_HZ,
        1,
        SLOTS,
        positions_m.copy(),
        analogs=analogs,
        plates=len(plates),
        force_plates=plates,
        anthropometry=Anthropometry(mass_kg=mass_kg),
    )
    pelvis = pelvis_markers(positions_m)
    assert pelvis is not None
    centre_m = pelvis_centre(positions_m, pelvis)
    velocity_m_s = np.gradient(centre_m[:, :2], 1.0 / RATE_HZ, axis=0)
    heading_rad = np.zeros(frames)
    return Walker(recording, positions_m, positions_m, pelvis, centre_m, heading_rad, velocity_m_s, None, 0.85, "file")


def stepping_walker(
    presses: Sequence[Sequence[Press]] | None = None,
    centres_m: Sequence[tuple[float, float]] | None = None,
    *,
    positions_m: np.ndarray | None = None,
    mass_kg: float | None = MASS_KG,
    offset_n: float = 0.0,
) -> Walker:
    """A walk with the left foot's first stance on plate 1 and the right's on plate 2, or as the presses have it."""
    presses = [[foot_press("left")], [foot_press("right")]] if presses is None else presses
    centres_m = plate_places() if centres_m is None else centres_m
    positions_m = feet_of_a_walk() if positions_m is None else positions_m
    body_m = body_of(positions_m)
    plates, analogs = plates_with(centres_m, [load_of(some, body_m) for some in presses], offset_n)
    return walker_with(positions_m, plates, analogs, mass_kg=mass_kg)


def plate_places() -> list[tuple[float, float]]:
    """Plates with the first left and the first right stance in their middles."""
    return [(heel_place_m(side) + 0.12, SIDE_Y_M[side]) for side in ("left", "right")]
