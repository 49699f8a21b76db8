"""Names are planted wherever identity hides in a file, and a search of every byte written finds none."""

from __future__ import annotations

import numpy as np
import pytest
from deidentify_planting import LOW_PASS, planted_file, spellings, traces, traces_in
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.c3d_writing import write_raw
from ltme_clinic.recordings.deidentify import DeidentificationKey, WhoseFiles, deidentify_file, deidentify_folder
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.readers import default_reader

KEY = DeidentificationKey(bytes(range(32)))
DATES = ["2019-03-04", "20190304", "04.03.2019", "1962-05-03", "19620503"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le"])
@pytest.mark.parametrize("prefix", [False, True])
@pytest.mark.parametrize("name", ["Wilhelmina Okonkwo", "WILHELMINA OKONKWO", "Zoraïde Müllerßen"])
def test_a_planted_name_is_nowhere_afterwards(tmp_path, name, prefix, encoding):
    words = [*name.split(), name, name.replace(" ", "_"), name.replace(" ", "")]
    visit = tmp_path / "in" / name / "2019-03-04"
    visit.mkdir(parents=True)
    (visit / f"{name} walk 1.c3d").write_bytes(planted_file(name, encoding=encoding, prefix=prefix))
    for sibling in (".enf", ".xcp", ".vsk", ".mp", ".avi"):
        (visit / f"{name} walk 1.Trial{sibling}").write_bytes(name.encode())
    report = deidentify_folder([tmp_path / "in"], tmp_path / "out", KEY, whose=WhoseFiles(by_folder=True))
    assert [str(error) for error in report.refused] == []
    assert traces(tmp_path / "in", words), "the search itself must find what was planted"
    assert traces(tmp_path / "out", [*words, *DATES]) == []
    assert set(report.identities.values()) == {name}
    assert len(list((tmp_path / "out").rglob("*.c3d"))) == 1
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 2  # the copy and the mark


@pytest.mark.parametrize("is_float", [True, False])
@pytest.mark.parametrize("counts", [(41, 40), (40, 41), (39, 40), (40, 39), (None, 41), (None, 0), (0, 0), (60, 60)])
def test_a_name_behind_the_last_frame_is_no_frame_whatever_the_counts_say(tmp_path, counts, is_float):
    name = "Wilhelmina Okonkwo"
    for frames in (40, 41):  # the last block has different room behind them
        told = tuple(count + frames - 40 if count and count < 60 else count for count in counts)
        stored = planted_file(name, frames=frames, counts=told, is_float=is_float)
        (tmp_path / f"walk{frames}.c3d").write_bytes(stored)
        report = deidentify_folder([tmp_path / f"walk{frames}.c3d"], tmp_path / "out", KEY)
        assert report.taken or counts in ((None, 41), (60, 60))  # these may not be there: cut off
        for file in report.taken:
            after = default_reader().read(file.outputs[0])
            assert after.frames <= frames
            assert np.abs(after.points[~after.missing]).max() < 2e3
    assert traces(tmp_path / "out", [*name.split(), *(name[i : i + 4] for i in range(8))]) == []


def test_what_is_motion_is_kept_to_the_bit(tmp_path):
    source = tmp_path / "walk.c3d"
    source.write_bytes(planted_file("Wilhelmina Okonkwo"))
    result = deidentify_file(source, tmp_path / "out", KEY)
    before, after = default_reader().read(source), default_reader().read(result.outputs[0])
    assert_same_motion(before, after)
    (was,), (now,) = read_recordings(source), read_recordings(result.outputs[0])
    np.testing.assert_array_equal(now.positions_m, was.positions_m)
    assert [(e.kind, e.frame) for e in now.events] == [(e.kind, e.frame) for e in was.events]
    assert [o.kind for o in now.model_outputs] == [o.kind for o in was.model_outputs]
    assert now.anthropometry == was.anthropometry
    assert now.anthropometry.height_m == pytest.approx(1.712)
    assert now.subject == result.pseudonyms[0] == KEY.patient("Okonkwo, wilhelmina")
    assert now.manufacturer == "Vicon"


def test_known_words_are_kept_and_others_are_not(tmp_path):
    source = tmp_path / "walk.c3d"
    source.write_bytes(planted_file("Wilhelmina Okonkwo"))
    result = deidentify_file(source, tmp_path / "out", KEY)
    after = default_reader().read(result.outputs[0])
    assert after.point_labels[:2] == ("LASI", "RASI")
    assert after.point_labels[12:] == ("M013", "*14", "Angle015")
    assert after.analog_labels == ("Fx1", "C002", "C003")
    assert after.texts("ANALOG", "UNITS") == ("N", "V", "")
    assert after.texts("EVENT", "LABELS") == ("Foot Strike", "Event")
    assert after.texts("LTME_TRIAL", "AID") == ("cane right",)
    assert after.texts("LTME_TRIAL", "FOOTWEAR") == ()
    assert after.texts("LTME_TRIAL", "PROCESSING") == (LOW_PASS.decode(),)
    assert after.text("LTME_TRIAL", "EXAMINER") == KEY.examiner("Wilhelmina Okonkwo")
    assert not any(after.descriptions.values())
    assert set(after.parameters) <= {
        "POINT",
        "ANALOG",
        "FORCE_PLATFORM",
        "TRIAL",
        "EVENT",
        "SUBJECTS",
        "PROCESSING",
        "MANUFACTURER",
        "LTME_TRIAL",
    }
    assert "marker and output labels replaced by numbers: 2" in result.notes


def assert_same_motion(before: RawC3D, after: RawC3D) -> None:
    seen = ~before.missing
    np.testing.assert_array_equal(after.missing, before.missing)
    np.testing.assert_array_equal(after.points[seen], before.points[seen])
    np.testing.assert_array_equal(after.analogs, before.analogs)
    np.testing.assert_allclose(after.residuals, np.nan_to_num(before.residuals), rtol=1e-6)
    np.testing.assert_array_equal(after.camera_masks, before.camera_masks)
    assert (after.rate_hz, after.first_frame) == (before.rate_hz, before.first_frame)
    assert after.analog_rate_hz == pytest.approx(before.analog_rate_hz)


NAMES = st.text(st.characters(codec="cp1252", categories=("Lu", "Ll")), min_size=6, max_size=12)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    first=NAMES,
    last=NAMES,
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-16-be"]),
    prefix=st.booleans(),
    seed=st.integers(0, 9),
)
def test_no_name_that_can_be_thought_of_survives(tmp_path_factory, first, last, encoding, prefix, seed):
    assume(not any(b"?" in form for word in (first, last) for form in spellings(word)))
    folder = tmp_path_factory.mktemp("planted")
    (folder / "in").mkdir()
    name = f"{first} {last}"
    (folder / "in" / f"{first}_{last}.c3d").write_bytes(planted_file(name, encoding=encoding, prefix=prefix, seed=seed))
    report = deidentify_folder([folder / "in"], folder / "out", KEY, whose=WhoseFiles(patient=name))
    assert report.refused == ()
    found = traces(folder / "out", [first, last])
    if found:  # a word of the format itself, as in "Foot Strike": it must stand in everybody's file
        (folder / "in" / f"{first}_{last}.c3d").write_bytes(planted_file("Xqzvwk", encoding=encoding, seed=seed))
        deidentify_folder([folder / "in"], folder / "other", KEY, whose=WhoseFiles(patient="Xqzvwk"))
        assert {trace.split(" in ")[0] for trace in found} <= {
            trace.split(" in ")[0] for trace in traces(folder / "other", [first, last])
        }


TEXT = st.text(st.characters(codec="cp1252"), max_size=30).map(lambda text: f"Xqzvwk{text}")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    labels=st.lists(TEXT, min_size=4, max_size=8),
    groups=st.dictionaries(
        st.sampled_from(
            [
                "POINT",
                "ANALOG",
                "EVENT",
                "TRIAL",
                "SUBJECTS",
                "MANUFACTURER",
                "FORCE_PLATFORM",
                "PROCESSING",
                "LTME_TRIAL",
                "OWN",
            ]
        ),
        st.dictionaries(
            st.sampled_from(
                [
                    "UNITS",
                    "DATE",
                    "CAMERA_RATE",
                    "COMPANY",
                    "HEIGHT",
                    "CORNERS",
                    "LABELS",
                    "CONTEXTS",
                    "KIND",
                    "FOOTWEAR",
                    "X_SCREEN",
                    "PROCESSING",
                    "FILLED",
                    "ANGLES",
                ]
            ),
            st.lists(TEXT, min_size=1, max_size=3).map(tuple),
            max_size=6,
        ),
        max_size=6,
    ),
    described=TEXT,
)
def test_no_text_in_any_place_survives(tmp_path_factory, labels, groups, described):
    folder = tmp_path_factory.mktemp("planted")
    (folder / "in").mkdir()
    points = np.random.default_rng(1).uniform(1.0, 900.0, (5, len(labels), 3)).astype("f4")
    raw = RawC3D(
        source_name="",
        rate_hz=100.0,
        first_frame=1,
        point_labels=tuple(labels),
        points=points,
        missing=np.zeros(points.shape[:2], dtype=bool),
        analog_rate_hz=100.0,
        analog_labels=(described,),
        analogs=np.ones((5, 1), np.float32),
        parameters=groups,
        header_events=(("Xqzv", 0.1),),
        descriptions={group: {"": described, **dict.fromkeys(values, described)} for group, values in groups.items()},
    )
    write_raw(folder / "in" / "a.c3d", raw)
    report = deidentify_folder([folder / "in"], folder / "out", KEY, whose=WhoseFiles(patient="somebody"))
    assert report.refused == ()
    assert traces(folder / "in", ["Xqzvwk"])
    assert traces(folder / "out", ["Xqzv"]) == []


def test_a_subject_that_is_named_by_a_birth_date_is_gone(tmp_path, shared_data):
    folder = shared_data / "recordings" / "overground_small"
    report = deidentify_folder([folder], tmp_path / "out", KEY)
    (file,) = report.taken
    (name,) = report.identities.values()
    assert name.encode() in file.source.read_bytes()
    assert traces(tmp_path / "out", [name, name[:8], file.source.stem]) == []
    assert file.outputs[0].parent.name == "undated"


def test_real_files_keep_their_motion_and_their_meaning(tmp_path, shared_data):
    whose = WhoseFiles(by_folder=True)
    report = deidentify_folder([shared_data / "recordings"], tmp_path / "out", KEY, whose=whose)
    assert len(report.taken) >= 35
    for file in report.taken:
        before, after = default_reader().read(file.source), default_reader().read(file.outputs[0])
        assert_same_motion(before, after)
        (was,), (now,) = read_recordings(file.source), read_recordings(file.outputs[0])
        np.testing.assert_array_equal(now.positions_m, was.positions_m)
        assert [(e.kind, e.side, e.frame) for e in now.events] == [(e.kind, e.side, e.frame) for e in was.events]
        assert [o.kind for o in now.model_outputs] == [o.kind for o in was.model_outputs], file.source.name
        assert (now.origin, now.plates, now.is_static) == (was.origin, was.plates, was.is_static)
        subjects = [*before.texts("SUBJECTS", "NAMES"), *before.texts("SUBJECTS", "LABEL_PREFIXES"), file.source.stem]
        known = {"Qualisys"}  # a maker of cameras, not a person
        words = [s.rstrip(":") for s in subjects if len(s) > 4 and s not in known]
        assert traces_in(file.outputs[0].read_bytes(), words) == []


def test_a_name_that_is_a_word_of_the_trade_is_replaced_in_labels(tmp_path):
    points = np.random.default_rng(1).uniform(1.0, 900.0, (5, 5, 3)).astype("f4")
    raw = RawC3D(
        source_name="",
        rate_hz=100.0,
        first_frame=1,
        point_labels=("LASI", "RASI", "ARIEL", "LHEE", "LKneeAngles"),
        points=points,
        missing=np.zeros((5, 5), dtype=bool),
        analog_rate_hz=100.0,
        analog_labels=("EMG Max", "EMG TA"),
        analogs=np.ones((5, 2), np.float32),
        parameters={"SUBJECTS": {"NAMES": ("Ariel",)}},
    )
    write_raw(tmp_path / "a.c3d", raw)
    result = deidentify_file(tmp_path / "a.c3d", tmp_path / "out", KEY, whose=WhoseFiles(patient="Max Head"))
    after = default_reader().read(result.outputs[0])
    assert after.point_labels == ("LASI", "RASI", "M003", "LHEE", "LKneeAngles")
    assert after.analog_labels == ("C001", "EMG TA")
