"""Many recordings at once. The room is empty so far: `pipeline` goes through them one after the other."""
