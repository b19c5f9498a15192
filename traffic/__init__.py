"""Held-out sessions sent to the API as live traffic."""
