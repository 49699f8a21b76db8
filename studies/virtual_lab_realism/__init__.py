"""See protocol.md."""
