"""The mark of made-up motion in a text file's title, which a measured recording never gets."""

from __future__ import annotations

from ltme_clinic.errors import one_line
from ltme_clinic.recordings.file_facts import GENERATOR_SOFTWARE, SYNTHETIC_COMPANY, VIRTUAL_SOFTWARE
from ltme_clinic.recordings.raw import ParameterValue
from ltme_clinic.types import Recording


def title_of(recording: Recording, name: str) -> str:
    """What stands in a file's title: its name, or that the motion is synthetic and which software made it.

    Parameters
    ----------
    recording : what is written
    name : the file's name; one that would read as the mark itself is changed
    """
    if recording.origin != "measured":
        software = GENERATOR_SOFTWARE if recording.origin == "generated" else VIRTUAL_SOFTWARE
        return f"{SYNTHETIC_COMPANY} {software}"
    plain = one_line(name)
    return f"measured {plain}" if origin_parameters(plain) else plain


def origin_parameters(title: str) -> dict[str, dict[str, ParameterValue]]:
    """The MANUFACTURER group that a title stands for, as `file_facts.origin_of` reads it; empty for any other title."""
    company, _, software = title.strip(' "\t').partition(" ")
    if company.upper() != SYNTHETIC_COMPANY:
        return {}
    return {"MANUFACTURER": {"COMPANY": (SYNTHETIC_COMPANY,), "SOFTWARE": (software.strip(' "\t'),)}}
