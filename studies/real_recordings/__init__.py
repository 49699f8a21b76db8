"""The real recordings beside the checkout, for every study that asks real people: files, and what is known of each."""
