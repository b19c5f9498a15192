"""Whole sessions as evidence: an index of past ones, made by the night and read by the ranking."""
