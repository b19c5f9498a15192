"""Unit tests of policy."""
