"""Participles that may name a function, each with the reason."""

ALLOWED_PARTICIPLES: dict[str, str] = {}
