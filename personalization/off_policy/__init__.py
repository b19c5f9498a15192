"""Off-policy evaluation: what other policies would have been worth, estimated from the log."""
