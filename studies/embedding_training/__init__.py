"""What training decides: seeds, sizes and penalties of the motion code, all on the same people: see protocol.md."""
