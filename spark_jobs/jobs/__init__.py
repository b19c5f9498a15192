"""One file per job: parse, read, transform, write."""
