"""Why something was shown, or not: sentences, and numbers that add up to the score."""
