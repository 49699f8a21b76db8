"""The key behind pseudonyms: whoever holds it can make them again from a name, and nobody else can."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
import unicodedata
from itertools import groupby
from pathlib import Path

from ltme_clinic.types import LtmeError

SHIFT_DAYS = 365
"""Dates move back by 1 to this many days."""

_KEY_BYTES = 32
_HEAD = "ltme de-identification key 1"
_OWNER_ONLY = 0o600
_ID_CHARACTERS = 8
_ACCENTS = re.compile("[\u0300-\u036f]")


class DeidentificationKey:
    """A secret of 32 bytes, and what is made from it with HMAC-SHA-256.

    The same key gives the same pseudonyms and the same shift of dates on every run and every machine. A person is told
    by `normalised_name`, so case, accents, spaces and the order of first and last name don't matter.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _KEY_BYTES:
            raise LtmeError("key", f"has {len(secret)} bytes instead of {_KEY_BYTES}", "Let one be made")
        self._secret = secret

    @classmethod
    def open(cls, path: Path) -> DeidentificationKey:
        """The key in a file that only its owner can read.

        Raises
        ------
        LtmeError
            There is no such file, others can read it, or it holds no key.
        """
        try:
            _refuse_shared(path, os.lstat(path))
            text = path.read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise LtmeError(path.name, f"the key can't be read ({reason})", "Check the path") from None
        lines = text.split("\n")
        if lines[0] != _HEAD or len(lines) < 2 or not re.fullmatch(r"[0-9a-f]{64}", lines[1]):
            raise LtmeError(path.name, "holds no key of ours", "Give the file that was made on first use")
        return cls(bytes.fromhex(lines[1]))

    @classmethod
    def create(cls, path: Path) -> DeidentificationKey:
        """Make a new key in a new file, readable by its owner alone; LtmeError if the file is there already."""
        key = cls(secrets.token_bytes(_KEY_BYTES))
        path = Path(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{_HEAD}\n{key._secret.hex()}\n")
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            fact = "is there already, and a key is never overwritten"
            raise LtmeError(path.name, fact, "Use it, or another name") from None
        except OSError as error:
            raise LtmeError(path.name, f"can't be written ({error.strerror or error})", "Check the folder") from error
        return key

    @classmethod
    def open_or_create(cls, path: Path) -> DeidentificationKey:
        """The key in a file; a new one where there is no file."""
        path = Path(path)
        return cls.open(path) if os.path.lexists(path) else cls.create(path)

    @property
    def fingerprint(self) -> str:
        """Which key it is, without telling anything about it."""
        return self._digest("fingerprint", "").hex()[:16]

    def patient(self, name: str) -> str:
        """The pseudonym of a person, "P-" and eight characters."""
        return f"P-{self._short('patient', normalised_name(name))}"

    def trial(self, pseudonym: str, file_sha256: str) -> str:
        """The name of a recording, "T-" and eight characters: the same bytes of the same person get the same one."""
        return f"T-{self._short('trial', f'{pseudonym} {file_sha256}')}"

    def examiner(self, name: str) -> str:
        """The pseudonym of whoever measured, "E-" and eight characters; empty for an empty name."""
        return f"E-{self._short('examiner', normalised_name(name))}" if normalised_name(name) else ""

    def shift_days(self, name: str) -> int:
        """By how many days a person's dates move: -1 to -365, one number a person, so intervals stay."""
        digest = self._digest("date shift", normalised_name(name))
        return -(1 + int.from_bytes(digest[:8], "big") % SHIFT_DAYS)

    def _short(self, purpose: str, text: str) -> str:
        return base64.b32encode(self._digest(purpose, text)).decode("ascii")[:_ID_CHARACTERS]

    def _digest(self, purpose: str, text: str) -> bytes:
        return hmac.new(self._secret, f"{purpose}\0{text}".encode("utf-8", "replace"), hashlib.sha256).digest()


def normalised_name(name: str) -> str:
    """What of a name tells a person: its words without case and accents, and its numbers, sorted.

    "Müller, Anna", "anna  MULLER" and "Anna_Muller" are one person, and so are "Subject 1" and "subject01". "Anna
    Mueller" is another: taking two people for one would be the worse mistake. Empty for a name of signs alone.
    """
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", name.casefold())))
    words = ("".join(run) for kind, run in groupby(plain.casefold(), _kind_of_character) if kind)
    return " ".join(sorted(word.lstrip("0") or "0" if word.isdigit() else word for word in words))


def _kind_of_character(character: str) -> str:
    """Letters (with the marks that make syllables in many scripts) and digits make words; all else parts them."""
    category = unicodedata.category(character)[0]
    return {"L": "letter", "M": "letter", "N": "digit"}.get(category, "")


def _refuse_shared(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise LtmeError(path.name, "is no regular file", "Give the key's own file")
    if os.name == "posix" and status.st_mode & 0o077:
        raise LtmeError(path.name, "others can read or change the key", f"Run: chmod 600 {path.name}")
