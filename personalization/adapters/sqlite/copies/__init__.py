"""Copies of whole files."""
