"""Writes of large catalogues."""
