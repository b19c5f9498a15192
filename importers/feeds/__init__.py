"""Feeds at an address: fetched within limits, kept, and imported where they have changed."""
