"""The schema's version: what a database holds, whether this program fits it, and bringing it up to date."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, Engine, inspect, text

from ltme_clinic.errors import LtmeError
from ltme_clinic.store.engine import make_engine, overwrite_deleted, writer
from ltme_clinic.store.files import remove_files
from ltme_clinic.store.location import StoreLocation, find_location

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every migration in order. Known here, so that opening a store that is up to date need not import Alembic."""


@dataclass(frozen=True)
class SchemaState:
    """What a database holds beside what this program writes."""

    found: str | None
    """The database's revision; None for a database without tables of ours."""
    expected: str
    state: Literal["empty", "older", "current", "newer", "foreign"]


def schema_state(connection: Connection) -> SchemaState:
    """Compare a database with this program's newest migration."""
    expected = REVISIONS[-1]
    if not inspect(connection).has_table("alembic_version"):
        return SchemaState(None, expected, "foreign" if inspect(connection).has_table("person") else "empty")
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found is None:
        return SchemaState(None, expected, "empty")
    if found == expected:
        return SchemaState(found, expected, "current")
    return SchemaState(found, expected, "older" if found in REVISIONS else "newer")


def check_schema(engine: Engine, name: str) -> None:
    """Do nothing if the store called `name` has the schema that this program writes, else say the cure."""
    with engine.connect() as connection:
        state = schema_state(connection)
    if state.state != "current":
        raise _misfit(state, name)


def upgrade(location: StoreLocation) -> None:
    """Bring a database to the newest schema, in one transaction and under the store's write lock.

    Whoever comes second waits, finds the schema current and does nothing. A process killed half-way leaves the
    schema as it was, on SQLite as on PostgreSQL.
    """
    # SQLite rebuilds a table to change it, and must not cascade while it does: foreign keys are off in this engine
    engine = make_engine(location, foreign_keys=False, pooled=False)
    replaced: list[str] = []
    try:
        with writer(engine).begin() as connection:
            state = schema_state(connection)
            if state.state in ("newer", "foreign"):
                raise _misfit(state, location.name)
            if state.state != "current":
                from alembic import command

                command.upgrade(migration_config(connection, location, replaced), "head")
        if state.state == "older":
            remove_files(location.files, replaced)
            overwrite_deleted(engine)
    finally:
        engine.dispose()


def migration_config(
    connection: Connection, location: StoreLocation | None = None, replaced: list[str] | None = None
) -> Config:
    """Alembic's configuration for an open connection; there is no alembic.ini.

    A migration that rewrites signals finds the store's place here, and leaves the names of the files it replaced.
    """
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes |= {"connection": connection, "location": location, "replaced": replaced}
    return config


def draft_migration(message: str, folder: Path) -> None:
    """Write the next migration's draft from what the models declare, for its author to read and correct.

    `folder` is an empty folder for a store at the present schema, against which the models are compared.
    """
    from alembic import command

    location = find_location(folder)
    upgrade(location)
    engine = make_engine(location, pooled=False)
    with engine.connect() as connection:
        number = f"{len(REVISIONS) + 1:04d}"
        command.revision(migration_config(connection), message=message, autogenerate=True, rev_id=number)


def _misfit(state: SchemaState, name: str) -> LtmeError:
    if state.state == "newer":
        fact = f"was written by a newer version (schema {state.found}, this program knows {state.expected})"
        return LtmeError(name, fact, "Update LTME Clinic on this machine")
    if state.state == "foreign":
        return LtmeError(name, "holds tables that are not an LTME Clinic store's", "Name another database or folder")
    if state.state == "empty":
        return LtmeError(name, "there is no store here yet", "Add a recording to it first: ltme add FILE --store ...")
    fact = f"was written by an older version (schema {state.found}, this program writes {state.expected})"
    return LtmeError(name, fact, "Back it up; the next 'ltme add' brings it up to date")
