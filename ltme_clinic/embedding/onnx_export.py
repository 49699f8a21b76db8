"""The network as two ONNX files, encoder and decoder, for programs without torch.

What is numpy in `prepare` and in the skeleton stays outside: the encoder takes what `model.encoder_input` makes, and
the decoder gives components and directions for `Skeleton.rows`. Batch and windows may have any size; windows come in
whole blocks.
"""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from ltme_clinic.embedding.autoencoder import EncoderInput, MotionAutoencoder
from ltme_clinic.embedding.checkpoint import Checkpoint
from ltme_clinic.embedding.model import build_network
from ltme_clinic.types import BLOCK_WINDOWS, LtmeError

ENCODER_INPUTS = ("components", "vector0", "directions", "latents0", "seen", "window_there")
ENCODER_OUTPUTS = ("vector", "posture", "latents")
DECODER_INPUTS = ("vector", "posture", "latents")
DECODER_OUTPUTS = ("components_out", "directions_out")
OPSET = 18


class _Encoder(nn.Module):
    """`MotionAutoencoder.encode` with its inputs one by one, as ONNX wants them."""

    def __init__(self, network: MotionAutoencoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.network.encode(EncoderInput(**dict(zip(ENCODER_INPUTS, inputs, strict=True))))


class _Decoder(nn.Module):
    def __init__(self, network: MotionAutoencoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, vector: Tensor, posture: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:
        return self.network.decode(vector, posture, latents)


def export_onnx(checkpoint: Checkpoint, folder: Path) -> tuple[Path, Path]:
    """Write `encoder.onnx` and `decoder.onnx`; returns their paths.

    Raises
    ------
    LtmeError
        The packages of the extra "onnx" are not installed, or the folder can't be written.
    """
    try:
        import onnxscript  # noqa: F401
    except ImportError:
        cure = "Install the extra: pip install 'ltme-clinic[onnx]'"
        raise LtmeError("ONNX", "its packages are not installed", cure) from None
    _, network = build_network(checkpoint)
    encoder, decoder = folder / "encoder.onnx", folder / "decoder.onnx"
    batch, block = torch.export.Dim("batch", max=4096), torch.export.Dim("block", max=4096)
    windows = {0: batch, 1: BLOCK_WINDOWS * block}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        given = _example(network)
        shapes = [{0: batch}, {0: batch}, windows, windows, {0: batch}, windows]
        _export(_Encoder(network), given, encoder, ENCODER_INPUTS, ENCODER_OUTPUTS, (tuple(shapes),))
        with torch.inference_mode():
            codes = tuple(code.clone() for code in _Encoder(network)(*given))
        shapes = [{0: batch}, {0: batch}, windows]
        _export(_Decoder(network), codes, decoder, DECODER_INPUTS, DECODER_OUTPUTS, tuple(shapes))
        for path in (encoder, decoder):
            _sign(path, checkpoint)
    except OSError as error:
        raise LtmeError(str(folder), f"it can't be written ({error})", "Choose another folder") from None
    return encoder, decoder


def _example(network: MotionAutoencoder) -> tuple[Tensor, ...]:
    """A batch of the right shapes, in the order of `ENCODER_INPUTS`."""
    c, windows = network.config, 2 * BLOCK_WINDOWS
    seen = network.read_cycle.in_features - c.components
    sizes = ((2, c.components), (2, c.vector), (2, windows, c.directions), (2, windows, c.latent), (2, seen))
    return (*(torch.zeros(size) for size in sizes), torch.ones(2, windows, dtype=torch.bool))


def _sign(path: Path, checkpoint: Checkpoint) -> None:
    """Say in the file of which checkpoint it is: embeddings of different checkpoints are never compared."""
    import onnx

    model = onnx.load(path)
    onnx.helper.set_model_props(model, {"fingerprint": checkpoint.fingerprint})
    onnx.save(model, path)


def _export(
    module: nn.Module,
    given: tuple[Tensor, ...],
    path: Path,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    shapes: tuple,
) -> None:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns of packages that nothing here needs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            given,
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=shapes,
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
