"""Ratio estimates with intervals, from sums over independent groups."""
