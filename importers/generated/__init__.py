"""generated."""
