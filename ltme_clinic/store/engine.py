"""Connections: SQLite made durable and patient, one writer at a time on both databases, errors said in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from ltme_clinic.errors import LtmeError
from ltme_clinic.store.files import MAKE_ROOM, disk_error
from ltme_clinic.store.location import StoreLocation

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another process before it gives up."""

_WRITES = "ltme_writes"
_ADVISORY_LOCK = 0x4C544D45  # "LTME": the key of the lock that PostgreSQL writers take in turn


def make_engine(location: StoreLocation, *, foreign_keys: bool = True, pooled: bool = True) -> Engine:
    """An engine for a store's records.

    SQLite runs in WAL mode (readers never wait for the writer), with foreign keys checked and freed pages overwritten
    with zeros, so that what is forgotten is not left legible in the file.
    """
    pool: dict[str, Any] = {} if pooled else {"poolclass": NullPool}
    if location.url is not None:
        engine = create_engine(location.url, pool_pre_ping=True, connect_args={"connect_timeout": 10}, **pool)
        event.listen(engine, "begin", _begin_postgresql)
        return engine
    # isolation_level None: the driver begins nothing by itself, so that `_begin_sqlite` chooses the kind of lock
    url = URL.create("sqlite+pysqlite", database=str(location.sqlite_file))
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_S}, **pool)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    event.listen(engine, "begin", _begin_sqlite)
    return engine


def writer(engine: Engine) -> Engine:
    """The same engine, whose transactions take the store's one write lock when they begin.

    Taking it at the first statement rather than at the first write means that what a transaction has read is still
    true when it writes: adding the same recording twice at once ends in one row.
    """
    return engine.execution_options(**{_WRITES: True})


def empty_write_ahead_log(engine: Engine) -> None:
    """Move what SQLite's log still holds into the database file, so that deleted rows are left in neither."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def overwrite_deleted(engine: Engine) -> None:
    """Leave nothing legible in the database's files of what a migration has deleted or replaced."""
    if engine.dialect.name == "sqlite":
        empty_write_ahead_log(engine)
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM FULL"))


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get(_WRITES, False):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


@contextmanager
def errors_in_one_line(name: str) -> Iterator[None]:
    """Turn what a database or a disk reports into an `LtmeError` about the store called `name`."""
    try:
        yield
    except LtmeError:
        raise
    except SQLAlchemyError as error:
        raise database_error(name, error) from error
    except OSError as error:
        raise disk_error(name, error) from error


def database_error(name: str, error: Exception) -> LtmeError:
    """What a database's complaint means to whoever runs the store."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    said = str(cause)
    for sign, fact, cure in _KNOWN:
        if sign in said:
            return LtmeError(name, fact, cure)
    first_line = said.strip().splitlines()[0] if said.strip() else type(cause).__name__
    return LtmeError(name, f"the database refused ({first_line})", "Look at it with 'ltme doctor'")


_KNOWN = (
    ("database is locked", f"another process held the database for over {BUSY_TIMEOUT_S:.0f} s", "Try again"),
    ("disk is full", "no room to write (the disk is full)", MAKE_ROOM),
    ("disk I/O error", "the disk could not be read or written, or is full", MAKE_ROOM),
    ("No space left", "no room to write (the disk is full)", MAKE_ROOM),
    ("readonly database", "the database may not be written", "Check the folder's permissions"),
    ("unable to open database file", "the database can't be opened", "Check the folder and its permissions"),
    ("file is not a database", "the file is not an LTME Clinic database", "Name another folder, or restore a backup"),
    ("malformed", "the database file is damaged", "Restore it from a backup"),
    ("connection failed", "the database server can't be reached", "Check the URL and that the server runs"),
    ("connection is bad", "the database server can't be reached", "Check the URL and that the server runs"),
)
