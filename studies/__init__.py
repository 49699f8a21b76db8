"""Questions asked of the program with what any user can import: a protocol written first, a run, and its results."""
