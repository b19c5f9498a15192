"""Tests of the catalogue as the hot paths read it."""
