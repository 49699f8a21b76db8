"""Transformer layers: RMS normalisation, rotary position, SwiGLU, and attention that is local in time.

A window looks at its neighbours within `REACH_WINDOWS` and at the two recording-level tokens, which look at everything.
What a window sees is therefore the same in a 10 s and a 10 min recording. In a long recording windows look only at
stretches around themselves, so that time and memory grow in proportion to the length; the numbers are the same.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GLOBAL_TOKENS = 2
REACH_WINDOWS = 8
DENSE_WINDOWS = 128
"""Up to so many windows (82 s), one masked product of everything with everything is quicker."""


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

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor], window_there: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        qkv = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each (B, heads, T, width / heads)
        q, k = rotate(q, rotation), rotate(k, rotation)
        mixed = attention(q, k, v, window_there)
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

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor], window_there: Tensor) -> Tensor:
        x = x + self.attention(self.attention_norm(x), rotation, window_there)
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
        for block in self.blocks:
            tokens = block(tokens, rotation, window_there)
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


def attention(q: Tensor, k: Tensor, v: Tensor, window_there: Tensor) -> Tensor:
    """Softmax attention of (B, heads, 2 + N, d) under `attention_mask`, which long recordings are spared."""
    windows = window_there.shape[1]
    if torch.compiler.is_exporting() or windows <= DENSE_WINDOWS:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=attention_mask(windows, window_there))
    there = F.pad(window_there, (GLOBAL_TOKENS, 0), value=True)[:, None, None]
    overall = F.scaled_dot_product_attention(q[:, :, :GLOBAL_TOKENS], k, v, attn_mask=there)
    spare = -windows % REACH_WINDOWS
    chunks = (windows + spare) // REACH_WINDOWS

    def in_chunks(x: Tensor) -> Tensor:
        """Window tokens (B, heads, 2 + N, d) -> (B, heads, chunk, REACH_WINDOWS, d)."""
        return F.pad(x[:, :, GLOBAL_TOKENS:], (0, 0, 0, spare)).unflatten(2, (chunks, REACH_WINDOWS))

    def around(x: Tensor) -> Tensor:
        """The recording tokens and each chunk with the one before and after it, (B, heads, chunk, 2 + 24, d)."""
        padded = F.pad(in_chunks(x), (0, 0, 0, 0, 1, 1))
        own = x[:, :, None, :GLOBAL_TOKENS].expand(-1, -1, chunks, -1, -1)
        return torch.cat([own, padded[:, :, :-2], padded[:, :, 1:-1], padded[:, :, 2:]], dim=3)

    mixed = F.scaled_dot_product_attention(in_chunks(q), around(k), around(v), attn_mask=_chunk_mask(window_there))
    return torch.cat([overall, mixed.flatten(2, 3)[:, :, :windows]], dim=2)


def _chunk_mask(window_there: Tensor) -> Tensor:
    """Who may look at whom among chunks and their surroundings, (B, 1, chunk, REACH_WINDOWS, 2 + 3 REACH_WINDOWS)."""
    reach, device = REACH_WINDOWS, window_there.device
    spare = -window_there.shape[1] % reach
    chunks = F.pad(window_there, (reach, spare + reach)).unfold(1, 3 * reach, reach)  # (B, chunk, 3 reach)
    inside, outside = torch.arange(reach, device=device)[:, None] + reach, torch.arange(3 * reach, device=device)
    near = (inside - outside).abs() <= reach
    allowed = chunks[:, None, :, None, :] & near
    return F.pad(allowed, (GLOBAL_TOKENS, 0), value=True)


def attention_mask(windows: int, window_there: Tensor) -> Tensor:
    """Who may look at whom, (B, 1, T, T) bool: recording tokens at all that is there, windows at near ones too."""
    position = torch.arange(windows, device=window_there.device)
    near = (position[:, None] - position[None, :]).abs() <= REACH_WINDOWS
    allowed = torch.ones(GLOBAL_TOKENS + windows, GLOBAL_TOKENS + windows, dtype=torch.bool, device=near.device)
    allowed[GLOBAL_TOKENS:, GLOBAL_TOKENS:] = near
    there = F.pad(window_there, (GLOBAL_TOKENS, 0), value=True)
    return (allowed[None] & there[:, None, :])[:, None]
