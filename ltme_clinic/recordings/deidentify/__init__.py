"""De-identification: new files from an allow-list, under pseudonyms that only the holder of the key can make again.

The subject's name inside a file, the first folder or the user tells whose it is. The name is normalised (case, accents,
order of words) and goes through HMAC-SHA-256 with the key to a pseudonym and to one shift of dates, 1 to 365 days back.
The names go to the identity database, never to the output folder.

Kept: positions, residuals, cameras and analogs to the bit, but for samples that no instrument gives; rates; plates to
five digits; event times to 0.1 ms; body measures to four digits; labels, units, events and trial facts in known words.
Each number only within what it can mean. Replaced or left out: everything else.

Not hidden: how somebody walks, body size and mass, how many visits there were and how far apart; a name that is
itself a word of the trade ("Foot"), where the file holds that word anyway; what is hidden on purpose in digits.
"""

from ltme_clinic.recordings.deidentify.files import DeidentifiedFile, WhoseFiles, deidentify_file
from ltme_clinic.recordings.deidentify.folders import DeidentificationReport, deidentify_folder
from ltme_clinic.recordings.deidentify.key import DeidentificationKey, normalised_name

__all__ = [
    "DeidentificationKey",
    "DeidentificationReport",
    "DeidentifiedFile",
    "WhoseFiles",
    "deidentify_file",
    "deidentify_folder",
    "normalised_name",
]
