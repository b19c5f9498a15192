"""merchandising."""
