"""The network as ONNX files: the same numbers from another program."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from made_up_walks import alike_rows, clip_of

from ltme_clinic.embedding import load_model
from ltme_clinic.embedding.checkpoint import load_checkpoint
from ltme_clinic.embedding.model import encoder_input
from ltme_clinic.embedding.onnx_export import DECODER_INPUTS, ENCODER_INPUTS, export_onnx
from ltme_clinic.embedding.prepare import prepare
from ltme_clinic.types import LtmeError


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> list[onnxruntime.InferenceSession]:
    paths = export_onnx(load_checkpoint(None), tmp_path_factory.mktemp("onnx"))
    return [onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]) for path in paths]


@pytest.mark.parametrize("lengths", [(200,), (300, 140, 700)])
def test_encoder_and_decoder_say_what_torch_says(
    sessions: list[onnxruntime.InferenceSession], lengths: tuple[int, ...]
) -> None:
    model = load_model()
    prepared = [prepare(clip_of(alike_rows(frames, 0.7, seed=frames)), model.skeleton) for frames in lengths]
    batch = encoder_input(prepared, model.skeleton)
    encoder, decoder = sessions
    codes = encoder.run(None, {name: getattr(batch, name).numpy() for name in ENCODER_INPUTS})
    wanted = model.network.encode(batch)
    for ours, theirs in zip(codes, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-4)
    decoded = decoder.run(None, dict(zip(DECODER_INPUTS, codes, strict=True)))
    for ours, theirs in zip(decoded, model.network.decode(*wanted), strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-4)


def test_the_files_say_which_checkpoint_they_are(sessions: list[onnxruntime.InferenceSession]) -> None:
    for session in sessions:
        assert session.get_modelmeta().custom_metadata_map["fingerprint"] == load_model().fingerprint


def test_without_the_extra_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(LtmeError, match=r"ltme-clinic\[onnx\]"):
        export_onnx(load_checkpoint(None), tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
