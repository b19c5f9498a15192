"""Odd requests to a real server over real stores: nothing may be answered with a 500."""
