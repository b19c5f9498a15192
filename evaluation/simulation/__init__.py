"""Policies that learn as they decide, in a world whose truth is known and on real sessions."""
