"""Unit tests of realtime."""
