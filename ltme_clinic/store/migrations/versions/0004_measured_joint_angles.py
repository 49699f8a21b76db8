"""Joint angles as the gait model measured them, beside a recording's signals; older recordings have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("recording") as table:
        table.add_column(sa.Column("joint_cells", sa.LargeBinary(), nullable=True))
