"""A store's own references: kept whole, listed, told apart by name, removed by those who may."""

from __future__ import annotations

import pytest
from store_samples import CLINICIAN, FINGERPRINT, RESEARCHER, sha

from ltme_clinic.access import Principal, Role
from ltme_clinic.store import ReferenceSummary
from ltme_clinic.types import LtmeError, Refused

ADULTS = {"name": "adults, shoes", "origin": "measured", "fingerprint": FINGERPRINT, "people": 44}


def test_a_reference_is_kept_as_it_was_given_and_the_same_again_changes_nothing(store):
    assert store.references() == []
    assert store.add_reference(CLINICIAN, **ADULTS, content=b"\0one")
    assert not store.add_reference(CLINICIAN, **ADULTS, content=b"\0one")
    assert store.references() == [ReferenceSummary("adults, shoes", "measured", FINGERPRINT, 44)]
    assert store.reference_content("adults, shoes") == b"\0one"


def test_two_references_never_share_a_name(store):
    store.add_reference(CLINICIAN, **ADULTS, content=b"one")
    with pytest.raises(Refused, match="another reference of this name"):
        store.add_reference(CLINICIAN, **ADULTS, content=b"two")
    assert store.reference_content("adults, shoes") == b"one"
    store.add_reference(CLINICIAN, **(ADULTS | {"name": "children", "fingerprint": sha("other")}), content=b"two")
    assert [item.name for item in store.references()] == ["adults, shoes", "children"]


def test_a_removed_reference_is_gone_and_both_are_in_the_audit_log(store):
    store.add_reference(CLINICIAN, **ADULTS, content=b"one")
    store.remove_reference(CLINICIAN, "adults, shoes")
    assert store.references() == []
    for use in (
        lambda: store.reference_content("adults, shoes"),
        lambda: store.remove_reference(CLINICIAN, "adults, shoes"),
    ):
        with pytest.raises(LtmeError, match="is not kept in this store"):
            use()
    actions = [entry.action for entry in store.audit(Principal("ada", Role.ADMINISTRATOR))]
    assert actions.count("add reference") == actions.count("remove reference") == 1
    assert store.verify_audit().intact


def test_who_measures_nobody_decides_nobody_s_reference(store):
    with pytest.raises(Refused, match="may not add or remove references"):
        store.add_reference(RESEARCHER, **ADULTS, content=b"one")
    store.add_reference(CLINICIAN, **ADULTS, content=b"one")
    with pytest.raises(Refused, match="may not add or remove references"):
        store.remove_reference(RESEARCHER, "adults, shoes")


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_name_that_no_row_holds_is_refused(store, name):
    with pytest.raises(LtmeError, match=r"1 to 255"):
        store.add_reference(CLINICIAN, **(ADULTS | {"name": name}), content=b"one")
