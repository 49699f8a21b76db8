"""MotionClip <-> MotionEmbedding: the transformer, and PCA beside it. torch is imported only when a network runs."""

from __future__ import annotations

from ltme_clinic.embedding.model import LtmeModel, PcaModel, load_model, load_pca_model, load_skeleton_model
from ltme_clinic.embedding.table import read_embeddings, write_embeddings

__all__ = [
    "LtmeModel",
    "PcaModel",
    "load_model",
    "load_pca_model",
    "load_skeleton_model",
    "read_embeddings",
    "write_embeddings",
]
