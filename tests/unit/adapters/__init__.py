"""Adapters, where a service cannot be brought to answer as it sometimes does."""
