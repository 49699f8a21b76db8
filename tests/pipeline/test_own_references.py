"""A store that keeps a reference of its own: its visits are compared with it where it is the most like them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import Ltme, is_one_line

from ltme_clinic.access import local_principal
from ltme_clinic.embedding import load_model
from ltme_clinic.pipeline import keep_reference, load_reference
from ltme_clinic.store import Store
from ltme_clinic.types import LtmeError

WHO = local_principal()


@pytest.fixture
def own(store: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copytree(store, tmp_path / "own")
    with Store.open(tmp_path / "own") as opened:
        yield opened


@pytest.fixture
def barefoot(own: Store, tmp_path: Path) -> Path:
    """The shipped people under another name, all of them walking as the store's patients do."""
    shipped = load_reference(load_model().fingerprint)
    (condition,) = {stored.condition for stored in own.embeddings(WHO, None, shipped.fingerprint)}
    file = tmp_path / "own.safetensors"
    replace(shipped, name="our people", card={**shipped.card, "condition": condition or "barefoot"}).save(file)
    return file


def test_findings_are_made_anew_with_a_reference_that_is_added_and_again_when_it_is_removed(
    own: Store, barefoot: Path, ltme: Ltme
) -> None:
    def references() -> set[str]:
        return {f.reference for patient in own.patients(WHO) for f in own.findings(WHO, patient.pseudonym)}

    assert references() == {"virtual-healthy"}
    done = ltme("reference", "add", barefoot, "--store", own.location)
    assert done.returncode == 0, done.stderr
    assert "our people: 400 virtual people, kept in" in done.stdout
    listed = json.loads(ltme("reference", "list", "--store", own.location, "--json").stdout)
    assert {item["name"]: item["kept"] for item in listed} == {"virtual-healthy": "shipped", "our people": "store"}
    assert "our people: 400 virtual people" in ltme("reference", "list", "--store", own.location).stdout
    assert references() <= {"our people", "virtual-healthy"}
    assert "our people" in references()

    removed = ltme("reference", "remove", "our people", "--store", own.location)
    assert removed.returncode == 0, removed.stderr
    assert references() == {"virtual-healthy"}
    again = ltme("reference", "remove", "our people", "--store", own.location)
    assert again.returncode == 1
    assert is_one_line(again.stderr)
    assert "is not kept in this store" in again.stderr


def test_what_is_no_reference_or_another_checkpoint_s_or_takes_the_shipped_name_is_refused(
    own: Store, tmp_path: Path
) -> None:
    shipped = load_reference(load_model().fingerprint)
    text = tmp_path / "text.safetensors"
    text.write_text("not one", encoding="utf-8")
    with pytest.raises(LtmeError, match="not a reference population"):
        keep_reference(own, text)
    other = tmp_path / "other.safetensors"
    replace(shipped, name="old", fingerprint="0" * 64).save(other)
    with pytest.raises(LtmeError, match=r"made by checkpoint 0{12}"):
        keep_reference(own, other)
    shipped.save(other)
    with pytest.raises(LtmeError, match="the shipped reference's name"):
        keep_reference(own, other)
    with pytest.raises(LtmeError, match="there is no such file"):
        keep_reference(own, tmp_path / "nowhere")
    assert own.references() == []
