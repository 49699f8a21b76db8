"""What the long-term motion embedding says about real people: see protocol.md."""
