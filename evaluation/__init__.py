"""Offline evaluation: held-out sessions, simulated worlds, dry runs of rules."""
