"""The residual transformer: it starts as the linear skeleton and learns what a linear code can't say.

Encoder tokens: one for the recording (the components of its average cycle), one for the posture, one for each window.
Outputs are the skeleton's numbers plus a correction whose last layer starts at zero; the decoder mirrors this. The
recording vector starts as a ridge regression of what a perfect laboratory would have measured (joint-angle curves and
spatiotemporal values, known for virtual people) on the components, and its leading numbers keep that meaning. A
window's phase is measured, not learned: it passes through unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ltme_clinic.body import SLOTS
from ltme_clinic.embedding.gaitcode import VECTOR_NUMBERS
from ltme_clinic.embedding.layers import GLOBAL_TOKENS, Stack
from ltme_clinic.embedding.quantising import quantised
from ltme_clinic.embedding.rhythm import PHASE_NUMBERS
from ltme_clinic.types import BLOCK_WINDOWS

RESIDUAL = 0.1
"""What the layers that start at zero are fed with is this small, so that the first steps don't undo the skeleton;
their outputs are in standard deviations of what the skeleton leaves."""


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
    directions: int = 256
    """Principal directions a window is read and written in."""
    components: int = 288
    """Principal components the average cycle is read and written in."""
    latent: int = 22
    """Numbers for each 0.64 s, those of its block included; the first two say the phase."""
    posture: int = 80
    """Numbers for body size and mean posture."""
    vector: int = VECTOR_NUMBERS
    """Numbers of the recording vector."""
    levels: int = 0
    """Values a window's numbers may take (`quantising`), the phase apart; 0 leaves them continuous."""


@dataclass(frozen=True)
class EncoderInput:
    """A batch as the encoder reads it; everything already filled and projected in numpy."""

    components: Tensor  # (B, components) of the average cycle
    vector0: Tensor  # (B, vector) the skeleton's recording vector
    directions: Tensor  # (B, N, directions) of what the skeleton's cycle leaves
    latents0: Tensor  # (B, N, latent) the skeleton's window numbers, phase first
    seen: Tensor  # (B, slot) share of frames in which each slot was seen
    window_there: Tensor  # (B, N) bool


class MotionAutoencoder(nn.Module):
    """See the module's text; the skeleton is given to it as fixed buffers."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = c = config
        self.bf16 = False
        around = c.latent - PHASE_NUMBERS
        self.read_cycle = nn.Linear(c.components + len(SLOTS), c.width)
        self.read_posture = nn.Linear(c.posture + len(SLOTS), c.width)
        self.read_window = nn.Linear(c.directions + PHASE_NUMBERS, c.width)
        self.encoder = Stack(c.width, c.heads, c.hidden, c.depth)
        self.to_vector = zero_linear(c.width, c.vector)
        self.to_posture = zero_linear(c.width, c.posture)
        self.to_latent = zero_linear(c.width, around)

        self.from_vector = nn.Linear(c.vector, c.width)
        self.from_posture = nn.Linear(c.posture, c.width)
        self.from_latent = nn.Linear(c.latent, c.width)
        self.decoder = Stack(c.width, c.heads, c.hidden, c.depth)
        self.to_components = zero_linear(c.width, c.components)
        self.to_directions = zero_linear(c.width, c.directions)

        self.slot_in_block = nn.Parameter(0.02 * torch.randn(2, BLOCK_WINDOWS, c.width))
        self.register_buffer("around_basis", torch.zeros(BLOCK_WINDOWS * c.directions, BLOCK_WINDOWS * around))
        self.register_buffer("vector_components", torch.zeros(c.vector, c.components))
        self.register_buffer("posture_reader", torch.zeros(c.components, c.posture))
        self.register_buffer("posture_components", torch.zeros(c.posture, c.components))
        self.register_buffer("direction_sd", torch.ones(c.directions))
        self.register_buffer("component_left_sd", torch.ones(c.components))
        self.register_buffer("direction_left_sd", torch.ones(c.directions))

    def encode(self, batch: EncoderInput) -> tuple[Tensor, Tensor, Tensor]:
        """-> recording vector (B, vector), posture (B, posture), latents (B, N, latent)."""
        phases, around = batch.latents0.tensor_split([PHASE_NUMBERS], dim=-1)
        posture0 = self.skeleton_posture(batch.components, batch.vector0)
        windows = self.read_window(torch.cat([batch.directions / self._direction_scale(), phases], dim=-1))
        tokens = torch.cat(
            [
                self.read_cycle(torch.cat([batch.components, batch.seen], dim=-1))[:, None],
                self.read_posture(torch.cat([posture0, batch.seen], dim=-1))[:, None],
                windows + self._slots(0, windows.shape[1]),
            ],
            dim=1,
        )
        h = RESIDUAL * self._blocks(self.encoder, tokens, batch.window_there)
        vector = batch.vector0 + self.to_vector(h[:, 0])
        posture = self.skeleton_posture(batch.components, vector) + self.to_posture(h[:, 1])
        around = around + self.to_latent(h[:, GLOBAL_TOKENS:])
        if self.config.levels:
            around = quantised(around, self.config.levels)
        return vector, posture, torch.cat([phases, around], dim=-1)

    def decode(
        self, vector: Tensor, posture: Tensor, latents: Tensor, window_there: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """-> components of the average cycle (B, components), directions around it (B, N, directions)."""
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
        h = RESIDUAL * self._blocks(self.decoder, tokens, window_there)
        components, directions = self.skeleton_decode(vector, posture, latents)
        components = components + self.component_left_sd * self.to_components(h[:, 1])
        return components, directions + self.direction_left_sd * self.to_directions(h[:, GLOBAL_TOKENS:])

    def skeleton_decode(self, vector: Tensor, posture: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:
        """What the linear skeleton alone makes of the codes; shapes as in `decode`."""
        batch, windows, _ = latents.shape
        around = latents[..., PHASE_NUMBERS:]
        blocks = around.reshape(batch, windows // BLOCK_WINDOWS, -1)  # (B, N, k) -> (B, N/4, 4k)
        directions = (blocks @ self.around_basis.T).reshape(batch, windows, -1)  # (B, N/4, 4d) -> (B, N, d)
        return vector @ self.vector_components + posture @ self.posture_components, directions

    def skeleton_posture(self, components: Tensor, vector: Tensor) -> Tensor:
        """What the recording vector leaves unsaid of the components: (B, components) -> (B, posture)."""
        return (components - vector @ self.vector_components) @ self.posture_reader

    def hasten(self, *, bf16: bool, compiled: bool) -> None:
        """For training on a GPU: the blocks, and nothing else, in bfloat16 and compiled."""
        self.bf16 = bf16
        if compiled:
            self.encoder.compile(dynamic=True)
            self.decoder.compile(dynamic=True)

    def _blocks(self, stack: Stack, tokens: Tensor, there: Tensor) -> Tensor:
        if not self.bf16:
            blocks: Tensor = stack(tokens, there)
            return blocks
        with torch.autocast(tokens.device.type, torch.bfloat16):
            return stack(tokens, there).float()

    def forget(self) -> None:
        """Back to step 0: nothing is added to what the skeleton says."""
        for layer in (self.to_vector, self.to_posture, self.to_latent, self.to_components, self.to_directions):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

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
