"""What was done in a trial (kind, footwear, aid ...), and which of a file's people a recording is."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NEW = ("kind", "trial", "examiner_hash")


def upgrade() -> None:
    with op.batch_alter_table("recording") as table:
        table.add_column(sa.Column("file_person", sa.Integer(), nullable=True))
        table.add_column(sa.Column("file_people", sa.Integer(), nullable=True))
        table.add_column(sa.Column("kind", sa.String(length=32), nullable=True))
        table.add_column(sa.Column("trial", sa.Text(), nullable=True))
        table.add_column(sa.Column("examiner_hash", sa.String(length=64), nullable=True))
    _fill()
    with op.batch_alter_table("recording") as table:
        for name in _NEW:
            table.alter_column(name, nullable=False)


def _fill() -> None:
    """What the old rows tell: static trials by their signals, and conditions that somebody entered."""
    recording = sa.table(
        "recording",
        *(sa.column(name) for name in ("is_static", "condition", *_NEW)),
    )
    for is_static in (False, True):
        for is_entered in (False, True):
            kind = {"kind": "static"} if is_static else {}
            sources = ({"kind": "signals"} if is_static else {}) | ({"condition": "manifest"} if is_entered else {})
            facts = kind | ({"sources": sources} if sources else {})
            op.execute(
                recording.update()
                .where(recording.c.is_static == (sa.true() if is_static else sa.false()))
                .where((recording.c.condition != "") if is_entered else (recording.c.condition == ""))
                .values(kind=kind.get("kind", "unknown"), trial=json.dumps(facts), examiner_hash="")
            )
