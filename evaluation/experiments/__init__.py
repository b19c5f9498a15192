"""Experiments beside what else is evaluated: whether one may begin, and what shadows say."""
