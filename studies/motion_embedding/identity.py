"""What the vector tells that a comparison of patients should not rest on: who walks, and in which laboratory.

Confounds, so no bar: all of it is wanted low, but a vector that says who walks how must tell people apart somewhat.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.progress import Progress, silent
from studies.motion_embedding import features
from studies.motion_embedding.pairs import distances
from studies.motion_embedding.probe import held_out_probabilities, mean_recall
from studies.motion_embedding.subject import Coded, Subject, standardised
from studies.virtual_lab_realism.figures import SEED, Figure, PartResult
from studies.virtual_lab_realism.transfer import exact_interval

TITLE = "Confounds: who walks, and where it was recorded"
FEWEST_PEOPLE = 2
"""Of a laboratory that can be told without the person: with one, person and laboratory are one."""
DEALS = 2000
KNOWN_PEOPLE = "CMU, BVH"
"""The laboratory with several people and several trials of each: subjects 2 and 7."""


def measure(subject: Subject, progress: Progress = silent) -> PartResult:
    """Retrieval of person and laboratory by each feature, laboratories by regression, twins in two formats."""
    walks = subject.walks_of_people()
    figures: list[Figure] = []
    tables = feature_tables(subject, walks)
    places = np.array([code.item.label.laboratory for code in walks])
    people = np.array([code.item.label.person for code in walks])
    takes = np.array([code.item.label.take for code in walks])
    for number, (name, table) in enumerate(tables.items()):
        figures.append(person_retrieval(name, table, places, people, takes))
        figures += laboratory_retrieval(name, table, places, people)
        figures.append(laboratory_probe(name, table, places, people))
        figures.append(twins(name, table, places, takes))
        progress("identity", number + 1, len(tables))
    counts = {place: len(np.unique(people[places == place])) for place in np.unique(places).tolist()}
    detail = {"laboratories": counts, "map": _map(tables["recording vector"], places)}
    listed = ", ".join(f"{place} {count}" for place, count in counts.items())
    remarks = [
        *subject.remarks(),
        f"people (files, where nobody tells who) in each laboratory: {listed}",
        "all children but one are of one laboratory: laboratory, age and marker set are not told apart",
        "marker mean and SD: all slots, hidden ones filled as the encoder fills them, for no landmark is in every walk",
    ]
    return PartResult(TITLE, figures, detail, remarks)


def feature_tables(subject: Subject, codes: Sequence[Coded]) -> dict[str, np.ndarray]:
    """Feature -> a row a walk, in standard deviations."""
    rows = {
        "recording vector": features.recording_vectors(codes),
        "recording and posture vector": features.whole_codes([code.ltme for code in codes]),
        "PCA's recording and posture vector": features.whole_codes([code.pca for code in codes]),
        "marker mean and SD, filled": features.filled_mean_and_sd(subject.pca.linear, features.clips_of(codes)),
        "leg length alone": features.leg_lengths(codes),
    }
    return {name: standardised(values) for name, values in rows.items()}


def person_retrieval(name: str, table: np.ndarray, places: np.ndarray, people: np.ndarray, takes: np.ndarray) -> Figure:
    """Share of CMU's BVH walks whose nearest walk of another take is the same person's, people weighing the same."""
    own = places == KNOWN_PEOPLE
    rows, who, take = table[own], people[own], takes[own]
    title = f"{name}: nearest walk of another take is the same person's (CMU, BVH)"
    if len(np.unique(who)) < FEWEST_PEOPLE:
        return Figure(title, float("nan"), "", len(np.unique(who)))
    apart = distances(rows, rows)
    apart[take[:, None] == take[None]] = np.inf
    hits = who[apart.argmin(axis=1)] == who
    shares = [float(hits[who == person].mean()) for person in np.unique(who)]
    rng = np.random.default_rng(SEED)
    chance = []
    for _ in range(DEALS):
        dealt = rng.permutation(who)
        right = dealt[apart.argmin(axis=1)] == dealt
        chance.append(np.mean([right[dealt == person].mean() for person in np.unique(who)]))
    return Figure(title, float(np.mean(shares)), "", len(shares), note=f"by chance {np.mean(chance):.2f}")


def laboratory_retrieval(name: str, table: np.ndarray, places: np.ndarray, people: np.ndarray) -> list[Figure]:
    """Share of people whose nearest walk of somebody else is from the same laboratory; what drawing at random gives."""
    apart = distances(table, table)
    stranger = people[:, None] != people[None]
    apart[~stranger] = np.inf
    same = places[:, None] == places[None]
    hits = same[np.arange(len(same)), apart.argmin(axis=1)]
    expected = (same & stranger).sum(axis=1) / np.maximum(stranger.sum(axis=1), 1)
    shared = np.isin(places, shared_laboratories(places, people))
    keys = np.array([f"{place}: {person}" for place, person in zip(places, people, strict=True)])
    own = np.unique(keys[shared])
    of_laboratory = {key: str(places[keys == key][0]) for key in own.tolist()}
    laboratories = sorted(set(of_laboratory.values()))

    def over_laboratories(values: np.ndarray) -> float:
        """Mean over laboratories of the mean over their people."""
        by_person = {key: float(values[keys == key].mean()) for key in own.tolist()}
        means = [np.mean([by_person[key] for key in own.tolist() if of_laboratory[key] == one]) for one in laboratories]
        return float(np.mean(means))

    title = f"{name}: nearest stranger's walk is of the same laboratory"
    note = f"by chance {over_laboratories(expected):.2f}; laboratories alike"
    return [Figure(title, over_laboratories(hits.astype(float)), "", len(own), note=note)]


def shared_laboratories(places: np.ndarray, people: np.ndarray) -> list[str]:
    """Laboratories of at least `FEWEST_PEOPLE`."""
    return [place for place in np.unique(places).tolist() if len(np.unique(people[places == place])) >= FEWEST_PEOPLE]


def laboratory_probe(name: str, table: np.ndarray, places: np.ndarray, people: np.ndarray) -> Figure:
    """Mean recall of laboratories by logistic regression that never saw the person."""
    known = shared_laboratories(places, people)
    chosen = np.isin(places, known)
    classes = np.array([known.index(place) for place in places[chosen].tolist()])
    told = held_out_probabilities(table[chosen], classes, people[chosen]).argmax(axis=1)
    chance = 1.0 / len(known)
    return Figure(
        f"{name}: laboratory told without the person, mean recall",
        mean_recall(classes, told),
        "",
        len(np.unique(people[chosen])),
        note=f"{len(known)} laboratories, by chance {chance:.2f}",
    )


def twins(name: str, table: np.ndarray, places: np.ndarray, takes: np.ndarray) -> Figure:
    """Of takes that are there in two formats: share of the other format's walks that lie nearer than the twin.

    0 where the twin is always the nearest: the motion counts, not the format. .5 would be no better than chance.
    """
    apart = distances(table, table)
    nearer = []
    for row, (place, take) in enumerate(zip(places, takes, strict=True)):
        for other in np.unique(places[(takes == take) & (places != place)]):
            there = places == other
            twin = apart[row, there & (takes == take)].min()
            strangers = apart[row, there & (takes != take)]
            if len(strangers):
                nearer.append(float((strangers < twin).mean()))
    value = float(np.mean(nearer)) if nearer else float("nan")
    hits = sum(share == 0.0 for share in nearer)
    low, high = exact_interval(hits, len(nearer)) if nearer else (float("nan"),) * 2
    note = f"nearest of all in {hits} of {len(nearer)} ({low:.2f} to {high:.2f})"
    return Figure(f"{name}: walks of the other format nearer than the same take", value, "", len(nearer), note=note)


def _map(table: np.ndarray, places: np.ndarray) -> dict[str, list[list[float]]]:
    """Two principal components of the walks, by laboratory, for the picture."""
    _, _, directions = np.linalg.svd(table - table.mean(axis=0), full_matrices=False)
    flat = np.round((table - table.mean(axis=0)) @ directions[:2].T, 3)
    return {place: flat[places == place].tolist() for place in np.unique(places).tolist()}


def draw(detail: dict[str, Any], folder: Path) -> list[Path]:
    """Walks by laboratory in the recording vector's two principal components."""
    from ltme_clinic.report import style

    figure = style.new_figure(7.0, 5.0)
    axes = figure.subplots()
    style.quiet_axes(axes)
    for marker, (place, points) in zip("os^vDP*Xhd", detail["map"].items(), strict=False):
        x, y = np.array(points).T
        axes.plot(x, y, marker, markersize=6, alpha=0.7, label=f"{place} ({detail['laboratories'][place]})")
    axes.legend(fontsize=7, frameon=False)
    axes.set_xlabel("first principal component of the recording vector", fontsize=style.SMALL_PT)
    axes.set_ylabel("second", fontsize=style.SMALL_PT)
    style.heading(figure, "Real walks by laboratory (people or files)", None)
    path = folder / "identity.png"
    figure.savefig(path, dpi=90)
    return [path]
