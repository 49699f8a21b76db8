"""The residual transformer: it starts as the best linear code and learns what a linear code can't say.

Encoder tokens: one for the recording (its average cycle as harmonics), one for the posture, one for each window.
Outputs are the linear latents plus a correction whose last layer starts at zero; the decoder mirrors this. The
recording vector starts as a ridge regression of what a perfect laboratory would have measured (joint-angle curves and
spatiotemporal values, known for virtual people) on the harmonics, and its leading numbers keep that meaning. The
posture vector holds what the recording vector leaves unsaid of the mean posture.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ltme_clinic.body import SLOTS
from ltme_clinic.embedding.features import BLOCK_WINDOWS, WIDTH
from ltme_clinic.embedding.layers import GLOBAL_TOKENS, Stack

RESIDUAL = 0.1
"""What the layers that start at zero are fed with is this small, so that the first steps don't undo the linear code;
their outputs are in standard deviations of what the linear code leaves."""


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes of the network; stored in the checkpoint."""

    width: int = 192
    """Features of a token."""
    heads: int = 4
    hidden: int = 384
    """Hidden features of the feed-forward layer."""
    depth: int = 3
    """Blocks in the encoder and again in the decoder."""
    directions: int = 288
    """Principal directions a window is read in."""
    latent: int = 32
    """Numbers for each 0.64 s."""
    posture: int = 32
    """Numbers for body size and mean posture."""
    vector: int = 64
    """Numbers of the recording vector."""
    harmonics: int = 192
    """Principal components of the average cycle that the recording token reads."""


@dataclass(frozen=True)
class EncoderInput:
    """A batch as the encoder reads it; everything already filled and projected in numpy."""

    cycle: Tensor  # (B, harmonics) whitened components of the average cycle
    vector0: Tensor  # (B, vector) the linear estimate of the recording vector
    mean_row: Tensor  # (B, WIDTH) the recording's mean, hidden slots filled
    directions: Tensor  # (B, N, directions)
    latents0: Tensor  # (B, N, latent) the linear code of the windows
    seen: Tensor  # (B, slot) share of frames in which each slot was seen
    window_there: Tensor  # (B, N) bool


class MotionAutoencoder(nn.Module):
    """See the module's text; the linear decode of windows and posture is given to it as fixed buffers."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = c = config
        self.read_cycle = nn.Linear(c.harmonics + len(SLOTS), c.width)
        self.read_posture = nn.Linear(c.posture + len(SLOTS), c.width)
        self.read_window = nn.Linear(c.directions, c.width)
        self.encoder = Stack(c.width, c.heads, c.hidden, c.depth)
        self.to_vector = zero_linear(c.width, c.vector)
        self.to_posture = zero_linear(c.width, c.posture)
        self.to_latent = zero_linear(c.width, c.latent)

        self.from_vector = nn.Linear(c.vector, c.width)
        self.from_posture = nn.Linear(c.posture, c.width)
        self.from_latent = nn.Linear(c.latent, c.width)
        self.decoder = Stack(c.width, c.heads, c.hidden, c.depth)
        self.to_mean_row = zero_linear(c.width, WIDTH)
        self.to_directions = zero_linear(c.width, c.directions)

        self.slot_in_block = nn.Parameter(0.02 * torch.randn(2, BLOCK_WINDOWS, c.width))
        self.register_buffer("direction_sd", torch.ones(c.directions))
        self.register_buffer("block_basis", torch.zeros(BLOCK_WINDOWS * c.directions, BLOCK_WINDOWS * c.latent))
        self.register_buffer("mean_weight", torch.zeros(WIDTH, c.vector))
        self.register_buffer("mean_bias", torch.zeros(WIDTH))
        self.register_buffer("posture_basis", torch.zeros(WIDTH, c.posture))
        self.register_buffer("mean_left_sd", torch.ones(WIDTH))
        self.register_buffer("direction_left_sd", torch.ones(c.directions))

    def encode(self, batch: EncoderInput) -> tuple[Tensor, Tensor, Tensor]:
        """-> recording vector (B, vector), posture (B, posture), latents (B, N, latent)."""
        posture0 = self.linear_posture(batch.mean_row, batch.vector0)
        windows = self.read_window(batch.directions / self._direction_scale())
        tokens = torch.cat(
            [
                self.read_cycle(torch.cat([batch.cycle, batch.seen], dim=-1))[:, None],
                self.read_posture(torch.cat([posture0, batch.seen], dim=-1))[:, None],
                windows + self._slots(0, windows.shape[1]),
            ],
            dim=1,
        )
        h = RESIDUAL * self.encoder(tokens, batch.window_there)
        vector = batch.vector0 + self.to_vector(h[:, 0])
        posture = self.linear_posture(batch.mean_row, vector) + self.to_posture(h[:, 1])
        latents = batch.latents0 + self.to_latent(h[:, GLOBAL_TOKENS:])
        return vector, posture, latents

    def decode(
        self, vector: Tensor, posture: Tensor, latents: Tensor, window_there: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """-> mean row (B, WIDTH), window directions (B, N, directions)."""
        batch, windows, _ = latents.shape
        if window_there is None:
            window_there = torch.ones(batch, windows, dtype=torch.bool, device=latents.device)
        tokens = torch.cat(
            [
                self.from_vector(vector)[:, None],
                self.from_posture(posture)[:, None],
                self.from_latent(latents) + self._slots(1, windows),
            ],
            dim=1,
        )
        h = RESIDUAL * self.decoder(tokens, window_there)
        mean_row, directions = self.linear_decode(vector, posture, latents)
        mean_row = mean_row + self.mean_left_sd * self.to_mean_row(h[:, 1])
        return mean_row, directions + self.direction_left_sd * self.to_directions(h[:, GLOBAL_TOKENS:])

    def linear_decode(self, vector: Tensor, posture: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:
        """What the linear skeleton alone makes of the codes; shapes as in `decode`."""
        batch, windows, _ = latents.shape
        blocks = latents.reshape(batch, windows // BLOCK_WINDOWS, -1)  # (B, N, k) -> (B, N/4, 4k)
        directions = (blocks @ self.block_basis.T).reshape(batch, windows, -1)  # (B, N/4, 4d) -> (B, N, d)
        return self._mean_from_vector(vector) + posture @ self.posture_basis.T, directions

    def linear_posture(self, mean_row: Tensor, vector: Tensor) -> Tensor:
        """What the recording vector leaves unsaid of the mean row, in white numbers: (B, WIDTH) -> (B, posture)."""
        scale = self.posture_basis.square().sum(dim=0)
        return (mean_row - self._mean_from_vector(vector)) @ self.posture_basis / scale

    def _mean_from_vector(self, vector: Tensor) -> Tensor:
        return vector @ self.mean_weight.T + self.mean_bias

    def _direction_scale(self) -> Tensor:
        """Between the raw spread of a direction and the largest one: small directions are raised, not to equality."""
        return (self.direction_sd * self.direction_sd.max()).sqrt()

    def _slots(self, coder: int, windows: int) -> Tensor:
        return self.slot_in_block[coder].repeat(windows // BLOCK_WINDOWS, 1)


def zero_linear(inputs: int, outputs: int) -> nn.Linear:
    """A linear layer that starts by adding nothing."""
    layer = nn.Linear(inputs, outputs)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
