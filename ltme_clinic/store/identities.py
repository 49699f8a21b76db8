"""The identity database: who stands behind a pseudonym, in a file of its own that only its owner can read.

Nothing else in a store holds a name. The names of the recordings' files are here too: most laboratories name a file by
its patient. The file also keeps the keys of the hashes, so that a label from a C3D file can be recognised again but not
guessed from its hash by somebody who has the records alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from ltme_clinic.errors import LtmeError
from ltme_clinic.store.engine import database_error

IDENTITY_SCHEMA_VERSION = 2

_OWNER_ONLY = 0o600
_BUSY_TIMEOUT_S = 30.0

_TABLES = """
CREATE TABLE IF NOT EXISTS identity (
    pseudonym TEXT PRIMARY KEY, name TEXT NOT NULL, schema_version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secret (
    purpose TEXT PRIMARY KEY, key BLOB NOT NULL, schema_version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source_file (
    recording_id TEXT PRIMARY KEY, name TEXT NOT NULL, schema_version INTEGER NOT NULL
) WITHOUT ROWID;
"""


class IdentityDatabase:
    """Names by pseudonym. Made on first use; opened for each call, so that it is never left open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[str, bytes] = {}

    def name(self, pseudonym: str) -> str | None:
        """Who a pseudonym is, None if nobody wrote it down."""
        if not self._path.exists():
            return None
        with self._open() as connection:
            found = connection.execute("SELECT name FROM identity WHERE pseudonym = ?", (pseudonym,)).fetchone()
        return found[0] if found else None

    def names(self) -> dict[str, str]:
        """Every name by its pseudonym."""
        if not self._path.exists():
            return {}
        with self._open() as connection:
            return dict(connection.execute("SELECT pseudonym, name FROM identity").fetchall())

    def set_name(self, pseudonym: str, name: str) -> None:
        """Write down, or correct, who a pseudonym is."""
        with self._open() as connection:
            connection.execute(
                "INSERT INTO identity VALUES (?, ?, ?) ON CONFLICT (pseudonym) DO UPDATE SET name = excluded.name",
                (pseudonym, name, IDENTITY_SCHEMA_VERSION),
            )

    def file_names(self, recording_ids: Iterable[str]) -> dict[str, str]:
        """The names of recordings' files, by the recordings' ids; of those that are known."""
        asked = list(recording_ids)
        if not asked or not self._path.exists():
            return {}
        query = "SELECT recording_id, name FROM source_file WHERE recording_id IN (SELECT value FROM json_each(?))"
        with self._open() as connection:
            return dict(connection.execute(query, (json.dumps(asked),)).fetchall())

    def keep_file_names(self, names: Mapping[str, str]) -> None:
        """Write down the names of recordings' files, by the recordings' ids; what is written down already stays."""
        if not names:
            return
        with self._open() as connection:
            connection.executemany(
                "INSERT INTO source_file VALUES (?, ?, ?) ON CONFLICT (recording_id) DO NOTHING",
                [(recording_id, name, IDENTITY_SCHEMA_VERSION) for recording_id, name in names.items()],
            )

    def erase(self, pseudonym: str, recording_ids: Iterable[str] = ()) -> None:
        """Delete a person's name and their files' names; the freed bytes are overwritten."""
        if not self._path.exists():
            return
        with self._open() as connection:
            connection.execute("DELETE FROM identity WHERE pseudonym = ?", (pseudonym,))
            connection.executemany("DELETE FROM source_file WHERE recording_id = ?", [(one,) for one in recording_ids])

    def subject_hash(self, subject: str) -> str:
        """Keyed SHA-256 (hex) of a subject's label in a file; empty for an empty label."""
        return self._hash("subject hash", subject)

    def examiner_hash(self, examiner: str) -> str:
        """Keyed SHA-256 (hex) of who measured; empty where nobody is named. Comparable with no subject's hash."""
        return self._hash("examiner hash", examiner)

    def word_token(self, words: str) -> str:
        """A short keyed hash that stands for words which may name somebody, such as "[4929a8]"."""
        return f"[{self._hash('word token', words)[:6]}]"

    def _hash(self, purpose: str, text: str) -> str:
        if not text:
            return ""
        if purpose not in self._keys:
            self._keys[purpose] = self._key(purpose)
        return hmac.new(self._keys[purpose], text.encode(errors="replace"), hashlib.sha256).hexdigest()

    def _key(self, purpose: str) -> bytes:
        with self._open() as connection:
            connection.execute(
                "INSERT INTO secret VALUES (?, ?, ?) ON CONFLICT (purpose) DO NOTHING",
                (purpose, secrets.token_bytes(32), IDENTITY_SCHEMA_VERSION),
            )
            return bytes(connection.execute("SELECT key FROM secret WHERE purpose = ?", (purpose,)).fetchone()[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction on the file, which is made readable by its owner alone before anything is in it."""
        subject = self._path.name
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
            os.chmod(self._path, _OWNER_ONLY)
            with closing(sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as connection:
                connection.execute("PRAGMA secure_delete=ON")
                connection.execute("BEGIN IMMEDIATE")
                _prepare(connection, subject)
                yield connection
                connection.execute("COMMIT")  # an error before this closes the connection, which rolls back
        except OSError as error:
            fact = f"the identity database can't be opened ({error.strerror or error})"
            raise LtmeError(subject, fact, "Check its owner and permissions") from error
        except sqlite3.Error as error:
            raise database_error(subject, error) from error


def _prepare(connection: sqlite3.Connection, subject: str) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > IDENTITY_SCHEMA_VERSION:
        raise LtmeError(subject, "was written by a newer version", "Update LTME Clinic on this machine")
    if version < IDENTITY_SCHEMA_VERSION:
        for statement in _TABLES.strip().split(";")[:-1]:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={IDENTITY_SCHEMA_VERSION}")
