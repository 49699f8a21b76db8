"""How each variable of a gait analysis is titled and scaled, and the clinic's word for either direction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """One panel's words and its usual range, which grows where a walk goes beyond it."""

    title: str
    down: str
    """What a smaller value is called: "Ext"."""
    up: str
    """What a larger value is called: "Flx"."""
    unit: str
    low: float
    high: float


def _angle(title: str, down: str, up: str, low: float, high: float) -> Variable:
    return Variable(title, down, up, "°", low, high)


def _moment(title: str, down: str, up: str, low: float, high: float) -> Variable:
    return Variable(title, down, up, "Nm/kg", low, high)


def _power(title: str, low: float, high: float) -> Variable:
    return Variable(title, "Abs", "Gen", "W/kg", low, high)


VARIABLES: dict[str, Variable] = {
    "pelvic_tilt": _angle("Pelvic tilt", "Post", "Ant", -10, 30),
    "pelvic_obliquity": _angle("Pelvic obliquity", "Down", "Up", -20, 20),
    "pelvic_rotation": _angle("Pelvic rotation", "Back", "Fwd", -30, 30),
    "hip_flexion": _angle("Hip flexion", "Ext", "Flx", -20, 60),
    "hip_adduction": _angle("Hip adduction", "Abd", "Add", -20, 20),
    "hip_rotation": _angle("Hip rotation", "Ext", "Int", -30, 30),
    "knee_flexion": _angle("Knee flexion", "Ext", "Flx", -15, 75),
    "knee_adduction": _angle("Knee varus/valgus", "Valg", "Var", -20, 20),
    "knee_rotation": _angle("Knee rotation", "Ext", "Int", -30, 30),
    "ankle_dorsiflexion": _angle("Ankle dorsiflexion", "Plt", "Dor", -30, 30),
    "ankle_inversion": _angle("Ankle inversion", "Ev", "Inv", -30, 30),
    "ankle_rotation": _angle("Ankle rotation", "Ext", "Int", -30, 30),
    "foot_progression": _angle("Foot progression", "Out", "In", -40, 20),
    "trunk_tilt": _angle("Trunk tilt", "Back", "Fwd", -15, 30),
    "trunk_obliquity": _angle("Trunk obliquity", "Down", "Up", -15, 15),
    "trunk_rotation": _angle("Trunk rotation", "Back", "Fwd", -20, 20),
    "shoulder_flexion": _angle("Shoulder flexion", "Ext", "Flx", -40, 40),
    "shoulder_abduction": _angle("Shoulder abduction", "Add", "Abd", -10, 50),
    "shoulder_adduction": _angle("Shoulder adduction", "Abd", "Add", -50, 10),
    "shoulder_rotation": _angle("Shoulder rotation", "Ext", "Int", -40, 40),
    "elbow_flexion": _angle("Elbow flexion", "Ext", "Flx", 0, 90),
    "hip_extension_moment": _moment("Hip ext. moment", "Flx", "Ext", -1.5, 1.5),
    "knee_extension_moment": _moment("Knee ext. moment", "Flx", "Ext", -1.0, 1.0),
    "ankle_plantarflexion_moment": _moment("Ankle pf. moment", "Dor", "Plt", -0.5, 2.0),
    "hip_abduction_moment": _moment("Hip abd. moment", "Add", "Abd", -0.5, 1.5),
    "knee_abduction_moment": _moment("Knee abd. moment", "Add", "Abd", -0.5, 1.0),
    "hip_power": _power("Hip power", -2.0, 2.0),
    "knee_power": _power("Knee power", -3.0, 2.0),
    "ankle_power": _power("Ankle power", -2.0, 5.0),
    "vertical_force": Variable("Vertical force", "", "", "BW", 0.0, 1.4),
    "anterior_force": Variable("Fore-aft force", "Brake", "Push", "BW", -0.3, 0.3),
}
"""Abbreviations as gait laboratories print them beside the axis; moments are internal."""


def variable_of(name: str) -> Variable:
    """The words of a variable; one that is not known is named as it is, in degrees."""
    return VARIABLES.get(name) or Variable(name.replace("_", " ").capitalize(), "", "", "°", -10, 10)


def axis_label(variable: Variable) -> str:
    """Such as "Ext  ←  °  →  Flx": read from the bottom to the top beside the axis."""
    if not variable.down:
        return variable.unit
    return f"← {variable.down}   {variable.unit}   {variable.up} →"
