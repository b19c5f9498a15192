"""What a shop's pages ask for: rows by strategy, and the order of a list of their own."""
