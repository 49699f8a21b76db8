"""Quality: what is wrong with a recording, where on the body and when, and what to do about it."""

from ltme_clinic.recordings.quality.checking import check_quality
from ltme_clinic.recordings.quality.problems import PROBLEM_KINDS, SEVERITIES, ProblemKind, QualityProblem, Severity

__all__ = ["PROBLEM_KINDS", "SEVERITIES", "ProblemKind", "QualityProblem", "Severity", "check_quality"]
