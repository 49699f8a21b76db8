"""The store's fixtures: one suite runs on both databases."""

from __future__ import annotations

import pytest
from store_samples import find_postgresql, postgresql_database, postgresql_server

from ltme_clinic.store import Store


@pytest.fixture(scope="session")
def postgresql_url():
    programs = find_postgresql()
    if programs is None:
        pytest.skip("NO POSTGRESQL: the store is tested on SQLite alone (apt-get install postgresql)")
    with postgresql_server(programs) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def open_store(request, tmp_path):
    """A function that opens one store, again and again."""
    if request.param == "sqlite":
        yield lambda **options: Store.open(tmp_path / "store", **options)
        return
    with postgresql_database(request.getfixturevalue("postgresql_url")) as url:
        yield lambda **options: Store.open(url, files=tmp_path / "store", **options)


@pytest.fixture
def store(open_store):
    with open_store(create=True) as store:
        yield store
