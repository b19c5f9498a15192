"""Unit tests of ranking."""
