"""What the main database and the signals keep of a file's own texts: known words, and of others a mark or a token.

A file's labels, units, events, warnings and facts may hold a name in any place. The words that say nothing about
anybody (`types.known_words`, known labels, this program's own words in warnings) stay as they are. The store's only
place for names is the identity database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from ltme_clinic.marker_sets import normalised_label
from ltme_clinic.marker_sets.known_labels import known_label, known_spellings
from ltme_clinic.types.known_words import FACT_WORDS, GAIT_EVENTS, OTHER_EVENTS, made_of, unit, words_of
from ltme_clinic.types.recording import GaitEvent, ModelOutput
from ltme_clinic.types.trial import CONDITION_FACTS, TrialFacts

LEFT_OUT = "…"
"""Stands in a warning for what may be a name."""
ENTERED = "manifest"
"""The source of what somebody entered: it is kept as entered, may be completed, and is never overruled."""

_WARNING_WORDS = words_of(
    """
    a about above across added after afterwards again against agree all along already also although among amounts an
    analog analogs and anew angles ankle another anterior any apart archive are arm around as asf at away axes axis
    back backwards be bears before begin behind belong below belt beside between beyond block body body's bone both
    brace braces break bridged broken but by byte bytes c calculated calibrated calibration camera cameras can't
    capture carried cells centre centres change changed channel channels check checked close closed cm column
    columns comes contradict coordinates copy corners correct could count counted course cut cycle d damaged data
    declare declared declares degrees delete did different digit direction distance do does doesn't down dropped
    each edge edges either elbow elsewhere enclose ends enough entered error even events ever every exchanged exist
    expected export exported exports far fault feet few fewer file file's files fill filled finished first fit fixed
    flagged flashes floor folder folders followed follows foot for force format formats found frame framerate frames
    from front further gap gaps go goes ground group had half hand hands hangs has have head header header's heel
    heels heights hence here hidden hierarchy higher hip hold holds horizontal how human's if iliac in inches
    information inside integer into is it its itself joint joints jump just keeps kept kind knee known label
    labelled labelling labels laboratory laboratory's lag landmarks last lasts later leant least leave leaves left
    leg length lengths less lie lies like limit link links loaded lock long longer longest low lower lying m many
    marker markers marks matrix may mean means measured measurement measures method might mirror mirrored missing mm
    mocap model moments more most mostly motion motions move moves ms much multiples name named names nearest nearly
    needs neighbours neither never new newtons next no none nor not nothing number numbered numbers numpy of off
    offset offsets on once one only open opened or order orientation other others out outputs outside over own
    packed padding pairs parameter parameters part parts pass patient pelvis per person's place placed places plate
    plates point points pose poses positions posterior power prefix pressure processing radians rate reactions read
    rebuilt recording recording's rectangle repeat residuals right root's rotations round rounded row rows run s
    sacrum same samples say says scale scales second see seen segment segments sensors seventh several shank shape
    short shorter should shoulder side sides signs since single sit size skeleton skeletons so some something span
    speed spine spines stance stands steeply steps still sto storage stored stores stretch stretches stuck subject
    subject's subjects subtracted such swapped system taken takes tell tells than that the their theirs them then
    there these they thigh things this those through throughout time times to toe toes together too track trans
    treadmill trial trial's trials trunk turned twice two type typical unbroken under uneven unit units unknown
    unlabelled unless unpack until up upon usable use used usual valid values vertical volume was way were what when
    where whether which while whole whose why with within without would wrist written wrong x y yet z zero
    """
) | words_of(
    "C3D CHANNEL CMU DEC FORCE_PLATFORM:ZERO Intel LTME MIPS NAME NAME#2 OFFSET OpenSim ORIGIN T-pose TRIAL ZERO"
)
_WARNING_PART = re.compile(r"[()']|[^\W_](?:[\w.#:+/-]*\w)?(?:'[a-z]+)?|[^\s\w()']+|_+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_TRADE_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST_NAME = 3
_LONGEST_WARNING = 1000
_MARKS = ("(", ")", "'")
_DIGITS_OF_A_COUNT, _DIGITS_QUOTED = 5, 3


class FileWords:
    """Cleans the texts of one file.

    Parameters
    ----------
    subject : the subject's label in the file: its words are no known labels, whatever else they mean
    """

    def __init__(self, subject: str = "") -> None:
        words = [subject, *_TRADE_WORD.findall(subject)]
        self._never = frozenset(normalised_label(word) for word in words if len(word) >= _SHORTEST_NAME)
        self._known = known_spellings()

    def warnings(self, warnings: Iterable[str]) -> tuple[str, ...]:
        """Warnings in this program's own words, known labels and numbers."""
        return tuple(self._warning(text) for text in warnings)

    def events(self, events: Iterable[GaitEvent]) -> tuple[GaitEvent, ...]:
        """Events with their labels where these are known words, else without."""
        kept: dict[str, str] = {}
        for event in events:
            if event.label not in kept:
                words = OTHER_EVENTS | GAIT_EVENTS
                kept[event.label] = event.label if made_of(event.label, words, never=self._never) else ""
        return tuple(e if kept[e.label] == e.label else replace(e, label=kept[e.label]) for e in events)

    def angles(self, angles: Sequence[ModelOutput]) -> list[ModelOutput]:
        """Joint angles under known names, the others numbered; their units where they are units."""
        named: dict[str, ModelOutput] = {}
        for number, angle in enumerate(angles, start=1):
            name = known_label(angle.name, self._known, never=self._never)
            while not name or name in named:
                name, number = f"Angle{number:02d}", number + len(angles)
            named[name] = angle if name == angle.name else replace(angle, name=name)
        return [replace(a, unit=unit(a.unit)) if unit(a.unit) != a.unit else a for a in named.values()]

    def _warning(self, text: str) -> str:
        """A warning part by part; from the first quote or bracket to the last it may be the file's own text."""
        text = text[:_LONGEST_WARNING]
        parts = list(_WARNING_PART.finditer(text))
        marks = [number for number, part in enumerate(parts) if part.group() in _MARKS]
        quoted = range(marks[0], marks[-1]) if marks else range(0)
        cleaned: list[str] = []
        last = 0
        for number, part in enumerate(parts):
            most_digits = _DIGITS_QUOTED if number in quoted else _DIGITS_OF_A_COUNT
            cleaned += [text[last : part.start()], self._warning_part(part.group(), most_digits)]
            last = part.end()
        return "".join([*cleaned, text[last:]])

    def _warning_part(self, part: str, most_digits: int) -> str:
        is_ours = part in _WARNING_WORDS or part.removesuffix("'s") in _WARNING_WORDS
        is_sign = part.isascii() and not any(character.isalnum() for character in part)
        if is_ours or is_sign or unit(part) == part or part == LEFT_OUT:
            return part
        if _NUMBER.fullmatch(part):
            return part if sum(character.isdigit() for character in part) <= most_digits else LEFT_OUT
        if all(piece in _WARNING_WORDS for piece in part.split("-")):
            return part
        return known_label(part, self._known, never=self._never) or LEFT_OUT


def known_facts(facts: TrialFacts, token: Callable[[str], str]) -> TrialFacts:
    """Facts in known words, and what somebody entered as it was entered.

    Parameters
    ----------
    facts : as the file, its name or the files beside it say them
    token : a short keyed hash of a text: it stands for what is in other words, so that trials of which different things
        are said are still not compared, and nobody reads who is named
    """
    changed: dict[str, Any] = {}
    for name in CONDITION_FACTS:
        text = getattr(facts, name)
        if text and facts.sources.get(name) != ENTERED and not made_of(text, FACT_WORDS):
            changed[name] = _in_known_words(text, token)
    return replace(facts, **changed) if changed else facts


def _in_known_words(text: str, token: Callable[[str], str]) -> str:
    """A text with each run of words that are not known, or hold a number, as one token."""
    said: list[str] = []
    unknown: list[str] = []
    for word in [*text.split(), ""]:
        known = made_of(word, FACT_WORDS) and not any(character.isdigit() for character in word)
        if unknown and (known or not word):
            said.append(token(" ".join(unknown).casefold()))
            unknown = []
        if word and known:
            said.append(word)
        elif word:
            unknown.append(word)
    return " ".join(said)
