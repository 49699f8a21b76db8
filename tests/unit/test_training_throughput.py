"""How fast the network fills a device: figures that belong together."""

from __future__ import annotations

import pytest
import torch

from ltme_clinic.embedding import load_model
from ltme_clinic.training.throughput import measured


def test_figures_belong_together() -> None:
    row = measured(load_model(), 2, 3.0, torch.device("cpu"), torch.float32)
    assert row["times_real_time"] == pytest.approx(3.0 * row["recordings_per_s"])
    assert row["share_of_product"] == pytest.approx(row["tflops"] / row["product_tflops"])
    assert row["tflops"] > 0.0
