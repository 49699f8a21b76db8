"""A store's own reference populations, by name; what is in one is for `findings` to read."""

from __future__ import annotations

from sqlalchemy import delete, select

from ltme_clinic.access import Permission, Principal
from ltme_clinic.errors import LtmeError, Refused
from ltme_clinic.store.core import StoreCore, append_audit, short
from ltme_clinic.store.models import NAME_LENGTH, ReferenceRow, utc_now
from ltme_clinic.store.summaries import ReferenceSummary
from ltme_clinic.types.recording import Origin


class References(StoreCore):
    """Keeping, listing and removing references."""

    def add_reference(
        self, principal: Principal, *, name: str, origin: Origin, fingerprint: str, people: int, content: bytes
    ) -> bool:
        """Keep a reference's file; False if the same content is kept under this name already.

        Raises
        ------
        Refused
            Another reference has this name: findings say by name what they were made with.
        """
        principal.require(Permission.KEEP_REFERENCES)
        if not 0 < len(name) <= NAME_LENGTH:
            raise LtmeError("reference", f"its name has {len(name)} characters (1 to {NAME_LENGTH})", "Build it again")
        with self._writing() as session:
            kept = session.scalar(select(ReferenceRow).where(ReferenceRow.name == name))
            if kept is not None and kept.content == content:
                return False
            if kept is not None:
                cure = "Remove that one first, or build this one with another name"
                raise Refused(f"reference {name}", "another reference of this name is kept here", cure)
            session.add(
                ReferenceRow(
                    name=name,
                    origin=origin,
                    fingerprint=fingerprint,
                    people=people,
                    content=content,
                    added_at=utc_now(),
                    added_by=short(principal.name),
                )
            )
            append_audit(session, principal, "add reference", f"of checkpoint {fingerprint[:12]}")
        return True

    def references(self) -> list[ReferenceSummary]:
        """What is kept, by name; who is in a reference has a hash for a name."""
        columns = ReferenceRow.name, ReferenceRow.origin, ReferenceRow.fingerprint, ReferenceRow.people
        with self._reading() as session:
            rows = session.execute(select(*columns).order_by(ReferenceRow.name)).all()
        return [ReferenceSummary(row.name, row.origin, row.fingerprint, row.people) for row in rows]

    def reference_content(self, name: str) -> bytes:
        """A reference's file as it was added; `LtmeError` if there is none of this name."""
        with self._reading() as session:
            content = session.scalar(select(ReferenceRow.content).where(ReferenceRow.name == name))
        if content is None:
            raise _unknown(name)
        return content

    def remove_reference(self, principal: Principal, name: str) -> None:
        """Keep a reference no longer; findings that were made with it stay until they are made anew."""
        principal.require(Permission.KEEP_REFERENCES)
        with self._writing() as session:
            row = session.scalar(select(ReferenceRow).where(ReferenceRow.name == name))
            if row is None:
                raise _unknown(name)
            append_audit(session, principal, "remove reference", f"of checkpoint {row.fingerprint[:12]}")
            session.execute(delete(ReferenceRow).where(ReferenceRow.id == row.id))


def _unknown(name: str) -> LtmeError:
    return LtmeError(f"reference {short(name)}", "is not kept in this store", "List what is: ltme reference list")
