"""What the values of a column mean: the whole column decides, an option overrides."""
