"""Judges a night by its gates, and keeps what they said."""
