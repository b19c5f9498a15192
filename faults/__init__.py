"""Kills, floods and misleads a running shop, then compares what it kept with what it took."""
