"""Which products, in which order: context, evidence, candidates, and one blended score for each."""
