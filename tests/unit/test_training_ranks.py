"""Several processes train one network: they share people and batch, and end with the same weights."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import torch

from ltme_clinic.clips import clip_from_positions
from ltme_clinic.embedding.checkpoint import load_checkpoint
from ltme_clinic.embedding.model import build_network, encoder_input
from ltme_clinic.embedding.prepare import prepare
from ltme_clinic.training.ranks import ALONE, Ranks
from ltme_clinic.training.recipes import RECIPES
from ltme_clinic.types import CLIP_RATE_HZ
from ltme_clinic.virtual_lab import sample_patient, simulate_slots

RUN = """
import sys
from dataclasses import replace
from pathlib import Path

import torch

from ltme_clinic.embedding.autoencoder import AutoencoderConfig
from ltme_clinic.training.loop import train
from ltme_clinic.training.recipes import Recipe

sizes = AutoencoderConfig(width=32, heads=2, hidden=48, depth=1, directions=64, components=40, posture=32)
recipe = Recipe("pair", network=sizes, people=160, walks_per_person=1, max_s=4.0, laboratories=1, validation_people=4,
                steps=4, batch=8, warm_up=1, validate_every=2, workers=1)
out = Path(sys.argv[1])
said = []
train(recipe, out, progress=lambda *told: said.append(told), device="cpu")
(out / f"said_{torch.distributed.get_rank()}").write_text(str(len(said)))
torch.distributed.destroy_process_group()
"""


def test_people_and_batch_are_shared_out_and_one_process_has_all() -> None:
    seeds = list(range(11))
    shares = [Ranks(rank, 3).share_of(seeds) for rank in range(3)]
    assert sorted(seed for share in shares for seed in share) == seeds
    assert Ranks(1, 4).per_process(RECIPES["tiny"]).batch == RECIPES["tiny"].batch // 4
    assert ALONE.share_of(seeds) == seeds
    assert ALONE.per_process(RECIPES["tiny"]) is RECIPES["tiny"]
    assert ALONE.agreed("as it was") == "as it was"


def test_two_processes_of_torchrun_end_with_one_checkpoint(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(RUN)
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, str(script), str(tmp_path / "out")], env=environment, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr[-2000:]
    checkpoint = load_checkpoint(tmp_path / "out" / "pair.safetensors")
    assert checkpoint.card["validation"]["step"] in (0, 2, 4)
    assert int((tmp_path / "out" / "said_0").read_text()) > 0
    assert int((tmp_path / "out" / "said_1").read_text()) == 0  # one voice
    assert not (tmp_path / "out" / "resume.pt").exists()


def test_blocks_in_bfloat16_say_nearly_the_same_and_codes_stay_single() -> None:
    skeleton, network = build_network(load_checkpoint(None))
    positions_m, _ = simulate_slots(sample_patient(1_700_011), duration_s=4.0, rate_hz=CLIP_RATE_HZ)
    inputs = encoder_input(
        [prepare(clip_from_positions(positions_m, CLIP_RATE_HZ, "walk", "virtual"), skeleton)], skeleton
    )
    with torch.inference_mode():
        whole = network.encode(inputs)
        network.hasten(bf16=True, compiled=False)
        half = network.encode(inputs)
    for one, other in zip(whole, half, strict=True):
        assert other.dtype == torch.float32
        assert float((one - other).abs().max()) < 0.1
        assert not torch.equal(one, other) or one.shape[-1] < 3
