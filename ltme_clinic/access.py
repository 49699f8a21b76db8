"""Who asks: a principal with one role, and what each role may do."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from enum import StrEnum

from ltme_clinic.errors import Refused, one_line


class Permission(StrEnum):
    """One thing that a role may be allowed; the value completes the sentence "... may not"."""

    READ_PATIENTS = "read patients"
    READ_EXERCISES = "read exercises"
    READ_IDENTITIES = "see who a patient is"
    WRITE_IDENTITIES = "write down who a patient is"
    ADD_RECORDINGS = "add or assign recordings"
    SAVE_RESULTS = "save embeddings, findings or trends"
    KEEP_REFERENCES = "add or remove references"
    QUEUE_JOBS = "ask for work"
    READ_AUDIT = "read the audit log"
    FORGET = "forget a patient"


class Role(StrEnum):
    """What somebody is to the patients in a store."""

    CLINICIAN = "clinician"
    RESEARCHER = "researcher"
    THERAPIST = "therapist"
    ADMINISTRATOR = "administrator"


_READING = frozenset({Permission.READ_PATIENTS, Permission.READ_EXERCISES, Permission.QUEUE_JOBS})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.RESEARCHER: _READING | {Permission.SAVE_RESULTS},
    Role.THERAPIST: _READING | {Permission.READ_IDENTITIES},
    Role.CLINICIAN: _READING
    | {
        Permission.READ_IDENTITIES,
        Permission.WRITE_IDENTITIES,
        Permission.ADD_RECORDINGS,
        Permission.SAVE_RESULTS,
        Permission.KEEP_REFERENCES,
    },
    Role.ADMINISTRATOR: frozenset(Permission),
}
"""Permissions by role.

Researchers work with pseudonyms and never see who stands behind one. Therapists see the patients they treat and the
exercises, and change nothing. Only an administrator forgets a patient or reads the audit log; the role includes the
clinician's.
"""


@dataclass(frozen=True)
class Principal:
    """Somebody who asks something of a store; the name is written into the audit log."""

    name: str
    role: Role

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line(self.name) or "unnamed")
        object.__setattr__(self, "role", Role(self.role))

    def may(self, permission: Permission) -> bool:
        """Whether this role is granted `permission`."""
        return permission in GRANTS[self.role]

    def require(self, *permissions: Permission) -> None:
        """Do nothing if every permission is granted.

        Raises
        ------
        Refused
            One line that names the person, the role and the first thing it may not do.
        """
        for permission in permissions:
            if not self.may(permission):
                raise Refused(self.name, f"a {self.role} may not {permission}", f"Ask {_holder(permission)}")


def local_principal() -> Principal:
    """The operating-system user, as administrator of a store on this machine.

    Whoever can run this program on a store's own files can read and delete those files without it, so refusing
    anything here would protect nobody: a local user holds the administrator's rights, the clinician's among them.
    Where many people share one store, the server that faces them makes a `Principal` for each from its own sign-in.
    """
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a password entry
        name = f"user {os.getuid()}" if hasattr(os, "getuid") else "local user"
    return Principal(name, Role.ADMINISTRATOR)


def _holder(permission: Permission) -> str:
    return "a clinician" if permission in GRANTS[Role.CLINICIAN] else "an administrator"
