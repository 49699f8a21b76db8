"""Training recipes: everything that decides a run, in one frozen dataclass each."""

from __future__ import annotations

from dataclasses import dataclass, field

from ltme_clinic.embedding.autoencoder import AutoencoderConfig


@dataclass(frozen=True)
class Recipe:
    """A complete description of a training run; stored in the checkpoint's card."""

    name: str
    network: AutoencoderConfig = field(default_factory=AutoencoderConfig)
    people: int = 2000
    """Virtual people trained on; person k has seed `seed * 1,000,000 + k`."""
    walks_per_person: int = 2
    """Walks of each person, each of another visit (markers placed anew) and another speed."""
    impaired_share: float = 0.35
    """Share of people with an impairment of random kind (`walkers.SEEN`), side and severity."""
    stranger_share: float = 0.4
    """Share of people who are changed at random (`strangers`)."""
    recorded_share: float = 0.08
    """Share of a batch, and of what the linear codes are fitted on, that is measured walks, where any are given: at .25
    children of a laboratory left out were decoded worse (20.1 mm for 19.2 by the skeleton), and virtual people too."""
    min_s: float = 2.5
    max_s: float = 10.24
    """Length of a walk, drawn evenly between these."""
    laboratories: int = 3
    """Laboratories that measure each walk at once, each with its own placement of markers."""
    maskings: int = 1
    """How many ways each measured walk's slots are hidden; each way also starts at another frame."""
    validation_people: int = 120
    """People never trained on, from seeds of their own, who choose the weights."""
    steps: int = 3000
    batch: int = 24
    learning_rate: float = 1.5e-3
    warm_up: int = 100
    clip_norm: float = 2.0
    weight_decay: float = 0.7
    """So much that a few thousand people are not learned by heart: at .02 validation people are best after 1,200
    steps, and worse."""
    gait_weight: float = 8.0
    """Weight of the loss that holds the recording vector to the true joint curves, beside 1 for a centimetre."""
    deviation_weight: float = 2.0
    """Weight of the loss that has the numbers of deviation say what other laboratories measured of the same walk."""
    latent_noise: float = 0.06
    """Noise added to every latent before decoding, in its standard deviations: keeps the code smooth."""
    kl_weight: float = 0.0
    contrast_weight: float = 0.0
    bf16: bool = False
    """Whether a GPU multiplies the network's blocks in bfloat16; codes and positions stay in single precision."""
    compiled: bool = False
    """Whether a GPU's blocks are compiled."""
    validate_every: int = 250
    report_every: int = 10
    """Steps between two words to whoever watches."""
    seed: int = 1
    workers: int = 2


RECIPES: dict[str, Recipe] = {
    "tiny": Recipe("tiny"),
    "base": Recipe(
        "base",
        network=AutoencoderConfig(width=256, hidden=512, depth=4),
        people=12_000,
        walks_per_person=2,
        max_s=20.48,
        validation_people=600,
        steps=30_000,
        batch=192,
        weight_decay=0.1,
        bf16=True,
        compiled=True,
        validate_every=1000,
        workers=16,
    ),
}
"""`tiny` for 2 CPU cores in about ten minutes; `base` for one GPU."""
