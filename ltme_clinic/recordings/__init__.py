"""Files and recordings: reading motion files safely, writing them, and saying what is in them."""

from ltme_clinic.recordings.folders import find_c3d_files
from ltme_clinic.recordings.inspection import describe, inspect_file
from ltme_clinic.recordings.reading import read_recordings
from ltme_clinic.recordings.writing import write_c3d, write_recording

__all__ = ["describe", "find_c3d_files", "inspect_file", "read_recordings", "write_c3d", "write_recording"]
