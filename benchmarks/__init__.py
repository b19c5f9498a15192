"""Measurements, each printing its figures; run with `python -m benchmarks.NAME`."""
