"""Indices and steps of a walk, beside its joint angles; older recordings have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("recording") as table:
        table.add_column(sa.Column("gait_figures", sa.LargeBinary(), nullable=True))
