"""Several parts together over real stores; the folders are the parts or the store that is meant."""
