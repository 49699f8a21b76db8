"""Virtual walkers -> a checkpoint, and the bench that judges it. Imported by `ltme train` and `ltme evaluate` alone."""
