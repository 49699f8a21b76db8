"""Transformer layers: RMS normalisation, rotary position, SwiGLU, and attention that is local in time.

A window looks at its neighbours within `REACH_WINDOWS` and at the two recording-level tokens, which look at everything.
What a window sees is therefore the same in a 10 s and a 10 min recording.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GLOBAL_TOKENS = 2
REACH_WINDOWS = 8


class RMSNorm(nn.Module):
    """Divide by the root mean square over features, then scale (Zhang and Sennrich 2019)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, x.shape[-1:], self.weight, 1e-6)


class SwiGLU(nn.Module):
    """Gated feed-forward layer (Shazeer 2020)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.gate_and_value = nn.Linear(width, 2 * hidden, bias=False)
        self.out = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, value = self.gate_and_value(x).chunk(2, dim=-1)
        return self.out(F.silu(gate) * value)


class Attention(nn.Module):
    """Multi-head attention with rotary position on the window tokens (Su et al. 2021)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor], allowed: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        qkv = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each (B, heads, T, width / heads)
        q, k = rotate(q, rotation), rotate(k, rotation)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
        return self.out(mixed.transpose(1, 2).reshape(batch, tokens, width))  # (B, heads, T, d) -> (B, T, width)


class Block(nn.Module):
    """Pre-normalised attention and feed-forward, each added to the stream; both start close to doing nothing."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(width)
        self.attention = Attention(width, heads)
        self.feed_norm = RMSNorm(width)
        self.feed = SwiGLU(width, hidden)
        for layer in (self.attention.out, self.feed.out):
            nn.init.normal_(layer.weight, std=0.005)

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor], allowed: Tensor) -> Tensor:
        x = x + self.attention(self.attention_norm(x), rotation, allowed)
        return x + self.feed(self.feed_norm(x))


class Stack(nn.Module):
    """Blocks over [recording token, posture token, window tokens]."""

    def __init__(self, width: int, heads: int, hidden: int, depth: int) -> None:
        super().__init__()
        self.heads = heads
        self.blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(depth))
        self.norm = RMSNorm(width)

    def forward(self, tokens: Tensor, window_there: Tensor) -> Tensor:
        """tokens (B, 2 + N, width), window_there (B, N) bool -> (B, 2 + N, width)."""
        windows = tokens.shape[1] - GLOBAL_TOKENS
        rotation = rotary_table(windows, tokens.shape[-1] // self.heads, tokens.device)
        allowed = attention_mask(windows, window_there)
        for block in self.blocks:
            tokens = block(tokens, rotation, allowed)
        return self.norm(tokens)


def rotary_table(windows: int, width: int, device: torch.device, base: float = 64.0) -> tuple[Tensor, Tensor]:
    """Cosines and sines (2 + N, width / 2); the recording-level tokens are not rotated."""
    frequency = base ** -(torch.arange(0, width, 2, device=device) / width)
    angle = torch.arange(windows, device=device)[:, None] * frequency
    angle = torch.cat([torch.zeros(GLOBAL_TOKENS, width // 2, device=device), angle])
    return angle.cos(), angle.sin()


def rotate(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate feature pairs (first half, second half) of (B, heads, T, d) by each token's angle."""
    cosine, sine = (part.to(x.dtype) for part in rotation)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


def attention_mask(windows: int, window_there: Tensor) -> Tensor:
    """Who may look at whom, (B, 1, T, T) bool: recording tokens at all that is there, windows at near ones too."""
    position = torch.arange(windows, device=window_there.device)
    near = (position[:, None] - position[None, :]).abs() <= REACH_WINDOWS
    allowed = torch.ones(GLOBAL_TOKENS + windows, GLOBAL_TOKENS + windows, dtype=torch.bool, device=near.device)
    allowed[GLOBAL_TOKENS:, GLOBAL_TOKENS:] = near
    there = F.pad(window_there, (GLOBAL_TOKENS, 0), value=True)
    return (allowed[None] & there[:, None, :])[:, None]
