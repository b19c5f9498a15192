"""Large writes of the catalogue: bodies and answers that are streams."""
