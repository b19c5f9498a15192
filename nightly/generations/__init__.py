"""From what Spark wrote to a generation of priors that shoppers get."""
