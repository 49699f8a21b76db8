"""Where a store is, which schema it has, and how little opening one costs."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from store_samples import CLINICIAN, FINGERPRINT, add, embedding_of, finding, recording, sha, trend

from ltme_clinic.store import Store, schema
from ltme_clinic.store.location import find_location
from ltme_clinic.store.payloads import from_json, to_json
from ltme_clinic.types import Finding, LtmeError, Trend


def test_the_revisions_known_to_the_program_are_the_migrations_in_order(tmp_path):
    from alembic.script import ScriptDirectory

    with Store.open(tmp_path, create=True) as store, store._engine.connect() as connection:
        scripts = ScriptDirectory.from_config(schema.migration_config(connection))
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == schema.REVISIONS


def test_an_older_store_asks_to_be_brought_up_to_date(tmp_path, monkeypatch):
    Store.open(tmp_path, create=True).close()
    newest = schema.REVISIONS[-1]
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9999"))
    with pytest.raises(LtmeError, match=rf"older version \(schema {newest}, this program writes 9999\).*ltme add"):
        Store.open(tmp_path)


def test_a_folder_with_another_programs_database_is_refused(tmp_path):
    (tmp_path / "ltme.sqlite").write_bytes(b"something else entirely, of some length" * 100)
    for create in (False, True):
        with pytest.raises(LtmeError, match="not an LTME Clinic database") as refused:
            Store.open(tmp_path, create=create)
        assert "\n" not in str(refused.value)


def test_a_database_with_tables_but_no_revision_is_refused(tmp_path):
    import sqlite3

    connection = sqlite3.connect(tmp_path / "ltme.sqlite")
    connection.execute("CREATE TABLE person (id INTEGER)")
    connection.close()
    with pytest.raises(LtmeError, match="not an LTME Clinic store's"):
        Store.open(tmp_path, create=True)


def test_a_folder_with_odd_characters_in_its_path_works(tmp_path):
    folder = tmp_path / "Björn's 100% store? #1 [x]"
    with Store.open(folder, create=True) as store:
        add(store, 1)
        assert store.location == str(folder)
    assert (folder / "ltme.sqlite").is_file()


def test_a_url_needs_a_folder_for_its_files_and_hides_its_password(tmp_path):
    url = "postgresql://ltme:secret@127.0.0.1:1/ltme"
    with pytest.raises(LtmeError, match="LTME_STORE_FILES") as refused:
        find_location(url, environment={})
    assert "secret" not in str(refused.value)
    place = find_location(url, environment={"LTME_STORE_FILES": str(tmp_path)})
    assert (place.files, place.identities) == (tmp_path, tmp_path / "identities.sqlite")
    assert "secret" in str(place.url)
    assert "secret" not in place.name
    elsewhere = find_location(url, files=tmp_path, identities=tmp_path / "names.sqlite", environment={})
    assert elsewhere.identities == tmp_path / "names.sqlite"


def test_a_server_that_does_not_answer_is_said_in_one_line_without_the_password(tmp_path):
    with pytest.raises(LtmeError, match="can't be reached") as refused:
        Store.open("postgresql://ltme:secret@127.0.0.1:1/ltme", files=tmp_path)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("url", ["mysql://a@b/c", "sqlite:///x", "postgresql://a:b:c@d:port/e"])
def test_another_kind_of_url_is_refused_with_an_example(url, tmp_path):
    with pytest.raises(LtmeError, match="postgresql://user@host/database"):
        find_location(url, files=tmp_path, environment={})


def test_opening_an_up_to_date_store_imports_nothing_heavy(tmp_path):
    Store.open(tmp_path, create=True).close()
    code = (
        "import sys; import ltme_clinic.store\n"
        "assert 'sqlalchemy' not in sys.modules\n"
        "ltme_clinic.store.Store.open(sys.argv[1]).patients(__import__('ltme_clinic.access').access.local_principal())\n"
        "print(*sorted({'alembic', 'pandas', 'pyarrow', 'torch', 'scipy', 'matplotlib'} & set(sys.modules)))"
    )
    finished = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, timeout=60)
    assert (finished.stdout.strip(), finished.returncode) == ("", 0), finished.stderr


def test_migrations_travel_with_the_package():
    assert {"env.py", "script.py.mako", "versions"} <= {path.name for path in Path(schema.MIGRATIONS).iterdir()}


def test_a_finding_and_a_trend_survive_json_exactly():
    for value, kind in ((finding("P1", "undated"), Finding), (trend("P1"), Trend)):
        assert from_json(kind, to_json(value)) == value


def test_numpy_numbers_and_nan_survive_json_as_plain_numbers():
    import dataclasses

    odd = dataclasses.replace(
        finding("P1", "undated"), anomaly_score=np.float32(0.1), speed_m_s=float("nan"), rank=np.int64(3)
    )
    back = from_json(Finding, to_json(odd))
    assert (back.anomaly_score, back.rank, type(back.rank)) == (float(np.float32(0.1)), 3, int)
    assert back.speed_m_s is not None
    assert np.isnan(back.speed_m_s)
    assert "NaN" not in to_json(odd)


def test_json_of_another_type_or_of_a_newer_program_is_refused():
    with pytest.raises(LtmeError, match="holds a 'Trend'"):
        from_json(Finding, to_json(trend("P1")))
    with pytest.raises(LtmeError, match="newer version"):
        from_json(Trend, to_json(trend("P1")).replace('"schema_version": 1', '"schema_version": 2'))


def test_json_written_before_a_field_existed_takes_its_default():
    text = to_json(finding("P1", "undated")).replace('"label":', '"a_field_of_the_past":')
    assert from_json(Finding, text).label == ""


def test_a_thousand_recording_vectors_load_in_a_tenth_of_a_second(tmp_path):
    with Store.open(tmp_path, create=True) as store:
        add(store, 0)
        store.save_embedding(CLINICIAN, embedding_of(recording(0)))
        _multiply(store, 1000)
        store.recording_vectors(CLINICIAN, FINGERPRINT)  # statements are compiled once
        matrix_s, objects_s = [], []
        for _ in range(5):
            start = time.perf_counter()
            vectors = store.recording_vectors(CLINICIAN, FINGERPRINT)
            matrix_s.append(time.perf_counter() - start)
            start = time.perf_counter()
            stored = store.embeddings(CLINICIAN, None, FINGERPRINT)
            objects_s.append(time.perf_counter() - start)
    assert vectors.vectors.shape == (1000, 64)
    assert len(stored) == 1000
    print(f"1000 recordings: matrix {min(matrix_s) * 1e3:.1f} ms, embeddings {min(objects_s) * 1e3:.1f} ms")
    assert min(matrix_s) < 0.1
    assert min(objects_s) < 0.1


def _multiply(store: Store, number: int) -> None:
    """Copy the one recording and its embedding to `number` of each, one visit a day."""
    from sqlalchemy import insert, select

    from ltme_clinic.store.models import EmbeddingRow, RecordingRow, SessionRow, VisitRow

    days = {n: date.fromordinal(date(2020, 1, 1).toordinal() + n) for n in range(2, number + 1)}
    changes = {
        VisitRow: lambda n: {"id": n, "key": days[n].isoformat(), "visit_date": days[n]},
        SessionRow: lambda n: {"id": n, "visit_id": n},
        RecordingRow: lambda n: {"id": sha(str(n)), "session_id": n},
        EmbeddingRow: lambda n: {"id": n, "recording_id": sha(str(n))},
    }
    with store._writing() as session:
        for table, change in changes.items():
            (first,) = session.execute(select(table.__table__)).mappings().all()
            session.execute(insert(table), [{**first, **change(n)} for n in days])
