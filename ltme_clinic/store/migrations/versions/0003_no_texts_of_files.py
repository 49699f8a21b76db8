"""No text of a file in the main database: file names go to the identity database, other texts keep known words."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from ltme_clinic.store.cleaning import FileWords, known_facts
from ltme_clinic.store.identities import IdentityDatabase
from ltme_clinic.store.location import StoreLocation
from ltme_clinic.store.payloads import dump, restore, restore_all
from ltme_clinic.store.signals import clean_again
from ltme_clinic.types import LtmeError
from ltme_clinic.types.recording import GaitEvent
from ltme_clinic.types.trial import TrialFacts

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXTS = ("condition", "trial", "events", "warnings")
_FILES = ("clip_file", "angles_file")
_RECORDING = sa.table("recording", *(sa.column(name) for name in ("id", "session_id", "source_name", *_TEXTS, *_FILES)))
_SESSION = sa.table("session", sa.column("id"), sa.column("condition"))
_RESULTS = [sa.table(name, sa.column("id"), sa.column("payload")) for name in ("finding", "trend")]


def upgrade() -> None:
    rows = op.get_bind().execute(sa.select(_RECORDING)).mappings().all()
    if rows:
        _clean(rows, context.config.attributes["location"])
    with op.batch_alter_table("recording") as table:
        table.drop_column("source_name")


def _clean(rows: Any, place: StoreLocation) -> None:
    identities = IdentityDatabase(place.identities)
    identities.keep_file_names({row["id"]: row["source_name"] for row in rows if row["source_name"]})
    words = FileWords()
    conditions: dict[str, str] = {}
    for row in rows:
        if values := _clean_texts(row, words, identities) | _clean_files(row, words, place):
            op.execute(_RECORDING.update().where(_RECORDING.c.id == row["id"]).values(**values))
        if condition := values.get("condition"):
            conditions[row["condition"]] = condition
            op.execute(_SESSION.update().where(_SESSION.c.id == row["session_id"]).values(condition=condition))
    for table in _RESULTS if conditions else ():  # they name conditions in fields and in sentences
        for result in op.get_bind().execute(sa.select(table)).mappings().all():
            payload = json.dumps(_replaced(json.loads(result["payload"]), conditions))
            op.execute(table.update().where(table.c.id == result["id"]).values(payload=payload))


def _clean_texts(row: Any, words: FileWords, identities: IdentityDatabase) -> dict[str, str]:
    """The columns of a recording that are to change."""
    facts, events = restore(TrialFacts, row["trial"]), restore_all(GaitEvent, row["events"])
    warnings = tuple(json.loads(row["warnings"]))
    known = known_facts(facts, identities.word_token)
    changed: dict[str, str] = {}
    if known != facts:
        changed["trial"] = dump(known)
        if row["condition"] == facts.condition:
            changed["condition"] = known.condition
    if (kept := words.events(events)) != events:
        changed["events"] = dump(kept)
    if (said := words.warnings(warnings)) != warnings:
        changed["warnings"] = dump(said)
    return changed


def _clean_files(row: Any, words: FileWords, place: StoreLocation) -> dict[str, str]:
    """New files in place of those that hold other words; one that can't be read is left as it is, for `sweep`."""
    renamed: dict[str, str] = {}
    for column in _FILES:
        try:
            name = clean_again(place.files, row[column], words) if row[column] else ""
        except LtmeError:
            continue
        if name:
            renamed[column] = name
            context.config.attributes["replaced"].append(row[column])
    return renamed


def _replaced(value: Any, texts: dict[str, str]) -> Any:
    """A JSON value with some texts replaced wherever they stand in it, the longest first."""
    if isinstance(value, dict):
        return {key: _replaced(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, texts) for item in value]
    if isinstance(value, str):
        for old in sorted(texts, key=len, reverse=True):
            value = value.replace(old, texts[old])
    return value
