"""From a session to a decision and a profile."""
