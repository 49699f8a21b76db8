"""Names stand in every text of a file, and a search of the whole store finds them in the identity database alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import inspect, text
from store_samples import ADMINISTRATOR, CLINICIAN, RESEARCHER, SPRING, SUMMER, add, clip_of, recording, sha

from ltme_clinic.store import Placing
from ltme_clinic.store.cleaning import FileWords, known_facts
from ltme_clinic.types import GaitEvent, ModelOutput, Recording, Refused, TrialFacts

NAME = "Petersen"
NUMBER = "4711081"


def planted(number: int, *, facts: TrialFacts | None = None) -> Recording:
    """A recording that says a name and a patient's number in every text."""
    values = np.ones((120, 3), np.float32)
    return dataclasses.replace(
        recording(number, subject=f"{NAME}, Anna"),
        source_name=f"{NAME}_{NUMBER}_walk.c3d",
        manufacturer=NAME,
        events=(
            GaitEvent("left", "initial_contact", 0.1, 10, "LHS"),
            GaitEvent(None, "other", 0.2, 20, NAME),
            GaitEvent("left", "foot_off", 0.3, 30, f"Foot Off {NAME}"),
        ),
        model_outputs=(
            ModelOutput("LKneeAngles", "angle", values, "deg"),
            ModelOutput(f"{NAME}Angles", "angle", values, NAME),
            ModelOutput(f"{NAME}:RKneeAngles", "angle", values, "deg"),
            ModelOutput(f"Knee {NUMBER}", "angle", values, "deg"),
        ),
        trial=facts
        or TrialFacts(
            kind="walk",
            aid=f"{NAME} stick",
            medication=NAME.upper(),
            footwear="shoes",
            examiner=NAME,
            sources={"aid": "parameters", "medication": "parameters", "footwear": "file name"},
        ),
        warnings=(
            f"points with a label already in use, dropped: 1 ({NAME}mark, LASI, {NUMBER})",
            f"the length unit '{NAME}' is unknown: mm was taken",
        ),
    )


def add_planted(store, number: int = 1, **changed) -> str:
    source = planted(number, **changed)
    clip = dataclasses.replace(clip_of(source), warnings=source.warnings)
    options = {"patient": "P1", "visit_date": SPRING, "file_sha256": sha(f"file {number}")}
    return store.add_recording(CLINICIAN, source, clip, **options)


def leaks(store, words=(NAME, NUMBER, "Anna")) -> list[str]:
    """Where the words are in a store: in the rows of any database, and in any byte or name of its files."""
    with store._reading() as session:
        tables = inspect(session.get_bind()).get_table_names()
        rows = [(table, str(row)) for table in tables for row in session.execute(text(f"SELECT * FROM {table}"))]
    files = [path for path in Path(store._files).rglob("*") if path.name != store._place.identities.name]
    rows += [(path.name, path.name) for path in files]
    rows += [(path.name, path.read_bytes().decode("latin-1")) for path in files if path.is_file()]
    return [f"{word} in {where}" for where, held in rows for word in words if word.lower() in held.lower()]


def test_a_name_in_any_text_of_a_file_is_in_the_identity_database_alone(store):
    add_planted(store)
    assert leaks(store) == []
    assert NAME.encode() in store._place.identities.read_bytes()


def test_who_may_see_identities_sees_the_files_name_and_others_do_not(store):
    add_planted(store)
    (seen,), (hidden,) = store.trials(CLINICIAN, "P1"), store.trials(RESEARCHER, "P1")
    assert (seen.source_name, hidden.source_name) == (f"{NAME}_{NUMBER}_walk.c3d", "")
    assert seen.warnings[:2] == (
        "points with a label already in use, dropped: 1 (…, LASI, …)",
        "the length unit '…' is unknown: mm was taken",
    )
    assert store.find_recording(CLINICIAN, seen.recording_id).source_name == seen.source_name


def test_known_words_of_a_file_stay(store):
    add_planted(store)
    signals = store.signals(CLINICIAN, planted(1).recording_id)
    assert [event.label for event in signals.events] == ["LHS", "", ""]
    assert list(signals.angles) == ["LKneeAngles", "Angle02", "RKneeAngles", "Angle04"]
    assert [angle.unit for angle in signals.angles.values()] == ["deg", "", "deg", "deg"]
    assert all((angle.values == 1).all() for angle in signals.angles.values())


def test_trials_of_which_different_things_are_said_are_still_not_compared(store):
    for number, aid in enumerate((f"{NAME} stick", f"{NAME.upper()} stick", "Meiers stick", "stick"), start=1):
        add_planted(store, number, facts=TrialFacts(aid=aid, sources={"aid": "parameters"}))
    conditions = [store.find_recording(CLINICIAN, planted(n).recording_id).condition for n in (1, 2, 3, 4)]
    assert conditions[0] == conditions[1] != conditions[2]
    assert conditions[3] == "stick"
    assert all(condition.endswith("] stick") for condition in conditions[:3])
    assert [add_planted(store, n, facts=TrialFacts(aid=f"{NAME} stick")) for n in (1,)] == ["seen"]


def test_what_somebody_enters_is_kept_as_entered(store):
    source = recording(1)
    arrival = store.signal_writer().write(source, clip_of(source), file_sha256=sha("file 1"))
    store.signal_writer().sync([arrival])
    store.add_many(CLINICIAN, [(arrival, Placing("P1", SPRING, given=(("aid", "Gehstock links"),)))])
    (trial,) = store.trials(CLINICIAN, "P1")
    assert (trial.condition, trial.trial.aid) == ("Gehstock links", "Gehstock links")


def test_a_refusal_calls_the_recording_by_the_file_that_was_given(store):
    add_planted(store)
    with pytest.raises(Refused, match=f"^{NAME}_{NUMBER}_walk.c3d: .*already, not {SUMMER}"):
        store.add_recording(CLINICIAN, planted(1), None, patient="P1", visit_date=SUMMER, file_sha256=sha("file 1"))
    (again,) = store.place_known(CLINICIAN, [(planted(1).recording_id, Placing("P2", SPRING))])
    assert str(again).startswith(f"{NAME}_{NUMBER}_walk.c3d: the same bytes")


def test_a_refused_file_leaves_no_name(store):
    add(store, 1, "P2", origin="measured")
    with pytest.raises(Refused):
        store.add_recording(CLINICIAN, planted(2), None, patient="P2", visit_date=SPRING, file_sha256=sha("file 2"))
    assert store._identities.file_names([planted(2).recording_id]) == {}


def test_forgetting_takes_the_files_names_with_it(store):
    add_planted(store)
    add(store, 2, "P2")
    store.forget(ADMINISTRATOR, "P1")
    assert NAME.encode() not in store._place.identities.read_bytes()
    assert store.trials(CLINICIAN, "P2")[0].source_name == "walk_0002.c3d"


@pytest.mark.parametrize(
    "warning",
    [
        "unlabelled points, dropped: 3",
        "the header's frames 1 to 4711 are not the 300 read: the first was numbered 1",
        "gaps filled: 12345 marker frames in 3 gaps (expected error up to 4.5 mm)",
        "header and parameters declare different analogs: 6 channels with 10 samples a frame were read",
        "treadmill: a belt speed of 1.20 m/s, found from the stance feet, was added",
        "model outputs with a name already in use, dropped: 2 (LKneeAngles, RHipMoment)",
        "the left hip centre was left out: 0.52 m from the knee",
    ],
)
def test_our_own_warnings_lose_nothing(warning):
    assert FileWords().warnings([warning]) == (warning,)


@pytest.mark.parametrize(
    "odd", ["O'Neill", "Müller", "李雷", "anna", "PETERSEN", "Petersen-Long", "P_etersen", "\u202eX"]
)
@pytest.mark.parametrize("form", ["dropped: 1 ({})", "the length unit '{}' is unknown", "{} was read", "a ({} b) {}"])
def test_no_other_word_stays_in_a_warning(odd, form):
    (said,) = FileWords().warnings([form.format(odd, odd)])
    assert not any(piece.lower() in said.lower() for piece in odd.replace("'", "-").split("-") if len(piece) > 1)


def test_a_long_number_stays_in_no_warning_and_a_count_does():
    said = FileWords().warnings(
        ["the length unit 'x' 4711 '' is unknown: 12345 frames", "dropped: 2 (x) 4711 (y)", "4711081"]
    )
    assert said == ("the length unit 'x' … '' is unknown: 12345 frames", "dropped: 2 (x) … (y)", "…")


def test_a_subject_named_by_a_word_of_the_trade_is_no_label():
    assert FileWords("Ariel").warnings(["dropped: 1 (ARIEL, LASI)"]) == ("dropped: 1 (…, LASI)",)


def test_numbers_in_facts_of_a_file_are_no_facts():
    facts = known_facts(TrialFacts(orthosis="AFO 23 11", footwear="shoes 4711"), lambda words: f"[{len(words)}]")
    assert (facts.orthosis, facts.footwear) == ("AFO [5]", "shoes [4]")
    assert known_facts(TrialFacts(aid="[230119] cane"), lambda _: "[x]").aid == "[x] cane"
