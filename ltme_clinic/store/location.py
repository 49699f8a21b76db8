"""Where a store is: a folder with a SQLite file, or a PostgreSQL URL with a folder for its files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ltme_clinic.errors import LtmeError

SQLITE_NAME = "ltme.sqlite"
IDENTITIES_NAME = "identities.sqlite"
FILES_VARIABLE = "LTME_STORE_FILES"
IDENTITIES_VARIABLE = "LTME_IDENTITIES"

_POSTGRESQL_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True)
class StoreLocation:
    """A store's three places."""

    url: str | None
    """The records' PostgreSQL URL; None where they are in a SQLite file."""
    files: Path
    """The folder that holds the Parquet files."""
    identities: Path
    """The identity database: always a file of its own, never in the database server."""
    name: str
    """What to call the store in messages: the folder, or the URL without its password."""

    @property
    def is_sqlite(self) -> bool:
        return self.url is None

    @property
    def sqlite_file(self) -> Path:
        return self.files / SQLITE_NAME


def find_location(
    location: str | Path,
    *,
    files: str | Path | None = None,
    identities: str | Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> StoreLocation:
    """Read a folder's path or a database URL.

    Parameters
    ----------
    location
        A folder (its SQLite file and Parquet files live inside), or ``postgresql://user@host/database``.
    files
        The folder of a PostgreSQL store's Parquet files; without it, the environment's LTME_STORE_FILES.
    identities
        The identity database's file; without it LTME_IDENTITIES, else ``identities.sqlite`` among the files.

    Raises
    ------
    LtmeError
        The URL is of another database, or a PostgreSQL store has no folder for its files.
    """
    identity_choice = identities or environment.get(IDENTITIES_VARIABLE)
    if "://" not in str(location):
        folder = Path(location).expanduser().absolute()
        return StoreLocation(None, folder, _identity_file(folder, identity_choice), str(folder))
    url, shown = _postgresql_url(str(location))
    files_choice = files or environment.get(FILES_VARIABLE)
    if not files_choice:
        raise LtmeError(
            shown,
            "a PostgreSQL store keeps its signals in a folder, and none is given",
            f"Set {FILES_VARIABLE} to a folder that every machine of this store can reach",
        )
    folder = Path(files_choice).expanduser().absolute()
    return StoreLocation(url, folder, _identity_file(folder, identity_choice), shown)


def _identity_file(folder: Path, choice: str | Path | None) -> Path:
    return Path(choice).expanduser().absolute() if choice else folder / IDENTITIES_NAME


def _postgresql_url(text: str) -> tuple[str, str]:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    scheme = text.split("://", 1)[0]
    cure = "Name a folder, or a URL such as postgresql://user@host/database"
    if scheme not in _POSTGRESQL_SCHEMES:
        raise LtmeError("store", f"'{scheme}' is not a database that a store can be kept in", cure)
    try:
        url = make_url(text).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):  # the URL itself is not shown: it may hold a password
        raise LtmeError("store", "the database URL can't be read", cure) from None
    return url.render_as_string(hide_password=False), url.render_as_string(hide_password=True)
