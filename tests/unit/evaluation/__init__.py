"""Unit tests of evaluation."""
