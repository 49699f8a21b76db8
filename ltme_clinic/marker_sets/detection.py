"""Finding the marker set that a file's labels follow: which, how sure, what is missing, what else it could be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log2
from pathlib import Path
from types import MappingProxyType

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.marker_sets.known import MarkerSet, marker_sets, normalised_label, own_files

MIN_SLOTS = 4
"""With fewer recognised slots a marker set is not named: any four letters match something by chance."""

UNKNOWN = "unknown"

EXPLAINED = 8.0
"""How much likelier a set becomes with each label of the file that it knows."""
MISSING = 2.0
"""How much less likely with each of its slots that the file lacks; a region of the body that is bare counts once."""
_NEARLY_AS_LIKELY = 4 * log2(EXPLAINED)
"""Among sets that explain within four labels as much as the likeliest, the one that fills the most slots is taken."""
_LEAST_SHARE = 0.01
"""Sets with less than this share of the whole are not worth naming as alternatives."""

_REGION_OF_PART = {
    "head": "head",
    "shoulder": "arm",
    "elbow": "arm",
    "wrist": "arm",
    "finger": "arm",
    "asis": "pelvis",
    "psis": "pelvis",
    "sacrum": "pelvis",
    "heel": "foot",
    "toe": "foot",
    "metatarsal": "foot",
}
_NO_SLOT = -1


@dataclass(frozen=True)
class Alternative:
    """Another set that the labels could follow."""

    name: str
    title: str
    share: float
    """Its part of the likelihood of all known sets, 0 to 1."""
    reads_alike: bool
    """It gives the labels to the same slots as the set that was named, so that the choice changes nothing."""


@dataclass(frozen=True)
class MarkerSetMatch:
    """The marker set found in a file's labels, and which label fills which slot."""

    name: str
    title: str
    slots: Mapping[str, str]
    """Slot -> the label as the file writes it, in `body.SLOTS` order."""
    unknown: tuple[str, ...]
    """Labels that fill no slot, in the file's order."""
    missing: tuple[str, ...]
    """Slots of the set for which the file has no label (optional ones are not counted)."""
    confidence: float
    """How sure the reading of the labels is, 0 to 1: see `detect_marker_set`."""
    completeness: float = 0.0
    """Share of the set's own slots that are there, 0 to 1."""
    alternatives: tuple[Alternative, ...] = ()
    """Other sets that would explain the labels nearly as well, the likeliest first."""
    extras: tuple[str, ...] = ()
    """Those of `unknown` that the set knows all the same, as clusters, wands or offsets."""


@dataclass(frozen=True)
class _Index:
    """Every label of every set by its bare form, made once."""

    sets: tuple[MarkerSet, ...]
    hits: Mapping[str, tuple[tuple[int, int, int], ...]]
    """Bare label -> (set, slot, preference: 0 first); the slot is -1 for a label that the set knows without one."""
    own_slots: tuple[frozenset[int], ...]
    """For each set the slots that count as missing when they are absent."""
    regions: tuple[Mapping[str, int], ...]
    """For each set how many of these lie in each region of the body."""


@dataclass
class _Reading:
    """One set's reading of the labels."""

    marker_set: MarkerSet
    slots: dict[int, str]
    missing: list[int]
    extras: list[str]
    log2_likelihood: float
    """Against a file that follows no known set."""

    @property
    def rank(self) -> tuple[int, float, bool, str]:
        return (-len(self.slots), -self.log2_likelihood, not self.marker_set.own, self.marker_set.name)

    def contradicts(self, other: _Reading) -> bool:
        """Whether the two give one slot to different labels, or one label to different slots."""
        if any(other.slots.get(slot, label) != label for slot, label in self.slots.items()):
            return True
        place = {label: slot for slot, label in other.slots.items()}
        return any(place.get(label, slot) != slot for slot, label in self.slots.items())


def detect_marker_set(labels: Sequence[str], *, extra: Path | Sequence[Path] = ()) -> MarkerSetMatch:
    """Find the marker set that a file's labels follow.

    Labels are compared without case, spaces, separators (``. _ -``), a ``Subject:`` prefix or a ``:1`` suffix.
    Among the sets that explain the labels about as well, the best fills the most slots; between equals the one that
    explains more of the labels and lacks fewer slots, then a laboratory's own, then by name. Fewer than `MIN_SLOTS`
    slots, or two equally good sets that read the labels differently, give the name ``unknown`` and no slots. When two
    labels could fill one slot, the set's preferred one does; of equal labels the first does.

    Parameters
    ----------
    labels : the file's marker labels, in its own order
    extra : a laboratory's own YAML files or folders, beside those of the environment variable ``LTME_MARKER_SETS``

    Notes
    -----
    `confidence` is a share of likelihood, not of slots. Each label that a set knows makes it 8 times likelier, each of
    its slots that is absent half as likely (a bare region of the body, such as the arms, counts as one, and so do all
    the clusters and wands of a set together); a file that follows no known set has weight 1. Confidence is the part
    that falls to sets which read the labels without contradiction to the best. The two factors were not fitted to
    files; a test draws subsets of the known sets among foreign labels and holds what a confidence of 0.9 is worth.
    The answer is remembered: an archive's files repeat their labels.
    """
    return _detected(tuple(labels), own_files(extra))


@lru_cache(maxsize=256)
def _detected(labels: tuple[str, ...], own: tuple[tuple[Path, int, int], ...]) -> MarkerSetMatch:
    index = _index(own)
    first_label: dict[str, str] = {}
    for label in labels:
        first_label.setdefault(normalised_label(label), label)
    readings = _readings(index, first_label)
    usable = [reading for reading in readings if len(reading.slots) >= MIN_SLOTS]
    highest = max((reading.log2_likelihood for reading in usable), default=0.0)
    likely = [reading for reading in usable if reading.log2_likelihood >= highest - _NEARLY_AS_LIKELY]
    likely.sort(key=lambda reading: reading.rank)
    if not likely or _is_tied(likely):
        return _nothing(labels, readings)
    best = likely[0]
    shares = _shares(readings)
    agreeing = sum(share for reading, share in zip(readings, shares, strict=True) if not reading.contradicts(best))
    return replace(
        _match(best, labels), confidence=min(1.0, agreeing), alternatives=_alternatives(readings, shares, best)
    )


@lru_cache(maxsize=8)
def _index(own: tuple[tuple[Path, int, int], ...]) -> _Index:
    sets = tuple(marker_sets(tuple(file for file, _, _ in own)).values())
    hits: dict[str, list[tuple[int, int, int]]] = {}
    for number, marker_set in enumerate(sets):
        for labels_of, later in ((marker_set.slots, 0), (marker_set.optional, 1000)):
            for slot, labels in labels_of.items():
                for preference, label in enumerate(labels):
                    entry = (number, SLOT_INDEX[slot], later + preference)
                    hits.setdefault(normalised_label(label), []).append(entry)
        for label in marker_set.also:
            hits.setdefault(normalised_label(label), []).append((number, _NO_SLOT, 0))
    own_slots = tuple(frozenset(SLOT_INDEX[slot] for slot in marker_set.slots) for marker_set in sets)
    regions = tuple(Counter(_REGION[slot] for slot in own) for own in own_slots)
    return _Index(
        sets, MappingProxyType({label: tuple(entries) for label, entries in hits.items()}), own_slots, regions
    )


def _readings(index: _Index, first_label: Mapping[str, str]) -> list[_Reading]:
    """What each set that knows any of the labels makes of them."""
    best: dict[int, dict[int, tuple[int, str]]] = {}
    explained: dict[int, int] = {}
    extras: dict[int, list[str]] = {}
    for bare in first_label.keys() & index.hits.keys():
        label = first_label[bare]
        for number, slot, preference in index.hits[bare]:
            explained[number] = explained.get(number, 0) + 1
            if slot == _NO_SLOT:
                extras.setdefault(number, []).append(label)
                continue
            of_set = best.setdefault(number, {})
            if slot not in of_set or preference < of_set[slot][0]:
                of_set[slot] = (preference, label)
    readings = []
    for number, count in explained.items():
        slots = {slot: label for slot, (_, label) in best.get(number, {}).items()}
        missing = sorted(index.own_slots[number].difference(slots))
        absences = _absences(missing, index.regions[number])
        # A set that is known by its clusters or wands, in a file without one of them.
        absences += bool(index.sets[number].also) and number not in extras
        likelihood = count * log2(EXPLAINED) - absences * log2(MISSING)
        readings.append(_Reading(index.sets[number], slots, missing, extras.get(number, []), likelihood))
    return readings


def _shares(readings: Sequence[_Reading]) -> list[float]:
    """Each reading's part of the likelihood of all of them and of no known set."""
    highest = max([0.0, *(reading.log2_likelihood for reading in readings)])
    relative = [2.0 ** (reading.log2_likelihood - highest) for reading in readings]
    whole = sum(relative) + 2.0**-highest
    return [value / whole for value in relative]


def _absences(missing: Sequence[int], wanted: Mapping[str, int]) -> float:
    """How many absences the missing slots are: one each, but only one for a region of which nothing is there."""
    absent: dict[str, int] = {}
    for slot in missing:
        absent[_REGION[slot]] = absent.get(_REGION[slot], 0) + 1
    return float(sum(1 if count == wanted[region] else count for region, count in absent.items()))


def _region_of(slot: str) -> str:
    part = slot.removeprefix("left_").removeprefix("right_")
    if part in ("c7", "t10", "clavicle", "sternum"):
        return "trunk"
    if part.endswith("_centre"):
        return "centre"
    return _REGION_OF_PART.get(part.split("_")[0], "leg")


_REGION: tuple[str, ...] = tuple(_region_of(slot) for slot in SLOTS)


def _is_tied(readings: Sequence[_Reading]) -> bool:
    """Whether another set is exactly as good and reads the labels differently; a laboratory's own set is no tie."""
    best = readings[0]
    rivals = [r for r in readings[1:] if r.rank[:3] == best.rank[:3]]
    return any(rival.slots != best.slots for rival in rivals)


def _match(best: _Reading, labels: Sequence[str]) -> MarkerSetMatch:
    used = set(best.slots.values())
    known_extras = set(best.extras)
    own = len(best.marker_set.slots)
    slots = {SLOTS[slot]: best.slots[slot] for slot in sorted(best.slots)}
    return MarkerSetMatch(
        name=best.marker_set.name,
        title=best.marker_set.title,
        slots=MappingProxyType(slots),
        unknown=tuple(label for label in labels if label not in used),
        missing=tuple(SLOTS[slot] for slot in best.missing),
        confidence=0.0,
        completeness=1.0 - len(best.missing) / own if own else 1.0,
        extras=tuple(label for label in labels if label in known_extras),
    )


def _nothing(labels: Sequence[str], readings: Sequence[_Reading]) -> MarkerSetMatch:
    shares = _shares(readings)
    likely = [(r, share) for r, share in zip(readings, shares, strict=True) if len(r.slots) >= MIN_SLOTS]
    alternatives = _alternatives([r for r, _ in likely], [share for _, share in likely], None)
    return MarkerSetMatch(UNKNOWN, "Unknown marker set", {}, tuple(labels), (), 0.0, alternatives=alternatives)


def _alternatives(
    readings: Sequence[_Reading], shares: Sequence[float], best: _Reading | None
) -> tuple[Alternative, ...]:
    others = [
        Alternative(r.marker_set.name, r.marker_set.title, share, best is not None and r.slots == best.slots)
        for r, share in zip(readings, shares, strict=True)
        if r is not best and share >= _LEAST_SHARE
    ]
    return tuple(sorted(others, key=lambda other: (-other.share, other.name)))
