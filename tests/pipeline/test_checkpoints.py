"""A store and another checkpoint: old results stay as they are until the store is brought along, and nobody mixes."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import Ltme, is_one_line

from ltme_clinic.access import local_principal
from ltme_clinic.embedding import load_model
from ltme_clinic.pipeline import reembed_store, refresh_patients, report_patient, review_patient
from ltme_clinic.store import Store
from ltme_clinic.types import LtmeError

OLD = "0" * 64
WHO = local_principal()


@pytest.fixture
def older(store: Path, tmp_path: Path) -> Path:
    """A copy of the clinic's store, as another checkpoint would have left it."""
    place = tmp_path / "older"
    shutil.copytree(store, place)
    with closing(sqlite3.connect(place / "ltme.sqlite")) as database, database:
        database.execute("UPDATE embedding SET fingerprint = ?", [OLD])
        for table in ("finding", "trend"):
            database.execute(
                f"UPDATE {table} SET fingerprint = ?, payload = replace(payload, ?, ?)",
                [OLD, load_model().fingerprint, OLD],
            )
    return place


@pytest.fixture
def opened(older: Path) -> Iterator[Store]:
    with Store.open(older) as store:
        yield store


def test_a_store_of_another_checkpoint_is_refused_in_one_line_until_it_is_brought_along(
    older: Path, ltme: Ltme
) -> None:
    refused = ltme("findings", "--patient", "VP-001", "--store", older)
    assert refused.returncode == 1
    assert is_one_line(refused.stderr)
    assert "another checkpoint" in refused.stderr
    assert "ltme reembed" in refused.stderr
    done = ltme("reembed", "--store", older)
    assert done.returncode == 0, done.stderr
    assert "embedded 12   known already 0" in done.stdout
    with Store.open(older) as store:
        assert store.fingerprints() == {load_model().fingerprint: 12, OLD: 12}
        assert [finding.trials for finding in review_patient(store, "VP-001").findings] == [2, 2, 2]
        stored = store.findings(WHO, "VP-001")
        assert {finding.fingerprint for finding in stored} == {load_model().fingerprint, OLD}


def test_bringing_a_store_along_goes_on_where_it_was_cut_short(opened: Store) -> None:
    def stop(_what: str, done: int, _total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reembed_store(opened, progress=stop)
    with pytest.raises(LtmeError, match="1 of its recordings"):
        review_patient(opened, "VP-001")
    report = reembed_store(opened)
    assert (report.embedded, report.known, report.refused) == (7, 5, [])


def test_new_results_never_replace_old_ones_by_a_part_of_the_visits(opened: Store) -> None:
    trial = opened.trials(WHO, "VP-001")[-1]
    opened.save_embedding(WHO, load_model().encode(opened.clip(WHO, trial.recording_id)))
    (line,) = refresh_patients(opened, ["VP-001"])
    assert "5 of its recordings are embedded by another checkpoint" in line
    assert {trend.fingerprint for trend in opened.trends(WHO, "VP-001")} == {OLD}


def test_a_page_shows_the_newest_checkpoint_and_the_latest_dated_visit(opened: Store, tmp_path: Path) -> None:
    old = [replace(item, sentence="An outdated walk.") for item in opened.findings(WHO, "VP-001")]
    trends = [replace(item, sem_source="outdated source") for item in opened.trends(WHO, "VP-001")]
    opened.save_findings(WHO, old)
    opened.save_trends(WHO, trends)
    assert page_of(opened, tmp_path).count("outdated") > 1
    reembed_store(opened)
    refresh_patients(opened, ["VP-001"])
    assert "outdated" not in page_of(opened, tmp_path)

    opened.assign(WHO, opened.trials(WHO, "VP-001")[0].recording_id, "VP-001", None)
    latest = old[-1]
    opened.save_findings(WHO, [replace(latest, sentence="The latest dated walk.")])
    opened.save_findings(WHO, [replace(latest, visit="undated", sentence="An undated walk.")])
    page = page_of(opened, tmp_path)
    assert "The latest dated walk" in page
    assert "undated" not in page


def page_of(store: Store, folder: Path) -> str:
    from pypdf import PdfReader

    page = PdfReader(report_patient(store, "VP-001", folder / "page.pdf")).pages[0]
    return " ".join(page.extract_text().split())
