"""The speed and memory figures, each as a ratio within one run; how to add one is told in `running.FIGURES`."""

from ltme_clinic.benchmark.running import FIGURES, as_text, run_benchmark

__all__ = ["FIGURES", "as_text", "run_benchmark"]
