"""The bench behind `ltme evaluate`: the model beside every yardstick, on virtual people nobody trained on.

`run_bench` is the whole of it; `record_bench` makes the walks once, `judge` judges any checkpoint on them.
"""

from ltme_clinic.training.bench.people import BenchSettings, OtherLaboratory
from ltme_clinic.training.bench.picture import draw, write_report
from ltme_clinic.training.bench.recording import record_bench
from ltme_clinic.training.bench.report import as_text
from ltme_clinic.training.bench.run import judge, run_bench

__all__ = ["BenchSettings", "OtherLaboratory", "as_text", "draw", "judge", "record_bench", "run_bench", "write_report"]
