"""Bodies told apart by what is added to every label: A and B, 1 and 2, (1) and (2), before it or behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ltme_clinic.marker_sets import MIN_SLOTS
from ltme_clinic.recordings.label_meanings import is_unlabelled, output_kind, slots_of
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.subjects.bodies import are_all_apart
from ltme_clinic.recordings.subjects.declared import refuse_a_crowd
from ltme_clinic.recordings.subjects.labels import (
    Members,
    after_letters,
    before_letters,
    body_labels,
    condensed,
)

Landmarks = dict[str, int]
"""Known label, condensed and without what was added to it -> the file's point."""


@dataclass(frozen=True)
class Affixes:
    """What tells the bodies of a file apart: each one's affix, condensed; '' for labels that have none."""

    is_before: bool
    texts: tuple[str, ...]

    @property
    def all_told(self) -> bool:
        return "" not in self.texts


def affixes_of_bodies(raw: RawC3D, markers: Members) -> Affixes | None:
    """What is added to the labels of several bodies, if the same landmarks with each lie well apart; None otherwise.

    Under each affix there must stand labels that a marker set knows, enough for a body, and largely the same. So
    clusters (LTH1, LTH2), medial markers (LKNEM) and sides are no bodies: they are no other landmark's label, or lie
    beside it.
    """
    plain, before, behind = _landmarks_by_affix(markers)
    for is_before, groups in ((True, before), (False, behind)):
        bodies = {affix: own for affix, own in groups.items() if len(own) >= MIN_SLOTS}
        if len(plain) >= MIN_SLOTS:
            bodies[""] = plain
        if len(bodies) > 1 and (texts := _bodies_apart(raw, bodies, is_before=is_before)):
            return Affixes(is_before, texts)
    return None


def _landmarks_by_affix(markers: Members) -> tuple[Landmarks, dict[str, Landmarks], dict[str, Landmarks]]:
    """Landmarks without an affix, by what is added before the label, and by what is added behind it."""
    known = body_labels()
    plain: Landmarks = {}
    before: dict[str, Landmarks] = {}
    behind: dict[str, Landmarks] = {}
    for label, index in markers:
        if condensed(label) in known:
            plain.setdefault(condensed(label), index)
        tails, heads = _known_parts(condensed(label), known)
        for tail in tails:
            before.setdefault(condensed(label)[: -len(tail)], {}).setdefault(tail, index)
        for head in heads:
            behind.setdefault(condensed(label)[len(head) :], {}).setdefault(head, index)
    return plain, before, behind


@lru_cache(maxsize=8192)
def _known_parts(label: str, known: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Known labels with which a longer label ends, and with which it begins."""
    lengths = [length for length in _lengths(known) if length < len(label)]
    tails = tuple(tail for length in lengths if (tail := label[-length:]) in known)
    return tails, tuple(head for length in lengths if (head := label[:length]) in known)


@lru_cache(maxsize=4)
def _lengths(known: frozenset[str]) -> tuple[int, ...]:
    return tuple(sorted({len(label) for label in known}))


def _bodies_apart(raw: RawC3D, bodies: dict[str, Landmarks], *, is_before: bool) -> tuple[str, ...]:
    """Affixes of the largest body and of those with the same landmarks, if one of these lies well apart from it."""
    largest = max(bodies, key=lambda affix: len(bodies[affix]))
    alike, some_apart = [largest], False
    for affix, own in bodies.items():
        shared = [label for label in own if label in bodies[largest]]
        if affix == largest or len(shared) < max(MIN_SLOTS, 0.5 * len(own)):
            continue
        if len(slots_of(tuple(shared))) < MIN_SLOTS:
            continue
        alike.append(affix)
        refuse_a_crowd(raw, len(alike))
        ours, theirs = ([bodies[which][label] for label in shared] for which in (largest, affix))
        some_apart = some_apart or are_all_apart(raw, ours, theirs)
    return tuple(alike) if some_apart else ()


def shared_by_affix(labels: Members, affixes: Affixes) -> tuple[dict[str, Members], Members]:
    """Each body's points with the affix taken off, by the affix as the file writes it, and the points that are left.

    A label bears an affix if a separator or bracket sets it off, if another body has the same label, or if every label
    of the file bears one.
    """
    longest_first = sorted(affixes.texts, key=len, reverse=True)
    split = [_split(label, longest_first, is_before=affixes.is_before) for label, _ in labels]
    bodies_with: dict[str, set[str]] = {}
    for found in split:
        if found:
            bodies_with.setdefault(condensed(found.bare), set()).add(found.affix)
    all_bear_one = all(
        found or output_kind(label, frozenset()) for found, (label, _) in zip(split, labels, strict=True)
    )
    written: dict[str, str] = {}
    owned: dict[str, Members] = {}
    rest: Members = []
    for (label, index), found in zip(labels, split, strict=True):
        if found and (all_bear_one or found.is_set_off or len(bodies_with[condensed(found.bare)]) > 1):
            text = written.setdefault(found.affix, found.text)
            if not is_unlabelled(found.bare):
                owned.setdefault(text, []).append((found.bare, index))
        else:
            rest.append((label, index))
    return owned, rest


@dataclass(frozen=True)
class _Split:
    """A label in two."""

    affix: str
    """Condensed."""
    text: str
    """The affix as the file writes it, with what sets it off."""
    bare: str
    is_set_off: bool


def _split(label: str, affixes: Sequence[str], *, is_before: bool) -> _Split | None:
    """A label's affix and the label without it; None where it has none of these."""
    whole = condensed(label)
    for affix in affixes:
        if len(whole) <= len(affix) or not (whole.startswith(affix) if is_before else whole.endswith(affix)):
            continue
        if is_before:
            bare = after_letters(label, len(affix))
            text = label[: len(label) - len(bare)]
        else:
            bare = before_letters(label, len(affix))
            text = label[len(bare) :]
        return _Split(affix, text, bare, not (text[-1] if is_before else text[0]).isalnum())
    return None
