"""Alembic's entry: run the migrations on the connection that `schema.upgrade` opened, inside its transaction."""

from __future__ import annotations

from alembic import context

from ltme_clinic.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite can't alter a constraint in place
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
