"""The moment at which built things happen, unless a test says otherwise."""

from datetime import UTC, datetime

NOON = datetime(2025, 6, 2, 12, 0, 0, 123_456, tzinfo=UTC)
"""A Monday in summer, with microseconds, which no store may lose."""
