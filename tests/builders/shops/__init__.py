"""Whole shops, with products, priors and traffic, for tests that need more than one value."""
