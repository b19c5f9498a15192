"""Pages that a command writes as one file."""
