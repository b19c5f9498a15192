"""Gates: what is measured of a night before it is promoted, and what is said of it."""
