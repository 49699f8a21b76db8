"""How a trial was recorded: what the patient did, wore and leant on, and who says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from ltme_clinic.errors import LtmeError

TrialKind = Literal["walk", "static", "range_of_motion", "exercise", "unknown"]
OperatedSide = Literal["left", "right", "both"]

TRIAL_KINDS: tuple[TrialKind, ...] = get_args(TrialKind)

CONDITION_FACTS = ("footwear", "orthosis", "aid", "assistance", "medication")
"""The facts that decide whether two walks may be compared, in the order in which they are said."""


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
    examiner: str = ""
    """Who measured. Identifying, as the subject's name is: it is never printed, and a store keeps a keyed hash."""
    sources: dict[str, str] = field(default_factory=dict)
    """Fact -> where it was read: "manifest", "enf", "parameters", "file name" or "signals"."""

    def __post_init__(self) -> None:
        if self.kind not in TRIAL_KINDS:
            raise LtmeError("trial", f"kind '{self.kind}' is not one of {', '.join(TRIAL_KINDS)}")

    @property
    def condition(self) -> str:
        """The facts that make walks comparable, in one line: "shoes, AFO left, cane right"; empty if none is said."""
        said = {name: getattr(self, name) for name in CONDITION_FACTS}
        if said["medication"]:
            said["medication"] = f"medication {said['medication']}"
        return ", ".join(text for text in said.values() if text)
