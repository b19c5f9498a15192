"""Ranking metrics, and the baselines they are read beside."""
