"""How a trial was recorded: what the patient did, wore and leant on, and who says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, Literal, get_args

from ltme_clinic.errors import LtmeError, one_line

TrialKind = Literal["walk", "static", "range_of_motion", "exercise", "unknown"]
OperatedSide = Literal["left", "right", "both"]

TRIAL_KINDS: tuple[TrialKind, ...] = get_args(TrialKind)
OPERATED_SIDES: tuple[OperatedSide, ...] = get_args(OperatedSide)

CONDITION_FACTS = ("footwear", "orthosis", "aid", "assistance", "medication")
"""The facts that decide whether two walks may be compared, in the order in which they are said."""
FACTS = ("kind", *CONDITION_FACTS, "operated_side", "age_y", "examiner")

OLDEST_SAID_Y = 90.0
LONGEST_FACT = 80
"""Characters. A fact is a few words; what is longer is a note, and notes may identify a patient."""

_OLDEST_Y = 125.0
_KIND_WORDS: dict[str, TrialKind] = {"gait": "walk", "walking": "walk", "rom": "range_of_motion"}
_SIDE_WORDS: dict[str, OperatedSide] = {"l": "left", "r": "right", "bilateral": "both"}


@dataclass(frozen=True)
class TrialFacts:
    """What is known of a trial beside its signals; an empty text is "not said", never "none".

    Each is in plain words: footwear "barefoot", "shoes"; orthosis "AFO left"; aid "cane right", "walker"; assistance
    "hand held"; medication "on", "off".
    """

    kind: TrialKind = "unknown"
    footwear: str = ""
    orthosis: str = ""
    aid: str = ""
    assistance: str = ""
    medication: str = ""
    operated_side: OperatedSide | None = None
    age_y: str = ""
    """The patient's age at the trial in years, "9" or "9.5"; from `OLDEST_SAID_Y` on that number, for higher ages
    identify."""
    examiner: str = ""
    """Who measured. Identifying, as the subject's name is: it is never printed, and a store keeps a keyed hash."""
    sources: dict[str, str] = field(default_factory=dict)
    """Fact -> where it was read: "manifest", "enf", "parameters", "file name" or "signals"."""

    def __post_init__(self) -> None:
        if self.kind not in TRIAL_KINDS:
            raise LtmeError("trial", f"kind '{self.kind}' is not one of {', '.join(TRIAL_KINDS)}")
        if self.operated_side is not None and self.operated_side not in OPERATED_SIDES:
            raise LtmeError("trial", f"operated_side '{self.operated_side}' is not one of {', '.join(OPERATED_SIDES)}")

    @property
    def condition(self) -> str:
        """The facts that make walks comparable, in one line: "shoes, AFO left, cane right"; empty if none is said."""
        said = {name: getattr(self, name) for name in CONDITION_FACTS}
        if said["medication"]:
            said["medication"] = f"medication {said['medication']}"
        return ", ".join(text for text in said.values() if text)

    @property
    def years(self) -> float | None:
        """The age as a number; None where nobody says it."""
        return float(self.age_y) if self.age_y else None


def with_given(facts: TrialFacts, given: Mapping[str, str], *, source: str = "manifest") -> TrialFacts:
    """The facts with those that somebody states laid over them; an empty text states nothing.

    Parameters
    ----------
    facts : what was found so far
    given : fact -> text, as in a manifest's columns: "kind" is one of `TRIAL_KINDS` (or "gait", "ROM"), "operated_side"
        one of `OPERATED_SIDES` (or "L", "R", "bilateral"), "age_y" a number, the others are a few plain words
    source : who states them

    Raises
    ------
    LtmeError
        A name that is no fact, a kind, side or age that is none, or a text longer than `LONGEST_FACT`.
    """
    stated: dict[str, Any] = {}
    for name, text in given.items():
        if name not in FACTS:
            raise LtmeError("trial", f"'{name}' is not a fact of a trial", f"The facts are {', '.join(FACTS)}")
        if said := one_line(text):
            stated[name] = _checked(name, said)
    return replace(facts, **stated, sources=facts.sources | dict.fromkeys(stated, source))


def without_facts(facts: TrialFacts, names: Collection[str]) -> TrialFacts:
    """The facts with some of them unsaid again, and without their sources."""
    unsaid: dict[str, Any] = {f.name: f.default for f in fields(facts) if f.name in names and f.default is not MISSING}
    return replace(facts, **unsaid, sources={fact: who for fact, who in facts.sources.items() if fact not in names})


def _checked(name: str, text: str) -> str:
    """A fact as it is kept, from what somebody wrote."""
    if len(text) > LONGEST_FACT:
        raise LtmeError("trial", f"{name} has {len(text)} characters", f"Say it in {LONGEST_FACT}: it is no note")
    word = "_".join(text.lower().replace("-", " ").split())
    if name == "kind":
        kind = _KIND_WORDS.get(word, word)
        if kind not in TRIAL_KINDS:
            raise LtmeError("trial", f"kind '{text}' is not one of {', '.join(TRIAL_KINDS)}", "Choose one of these")
        return kind
    if name == "operated_side":
        side = _SIDE_WORDS.get(word, word)
        if side not in OPERATED_SIDES:
            raise LtmeError("trial", f"operated_side '{text}' is not one of {', '.join(OPERATED_SIDES)}", "Choose one")
        return side
    return _checked_age(text) if name == "age_y" else text


def is_age(text: str) -> bool:
    """Whether a text is a person's age in years."""
    try:
        return 0.0 < float(text) <= _OLDEST_Y
    except ValueError:
        return False


def _checked_age(text: str) -> str:
    if not is_age(text):
        raise LtmeError("trial", f"age_y '{text}' is no age", "Write years as a number, such as 9 or 9.5")
    return f"{min(round(float(text), 1), OLDEST_SAID_Y):g}"
