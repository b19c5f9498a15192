"""Plumbing of HTTP: access log, blocking calls, JSON answers, static files."""
