"""Roles: who may do what, said in one line when not."""

from __future__ import annotations

import getpass

import pytest

from ltme_clinic.access import GRANTS, Permission, Principal, Role, local_principal
from ltme_clinic.types import LtmeError, Refused


def test_every_role_has_its_permissions_listed():
    assert set(GRANTS) == set(Role)


def test_only_the_administrator_forgets_a_patient():
    assert [role for role in Role if Permission.FORGET in GRANTS[role]] == [Role.ADMINISTRATOR]


def test_a_researcher_never_sees_who_a_patient_is():
    researcher = Principal("rosa", Role.RESEARCHER)
    assert researcher.may(Permission.READ_PATIENTS)
    assert not researcher.may(Permission.READ_IDENTITIES)
    assert not researcher.may(Permission.WRITE_IDENTITIES)


def test_a_therapist_reads_patients_and_exercises_and_changes_nothing():
    granted = GRANTS[Role.THERAPIST]
    assert {Permission.READ_PATIENTS, Permission.READ_EXERCISES} <= granted
    assert not granted & {Permission.ADD_RECORDINGS, Permission.SAVE_RESULTS, Permission.FORGET}


def test_the_administrator_may_do_whatever_a_clinician_may():
    assert GRANTS[Role.CLINICIAN] < GRANTS[Role.ADMINISTRATOR] == set(Permission)


def test_a_refusal_is_one_line_with_name_role_and_cure():
    with pytest.raises(Refused) as refused:
        Principal("theo", Role.THERAPIST).require(Permission.READ_PATIENTS, Permission.FORGET)
    assert str(refused.value) == "theo: a therapist may not forget a patient. Ask an administrator."
    assert isinstance(refused.value, LtmeError)


def test_a_hostile_name_stays_on_one_line():
    assert "\n" not in Principal("eve\nroot did it", Role.CLINICIAN).name


def test_a_role_may_be_given_by_its_word_and_an_unknown_one_is_an_error():
    assert Principal("ada", "clinician").role is Role.CLINICIAN  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="surgeon"):
        Principal("ada", "surgeon")  # type: ignore[arg-type]


def test_the_local_user_is_the_administrator_of_their_own_store():
    assert local_principal() == Principal(getpass.getuser(), Role.ADMINISTRATOR)


def test_a_user_without_a_name_is_still_somebody(monkeypatch):
    def no_entry() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(getpass, "getuser", no_entry)
    assert local_principal().name
