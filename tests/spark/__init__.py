"""Spark's transforms over small frames, in one local session for the whole run."""
