"""What a patient did, wore and leant on: read from what stands beside the signals, with the source of each fact."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import c3d_bytes, walker_mm

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.enf import MOST_BYTES, enf_facts, facts_of_enf
from ltme_clinic.recordings.trial_words import said_by_name, said_in_entry, words_of
from ltme_clinic.types import LtmeError, Recording, TrialFacts
from ltme_clinic.types.trial import LONGEST_FACT, with_given


def stepping_mm(speed_mps: float = 1.2, frames: int = 300, rise_m: float = 0.0) -> np.ndarray:
    """Legs that step forward at one step in half a second, 100 Hz."""
    time_s = np.arange(frames) / 100.0
    positions = np.repeat(walker_mm(1), frames, axis=0)
    positions[..., 0] += 1000.0 * speed_mps * time_s[:, None]
    swing = 250.0 * np.sin(2.0 * np.pi * time_s)
    positions[:, 4::2, 0] += swing[:, None]
    positions[:, 5::2, 0] -= swing[:, None]
    positions[..., 2] += 1000.0 * rise_m * (time_s / time_s[-1])[:, None]
    return positions


def read(folder: Path, name: str, points: np.ndarray | None = None, **settings) -> Recording:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(c3d_bytes(stepping_mm() if points is None else points, **settings))
    (recording,) = read_recordings(path)
    return recording


def events(contacts: dict[str, list[float]], offs: dict[str, list[float]]) -> dict:
    listed = [(t, "Foot Strike", side) for side, times in contacts.items() for t in times]
    listed += [(t, "Foot Off", side) for side, times in offs.items() for t in times]
    times = np.array([[0.0] * len(listed), [t for t, _, _ in listed]])
    labels, contexts = [label for _, label, _ in listed], [side for _, _, side in listed]
    return {"EVENT": {"USED": len(listed), "TIMES": times, "LABELS": labels, "CONTEXTS": contexts}}


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("static", {"kind": "static"}),
        ("aStaticTrial", {"kind": "static"}),
        ("gait_static01", {"kind": "static"}),
        ("HC030_barefoot_walk02", {"kind": "walk", "footwear": "barefoot"}),
        ("walk_bf_03", {"kind": "walk", "footwear": "barefoot"}),
        ("Gehen barfuß mit Gehstock rechts", {"kind": "walk", "footwear": "barefoot", "aid": "cane right"}),
        ("marche_pieds_nus", {"kind": "walk", "footwear": "barefoot"}),
        ("marcha descalzo muletas", {"kind": "walk", "footwear": "barefoot", "aid": "crutches"}),
        ("lopen blote voeten rollator", {"kind": "walk", "footwear": "barefoot", "aid": "walker"}),
        ("walk shoes LAFO", {"kind": "walk", "footwear": "shoes", "orthosis": "AFO left"}),
        ("AFOs_bilat", {"orthosis": "AFO both"}),
        ("AFO_L_R", {"orthosis": "AFO both"}),
        ("KAFO right shoe", {"orthosis": "KAFO right", "footwear": "shoes"}),
        ("no_AFO", {"orthosis": "no orthosis"}),
        ("walking_stick", {"aid": "cane"}),
        ("walk_walker", {"kind": "walk", "aid": "walker"}),
        ("walk handheld", {"kind": "walk", "assistance": "hand held"}),
        ("med_off_walk", {"kind": "walk", "medication": "off"}),
        ("ON_meds", {"medication": "on"}),
        ("hip ROM 2", {"kind": "range_of_motion"}),
        ("squat", {"kind": "exercise"}),
        ("sit2stand", {"kind": "exercise"}),
        ("operated left", {"operated_side": "left"}),
    ],
)
def test_names_say_what_whole_words_say(name, facts):
    assert dict(said_by_name(name).facts) == facts


@pytest.mark.parametrize(
    "name",
    [
        *("HC030A01", "Trial07", "ON_02", "off", "statue", "romberg", "Calvin_01", "Walker_John_02", "Cane_A", "notes"),
        *("walkman", "shoestring", "caf", "no_shoes", "run01", "", "x" * 300),
    ],
)
def test_names_that_say_nothing_for_sure_say_nothing(name):
    assert not said_by_name(name).facts


def test_a_name_that_says_two_things_says_neither():
    said = said_by_name("barefoot_shoes_walk")
    assert dict(said.facts) == {"kind": "walk"}
    assert said.contradicted == ("footwear",)


def test_words_of_the_subjects_name_and_family_names_of_folders_do_not_count():
    assert not said_by_name("P7 Cane 03", known_names=["Cane P7"]).facts
    assert not said_by_name("Walker", may_be_a_person=True).facts
    assert words_of("Größe_aStatic02") == ("grosse", "a", "static", "02")


def test_an_entry_is_kept_in_known_words_only():
    assert said_in_entry("AFO bilateral (Dr. Example)").facts["orthosis"] == "AFO both"
    assert "footwear" not in said_in_entry("belongs to Ann Example").facts


def test_the_file_its_folder_and_its_signals_speak_in_this_order(tmp_path):
    walk = read(tmp_path / "AFO_left" / "barefoot", "trial_03.c3d").trial
    assert (walk.kind, walk.footwear, walk.orthosis) == ("walk", "barefoot", "")
    assert walk.sources == {"kind": "signals", "footwear": "file name"}
    assert read(tmp_path / "barefoot", "shoes_01.c3d").trial.footwear == "shoes"
    assert read(tmp_path / "static", "01.c3d", walker_mm(20)).trial.kind == "static"
    assert read(tmp_path / "static and walks", "01.c3d", walker_mm(20)).trial.kind == "unknown"


def test_a_name_that_the_markers_contradict_gives_no_kind_and_a_warning(tmp_path):
    moving = read(tmp_path, "static01.c3d")
    still = read(tmp_path, "walk01.c3d", np.repeat(walker_mm(1), 60, axis=0))
    assert moving.trial.kind == "walk"
    assert moving.trial.sources == {"kind": "signals"}
    assert still.trial.kind == "unknown"  # standing before the first step, or a static trial by a wrong name
    assert not still.is_static
    for recording in (moving, still):
        assert any("which the markers contradict" in warning for warning in recording.warnings)


@pytest.mark.parametrize(
    ("points", "kind"),
    [
        (stepping_mm(), "walk"),
        (stepping_mm(speed_mps=3.0), "unknown"),
        (stepping_mm(speed_mps=0.02), "unknown"),
        (stepping_mm(rise_m=1.0), "unknown"),
        (np.repeat(walker_mm(1), 60, axis=0), "static"),
        (walker_mm(300), "unknown"),
    ],
)
def test_signals_tell_a_walk_or_a_standing_and_else_nothing(tmp_path, points, kind):
    recording = read(tmp_path, "t.c3d", points)
    assert recording.trial.kind == kind
    assert recording.is_static == (kind == "static")


def standing_mm(frames: int = 300) -> np.ndarray:
    return np.repeat(walker_mm(1), frames, axis=0)


@pytest.mark.parametrize(("frames", "kind"), [(1, "unknown"), (3, "unknown"), (49, "unknown"), (50, "static")])
def test_nobody_stands_for_less_than_half_a_second(tmp_path, frames, kind):
    recording = read(tmp_path, "t.c3d", standing_mm(frames))
    assert (recording.trial.kind, recording.is_static) == (kind, kind == "static")


@pytest.mark.parametrize(("raised_mm", "kind"), [(40.0, "static"), (300.0, "unknown")])
def test_one_marker_that_travels_is_no_standing(tmp_path, raised_mm, kind):
    points = standing_mm()
    points[:, 0, 2] += raised_mm * np.abs(np.sin(np.linspace(0.0, 3.0 * np.pi, 300)))
    assert read(tmp_path, "t.c3d", points).trial.kind == kind


def test_a_marker_taken_for_another_in_a_few_frames_does_not_end_a_standing(tmp_path):
    points = standing_mm()
    points[100:102, 0, 2] += 500.0
    assert read(tmp_path, "t.c3d", points).is_static


def test_a_kind_that_somebody_names_outweighs_the_stillness(tmp_path):
    recording = read(tmp_path, "rom_ankle.c3d", standing_mm())
    assert (recording.trial.kind, recording.is_static) == ("range_of_motion", False)
    stated = read(tmp_path, "t.c3d", standing_mm(), groups={"LTME_TRIAL": {"KIND": ["walk"]}})
    assert (stated.trial.kind, stated.is_static) == ("walk", False)


@pytest.mark.parametrize(
    ("offs", "kind"),
    [
        ({"Right": [0.7], "Left": [1.2]}, "walk"),
        ({"Right": [0.4], "Left": [0.9]}, "unknown"),
    ],
)
def test_feet_that_overlap_on_the_floor_walk_and_feet_that_fly_do_not(tmp_path, offs, kind):
    contacts = {"Right": [0.1, 1.1], "Left": [0.6]}
    treadmill = stepping_mm(speed_mps=0.0)
    assert read(tmp_path, "t.c3d", treadmill, groups=events(contacts, offs)).trial.kind == kind


def test_feet_that_land_together_do_not_walk(tmp_path):
    group = events({"Right": [0.5], "Left": [0.52]}, {"Right": [1.5], "Left": [1.5]})
    assert read(tmp_path, "t.c3d", stepping_mm(speed_mps=0.0), groups=group).trial.kind == "unknown"


def test_parameters_of_our_writer_are_taken_as_they_stand_and_others_in_known_words(tmp_path):
    ours = {"LTME_TRIAL": {"KIND": ["range_of_motion"], "AID": ["cane right"], "FOOTWEAR": ["own boots"]}}
    trial = read(tmp_path, "shoes.c3d", groups=ours).trial
    assert (trial.kind, trial.aid, trial.footwear) == ("range_of_motion", "cane right", "own boots")
    assert set(trial.sources.values()) == {"parameters"}
    theirs = {"TRIAL": {"FOOTWEAR": ["Barefoot, says Ann Example"], "AID": ["Ann's"], "MEDICATION": ["OFF"]}}
    trial = read(tmp_path, "t.c3d", groups=theirs).trial
    assert (trial.footwear, trial.aid, trial.medication) == ("barefoot", "", "off")
    wrong = {
        "LTME_TRIAL": {"KIND": ["dance"], "OPERATED_SIDE": ["up"], "AGE_Y": ["Ann"]},
        "SUBJECTS": {"IS_STATIC": 1},
    }
    trial = read(tmp_path, "t.c3d", groups=wrong).trial
    assert (trial.kind, trial.operated_side, trial.years) == ("static", None, None)
    assert read(tmp_path, "t.c3d", groups={"LTME_TRIAL": {"AGE_Y": ["7.5"]}}).trial.years == 7.5


ENF = """[Node Information]
TYPE=TRIAL
NAME=Ann Example
[TRIAL_INFO]
TASK=S-Static
SHOES=Barefoot
ProthesisOrthosis=AFO left
ExternalAid=None
MEDICATION_STATE=ON
OPERATED SIDE=Right
EXAMINER=Dr. E. Xample
NOTES=mother of Ann Example was there, walker
CREATIONDATEANDTIME=2018,11,20,9,5,1
"""


def test_an_enf_file_gives_the_facts_asked_for_and_no_others():
    assert facts_of_enf(ENF) == {
        "kind": "static",
        "footwear": "barefoot",
        "orthosis": "AFO left",
        "medication": "on",
        "operated_side": "right",
        "examiner": "Dr. E. Xample",
    }
    assert "kind" not in facts_of_enf(ENF, of_trial=False)
    assert facts_of_enf("DESCRIPTION=Walk with shoes") == {"kind": "walk", "footwear": "shoes"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_an_enf_file_is_read_in_any_encoding(tmp_path, encoding):
    (tmp_path / "walk.Trial01.enf").write_bytes(ENF.replace("Xample", "Xämple").encode(encoding))
    assert enf_facts(tmp_path / "walk.c3d")["examiner"] == "Dr. E. Xämple"


def test_the_trials_own_enf_counts_before_the_sessions_and_the_patients(tmp_path):
    session = tmp_path / "New Session"
    trial = read(session, "t01.c3d").trial
    assert "enf" not in trial.sources.values()
    (session / "t01.Trial.enf").write_text("SHOES=Shoes\n")
    (session / "New Session.Session.enf").write_text("SHOES=Barefoot\nAIDS=Crutches\nTASK=static\n")
    (tmp_path / "Ann.Patient 1.enf").write_text("AIDS=Walker\n")
    (tmp_path / "Ann.Patient.enf").write_text("AIDS=Walker\nOPERATED_SIDE=both\n")
    trial = read(session, "t01.c3d").trial
    assert (trial.kind, trial.footwear, trial.aid, trial.operated_side) == ("walk", "shoes", "crutches", "both")
    assert trial.sources == {"kind": "signals", "footwear": "enf", "aid": "enf", "operated_side": "enf"}


def test_two_enf_files_that_claim_one_trial_count_for_nothing(tmp_path):
    for number in (1, 2):
        (tmp_path / f"t.Trial{number:02}.enf").write_text("SHOES=Shoes\n")
    assert enf_facts(tmp_path / "t.c3d") == {}


def test_hostile_enf_files_are_passed_over(tmp_path):
    trial = tmp_path / "t.Trial.enf"
    trial.write_bytes(b"SHOES=Shoes\n" * (MOST_BYTES // 12 + 1))
    assert enf_facts(tmp_path / "t.c3d") == {}
    trial.unlink()
    (tmp_path / "elsewhere").write_text("SHOES=Shoes\n")
    trial.symlink_to(tmp_path / "elsewhere")
    assert enf_facts(tmp_path / "t.c3d") == {}
    trial.unlink()
    os.mkfifo(trial)
    assert enf_facts(tmp_path / "t.c3d") == {}
    trial.unlink()
    trial.mkdir()
    assert enf_facts(tmp_path / "t.c3d") == {}
    trial.rmdir()
    trial.write_bytes(bytes(range(256)) * 4 + b"\nSHOES=" + b"x" * 500 + b"\nAIDS=Cane\n=\n[=\nEXAMINER=" + b"y" * 100)
    assert enf_facts(tmp_path / "t.c3d") == {"aid": "cane"}
    assert enf_facts(tmp_path / "nowhere" / "t.c3d") == {}


def test_what_is_given_outranks_what_was_found():
    found = TrialFacts(kind="walk", footwear="shoes", sources={"kind": "signals", "footwear": "enf"})
    given = with_given(found, {"kind": "ROM", "operated_side": "L", "aid": " cane\nright ", "footwear": ""})
    assert (given.kind, given.operated_side, given.aid, given.footwear) == (
        "range_of_motion",
        "left",
        "cane right",
        "shoes",
    )
    assert given.sources == {"kind": "manifest", "operated_side": "manifest", "aid": "manifest", "footwear": "enf"}
    assert given.condition == "shoes, cane right"
    assert found.kind == "walk"


@pytest.mark.parametrize(
    ("text", "kept", "years"), [("9", "9", 9.0), (" 9.54 ", "9.5", 9.5), ("93", "90", 90.0), ("", "", None)]
)
def test_an_age_is_kept_in_tenths_and_none_above_ninety(text, kept, years):
    facts = with_given(TrialFacts(), {"age_y": text})
    assert (facts.age_y, facts.years, facts.condition) == (kept, years, "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("kind", "dance"),
        ("operated_side", "up"),
        ("diet", "vegan"),
        ("aid", "x" * (LONGEST_FACT + 1)),
        ("age_y", "nine"),
        ("age_y", "-3"),
        ("age_y", "nan"),
        ("age_y", "1996"),
    ],
)
def test_what_is_given_wrong_is_an_error_with_a_cure(name, text):
    with pytest.raises(LtmeError) as wrong:
        with_given(TrialFacts(), {name: text})
    assert wrong.value.cure
