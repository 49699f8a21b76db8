"""The store: one door to everything that is kept, and the only place that knows paths."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from ltme_clinic.errors import LtmeError
from ltme_clinic.store.embeddings import Embeddings
from ltme_clinic.store.engine import errors_in_one_line, make_engine
from ltme_clinic.store.intake import Intake
from ltme_clinic.store.jobs import Jobs
from ltme_clinic.store.location import StoreLocation, find_location
from ltme_clinic.store.patients import Patients
from ltme_clinic.store.recordings import Recordings
from ltme_clinic.store.references import References
from ltme_clinic.store.results import Results
from ltme_clinic.store.schema import check_schema, upgrade
from ltme_clinic.store.upkeep import Upkeep

_PRIVATE = 0o700


class Store(Intake, Recordings, Patients, Embeddings, Results, References, Jobs, Upkeep):
    """People, visits, recordings, embeddings, findings, trends, jobs and the audit log of one place.

    Records are in SQLite (a folder) or PostgreSQL (a URL), signals in Parquet files beside them, names in an identity
    database of their own. Every question about people takes a `Principal` first. A store can be used from several
    threads, and by several processes that each open it.
    """

    @classmethod
    def open(
        cls,
        location: str | Path,
        *,
        create: bool = False,
        files: str | Path | None = None,
        identities: str | Path | None = None,
    ) -> Store:
        """Open a store.

        Parameters
        ----------
        location
            A folder, or ``postgresql://user@host/database``.
        create
            Make the store if there is none, and bring an older one to this program's schema. Without it, both are
            errors that name the cure.
        files
            The folder of a PostgreSQL store's Parquet files; else LTME_STORE_FILES.
        identities
            The identity database's file; else LTME_IDENTITIES, else ``identities.sqlite`` beside the files.

        Raises
        ------
        LtmeError
            There is no store, its schema is older or newer, or it can't be reached.
        """
        place = find_location(location, files=files, identities=identities)
        with errors_in_one_line(place.name):
            if create:
                _make_folder(place)
            elif place.is_sqlite and not place.sqlite_file.is_file():
                fact = "there is no store here yet"
                raise LtmeError(place.name, fact, "Add a recording to it first: ltme add FILE --store ...")
            store = cls(place, make_engine(place))
            try:
                _fit_schema(store, place, create)
                store._finish_forgetting()
            except BaseException:
                store.close()
                raise
        return store

    def close(self) -> None:
        """Give the connections back; the store can't be used afterwards."""
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self.location!r})"


def _make_folder(place: StoreLocation) -> None:
    """Make the files' folder, for its owner alone: it will hold health data."""
    if not place.files.exists():
        place.files.mkdir(parents=True, mode=_PRIVATE)


def _fit_schema(store: Store, place: StoreLocation, create: bool) -> None:
    try:
        check_schema(store._engine, place.name)
    except LtmeError:
        if not create:
            raise
        upgrade(place)
