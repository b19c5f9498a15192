"""Estimates and their errors, shared by experiments and off-policy evaluation."""
