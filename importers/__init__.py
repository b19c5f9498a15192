"""Reads public data sets into catalogue and history."""
