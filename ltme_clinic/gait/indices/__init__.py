"""One number for a whole walk, and where it comes from: GDI, GPS, Movement Analysis Profile, Edinburgh items."""

from ltme_clinic.gait.indices.edinburgh import edinburgh_items
from ltme_clinic.gait.indices.indices import IndexResult, gait_indices

__all__ = ["IndexResult", "edinburgh_items", "gait_indices"]
