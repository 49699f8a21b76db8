"""Virtual patients run: thrown from foot to foot, from a jog to a fast run."""

from ltme_clinic.virtual_lab.running.plan import Landing
from ltme_clinic.virtual_lab.running.simulate import simulate_run, true_run

__all__ = ["Landing", "simulate_run", "true_run"]
