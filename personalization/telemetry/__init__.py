"""Logs and metrics: their names live here, each with a line of meaning."""
