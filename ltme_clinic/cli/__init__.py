"""The command line: parse, call, print. Heavy libraries are imported inside the commands that need them."""
# ruff: noqa: I001

from ltme_clinic.cli.app import app, main

# Each module adds its commands to the program, in the order in which the help lists them.
from ltme_clinic.cli import service, files, gait, norms, convert, patients, simulation, synthesis, models

__all__ = [
    "app",
    "convert",
    "files",
    "gait",
    "main",
    "models",
    "norms",
    "patients",
    "service",
    "simulation",
    "synthesis",
]
