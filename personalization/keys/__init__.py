"""Keys of the API: made, kept as digests, found by every process, changed by operators."""
