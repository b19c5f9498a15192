"""Nightly priors, computed by Spark."""
