"""Held-back sessions sent as live traffic, and what came of it."""
