"""Ranked lists by their columns, for stores that take many at once."""
