"""Homes made by earlier releases, which every later one opens."""
