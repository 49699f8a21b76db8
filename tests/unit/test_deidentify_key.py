"""The key, pseudonyms, and dates that move together."""

from __future__ import annotations

import os
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltme_clinic.recordings.deidentify import DeidentificationKey, normalised_name
from ltme_clinic.recordings.deidentify.dates import dates_in, visit_date
from ltme_clinic.recordings.deidentify.vocabulary import ANALOG_WORDS, POINT_WORDS, made_of
from ltme_clinic.types import LtmeError

KEY = DeidentificationKey(b"k" * 32)
POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")


def test_a_key_is_made_once_and_opened_again(tmp_path):
    path = tmp_path / "secrets" / "clinic.key"
    made = DeidentificationKey.open_or_create(path)
    assert DeidentificationKey.open_or_create(path).fingerprint == made.fingerprint
    assert DeidentificationKey.open(path).patient("Ada") == made.patient("Ada")
    assert DeidentificationKey.create(tmp_path / "other.key").patient("Ada") != made.patient("Ada")
    assert [p.name for p in path.parent.iterdir()] == ["clinic.key"]


@POSIX
def test_a_key_is_readable_by_its_owner_alone_or_refused(tmp_path):
    path = tmp_path / "clinic.key"
    DeidentificationKey.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(LtmeError, match="chmod 600"):
        DeidentificationKey.open(path)


def test_a_key_is_never_overwritten(tmp_path):
    path = tmp_path / "clinic.key"
    DeidentificationKey.create(path)
    before = path.read_bytes()
    with pytest.raises(LtmeError, match="never overwritten"):
        DeidentificationKey.create(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"hello\n", b"ltme de-identification key 1\nabc\n", b"\xff" * 99])
def test_what_is_no_key_is_refused(tmp_path, content):
    path = tmp_path / "clinic.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(LtmeError):
        DeidentificationKey.open(path)


@POSIX
def test_a_link_is_no_key(tmp_path):
    DeidentificationKey.create(tmp_path / "real.key")
    (tmp_path / "link.key").symlink_to(tmp_path / "real.key")
    with pytest.raises(LtmeError, match="regular file"):
        DeidentificationKey.open(tmp_path / "link.key")


@pytest.mark.parametrize("name", ["Müller, Anna", "anna  MULLER", "Anna_Muller", "ANNA MÜLLER", " muller anna "])
def test_one_person_written_differently_has_one_pseudonym(name):
    assert KEY.patient(name) == KEY.patient("Anna Müller")
    assert KEY.shift_days(name) == KEY.shift_days("Anna Müller")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Anna Mueller", "Anna Müller"), ("Subject 1", "Subject 11"), ("P1", "P2"), ("か", "が"), ("कि", "की")],
)
def test_people_who_may_be_two_are_two(one, other):
    assert KEY.patient(one) != KEY.patient(other)


def test_numbers_are_compared_as_numbers():
    assert normalised_name("Subject01") == normalised_name("subject 1")


@given(st.text())
def test_pseudonyms_and_shifts_are_well_formed_for_any_name(name):
    assert len(KEY.patient(name)) == 10
    assert -365 <= KEY.shift_days(name) <= -1
    assert name == "" or len(name) < 4 or name not in KEY.patient(name)


def test_shifts_differ_between_people_and_keys():
    shifts = [KEY.shift_days(f"person {i}") for i in range(200)]
    assert len(set(shifts)) > 120
    assert shifts != [DeidentificationKey(b"q" * 32).shift_days(f"person {i}") for i in range(200)]


def test_pseudonyms_of_many_people_differ():
    assert len({KEY.patient(f"person {i}") for i in range(20_000)}) == 20_000


@pytest.mark.parametrize(
    "text",
    [
        "2019-03-04",
        "2019_03_04",
        "20190304",
        "2019.3.4",
        "4.3.2019",
        "04/03/2019",
        "4 March 2019",
        "04Mar2019",
        "2019-Mar-04",
    ],
)
def test_dates_are_found_however_they_are_written(text):
    assert [day for day, _ in dates_in(text)] == [date(2019, 3, 4)]
    assert visit_date(text) == date(2019, 3, 4)
    assert visit_date(f"Visit 2 {text}") == date(2019, 3, 4)


@pytest.mark.parametrize(
    "text",
    ["Smith 2019-03-04", "2019-13-04", "1962-05-03", "3019-01-01", "session 2", "12345678", "2019-03-04 2001-05-06 1"],
)
def test_what_may_be_a_birthday_or_is_no_date_is_no_visit(text):
    assert visit_date(text) is None


def test_the_date_in_a_persons_name_is_no_visit():
    assert visit_date("2001-05-06", frozenset({date(2001, 5, 6)})) is None


def test_intervals_between_visits_stay():
    days = timedelta(days=KEY.shift_days("Ada"))
    first, second = date(2019, 3, 4), date(2020, 2, 29)
    assert (second + days) - (first + days) == second - first


@pytest.mark.parametrize(
    "label", ["LHipAngles", "RGroundReactionForce", "Marker_12", "CentreOfMass", "L.Thigh.Upper", "FP1_Force"]
)
def test_labels_of_known_words_are_made_of_them(label):
    assert made_of(label, POINT_WORDS)


@pytest.mark.parametrize("label", ["L Tib Ant", "EMG 12", "Voltage.LRF", "Fx1", "F2X", "Sync", "Raw.Pin 3", "FP1_MZ"])
def test_channels_of_known_words_are_made_of_them(label):
    assert made_of(label, ANALOG_WORDS)


@pytest.mark.parametrize(
    "label",
    ["Anna", "AnnaAngles", "LAnna", "19620503", "Knee 19 62 05", "Müller", "hip" * 20, "", "1", "LHipAngles Zoë"],
)
def test_labels_with_anything_else_are_not(label):
    assert not made_of(label, POINT_WORDS)
    assert not made_of(label, ANALOG_WORDS)
