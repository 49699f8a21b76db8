"""How many recordings a second the network encodes and decodes in batches, and how much of the device that uses."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from ltme_clinic.clips import clip_from_positions
from ltme_clinic.embedding import LtmeModel, load_model
from ltme_clinic.embedding.autoencoder import EncoderInput
from ltme_clinic.embedding.model import encoder_input
from ltme_clinic.embedding.prepare import prepare
from ltme_clinic.types import CLIP_RATE_HZ
from ltme_clinic.virtual_lab import sample_patient, simulate_slots

SEED = 61_000_000
WARM_UPS, ROUNDS = 2, 5
PRODUCT = {"cuda": 8192, "cpu": 1024}
"""Size of the square matrices whose product says what the device reaches."""


def main() -> None:
    """Preparing a recording (numpy, one core each) is not counted: it is the network that fills a device."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="the shipped weights by default")
    parser.add_argument("--batch", type=int, action="append", help="recordings in a batch; may be given several times")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each recording")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--out", type=Path, help="keep the figures in this JSON file as well")
    options = parser.parse_args()
    model = load_model(options.checkpoint)
    rows = [
        measured(model, batch, options.seconds, torch.device(options.device), dtype)
        for dtype in (torch.float32, torch.bfloat16)
        for batch in options.batch or [1, 8, 64]
    ]
    for row in rows:
        print(
            f"{row['device']}, {row['dtype']}, batch {row['batch']:4d} of {row['seconds']:g} s: "
            f"{row['recordings_per_s']:9.1f} recordings/s, {row['times_real_time']:11.0f} times real time, "
            f"{row['tflops']:.3f} TFLOP/s, "
            f"{100 * row['share_of_product']:.1f} % of a matrix product's {row['product_tflops']:.2f}"
        )
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def measured(
    model: LtmeModel, batch: int, seconds: float, device: torch.device, dtype: torch.dtype
) -> dict[str, float | int | str]:
    """Encode and decode one batch, the best of `ROUNDS`."""
    positions_m, _ = simulate_slots(sample_patient(SEED), duration_s=seconds, rate_hz=CLIP_RATE_HZ)
    prepared = prepare(clip_from_positions(positions_m, CLIP_RATE_HZ, "speed", "virtual"), model.skeleton)
    inputs = encoder_input([prepared] * batch, model.skeleton)
    inputs = EncoderInput(**{field.name: getattr(inputs, field.name).to(device) for field in fields(EncoderInput)})
    network = model.network.to(device)

    def there_and_back() -> None:
        with torch.inference_mode(), torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            network.decode(*network.encode(inputs), inputs.window_there)

    counter = FlopCounterMode(display=False)
    with counter:
        there_and_back()
    took_s = best_s(there_and_back, device)
    product = product_flops(device, dtype)
    flops = counter.get_total_flops() / took_s
    model.network.to("cpu")
    return {
        "device": torch.cuda.get_device_name() if device.type == "cuda" else f"{torch.get_num_threads()} CPU threads",
        "dtype": str(dtype).removeprefix("torch."),
        "batch": batch,
        "seconds": seconds,
        "recordings_per_s": batch / took_s,
        "times_real_time": batch * seconds / took_s,
        "tflops": flops / 1e12,
        "product_tflops": product / 1e12,
        "share_of_product": flops / product,
    }


def best_s(run: Callable[[], object], device: torch.device) -> float:
    """Shortest of several times, everything on the device done."""
    times = []
    for _ in range(WARM_UPS + ROUNDS):
        if device.type == "cuda":
            torch.cuda.synchronize()
        started = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return min(times[WARM_UPS:])


def product_flops(device: torch.device, dtype: torch.dtype) -> float:
    """FLOP/s that one large matrix product reaches on the device."""
    size = PRODUCT[device.type]
    left = torch.randn(size, size, device=device, dtype=dtype)
    return 2.0 * size**3 / best_s(lambda: left @ left, device)


if __name__ == "__main__":
    main()
