"""off_policy."""
