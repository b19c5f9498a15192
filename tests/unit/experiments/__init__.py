"""Experiments from their plan to their conclusion, with the statistics held against simulations."""
